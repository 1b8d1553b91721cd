package assert

import (
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"netverify/frame"
	"netverify/recording"
)

// reply: what the stack of the asking host handed to the socket that asked.
func (s *scope) reply(e *Expectation, k *Check) {
	w := e.Reply
	switch {
	case s.cs.Ping == nil || w == nil:
		k.err("the step asks nothing, so nothing can reply")
	case s.cs.Ping.Trace:
		k.err("a traceroute gets no reply, but hops")
	case s.cs.Ping.UDP && !w.None && w.Error == "":
		k.err("a datagram gets no reply but an error")
	case s.cs.Ping.Count < 1:
		k.err("the step asks %d times: nothing is checked", s.cs.Ping.Count)
	case w.Count != nil && w.Count.Min <= 0 && w.Count.Max < 0:
		k.err("any number of replies would do: nothing is checked")
	case w.None:
		s.noReply(k)
	case w.Error != "":
		s.errorReply(e, k)
	default:
		s.goodReply(e, k)
	}
}

func (s *scope) asker() Place { return Place{Point: s.cs.Ping.From, Dir: frame.In} }

// noReply: no answer, and no error of another host either. That the own stack
// gives up is no answer.
func (s *scope) noReply(k *Check) {
	for i := range s.r.Replies {
		r := &s.r.Replies[i]
		if r.Error != "" && s.self(r.From) {
			continue
		}
		k.Frames = s.replyFrames(r)
		k.fail("answered: %s", replyText(r))
		return
	}
	if found := s.lateAnswers(0); len(found) > 0 {
		k.Frames = found
		k.fail("answered, though late: %s", s.when(found[0]))
		return
	}
	s.absent(k, Pass, "", append(s.asked(), s.limitedErrors()...), s.asker())
}

// asked is the control of a missing answer: the question was seen leaving. A
// host that asks itself sends nothing by its interfaces; with lo down there is
// not even a frame there, and that the stack took the question has to do.
func (s *scope) asked() []string {
	if s.question(0) >= 0 || s.r.Asked > 0 && s.has(s.cs.Ping.Target) {
		return nil
	}
	return []string{"no control: the question was not seen leaving " + s.cs.Ping.From + s.ownError()}
}

// self tells whether an error of this address is the asking host's own: one
// of its addresses, or one of which no error came in by any of its links.
func (s *scope) self(a netip.Addr) bool {
	if !a.IsValid() || a.IsUnspecified() || a.IsLoopback() {
		return true
	}
	return s.has(a) || len(s.errorFrames(a)) == 0
}

// has tells whether the asking host has this address.
func (s *scope) has(a netip.Addr) bool {
	node := recording.NodeOf(s.cs.Ping.From)
	for name, b := range s.r.Bindings {
		if recording.NodeOf(name) == node && (sameAddr(b.IPv4, a) || sameAddr(b.IPv6, a)) {
			return true
		}
	}
	return false
}

// errorReply: every request that was reported on met this error, and nothing
// was answered. Senders of errors limit their rate (RFC 1812 4.3.2.8, RFC 4443
// 2.4 f), so one error stands for all requests unless a count is asked for.
func (s *scope) errorReply(e *Expectation, k *Check) {
	w := e.Reply
	from, ok := s.address(w.From, k)
	if !ok {
		return
	}
	want := "expected " + w.Error + fromText(from)
	got := make(map[int]int)
	for i := range s.r.Replies {
		r := &s.r.Replies[i]
		k.Frames = s.replyFrames(r)
		switch {
		case r.Error != w.Error || from.IsValid() && !sameAddr(r.From, from):
			k.fail("%s; got %s", want, replyText(r))
			return
		case s.late(r.At, e.Within):
			k.fail("%s within %v; got %s after %v", want, e.Within, replyText(r), s.after(r.At))
			return
		}
		got[r.Seq]++
	}
	switch {
	case len(got) == 0:
		text, journey := s.whereabouts(0)
		k.Journey = journey
		s.absent(k, Fail, want+"; the stack reported nothing"+text, s.limitedErrors(), s.asker())
	case w.Count == nil:
		k.Outcome = Pass
	default:
		s.tally(*w.Count, k, got)
	}
}

func fromText(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return " from " + a.String()
}

// goodReply: every request answered as often as asked for (once), by those who
// should, with the TTL that was asked for. Each answerer is counted by itself.
func (s *scope) goodReply(e *Expectation, k *Check) {
	who, ok := s.answerers(e.Reply, k)
	if !ok {
		return
	}
	answers := make(map[string]map[int]int)
	for i := range s.r.Replies {
		r := &s.r.Replies[i]
		if why := s.wrong(e, r, who); why != "" {
			k.Frames = s.replyFrames(r)
			k.fail("%s; got %s", why, replyText(r))
			if r.Error != "" {
				text, journey := s.whereabouts(r.Seq)
				k.Reason, k.Journey = k.Reason+text, journey
			}
			return
		}
		name := s.answerer(r)
		if answers[name] == nil {
			answers[name] = make(map[int]int)
		}
		answers[name][r.Seq]++
	}
	k.Frames = s.replyFrames(nil)
	want := Range{1, 1}
	if e.Reply.Count != nil {
		want = *e.Reply.Count
	}
	switch {
	case len(who) == 0 && e.Reply.Count == nil && !s.cs.Ping.ARP:
		for _, name := range slices.Sorted(maps.Keys(answers)) {
			for q, n := range answers[name] {
				if n > 1 {
					k.fail("%s answered request %d %s", name, q, times(n))
					return
				}
			}
		}
		s.tally(Range{1, -1}, k, together(answers))
	case len(who) < 2:
		s.tally(want, k, together(answers))
	default:
		for _, name := range who {
			if s.tally(want, k, answers[name]); k.Outcome != Pass {
				k.Reason = name + ": " + k.Reason
				return
			}
		}
	}
}

// answerers are who should answer: the addresses of a ping, the MACs of an
// arping. None: of a ping whoever was asked, of an arping any MAC.
func (s *scope) answerers(w *ReplyWant, k *Check) (who []string, ok bool) {
	if s.cs.Ping.ARP {
		for _, text := range append([]string{w.MAC}, w.Also...) {
			mac, ok := s.mac(text, k)
			if !ok {
				return nil, false
			}
			if mac != nil {
				who = append(who, mac.String())
			}
		}
		_, ok = s.address(w.From, k)
		return who, ok
	}
	for _, text := range append([]string{w.From}, w.Also...) {
		a, ok := s.address(text, k)
		if !ok {
			return nil, false
		}
		if !a.IsValid() && !s.questions().group {
			a = s.cs.Ping.Target
		}
		if a.IsValid() {
			who = append(who, plain(a))
		}
	}
	return who, true
}

// answerer names who gave a reply as answerers does.
func (s *scope) answerer(r *recording.Reply) string {
	if s.cs.Ping.ARP {
		return net.HardwareAddr(r.MAC[:]).String()
	}
	return plain(r.From)
}

// plain is an address as it is on the wire.
func plain(a netip.Addr) string { return a.Unmap().WithZone("").String() }

// together adds up what several have answered.
func together(answers map[string]map[int]int) map[int]int {
	sum := make(map[int]int)
	for _, of := range answers {
		for q, n := range of {
			sum[q] += n
		}
	}
	return sum
}

// wrong says what was expected in the place of a reply, "" if it is right.
func (s *scope) wrong(e *Expectation, r *recording.Reply, who []string) string {
	w := e.Reply
	expected := "any of the hosts that were asked"
	if len(who) > 0 {
		expected = strings.Join(who, " or ")
	}
	switch {
	case s.cs.Ping.ARP && len(who) > 0 && !slices.Contains(who, s.answerer(r)):
		return fmt.Sprintf("expected %s is at %s", s.cs.Ping.Target, expected)
	case r.Error != "", !s.cs.Ping.ARP && len(who) > 0 && !slices.Contains(who, s.answerer(r)):
		return "expected an answer of " + expected
	case w.TTL != 0 && r.TTL != w.TTL:
		return fmt.Sprintf("expected ttl %d", w.TTL)
	case s.late(r.At, e.Within):
		return fmt.Sprintf("expected an answer within %v, and it took %v", e.Within, s.after(r.At))
	case !s.cs.Ping.ARP && (r.Seq < 1 || r.Seq > s.cs.Ping.Count):
		return fmt.Sprintf("expected answers to requests 1 to %d", s.cs.Ping.Count)
	}
	return ""
}

// tally settles how often each request was answered. ARP replies do not say
// which request they answer: only their sum can be compared.
func (s *scope) tally(want Range, k *Check, answers map[int]int) {
	asked := s.cs.Ping.Count
	if s.cs.Ping.ARP {
		total := 0
		for _, n := range answers {
			total += n
		}
		sum := Range{want.Min * asked, want.Max * asked}
		if !sum.holds(total) {
			s.miscounted(k, 0, total, sum, s.answered("", asked, total, sum))
			return
		}
	} else {
		for q := 1; q <= asked; q++ {
			if late := s.lateAnswers(q); want.Max >= 0 && len(late) > 0 && answers[q]+len(late) > want.Max {
				k.Frames = append(k.Frames, late...)
				k.fail("request %d of %d was answered %s, expected %s; one too many is %s", q, asked, times(answers[q]+len(late)), want, s.when(late[0]))
				return
			}
			if n := answers[q]; !want.holds(n) {
				s.miscounted(k, q, n, want, s.answered(fmt.Sprintf("request %d of %d", q, asked), 1, n, want))
				return
			}
		}
	}
	switch {
	case want.Max < 0:
		k.Outcome = Pass
	case len(answers) == 0:
		s.absent(k, Pass, "", append(s.asked(), s.limitedErrors()...), s.asker())
	default:
		s.absent(k, Pass, "", nil, s.asker())
	}
}

// answered says how often requests were answered, and of those that were not,
// until when nothing had come.
func (s *scope) answered(name string, asked, n int, want Range) string {
	verb := "was"
	switch {
	case name != "":
	case asked == 1:
		name = "the request"
	default:
		name, verb = fmt.Sprintf("%d requests", asked), "were"
	}
	if n > 0 {
		return fmt.Sprintf("%s %s answered %s, expected %s", name, verb, times(n), want)
	}
	text := name + " " + verb + " not answered"
	if want != (Range{1, 1}) {
		text += ", expected " + want.String()
	}
	if by := s.r.End - s.r.Begin; by > 0 {
		text += fmt.Sprintf("; nothing had come when the step ended, %v after it began", rounded(by))
	}
	return text
}

// rounded is a time for people, ns: two or three digits of it.
func rounded(ns int64) time.Duration {
	d := time.Duration(ns)
	for unit := time.Second; unit >= 10*time.Nanosecond; unit /= 10 {
		if d >= 100*unit {
			return d.Round(unit)
		}
	}
	return d
}

func (s *scope) miscounted(k *Check, q, n int, want Range, reason string) {
	if want.Max >= 0 && n > want.Max {
		k.fail("%s", reason)
		return
	}
	text, journey := s.whereabouts(q)
	k.Journey = journey
	if late := s.lateAnswers(q); len(late) > 0 {
		text += "; an answer came when the step was over: " + s.when(late[0]) + "; `within` says how long it may take"
	}
	s.absent(k, Fail, reason+text, s.limitedErrors(), s.asker())
}

// ownError is what the asking stack said where it could not even send.
func (s *scope) ownError() string {
	for i := range s.r.Replies {
		if r := &s.r.Replies[i]; r.Error != "" {
			return " (" + replyText(r) + ")"
		}
	}
	return ""
}

func replyText(r *recording.Reply) string {
	switch {
	case r.Error != "" && !r.From.IsValid():
		return fmt.Sprintf("%s for request %d", r.Error, r.Seq)
	case r.Error != "":
		return fmt.Sprintf("%s from %s for request %d", r.Error, r.From, r.Seq)
	case r.TTL == 0:
		return fmt.Sprintf("%s is at %s (request %d)", r.From, net.HardwareAddr(r.MAC[:]), r.Seq)
	}
	return fmt.Sprintf("reply of %s, ttl %d (request %d)", r.From, r.TTL, r.Seq)
}

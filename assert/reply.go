package assert

import (
	"fmt"
	"net"
	"net/netip"
	"strings"

	"netverify/frame"
)

// reply: what the stack of the asking host handed to the socket that asked.
func (s *scope) reply(w *ReplyWant, k *Check) {
	switch {
	case s.cs.Ping == nil:
		k.Outcome, k.Reason = Error, "the step asks nothing, so nothing can reply"
	case w.None:
		s.noReply(k)
	case w.Error != "":
		s.errorReply(w, k)
	default:
		s.goodReply(w, k)
	}
}

func (s *scope) noReply(k *Check) {
	k.Frames = s.replyFrames()
	for _, r := range s.r.Replies {
		if r.Error == "" {
			k.Outcome, k.Reason = Fail, "answered: "+replyText(&r)
			return
		}
	}
	asker := Place{Point: s.cs.Ping.From, Dir: frame.In}
	legs := s.missing(asker)
	if s.question() < 0 {
		legs = append(legs, "no control: the question was not seen leaving "+s.cs.Ping.From+s.ownError())
	}
	k.Frames = nil
	s.absent(k, Pass, "", legs)
}

func (s *scope) errorReply(w *ReplyWant, k *Check) {
	from, ok := s.address(w.From, k)
	if !ok {
		return
	}
	var got []string
	for _, r := range s.r.Replies {
		if r.Error == w.Error && (!from.IsValid() || r.From == from) {
			k.Outcome = Pass
			return
		}
		got = append(got, replyText(&r))
	}
	if len(got) > 0 {
		k.Outcome, k.Reason = Fail, fmt.Sprintf("expected %s%s; got %s", w.Error, fromText(from), strings.Join(got, ", "))
		return
	}
	s.absent(k, Fail, fmt.Sprintf("expected %s%s; the stack reported nothing", w.Error, fromText(from)),
		s.missing(Place{Point: s.cs.Ping.From, Dir: frame.In}))
}

func fromText(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return " from " + a.String()
}

// goodReply: every request answered as often as asked for (once), by the
// target, with the TTL and MAC that were asked for.
func (s *scope) goodReply(w *ReplyWant, k *Check) {
	from, ok := s.address(w.From, k)
	if !ok {
		return
	}
	if !from.IsValid() {
		from = s.cs.Ping.Target
	}
	mac, ok := s.mac(w.MAC, k)
	if !ok {
		return
	}
	k.Frames = s.replyFrames()
	answers := make(map[int]int)
	for _, r := range s.r.Replies {
		switch {
		case r.Error != "":
			k.Outcome, k.Reason = Fail, "expected an answer; got "+replyText(&r)
			return
		case r.From != from:
			k.Outcome, k.Reason = Fail, fmt.Sprintf("expected an answer of %s; got %s", from, replyText(&r))
			return
		case w.TTL != 0 && r.TTL != w.TTL:
			k.Outcome, k.Reason = Fail, fmt.Sprintf("expected ttl %d; got %s", w.TTL, replyText(&r))
			return
		case mac != nil && net.HardwareAddr(r.MAC[:]).String() != mac.String():
			k.Outcome, k.Reason = Fail, fmt.Sprintf("expected %s; got %s", mac, replyText(&r))
			return
		}
		answers[r.Seq]++
	}
	s.answers(w, k, answers)
}

func (s *scope) answers(w *ReplyWant, k *Check, answers map[int]int) {
	want := Range{1, 1}
	if w.Count != nil {
		want = *w.Count
	}
	for q := 1; q <= s.cs.Ping.Count; q++ {
		n := answers[q]
		if n >= want.Min && (want.Max < 0 || n <= want.Max) {
			continue
		}
		legs := s.missing(Place{Point: s.cs.Ping.From, Dir: frame.In})
		reason := fmt.Sprintf("request %d of %d was answered %s, expected %s", q, s.cs.Ping.Count, times(n), want)
		if n == 0 {
			reason = fmt.Sprintf("request %d of %d was never answered%s", q, s.cs.Ping.Count, s.ownError())
			if heard := s.replyFrames(); len(heard) > 0 {
				reason += "; an answer did reach the interface, but the stack dropped it: " + s.line(heard[0])
			}
			if i := s.question(); i >= 0 {
				k.Journey = s.journeyOf(i)
			}
		}
		if n > want.Max && want.Max >= 0 {
			k.Outcome, k.Reason = Fail, reason
			return
		}
		s.absent(k, Fail, reason, legs)
		return
	}
	if want.Max < 0 {
		k.Outcome = Pass
		return
	}
	s.absent(k, Pass, "", s.missing(Place{Point: s.cs.Ping.From, Dir: frame.In}))
}

// ownError is what the asking stack said where it could not even send.
func (s *scope) ownError() string {
	for _, r := range s.r.Replies {
		if r.Error != "" {
			return " (" + replyText(&r) + ")"
		}
	}
	return ""
}

// question is the first frame by which the step's question left its sender:
// the echo request, or the address resolution that comes before it. -1: none.
func (s *scope) question() int {
	for _, i := range s.obs {
		d := s.rec.Observations[i].Frame.Decode()
		if !s.at(i, Place{s.cs.Ping.From, frame.Out}) {
			continue
		}
		if isEchoRequest(d) || d.ARP != nil && d.ARP.Op == 1 || d.ICMPv6 != nil && d.ICMPv6.Type == neighbSol {
			return i
		}
	}
	return -1
}

func isEchoRequest(d *frame.Decoded) bool {
	return d.ICMP != nil && d.ICMP.Type == icmpEchoReq || d.ICMPv6 != nil && d.ICMPv6.Type == icmp6EchoRq
}

// replyFrames are the answers as they came in at the asking interface.
func (s *scope) replyFrames() []int {
	var found []int
	for _, i := range s.obs {
		d := s.rec.Observations[i].Frame.Decode()
		if !s.at(i, Place{s.cs.Ping.From, frame.In}) {
			continue
		}
		switch {
		case s.cs.Ping.ARP:
			if d.ARP != nil && d.ARP.Op == 2 && d.ARP.SenderIP == s.cs.Ping.Target {
				found = append(found, i)
			}
		case d.ICMP != nil && d.ICMP.Type == 0, d.ICMPv6 != nil && d.ICMPv6.Type == 129:
			found = append(found, i)
		}
	}
	return found
}

// address resolves an address or "@node:interface"; "" gives the zero Addr.
func (s *scope) address(text string, k *Check) (netip.Addr, bool) {
	if text == "" {
		return netip.Addr{}, true
	}
	if name, ok := strings.CutPrefix(text, "@"); ok {
		b, known := s.r.Bindings[name]
		a := b.IPv4
		if s.cs.Ping.Target.Is6() {
			a = b.IPv6
		}
		if !known || !a.IsValid() {
			k.Outcome, k.Reason = Error, text+" has no address of the target's family in this step"
			return a, false
		}
		return a, true
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		k.Outcome, k.Reason = Error, err.Error()
		return a, false
	}
	return a, true
}

func (s *scope) mac(text string, k *Check) (net.HardwareAddr, bool) {
	if text == "" {
		return nil, true
	}
	if name, ok := strings.CutPrefix(text, "@"); ok {
		b, known := s.r.Bindings[name]
		if !known {
			k.Outcome, k.Reason = Error, text+" does not exist in this step"
			return nil, false
		}
		return b.MAC[:], true
	}
	m, err := net.ParseMAC(text)
	if err != nil {
		k.Outcome, k.Reason = Error, err.Error()
		return nil, false
	}
	return m, true
}

func replyText(r *frame.Reply) string {
	switch {
	case r.Error != "":
		return fmt.Sprintf("%s from %s for request %d", r.Error, r.From, r.Seq)
	case r.TTL == 0:
		return fmt.Sprintf("%s is at %s (request %d)", r.From, net.HardwareAddr(r.MAC[:]), r.Seq)
	}
	return fmt.Sprintf("reply of %s, ttl %d (request %d)", r.From, r.TTL, r.Seq)
}

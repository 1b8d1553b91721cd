package assert

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"netverify/frame"
	"netverify/recording"
)

// hops: who answered the probes of a traceroute, from its first TTL on. Each
// probe is answered once, and there are as many as the list is long.
func (s *scope) hops(e *Expectation, k *Check) {
	switch {
	case s.cs.Ping == nil || !s.cs.Ping.Trace:
		k.err("the step traces no route, so there are no hops")
		return
	case len(e.Hops) == 0:
		k.err("no hop is expected: nothing is checked")
		return
	}
	t := s.traced()
	if stray := t.stray(s.r.Replies); stray != nil {
		k.fail("an answer to no probe that was sent: %s", replyText(stray))
		return
	}
	var lacking []string
	for n := range e.Hops {
		if !t.hop(n, &e.Hops[n], k) {
			return
		}
		if late := s.lateAnswers(t.first + n); e.Hops[n].Silent && len(late) > 0 {
			k.Frames = late
			k.fail("hop %d: expected nobody (*); answered, though late: %s", t.first+n, s.when(late[0]))
			return
		}
		if q := t.first + n; e.Hops[n].Silent && s.question(q) < 0 {
			lacking = append(lacking, fmt.Sprintf("no control: the probe with TTL %d was not seen leaving %s", q, s.cs.Ping.From))
		}
		if e.Hops[n].Silent {
			lacking = append(lacking, s.limitedErrors()...)
		}
	}
	if len(t.heard) > len(e.Hops) {
		text, journey := s.whereabouts(t.first + len(e.Hops))
		k.Journey = journey
		s.absent(k, Fail, fmt.Sprintf("expected %d hop(s), and the trace went on: %s%s", len(e.Hops), t, text), s.limitedErrors(), s.asker())
		return
	}
	s.absent(k, Pass, "", lacking, s.asker())
}

// trace is what was heard of the probes of a traceroute.
type trace struct {
	*scope
	first int                  // TTL of the first probe
	heard [][]*recording.Reply // by probe
}

// traced sorts the answers by the probes that they answer. A probe that the
// stack refused to send was the last, and has its error for an answer.
func (s *scope) traced() *trace {
	t := &trace{scope: s, first: s.cs.Ping.First}
	n := s.r.Asked
	for i := range s.r.Replies {
		if s.r.Replies[i].Seq == t.first+n {
			n++
			break
		}
	}
	t.heard = make([][]*recording.Reply, min(n, 256)) // a TTL has no more values
	for i := range s.r.Replies {
		if q := s.r.Replies[i].Seq - t.first; q >= 0 && q < len(t.heard) {
			t.heard[q] = append(t.heard[q], &s.r.Replies[i])
		}
	}
	return t
}

// stray is an answer to what was not asked, nil if there is none.
func (t *trace) stray(list []recording.Reply) *recording.Reply {
	for i := range list {
		if q := list[i].Seq - t.first; q < 0 || q >= len(t.heard) {
			return &list[i]
		}
	}
	return nil
}

// hop compares hop n, counted from 0, with what it should be.
func (t *trace) hop(n int, w *HopWant, k *Check) bool {
	from, ok := t.address(w.From, k)
	if !ok {
		return false
	}
	q := t.first + n
	want := fmt.Sprintf("hop %d: expected %s", q, w.text(from))
	if n >= len(t.heard) {
		k.fail("%s; the trace ended before: %s", want, t)
		return false
	}
	got := t.heard[n]
	if w.Silent { // that the own stack gives up is no answer
		got = slices.DeleteFunc(slices.Clone(got), func(r *recording.Reply) bool { return r.Error == "host-unreachable" && t.self(r.From) })
	}
	for _, r := range got {
		k.Frames = append(k.Frames, t.answerFrames(r)...)
	}
	switch {
	case len(got) == 0 && !w.Silent:
		text, journey := t.whereabouts(q)
		k.Journey = journey
		t.absent(k, Fail, fmt.Sprintf("%s; nobody answered: %s%s", want, t, text), t.limitedErrors(), t.asker())
	case len(got) > 1:
		k.fail("hop %d was answered %d times, expected once: %s", q, len(got), t)
	case len(got) == 1 && (w.Silent || !t.fits(w, got[0], from)):
		k.fail("%s; got %s: %s", want, replyText(got[0]), t)
	default:
		return true
	}
	return false
}

// fits tells whether an answer is the one that a hop should give.
func (t *trace) fits(w *HopWant, r *recording.Reply, from netip.Addr) bool {
	if from.IsValid() && !sameAddr(r.From, from) {
		return false
	}
	switch {
	case w.Error != "":
		return r.Error == w.Error
	case sameAddr(from, t.cs.Ping.Target):
		return t.arrived(r)
	}
	return r.Error == "ttl-exceeded"
}

// arrived tells whether an answer is that of the target: an echo reply, or
// that it has no such port open (RFC 1122 4.1.3.1, RFC 4443 3.1).
func (t *trace) arrived(r *recording.Reply) bool {
	if t.cs.Ping.UDP {
		return r.Error == "port-unreachable" && sameAddr(r.From, t.cs.Ping.Target)
	}
	return r.Error == "" && sameAddr(r.From, t.cs.Ping.Target)
}

// answerFrames are the frames at the asking interface that bore an answer:
// errors quote the probe, and with it its number.
func (t *trace) answerFrames(r *recording.Reply) []int {
	var found []int
	for _, i := range t.obs {
		o := &t.rec.Observations[i]
		if t.at(i, t.asker()) && o.Mark == frame.Stimulus && o.Seq == r.Seq && t.answers(o) && sameAddr(source(o.Frame.Decode()), r.From) {
			found = append(found, i)
		}
	}
	return found
}

// String returns all hops as they were: "10.0.10.1, *, 10.0.20.3".
func (t *trace) String() string {
	if len(t.heard) == 0 {
		return "no probe was sent" + t.ownError()
	}
	hops := make([]string, len(t.heard))
	for n, heard := range t.heard {
		var parts []string
		for _, r := range heard {
			usual := t.arrived(r) || r.Error == "ttl-exceeded" && !sameAddr(r.From, t.cs.Ping.Target)
			if text := r.From.String(); usual {
				parts = append(parts, text)
			} else {
				parts = append(parts, text+" "+replyWord(r))
			}
		}
		if hops[n] = strings.Join(parts, " and "); parts == nil {
			hops[n] = "*"
		}
	}
	return "the hops were " + strings.Join(hops, ", ")
}

func replyWord(r *recording.Reply) string {
	if r.Error == "" {
		return "(reply)"
	}
	return "(" + r.Error + ")"
}

// text is a hop in the words of the scenario language.
func (w *HopWant) text(from netip.Addr) string {
	switch {
	case w.Silent:
		return "nobody (*)"
	case w.Error == "":
		return from.String()
	}
	return w.Error + fromText(from)
}

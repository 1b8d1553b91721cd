package assert

import (
	"fmt"
	"net/netip"
	"time"

	"netverify/filter"
	"netverify/frame"
)

// A frame belongs to the step that caused it, for the whole recording: one that
// comes in a later step, because a stack held it or asked again, counts against
// the absences of its own step. The step in which it comes does not look at it,
// unless it is strict: then its absences do.

// owners tells of each observation which step caused it; -1: the step in whose
// time it was seen.
type owners struct {
	of    []int   // by observation
	later [][]int // by step: its observations in the time of later steps
}

func newOwners(j *judging) *owners {
	w := &owners{later: make([][]int, len(j.rec.Steps))}
	if j.rec.Foreign != nil || j.broken != "" {
		return w
	}
	var asked map[openQuestion]int // what stacks asked by a timer when the step before ended
	for step := range j.rec.Steps {
		r := &j.rec.Steps[step]
		for i := r.First; i < r.First+r.Count; i++ {
			o := &j.rec.Observations[i]
			owner := -1
			switch {
			case o.Mark == frame.Stimulus && o.Step < step && o.Step >= 0:
				owner = o.Step
			case o.Mark == frame.Unmarked && len(asked) > 0:
				owner = ownerOf(o.Frame.Decode(), asked)
			}
			if owner < 0 {
				continue
			}
			if w.of == nil {
				w.of = make([]int, len(j.rec.Observations))
				for k := range w.of {
					w.of[k] = -1
				}
			}
			w.of[i] = owner
			w.later[owner] = append(w.later[owner], i)
		}
		asked = j.stillAsked(step, asked)
	}
	return w
}

// owner is the step that caused an observation, -1 where that is the one in
// whose time it was seen.
func (w *owners) owner(i int) int {
	if w.of == nil {
		return -1
	}
	return w.of[i]
}

// openQuestion is a question that a stack repeats by itself, ARP or ND: who asks
// for whom.
type openQuestion struct {
	mac [6]byte
	ip  netip.Addr
}

// stillAsked are the questions that stacks go on asking when a step is over, with
// the steps that caused them.
func (j *judging) stillAsked(step int, before map[openQuestion]int) map[openQuestion]int {
	r := &j.rec.Steps[step]
	if len(r.Asking) == 0 {
		return nil
	}
	out := make(map[openQuestion]int, len(r.Asking))
	for _, a := range r.Asking {
		b, ok := r.Bindings[a.Point]
		if !ok {
			continue
		}
		q := openQuestion{b.MAC, onWire(a.IP)}
		cause := step
		if old, known := before[q]; known {
			cause = old
		}
		// The socket of a ping ends the questions of earlier steps before it asks.
		if cause != step && a.State == "incomplete" && step < len(j.c.Steps) && j.c.Steps[step].Ping != nil && !j.c.Steps[step].Ping.ARP {
			cause = step
		}
		lowest(out, q, cause)
	}
	return out
}

// ownerOf is the step of the question that a frame asks or answers, -1 if it
// is none of them.
func ownerOf(d *frame.Decoded, asked map[openQuestion]int) int {
	var q openQuestion
	switch {
	case d.ARP != nil && d.ARP.Op == 1:
		q = openQuestion{d.ARP.SenderMAC, d.ARP.TargetIP}
	case d.ARP != nil && d.ARP.Op == 2:
		q = openQuestion{d.ARP.TargetMAC, d.ARP.SenderIP}
	case d.ICMPv6 != nil && d.ICMPv6.Type == frame.NeighborSolicitation:
		q = openQuestion{d.Src, d.ICMPv6.Target}
	case d.ICMPv6 != nil && d.ICMPv6.Type == frame.NeighborAdvertisement:
		q = openQuestion{d.Dst, d.ICMPv6.Target}
	default:
		return -1
	}
	q.ip = onWire(q.ip)
	if step, ok := asked[q]; ok {
		return step
	}
	return -1
}

// strays are frames of other steps in the time of this one, which only a strict
// step looks at.
func (s *scope) strays() []int {
	if !s.cs.Strict || s.owned.of == nil {
		return nil
	}
	var out []int
	for i := s.r.First; i < s.r.First+s.r.Count; i++ {
		if o := s.owned.owner(i); o >= 0 && o != s.step {
			out = append(out, i)
		}
	}
	return out
}

// stragglers are the frames of the step that came in the time of later ones.
func (s *scope) stragglers() []int {
	if s.step >= len(s.owned.later) {
		return nil
	}
	return s.owned.later[s.step]
}

// outside are the frames at a place that pass the filter and count against an
// absence of the step, though they are not among those of its own time: its own
// that came later, and in a strict step those of others.
func (s *scope) outside(at Place, m *filter.Matcher) []int {
	var found []int
	for _, list := range [][]int{s.stragglers(), s.strays()} {
		for _, i := range list {
			if s.at(i, at) && s.passes(i, m) {
				found = append(found, i)
			}
		}
	}
	return found
}

// when says in whose time a frame of another step was seen.
func (s *scope) when(i int) string {
	if owner := s.owned.owner(i); owner >= 0 && owner != s.step {
		return fmt.Sprintf("a straggler of step %d: %s", owner+1, s.line(i))
	}
	for step := s.step + 1; step < len(s.rec.Steps); step++ {
		if r := &s.rec.Steps[step]; i < r.First+r.Count {
			after := time.Duration(s.rec.Observations[i].At - s.r.Begin).Round(time.Millisecond)
			return fmt.Sprintf("in step %d, %v after this one began: %s", step+1, after, s.line(i))
		}
	}
	return s.line(i)
}

// lateAnswers are the answers to request q (0: any) that came in at the asking
// interface, for its stack, when the step was over: an echo reply, and the
// errors of other hosts.
func (s *scope) lateAnswers(q int) []int {
	var found []int
	for _, i := range s.stragglers() {
		o := &s.rec.Observations[i]
		d := o.Frame.Decode()
		if !s.at(i, s.asker()) || o.Type == frame.ToOther || len(d.Tags) > 0 || q > 0 && !s.cs.Ping.ARP && o.Seq != q {
			continue
		}
		if s.answers(o) || isICMPError(d) && !s.cs.Ping.ARP && !s.has(source(d)) {
			found = append(found, i)
		}
	}
	return found
}

// pendingLegs are what a proof of absence lacks where a stack still held
// something by a timer when the step was over.
func (s *scope) pendingLegs() []string {
	var legs []string
	for _, p := range s.r.Pending {
		bound := time.Duration(p.Bound)
		legs = append(legs, fmt.Sprintf("%s still holds %s (%s): what comes of it may come after the step; write `within: %s` to wait for it",
			p.Point, p.What, p.Timer, atLeast(bound)))
	}
	return legs
}

// atLeast is a time a little longer than this one, as a scenario writes it.
func atLeast(d time.Duration) string { return fmt.Sprintf("%ds", int(d/time.Second)+2) }

package assert

import (
	"fmt"
	"slices"
	"time"

	"netverify/frame"
	"netverify/recording"
)

// A stack asks a neighbour that does not answer again, after a time that the
// recording tells. On a loaded machine that can fall into any step: a repetition
// is no further frame of the step, and an exchange that took longer than the
// stack's patience says nothing of the kernel.

// kernelRetrans is when a stack of which nothing is recorded asks again
// (RETRANS_TIMER of RFC 4861 section 10; net.ipv4.neigh.*.retrans_time_ms).
const kernelRetrans = time.Second

// askAgain is the shortest time after which a stack of the lab asks again, 0
// where none does within the scenario.
func (s *scope) askAgain() time.Duration {
	if !s.rec.TimersRead {
		return kernelRetrans
	}
	shortest := time.Duration(0)
	for _, t := range s.rec.TimersAt(s.step) {
		if d := time.Duration(t.Retrans); shortest == 0 || d < shortest {
			shortest = d
		}
	}
	return shortest
}

// once leaves out of frames at one place those by which a stack asked its
// neighbour again by itself, and the answers to them: to the last bit the same
// ARP or ND message, from the same interface, at least as much later as a
// stack waits. (A timer never runs early; a tenth is left for the clocks.)
func (s *scope) once(found []int) []int {
	again := s.askAgain()
	if len(found) == 0 || s.rec.Foreign != nil || again == 0 {
		return found
	}
	out := make([]int, 0, len(found))
	for _, i := range found {
		if !s.repeats(i, again-again/10) {
			out = append(out, i)
		}
	}
	return out
}

// repeats tells whether the frame of an observation repeats one that left the
// same interface that much earlier.
func (s *scope) repeats(i int, gap time.Duration) bool {
	o := &s.rec.Observations[i]
	if d := o.Frame.Decode(); o.Mark != frame.Unmarked || d.ARP == nil && !isNeighbour(d) {
		return false
	}
	s.journeys()
	if _, known := s.wayOf[i]; !known { // another step's, which a strict one looks at
		return false
	}
	j, n := s.find(i)
	root := &j.Stops[j.Stops[n].Root]
	at := s.rec.Observations[root.Observation].At
	first := s.firstRoot(j, root.Hop)
	return first < at && time.Duration(at-first) >= gap
}

// firstRoot is when the frame of a journey first left an interface, in ns since the epoch.
func (s *scope) firstRoot(j *recording.Journey, at recording.Hop) int64 {
	if s.firstRoots == nil {
		s.firstRoots = make(map[*recording.Journey]map[recording.Hop]int64)
	}
	first := s.firstRoots[j]
	if first == nil {
		first = make(map[recording.Hop]int64)
		s.firstRoots[j] = first
		for k := range j.Stops {
			if r := &j.Stops[k]; r.Parent < 0 {
				lowest(first, r.Hop, s.rec.Observations[r.Observation].At)
			}
		}
	}
	return first[at]
}

// anew leaves out of frames that came in the time of later steps those by which
// a stack went on asking what it asked in this one, in a lab that nothing has
// changed since: what the steps between have done is to send.
func (s *scope) anew(after, found []int) []int {
	again := s.askAgain()
	if again == 0 || s.rec.Foreign != nil {
		return after
	}
	type passing struct {
		point int
		dir   frame.Direction
		size  int // on the wire
		frame string
	}
	first := make(map[passing]int64) // ns since the epoch
	for _, k := range found {
		f := &s.rec.Observations[k]
		lowest(first, passing{f.Point, f.Dir, f.Frame.Len(), string(f.Frame.Bytes())}, f.At)
	}
	return slices.DeleteFunc(after, func(i int) bool {
		o := &s.rec.Observations[i]
		if d := o.Frame.Decode(); o.Mark != frame.Unmarked || d.ARP == nil && !isNeighbour(d) || s.owned.owner(i) != s.step {
			return false
		}
		for step := s.step + 1; step < len(s.rec.Steps) && s.rec.Steps[step].First <= i; step++ {
			if s.c.Steps[step].From == "" {
				return false
			}
		}
		at, seen := first[passing{o.Point, o.Dir, o.Frame.Len(), string(o.Frame.Bytes())}]
		return seen && time.Duration(o.At-at) >= again-again/10
	})
}

// isNeighbour tells of a neighbour solicitation or advertisement.
func isNeighbour(d *frame.Decoded) bool {
	return d.ICMPv6 != nil && (d.ICMPv6.Type == frame.NeighborSolicitation || d.ICMPv6.Type == frame.NeighborAdvertisement)
}

// byHand tells whether the step itself puts ARP or ND on the wire, or what a
// stack may ask about: then a repetition may be an answer to a second frame.
func (s *scope) byHand() bool {
	return s.cs.Ping != nil && s.cs.Ping.ARP || s.cs.Ping == nil && s.cs.From != ""
}

// outrun takes back a failure that time may have made: the exchange took longer
// than a stack of the lab waits for its neighbour. What was seen and must not be
// stands, and so does what the check itself gives that time for.
func (s *scope) outrun(e *Expectation, k *Check) {
	s.heldUp(e, k)
	s.aged(k)
	if k.Outcome != Fail || e.Within > 0 || s.r.Rested == 0 || !missed(e, k) {
		return
	}
	for _, t := range s.rec.TimersAt(s.step) {
		patience := time.Duration(t.Retrans) * time.Duration(max(t.Probes, 1))
		if took := time.Duration(s.r.Rested); took > patience {
			k.Outcome = Inconclusive
			k.Reason = fmt.Sprintf("%s; but the step took %v to come to rest, longer than the %v after which %s gives up a neighbour (%s)",
				k.Reason, took.Round(time.Millisecond), patience, t.Point, timerName(t))
			return
		}
	}
}

// heldUp takes back the failure of something that was to come within a time, of
// which the machine spent half on others: then its kernel's timers, and who was to
// answer, may have waited as well.
func (s *scope) heldUp(e *Expectation, k *Check) {
	held := time.Duration(s.r.Held)
	if k.Outcome != Fail || e.Within == 0 || held < e.Within/2 || !s.belated(e, k) {
		return
	}
	k.Outcome = Inconclusive
	k.Reason = fmt.Sprintf("%s; but for %v of the step this machine ran something else: run it on one that is less busy, or write a longer within",
		k.Reason, held.Round(time.Millisecond))
}

// longHeld is how long a machine may have spent on others, in all steps until now,
// before a spanning tree counts as left to its timers: a quarter of its max_age.
const longHeld = 5 * time.Second

// aged takes back the failure of a step in a lab with a spanning tree that was kept
// waiting for long: a port that blocks listens when it has heard no BPDU for max_age
// (20 s; net/bridge/br_stp_timer.c:br_message_age_timer_expired), and the state of
// ports decides where all frames go.
func (s *scope) aged(k *Check) {
	if k.Outcome != Fail || !s.c.Trees {
		return
	}
	held := time.Duration(0)
	for i := range s.step + 1 {
		held += time.Duration(s.rec.Steps[i].Held)
	}
	if held < longHeld {
		return
	}
	k.Outcome = Inconclusive
	k.Reason = fmt.Sprintf("%s; but for %v until then this machine ran something else, and a spanning tree goes by the clock (max_age, forward_delay): run it on one that is less busy",
		k.Reason, held.Round(time.Millisecond))
}

// belated reports whether a check failed, or may have failed, for nothing but time:
// answers that are right were late or are missing, or a state was not there yet.
// A wrong answer stands, and so does one too many.
func (s *scope) belated(e *Expectation, k *Check) bool {
	switch e.Kind {
	case KindState:
		return true
	case KindReply:
		if e.Reply.None || len(s.r.Replies) == 0 {
			return !e.Reply.None
		}
		var again Check
		timeless := *e
		timeless.Within = 0
		s.compare(&timeless, &again)
		return again.Outcome == Pass || s.answersMissing(&timeless)
	}
	return missed(e, k)
}

// answersMissing reports whether fewer answers came than requests were sent, and each of
// them is right.
func (s *scope) answersMissing(e *Expectation) bool {
	who, ok := s.answerers(e.Reply, &Check{})
	return ok && e.Reply.Error == "" && len(s.r.Replies) < s.cs.Ping.Count &&
		!slices.ContainsFunc(s.r.Replies, func(r recording.Reply) bool { return s.wrong(e, &r, who) != "" })
}

// missed tells whether a check failed because something did not come.
func missed(e *Expectation, k *Check) bool {
	switch e.Kind {
	case KindSeen, KindAnswer, KindPath, KindHops:
		return e.Count == nil || e.Count.Max < 0 || len(k.Frames) <= e.Count.Max
	case KindReply:
		return !e.Reply.None && e.Reply.Error != "host-unreachable"
	}
	return false
}

// timerName is where an administrator finds a neighbour timer.
func timerName(t recording.NeighbourTimer) string {
	family := "ipv4"
	if t.IPv6 {
		family = "ipv6"
	}
	ref, _ := recording.ParseRef(t.Point)
	return fmt.Sprintf("net.%s.neigh.%s.retrans_time_ms and mcast_solicit", family, ref.Iface)
}

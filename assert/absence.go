package assert

import (
	"fmt"
	"strings"

	"netverify/filter"
	"netverify/frame"
)

// missing returns the legs that a proof of absence at p lacks, in words; none
// means that what was not seen at p did not happen there.
func (s *scope) missing(p Place) []string {
	var legs []string
	point := s.point(p.Point)
	if point < 0 {
		return []string{p.Point + " was not tapped"}
	}
	legs = append(legs, s.r.Trouble...)
	legs = append(legs, s.rec.Trouble...)
	legs = append(legs, holes(s.rec.Taps)...)
	if !s.r.Still {
		legs = append(legs, "the lab did not come to rest: every wave of fences met other frames")
	}
	if s.quiet(point) {
		return legs
	}
	return append(legs, s.unfenced(point, p.Dir)...)
}

// holes names the taps that lost something.
func holes(taps []frame.Tap) []string {
	var legs []string
	for _, t := range taps {
		if t.Dropped > 0 {
			legs = append(legs, fmt.Sprintf("the tap of %s dropped %d of %d frames", t.Node, t.Dropped, t.Received+t.Dropped))
		}
		if t.Cut > 0 {
			legs = append(legs, fmt.Sprintf("the tap of %s cut %d frames short", t.Node, t.Cut))
		}
	}
	return legs
}

// unfenced names the sides and classes of a point at which no fence came in.
// Only what has a queue of its own in front of it needs its own fence: the end
// of a cable, and a device that is fed by its parent. What a frame reaches in
// the same turn as the hop before it (a bridge, a VLAN device, a bond) is
// drained when the lab is at rest.
func (s *scope) unfenced(point int, dir frame.Direction) []string {
	switch s.rec.Points[point].Kind {
	case "veth", "macvlan", "macvtap", "ipvlan":
	default:
		return nil
	}
	var legs []string
	for _, d := range []frame.Direction{frame.In, frame.Out} {
		if dir != 0 && dir != d {
			continue
		}
		for _, c := range []frame.Class{frame.Unicast, frame.Multidestination} {
			if d == frame.Out && c == frame.Multidestination {
				continue // sending knows no classes: both take the same way out
			}
			if !s.fenced(point, d, c) {
				legs = append(legs, fmt.Sprintf("no %s fence was seen at %s %s after the stimulus", c, s.rec.Points[point].Name(), d))
			}
		}
	}
	return legs
}

func (s *scope) fenced(point int, d frame.Direction, c frame.Class) bool {
	for _, f := range s.r.Fences {
		if f.Point == point && f.Dir == d && f.Class == c {
			return true
		}
	}
	return false
}

func (s *scope) quiet(point int) bool {
	for _, q := range s.r.Quiet {
		if q.Point == point {
			return true
		}
	}
	return false
}

func (s *scope) point(name string) int {
	for i := range s.rec.Points {
		if s.rec.Points[i].Name() == name {
			return i
		}
	}
	return -1
}

// control finds a frame anywhere in the recording that the filter matches:
// without one, the filter may be unable to match anything at all.
func (s *scope) control(m *filter.Matcher) bool {
	for i := range s.rec.Observations {
		o := &s.rec.Observations[i]
		if o.Mark != frame.Fence && (s.cs.Strict || o.Mark == frame.Stimulus || !chatter(o.Frame.Decode())) && s.passes(i, m) {
			return true
		}
	}
	return false
}

// absent settles a check whose frame was not seen: with all legs the absence
// is believed and want decides, else the check is inconclusive.
func (s *scope) absent(k *Check, want Outcome, reason string, legs []string) {
	k.Fence = s.proven()
	if len(legs) > 0 {
		k.Outcome = Inconclusive
		k.Reason = "absence is not proven: " + strings.Join(unique(legs), "; ")
		return
	}
	k.Outcome, k.Reason = want, reason
}

func unique(lines []string) []string {
	seen := make(map[string]bool, len(lines))
	var out []string
	for _, l := range lines {
		if !seen[l] {
			seen[l] = true
			out = append(out, l)
		}
	}
	return out
}

package assert

import (
	"fmt"
	"strings"

	"netverify/recording"
)

// mine tells whether an observation is known to be of the step: where marks
// tell all of the step's frames are.
func (s *scope) mine(i int) bool {
	a := s.attributed()
	if a == nil {
		return true
	}
	_, mine := a.of[i]
	return mine
}

// isSent tells whether a frame that leaves the sender is one of those that the
// step sends.
func (s *scope) isSent(o *recording.Observation) bool {
	if s.unmarked() {
		return s.stimulates(o)
	}
	return s.asks(o)
}

// sinceSent counts times from the first frame of the step, where that is known
// by what it is: others may have left before it.
func (s *scope) sinceSent() {
	if a := s.attributed(); a != nil && a.began != 0 {
		r := *s.r
		r.Begin = a.began
		s.r = &r
	}
}

// ambiguous says that there are several questions of which each may be the
// step's; "" where there are not.
func (s *scope) ambiguous() string {
	a := s.attributed()
	if a == nil || len(a.asked) < 2 {
		return ""
	}
	lines := make([]string, 0, 2)
	for i := range a.asked[:2] {
		lines = append(lines, s.line(a.asked[i].first))
	}
	return fmt.Sprintf("%d questions in the captures may be the step's, which is one of them: %s", len(a.asked), strings.Join(lines, "; "))
}

// ofStep leaves of the frames that pass a filter those that are known to be of
// the step; all of them where everything counts. strange says why there is none.
func (s *scope) ofStep(found []int, everything bool) (own []int, strange string) {
	a := s.attributed()
	if a == nil || everything || len(found) == 0 {
		return found, ""
	}
	by := make(map[int]bool)
	for _, i := range found {
		if n, mine := a.of[i]; mine {
			own = append(own, i)
			by[n] = true
		}
	}
	switch {
	case len(own) == 0 && a.none != "":
		return nil, fmt.Sprintf("%s; what passes the filter is not known to come of the step: %s", a.none, s.line(found[0]))
	case len(own) == 0:
		return nil, "what passes the filter is neither the question of the step nor an answer to it, nor does it serve to find the way of one: " + s.line(found[0])
	case len(a.asked) > 1 && !by[everyone] && len(by) < len(a.asked):
		return nil, s.ambiguous()
	}
	return own, ""
}

// strangers leaves of what passes the filter of a sight the frames of the step,
// and the check open where there is none. It returns whether it did.
func (s *scope) strangers(t *sight, k *Check) bool {
	own, strange := s.ofStep(t.found, false)
	if strange == "" {
		t.found = own
		return false
	}
	k.lack(fmt.Sprintf("no frame of the step is known to have been seen at %s: %s", t.At, strange), LegStimulus)
	return true
}

package assert

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"netverify/filter"
	"netverify/frame"
)

// never: not one frame of the step passes the filter at the place, the place
// was drained, and the filter can match.
func (s *scope) never(e *Expectation, k *Check) {
	m, ok := s.bind(e.Frames, k)
	if !ok {
		return
	}
	found, strange := s.ofStep(s.match(e.At, m), s.cs.Strict)
	if len(found) > 0 {
		k.Frames = found
		k.fail("seen %s at %s, first %s", times(len(found)), e.At, s.line(found[0]))
		k.Journey = s.journeyOf(found[0])
		return
	}
	if found := s.outside(e.At, m); len(found) > 0 {
		k.Frames = found
		k.fail("seen %s at %s: %s", times(len(found)), e.At, s.when(found[0]))
		return
	}
	if strange != "" {
		k.lack(strange, LegStimulus, LegFence)
		return
	}
	s.absent(k, Pass, "", append(s.control(m), s.limited(e.At, m)...), e.At)
}

// seen: frames of the step pass the filter at the place, as many as asked for.
func (s *scope) seen(e *Expectation, k *Check) {
	m, ok := s.bind(e.Frames, k)
	if !ok {
		return
	}
	t := &sight{Expectation: e, m: m, found: s.match(e.At, m)}
	if s.strangers(t, k) {
		return
	}
	s.counted(t, k)
}

// answer: as seen, but a frame that the step's own sender put on the wire is
// none, wherever it is seen again.
func (s *scope) answer(e *Expectation, k *Check) {
	m, ok := s.bind(e.Frames, k)
	if !ok {
		return
	}
	t := &sight{Expectation: e, m: m}
	for _, i := range s.match(e.At, m) {
		if s.own(i) {
			t.own = append(t.own, i)
		} else {
			t.found = append(t.found, i)
		}
	}
	if s.strangers(t, k) {
		return
	}
	s.counted(t, k)
}

// sight is what came of a seen or an answer.
type sight struct {
	*Expectation
	m     *filter.Matcher
	found []int
	own   []int // pass the filter, but are the question and not the answer
}

func (s *scope) counted(t *sight, k *Check) {
	want := Range{1, -1}
	if t.Count != nil {
		want = *t.Count
	}
	if want.Min <= 0 && want.Max < 0 {
		k.err("any number of frames would do: nothing is checked")
		return
	}
	k.Frames = t.found
	if t.Ordered {
		if s.ordered(t, k); k.Outcome != 0 {
			return
		}
	}
	if t.Intact != 0 {
		if s.intact(t, k); k.Outcome != 0 {
			return
		}
	}
	n := len(t.found)
	once := s.once(t.found)
	after := s.anew(s.outside(t.At, t.m), t.found)
	inTime := slices.DeleteFunc(slices.Clone(t.found), func(i int) bool {
		return s.late(s.rec.Observations[i].At, t.Within)
	})
	switch {
	case want.Max >= 0 && n > want.Max && s.later(t.found[0], t.found[want.Max]) > 0:
		k.lack(fmt.Sprintf("seen %s at %s, expected %s; but one too many came %v after the first, when the step may have been over: %s", times(n), t.At, want,
			s.later(t.found[0], t.found[want.Max]).Round(time.Millisecond), s.line(t.found[want.Max])), LegEnd)
	case want.Max >= 0 && len(once) > want.Max:
		over := once[want.Max]
		k.fail("seen %s at %s, expected %s; one too many is %s", times(n), t.At, want, s.line(over))
		k.Journey = s.journeyOf(over)
	case want.Max >= 0 && n > want.Max && s.byHand():
		k.Outcome = Inconclusive
		k.Reason = fmt.Sprintf("seen %s at %s, expected %s; whether a stack asked again by its timer or was asked again cannot be told: %s",
			times(n), t.At, want, s.line(t.found[want.Max]))
	case want.Max >= 0 && len(once)+len(after) > want.Max:
		k.Frames = append(k.Frames, after...)
		k.fail("seen %s at %s, expected %s; one too many is %s", times(n+len(after)), t.At, want, s.when(after[len(after)-1]))
	case len(inTime) < want.Min && n == 0 && len(t.own) == 0 && s.sealed && s.rec.Foreign == nil && s.unsatisfiable(t.m) != "":
		k.Outcome, k.Reason = Inconclusive, "no control: "+s.unsatisfiable(t.m)
	case len(inTime) < want.Min:
		near := s.closest(t)
		if near >= 0 {
			k.Journey = s.journeyOf(near)
		}
		s.absent(k, Fail, s.shortfall(t, len(inTime), want, near), s.limited(t.At, t.m), t.At)
	case want.Max >= 0: // not one more, but for what a stack repeats by itself: an absence
		var lacking []string
		if n == 0 {
			lacking = append(s.control(t.m), s.closed()...)
		}
		s.absent(k, Pass, s.soFar(n, t.At), append(lacking, s.throttled(t.At, t.m)...), t.At)
	default:
		k.Outcome = Pass
	}
}

// settled is how long after a frame another counts with it in captures that do
// not tell when a step was over: half the time after which a stack that got no
// answer asks again (RETRANS_TIMER of RFC 4861 section 10, and Linux' default of
// net.ipv4.neigh.*.retrans_time_ms).
const settled = 500 * time.Millisecond

// later is how much later a frame of a foreign capture is than another, 0 where
// that is so little that both are of the same step.
func (s *scope) later(first, then int) time.Duration {
	d := time.Duration(s.rec.Observations[then].At - s.rec.Observations[first].At)
	if s.rec.Foreign == nil || d <= settled {
		return 0
	}
	return d
}

// soFar tells of frames of a foreign capture that came as often as they should,
// before it is told that nothing proves that there were no more.
func (s *scope) soFar(n int, at Place) string {
	if s.rec.Foreign == nil || n == 0 {
		return ""
	}
	return fmt.Sprintf("seen %s at %s, as expected", times(n), at)
}

// shortfall says what came instead of the frames that did not; near is what
// came closest.
func (s *scope) shortfall(t *sight, n int, want Range, near int) string {
	parts := []string{fmt.Sprintf("seen %s at %s, expected %s", times(n), t.At, want)}
	if n == 0 {
		parts[0] = fmt.Sprintf("not seen at %s, expected %s", t.At, want)
	}
	for _, i := range t.found {
		if at := s.rec.Observations[i].At; s.late(at, t.Within) {
			parts = append(parts, fmt.Sprintf("later than %v: after %v %s", t.Within, s.after(at), s.line(i)))
			break
		}
	}
	if len(t.own) > 0 {
		parts = append(parts, "what the step itself sent is no answer: "+s.line(t.own[0]))
	}
	switch {
	case near >= 0:
		parts = append(parts, "such a frame was last seen at "+s.line(s.end(near))+s.hindered(near, t.At, false))
	case n == 0 && len(t.own) == 0 && len(t.found) == 0:
		parts = append(parts, "no frame of the step passes the filter anywhere"+s.ignored(t.m))
	}
	if n == 0 && len(t.found) == 0 {
		parts = append(parts, s.others(t))
	}
	if later := s.cameLater(t); later != "" {
		parts = append(parts, later)
	}
	return strings.Join(parts, "; ")
}

// ignored tells of frames of the step's time that pass the filter but are no
// frames of the step.
func (s *scope) ignored(m *filter.Matcher) string {
	for i := s.r.First; i < s.r.First+s.r.Count; i++ {
		o := &s.rec.Observations[i]
		switch {
		case o.Mark == frame.Fence || s.counts(o) || !s.passes(i, m):
		case o.Mark == frame.Stimulus:
			return fmt.Sprintf(" (a straggler of step %d does: %s)", o.Step+1, s.line(i))
		default:
			return " (background chatter does, which only a strict step looks at: " + s.line(i) + ")"
		}
	}
	return ""
}

// closest is a frame that passes the filter elsewhere than at the place, -1 if
// there is none: where it was seen last is where to look.
func (s *scope) closest(t *sight) int {
	for _, i := range s.obs {
		if !s.at(i, t.At) && s.passes(i, t.m) && s.mine(i) && (t.Kind != KindAnswer || !s.own(i)) {
			return i
		}
	}
	return -1
}

func times(n int) string {
	switch n {
	case 0:
		return "never"
	case 1:
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// String returns "2", "1-3" or "at least 1".
func (r Range) String() string {
	switch {
	case r.Max < 0:
		return fmt.Sprintf("at least %d", r.Min)
	case r.Min == r.Max:
		return fmt.Sprint(r.Min)
	}
	return fmt.Sprintf("%d-%d", r.Min, r.Max)
}

func (r Range) holds(n int) bool { return n >= r.Min && (r.Max < 0 || n <= r.Max) }

package assert

import (
	"fmt"
	"slices"

	"netverify/frame"
)

// never: not one frame of the step passes the filter at the place, the place
// was drained, and the filter can match.
func (s *scope) never(e *Expectation, k *Check) {
	m, ok := s.bind(e.Frames, k)
	if !ok {
		return
	}
	if found := s.match(e.At, m); len(found) > 0 {
		k.Outcome, k.Frames = Fail, found
		k.Reason = fmt.Sprintf("seen %s, first %s", times(len(found)), s.line(found[0]))
		k.Journey = s.journeyOf(found[0])
		return
	}
	legs := s.missing(e.At)
	if !s.control(m) {
		legs = append(legs, fmt.Sprintf("no control: the filter %q matched nothing anywhere in the recording", m))
	}
	s.absent(k, Pass, "", legs)
}

// seen: frames of the step pass the filter at the place, as many as asked for.
func (s *scope) seen(e *Expectation, k *Check) {
	m, ok := s.bind(e.Frames, k)
	if !ok {
		return
	}
	s.counted(e, k, s.match(e.At, m))
}

// answer: as seen, but what the step itself sent does not count.
func (s *scope) answer(e *Expectation, k *Check) {
	m, ok := s.bind(e.Frames, k)
	if !ok {
		return
	}
	own := s.stimuli()
	found := slices.DeleteFunc(s.match(e.At, m), func(i int) bool {
		return own[s.rec.Observations[i].Frame.Key()]
	})
	s.counted(e, k, found)
}

func (s *scope) counted(e *Expectation, k *Check, found []int) {
	want := Range{1, -1}
	if e.Count != nil {
		want = *e.Count
	}
	k.Frames = found
	n := len(found)
	switch {
	case want.Max >= 0 && n > want.Max:
		k.Outcome = Fail
		k.Reason = fmt.Sprintf("seen %s, expected %s; the last is %s", times(n), want, s.line(found[n-1]))
		k.Journey = s.journeyOf(found[n-1])
	case n < want.Min:
		s.absent(k, Fail, s.shortfall(e, n, want), s.missing(e.At))
		k.Journey = s.nearMiss(e)
	case want.Max >= 0: // not one more: an absence
		s.absent(k, Pass, "", s.missing(e.At))
	default:
		k.Outcome = Pass
	}
}

func (s *scope) shortfall(e *Expectation, n int, want Range) string {
	if n > 0 {
		return fmt.Sprintf("seen %s, expected %s", times(n), want)
	}
	if here := s.match(e.At, nil); len(here) > 0 {
		return fmt.Sprintf("never seen; %s saw %d other frame(s), first %s", e.At, len(here), s.line(here[0]))
	}
	return fmt.Sprintf("never seen; nothing at all passed %s in this step", e.At)
}

// nearMiss shows the way of a frame that passes the filter but did not come to
// the place: where it was seen last is where to look.
func (s *scope) nearMiss(e *Expectation) []string {
	m, err := e.Frames.Bind(s.r.Bindings)
	if err != nil {
		return nil
	}
	for _, i := range s.obs {
		if s.passes(i, m) {
			return s.journeyOf(i)
		}
	}
	return nil
}

// stimuli are the keys of the frames that the step itself put on the wire: at
// the sender's own interface, those that bear the step's tag; where the frames
// have no room for one, the first that left.
func (s *scope) stimuli() map[string]bool {
	keys := make(map[string]bool)
	first := -1
	for _, i := range s.obs {
		o := &s.rec.Observations[i]
		if !s.at(i, Place{s.cs.From, frame.Out}) {
			continue
		}
		if first < 0 {
			first = i
		}
		if o.Mark == frame.Stimulus {
			keys[o.Frame.Key()] = true
		}
	}
	if len(keys) == 0 && first >= 0 {
		keys[s.rec.Observations[first].Frame.Key()] = true
	}
	return keys
}

func times(n int) string {
	if n == 1 {
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

package assert

import "netverify/frame"

// ordered checks that the frames of a sight came as their step sent them: in
// that order, and none twice. The number in a frame's nonce tells which it is.
// Whether they are as many as expected is checked afterwards.
func (s *scope) ordered(t *sight, k *Check) {
	last := 0
	for n, i := range t.found {
		o := &s.rec.Observations[i]
		switch {
		case o.Mark != frame.Stimulus:
			k.err("the order of %s cannot be told: it bears no mark", s.line(i))
			return
		case o.Seq < 1: // a step counts from 1
			k.fail("at %s came a frame with a number that the step gave to none (%d): %s", t.At, o.Seq, s.line(i))
			k.Journey = s.journeyOf(i)
			return
		case o.Seq <= last:
			k.fail("at %s frame %d of the step came after frame %d: %s, behind %s", t.At, o.Seq, last, s.line(i), s.line(t.found[n-1]))
			k.Journey = s.journeyOf(i)
			return
		}
		last = o.Seq
	}
}

package run

import (
	"netverify/assert"
	"netverify/frame"
)

// noteForwarding reads, at the end of a step that did not pass, what decides
// whether frames are passed on: a later step may change it. A step that passed
// asks the kernel nothing. Where that cannot be read the verdict stands as well,
// and its reason names no state.
func (s *session) noteForwarding() {
	passed := true
	for _, k := range assert.JudgeStep(&s.cas, s.rec, s.step) {
		passed = passed && k.Outcome == assert.Pass
	}
	if passed {
		return
	}
	r := s.record()
	macs := make(map[frame.MAC]bool)
	for _, o := range s.rec.Observations[r.First : r.First+r.Count] {
		if d := o.Frame.Decode(); o.Mark != frame.Fence {
			macs[d.Src], macs[d.Dst] = true, true
		}
	}
	if f, err := s.lab.Forwarding(macs); err == nil {
		r.Forwarding = f
	}
}

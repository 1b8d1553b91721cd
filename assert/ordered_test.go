package assert

import (
	"strings"
	"testing"

	"netverify/frame"
	"netverify/recording"
)

// TestANumberThatNoFrameHad: a kernel that changes the last byte of what it carries
// makes 0 of the first frame's number.
func TestANumberThatNoFrameHad(t *testing.T) {
	for _, seq := range []int{0, -1} {
		rec := lossRecording()
		rec.Steps = []recording.StepRecord{{Count: 1}}
		rec.Observations = []recording.Observation{{Point: 1, Dir: frame.In, Mark: frame.Stimulus, Seq: seq, Frame: frame.New(make([]byte, 60))}}
		s := newScope(newJudging(&Case{Steps: []CaseStep{{}}}, rec, true), 0)
		var k Check
		s.ordered(&sight{Expectation: &Expectation{At: Place{Point: "b:eth0", Dir: frame.In}}, found: []int{0}}, &k)
		if k.Outcome != Fail || !strings.Contains(k.Reason, "a number that the step gave to none") {
			t.Errorf("%d: %s: %s", seq, k.Outcome, k.Reason)
		}
	}
}

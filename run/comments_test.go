package run

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"netverify/assert"
	"netverify/recording"
	"netverify/report"
)

func TestCommentsOfFrames(t *testing.T) {
	rec := &recording.Recording{
		Observations: make([]recording.Observation, 5), // of which the first is of the warm-up
		Steps: []recording.StepRecord{
			{Name: "one", First: 1, Count: 2}, {Name: "in silence", First: 3}, {Name: "two", First: 3, Count: 2}, {Name: "broken off", First: 5},
		},
	}
	r := &assert.Result{Name: "a/b", Title: "a rule", Checks: []assert.Check{
		{Name: "one", Text: "seen at x", Outcome: assert.Pass, Frames: []int{1, 2}},
		{Name: "two", Text: "never at y", Outcome: assert.Fail, Reason: "seen once", Frames: []int{3, 99}},
		{Name: "two", Text: "state", Outcome: assert.Pass},
	}}
	want := map[int][]string{
		0: {"scenario a/b: a rule"},
		1: {"step 1: one", "one: seen at x: pass"},
		2: {"one: seen at x: pass"},
		3: {"step 2: in silence (no frame was seen in it)", "step 3: two", "two: never at y: fail: seen once"},
	}
	if d := cmp.Diff(want, comments(rec, r)); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if got := comments(&recording.Recording{Steps: rec.Steps}, r); len(got) > 0 {
		t.Errorf("without a frame: %v", got)
	}
}

func TestCommentsOfTheFile(t *testing.T) {
	r := &assert.Result{Name: "a/b", Title: "a rule", Outcome: assert.Fail, Reason: "no", Facts: []assert.Fact{{Key: "sw:p1", Value: "veth"}, {Key: "sw:p2", Value: "veth"}}}
	k := report.Kernel{Release: "6.1.0", Where: "qemu", Config: map[string]string{"CONFIG_VETH": "m", "CONFIG_BRIDGE": "y"}}
	want := []string{
		"a/b: a rule", "fail: no", "kernel: Linux 6.1.0 in QEMU", "kernel config: CONFIG_BRIDGE=y CONFIG_VETH=m",
		"what was built:\nsw:p1: veth\nsw:p2: veth",
	}
	if d := cmp.Diff(want, header(r, k)); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if d := cmp.Diff([]string{"a/b: a rule", "fail: no", "kernel: Linux 5.10.0"}, header(&assert.Result{Name: "a/b", Title: "a rule", Outcome: assert.Fail, Reason: "no"}, report.Kernel{Release: "5.10.0"})); d != "" {
		t.Errorf("of which nothing more is known: -want +got:\n%s", d)
	}
}

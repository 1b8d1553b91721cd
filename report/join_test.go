package report

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"netverify/assert"
)

// TestJoinedPartsAreTheWhole: a run taken apart, scenario by scenario, and put
// together again.
func TestJoinedPartsAreTheWhole(t *testing.T) {
	began := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	results := []assert.Result{
		{Name: "a", Outcome: assert.Pass, Began: began.Add(time.Second), Duration: 3 * time.Second, Repeat: 1},
		{Name: "a", Outcome: assert.Fail, Reason: "no", Began: began, Duration: time.Second, Repeat: 2},
		{Name: "b", Outcome: assert.Skip, Reason: "it cannot"},
	}
	kernel := Kernel{Name: "host", Config: map[string]string{"CONFIG_VETH": "y"}}
	whole := New(kernel, len(results), results)
	var parts []Run
	for _, r := range results {
		parts = append(parts, New(kernel, 1, []assert.Result{r}))
	}
	if d := cmp.Diff(whole, Join(parts...)); d != "" {
		t.Errorf("-whole +joined:\n%s", d)
	}
	if whole.DurationNS != int64(4*time.Second) {
		t.Errorf("lasts %d ns", whole.DurationNS)
	}
	if got := Join(); got.Summary.Total() != 0 || got.Scenarios == nil {
		t.Errorf("of nothing: %+v", got)
	}
}

func TestRelocatedEvidence(t *testing.T) {
	run := New(Kernel{}, 1, []assert.Result{{
		Name: "a", Outcome: assert.Pass, Evidence: []string{"a.pcapng"}, Checks: []assert.Check{{Outcome: assert.Pass, Frames: []int{3}}},
	}})
	s := &run.Scenarios[0]
	s.Relocate("elsewhere/b.pcapng.gz")
	if d := cmp.Diff([]Frame{{File: "elsewhere/b.pcapng.gz", Frame: 4}}, s.Checks[0].Evidence); d != "" || s.Evidence[0] != "elsewhere/b.pcapng.gz" {
		t.Errorf("%v %s", s.Evidence, d)
	}
}

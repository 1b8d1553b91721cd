package report

import (
	"testing"
	"time"

	"netverify/assert"
)

// TestRunsOfOneKernelAreSummedUpRunByRun: what lies between two runs is no part
// of how long they took.
func TestRunsOfOneKernelAreSummedUpRunByRun(t *testing.T) {
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	part := func(id string, after, took time.Duration) Run {
		return New(Kernel{Release: "6.1"}, 1, []assert.Result{{Name: "a/b", Run: id, Outcome: assert.Pass, Began: start.Add(after), Duration: took}})
	}
	for _, tt := range []struct {
		name     string
		parts    []Run
		took     time.Duration
		sessions []int // scenarios of each
	}{
		{"one", []Run{part("a", 0, time.Second), part("a", 2*time.Second, time.Second)}, 3 * time.Second, []int{2}},
		{"two, one later", []Run{part("b", 800*time.Second, time.Second), part("a", 0, time.Second), part("a", time.Second, time.Second)}, 3 * time.Second, []int{2, 1}},
		{"two at a time", []Run{part("a", 0, time.Second), part("b", 0, time.Second)}, 2 * time.Second, []int{1, 1}},
		{"too old to tell", []Run{part("", 0, time.Second), part("", 2*time.Second, time.Second)}, 3 * time.Second, []int{2}},
		{"nothing ran", nil, 0, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			run := Join(tt.parts...)
			if run.DurationNS != int64(tt.took) || len(run.Sessions) != len(tt.sessions) {
				t.Fatalf("took %v in %d runs", time.Duration(run.DurationNS), len(run.Sessions))
			}
			for i, n := range tt.sessions {
				if run.Sessions[i].Scenarios != n {
					t.Errorf("run %d has %d scenarios, want %d", i, run.Sessions[i].Scenarios, n)
				}
			}
		})
	}
}

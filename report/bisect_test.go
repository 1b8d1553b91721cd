package report

import (
	"testing"

	"netverify/assert"
)

func TestBisectCode(t *testing.T) {
	one := func(o assert.Outcome) assert.Result { return with(passing("a"), o, "why") }
	run := func(rs ...assert.Result) Report { return Of(New(kernel(), len(rs), rs)) }
	troubled := run(one(assert.Pass))
	troubled.Runs[0].Trouble = []string{"interrupted"}
	tests := []struct {
		name     string
		rep      Report
		want     int
		required int // with --require
	}{
		{"all pass", run(one(assert.Pass)), 0, 0},
		{"one fails", run(one(assert.Pass), one(assert.Fail)), 1, 1},
		{"a failure outweighs an error", run(one(assert.Error), one(assert.Fail)), 1, 1},
		{"a guest that did not boot", run(one(assert.Error)), 125, 125},
		{"inconclusive", run(one(assert.Pass), one(assert.Inconclusive)), 125, 125},
		{"some skipped", run(one(assert.Pass), one(assert.Skip)), 0, 125},
		{"all skipped", run(one(assert.Skip)), 125, 125},
		{"nothing was run", Of(), 125, 125},
		{"one of two was not run", Of(New(kernel(), 2, []assert.Result{one(assert.Pass)})), 125, 125},
		{"interrupted", troubled, 125, 125},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := BisectCode(tt.rep, false); got != tt.want {
				t.Errorf("%d, want %d", got, tt.want)
			}
			if got := BisectCode(tt.rep, true); got != tt.required {
				t.Errorf("with require %d, want %d", got, tt.required)
			}
		})
	}
}

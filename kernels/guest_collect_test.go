package kernels

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"netverify/assert"
	"netverify/recording"
	"netverify/run"
	"netverify/scenarios"
)

// testRun is the id of the run that results are of.
const testRun = "of-tests"

// came is a pass as a guest sends it that ran the plan of that name.
func came(t testing.TB, plans []*scenarios.Plan, name string, repeat int) *resultRecord {
	t.Helper()
	i := slices.IndexFunc(plans, func(p *scenarios.Plan) bool { return p.Name == name })
	if i < 0 {
		t.Fatalf("no plan %s", name)
	}
	r, cas := plans[i].Result(), plans[i].Case()
	r.Run, r.Repeat, r.Outcome = testRun, repeat, assert.Pass
	r.Checks = assert.Judge(&cas, &recording.Recording{}).Checks
	for n := range r.Checks {
		r.Checks[n].Outcome, r.Checks[n].Reason = assert.Pass, ""
	}
	return &resultRecord{Result: r}
}

// taken adds a result that a guest may send.
func taken(t *testing.T, c *collector, r *resultRecord) {
	t.Helper()
	if err := c.add(r); err != nil {
		t.Fatal(err)
	}
}

func TestResultsFindTheirPlaces(t *testing.T) {
	var shown []int
	plans := trio(t)
	c := newCollector(plans, run.Options{ID: testRun, Repeat: 2, Progress: func(done, total int, _ assert.Result) { shown = append(shown, done, total) }})
	taken(t, c, came(t, plans, plans[1].Name, 1)) // before the first: several may run at a time
	taken(t, c, came(t, plans, plans[0].Name, 1))
	taken(t, c, came(t, plans, plans[0].Name, 2))
	if !slices.Equal(shown, []int{1, 6, 2, 6, 3, 6}) {
		t.Errorf("progress %v", shown)
	}
	c.late([]trouble{{Line: "WARNING: late", After: plans[1].Name}}, plans)
	end := &GuestError{Ending: Panicked, Release: "1.2.3", During: plans[1].Name, Detail: "of fear", Console: []string{"last words"}}
	c.blame(end)
	c.missing(end)
	want := []assert.Outcome{assert.Pass, assert.Fail, assert.Error, assert.Pass, assert.Fail, assert.Error}
	if got := outcomes(c.results); !slices.Equal(got, want) {
		t.Errorf("outcomes %v, want %v", got, want)
	}
	for i, part := range map[int]string{1: "after it had ended the kernel reported against itself: WARNING: late", 2: "not run: guest 1.2.3: kernel panic: of fear", 4: "last words"} {
		if !strings.Contains(c.results[i].Reason, part) {
			t.Errorf("result %d: %q lacks %q", i, c.results[i].Reason, part)
		}
	}
}

// TestAKernelThatHangsAfterABugHasFailed: silence alone is no verdict.
func TestAKernelThatHangsAfterABugHasFailed(t *testing.T) {
	for report, want := range map[string]assert.Outcome{"": assert.Error, "kernel BUG at lib/list_debug.c:33!": assert.Fail} {
		plans := trio(t)
		c := newCollector(plans, run.Options{ID: testRun})
		taken(t, c, came(t, plans, plans[0].Name, 0))
		end := &GuestError{Ending: Silent, Release: "1.2.3", During: plans[1].Name, Report: report}
		c.blame(end)
		c.missing(end)
		if got := outcomes(c.results); !slices.Equal(got, []assert.Outcome{assert.Pass, want, assert.Error}) {
			t.Errorf("report %q: outcomes %v", report, got)
		}
	}
}

// A skip says which module is missing where that is known, and no more.
func TestASkipSaysWhichModuleIsMissing(t *testing.T) {
	tests := []struct {
		name, modules string
		absent        []string
		want          string
	}{
		{"of a folder of modules", "/lib/m", []string{"macvlan"}, "it cannot; macvlan is neither builtin nor a module of 1.2.3 (/lib/m)"},
		{"of an image alone", "", []string{"macvlan", "veth"}, "it cannot; 1.2.3 came without modules"},
		{"of which nothing is missing", "", []string{"8021q"}, "it cannot"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			plan := needing("a", scenarios.FeatureMacvlan, scenarios.FeatureVeth)
			c := newCollector([]*scenarios.Plan{plan}, run.Options{ID: testRun})
			taken(t, c, &resultRecord{Result: assert.Result{Name: "a", Run: testRun, Outcome: assert.Skip, Reason: "it cannot"}})
			c.modules(nil, tt.absent, &Kernel{Release: "1.2.3", Modules: tt.modules})
			if got := c.results[0].Reason; got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestAnInterruptedRunLeavesOutWhatDidNotRun(t *testing.T) {
	plans := trio(t)
	c := newCollector(plans, run.Options{ID: testRun})
	taken(t, c, came(t, plans, plans[2].Name, 0))
	c.missing(&GuestError{Ending: Interrupted, Err: context.Canceled})
	if len(c.results) != 1 || c.results[0].Name != plans[2].Name {
		t.Errorf("%+v", c.results)
	}
}

func TestAReportNeverMakesAVerdictBetter(t *testing.T) {
	c := newCollector(nil, run.Options{ID: testRun})
	for _, before := range []assert.Outcome{assert.Pass, assert.Fail, assert.Inconclusive, assert.Skip, assert.Error} {
		r := assert.Result{Outcome: before, Reason: "before"}
		c.accuse(&r, nil, "never")
		if r.Outcome != before || r.Reason != "before" {
			t.Errorf("without a report %v became %v (%s)", before, r.Outcome, r.Reason)
		}
		c.accuse(&r, []trouble{{Line: "BUG: x", Text: []string{"BUG: x", "Call Trace:"}}}, "when")
		if r.Outcome != assert.Fail || r.Reason != "before\nwhen: BUG: x\n  Call Trace:" {
			t.Errorf("%v became %v (%q)", before, r.Outcome, r.Reason)
		}
	}
}

// TestProgressOfAGuest: what begins is told, and what crashed is under way no longer.
func TestProgressOfAGuest(t *testing.T) {
	var told []string
	plans := trio(t)
	c := newCollector(plans, run.Options{
		ID:    testRun,
		Begin: func(name string, _ int) { told = append(told, "begins "+name) },
		Progress: func(done, total int, r assert.Result) {
			told = append(told, fmt.Sprintf("%d/%d %s", done, total, r.Name))
		},
	})
	s := &session{onBegin: c.begin, onResult: c.add}
	for _, p := range plans[:2] {
		if err := s.known(record{kind: recordBegin, payload: []byte(p.Name)}); err != nil {
			t.Fatal(err)
		}
	}
	taken(t, c, came(t, plans, plans[0].Name, 0))
	c.blame(&GuestError{Ending: Panicked, During: plans[1].Name})
	want := []string{"begins " + plans[0].Name, "begins " + plans[1].Name, "1/3 " + plans[0].Name, "2/3 " + plans[1].Name}
	if !slices.Equal(told, want) {
		t.Errorf("%q, want %q", told, want)
	}
}

package kernels

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netverify/assert"
	"netverify/capture/pcapng"
	"netverify/recording"
	"netverify/report"
	"netverify/run"
	"netverify/scenarios"
)

// judgedAgain compares a result with what its evidence gives.
func judgedAgain(t *testing.T, dir string, p *scenarios.Plan, r assert.Result) {
	t.Helper()
	if len(r.Evidence) != 1 {
		t.Fatalf("%s: evidence %q, trouble %q", r.Name, r.Evidence, r.Trouble)
	}
	file, err := pcapng.Load(filepath.Join(dir, r.Evidence[0]))
	if err != nil {
		t.Fatal(err)
	}
	c := p.Case()
	live := assert.Verdict{Outcome: r.Outcome, Reason: r.Reason, Lacks: r.Lacks, Checks: r.Checks, Suspect: r.Suspect}
	if d := cmp.Diff(live, assert.Judge(&c, file.Sections[0].Recording)); d != "" {
		t.Errorf("%s: -live +judged again:\n%s", r.Name, d)
	}
	rep, err := report.Parse(file.Sections[0].Report)
	if err != nil {
		t.Fatal(err)
	}
	if s := rep.Runs[0].Scenarios[0]; s.Outcome != r.Outcome.String() || s.Reason != r.Reason {
		t.Errorf("%s: the report inside says %s: %s", r.Name, s.Outcome, s.Reason)
	}
	if len(file.Sections[0].Comments) < 2 || file.Sections[0].Comments[1] != run.Verdict(r.Outcome, r.Reason) {
		t.Errorf("%s: the comments are %q", r.Name, file.Sections[0].Comments)
	}
}

// TestWhatIsKnownLaterGoesIntoTheEvidence: what the kernel reported while the
// scenario ran and after it had ended, and why it was skipped.
func TestWhatIsKnownLaterGoesIntoTheEvidence(t *testing.T) {
	plan := needing("a", scenarios.FeatureMacvlan)
	plan.Steps = []scenarios.Step{{Name: "one", Expect: []assert.Expectation{{Kind: assert.KindFails, Text: "fails with EINVAL", Errno: "EINVAL"}}}}
	reports := []trouble{{Line: "WARNING: x", Text: []string{"WARNING: x", "Call Trace:"}}}
	for name, stop := range map[string]*recording.Stop{
		"of a run to the end": nil,
		"of a skip":           {Kind: recording.StopLacks, Reason: "it cannot", Lacks: "CONFIG_MACVLAN"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			c := newCollector([]*scenarios.Plan{plan}, run.Options{Out: dir, ID: testRun})
			taken(t, c, &resultRecord{Result: evidenceOf(t, dir, plan, stop), Evidence: []evidenceFile{{Name: "a.pcapng", Data: read(t, dir)}}})
			if stop != nil {
				c.modules(nil, []string{"macvlan"}, &Kernel{Release: "1.2.3", Modules: "/lib/m"})
			}
			judgedAgain(t, dir, plan, c.results[0])

			c = newCollector([]*scenarios.Plan{plan}, run.Options{Out: dir, ID: testRun})
			taken(t, c, &resultRecord{Result: evidenceOf(t, dir, plan, stop), Evidence: []evidenceFile{{Name: "a.pcapng", Data: read(t, dir)}}, Trouble: reports})
			c.late([]trouble{{Line: "BUG: late", After: "a"}}, []*scenarios.Plan{plan})
			if r := c.results[0]; r.Outcome != assert.Fail || r.Lacks != "" {
				t.Errorf("%+v", r)
			}
			judgedAgain(t, dir, plan, c.results[0])
		})
	}
}

func read(t *testing.T, dir string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "a.pcapng"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// evidenceOf writes evidence of a run that ended so, and returns its result.
func evidenceOf(t *testing.T, dir string, p *scenarios.Plan, stop *recording.Stop) assert.Result {
	t.Helper()
	rec := &recording.Recording{Scenario: p.Name, Stop: stop, Steps: []recording.StepRecord{{Name: "one", Errno: "EINVAL", Still: true, Waves: 1}}}
	c, r := p.Case(), p.Result()
	r.Run = testRun
	r.Take(assert.Judge(&c, rec))
	f, err := os.Create(filepath.Join(dir, "a.pcapng"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := run.Encode(f, rec, &r, report.Kernel{Name: "debian:6.1", Where: "qemu"}, "a machine"); err != nil {
		t.Fatal(err)
	}
	return r
}

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"netverify/assert"
	"netverify/docs"
	"netverify/recording"
	"netverify/report"
	"netverify/scenarios"
)

// suspicious is a result of a scenario that shows something of its kernel.
func suspicious(name, digest string, o assert.Outcome, again int) assert.Result {
	return assert.Result{
		Name: name, Digest: digest, Outcome: o, Reason: "it was so",
		Suspect: assert.Suspect{Keys: []string{"create a:eth0 (veth): EINVAL"}, Again: again},
	}
}

// TestWhoIsCompared: what shows that a kernel is to be suspected is a fail where
// the same scenario passed on one that is no newer, or that the user named, and
// bad for git bisect; else it says nothing.
func TestWhoIsCompared(t *testing.T) {
	plans, err := scenarios.Find([]string{"bridge/hairpin"})
	if err != nil {
		t.Fatal(err)
	}
	const name = "bridge/hairpin"
	digest := plans[0].Digest
	own := func(n, release, d string, list ...assert.Outcome) kernelRun {
		var results []assert.Result
		for _, o := range list {
			results = append(results, assert.Result{Name: "mine", Digest: d, Outcome: o})
		}
		return newKernelRun(report.Kernel{Name: n, Release: release}, len(list), results, "")
	}
	file := filepath.Join(t.TempDir(), "good.json")
	good := own("good", "6.9.0", "d1", assert.Pass).Run
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := report.JSON(f, report.Of(good)); err != nil {
		t.Fatal(err)
	}
	f.Close()

	library, mine := suspicious(name, digest, assert.Error, 1), suspicious("mine", "d1", assert.Inconclusive, 1)
	for _, tt := range []struct {
		what    string
		release string
		result  assert.Result
		files   []string
		beside  []kernelRun
		by      string // the reference; "": no fail
	}{
		{"the library's record, the same series", "6.1.3-test", library, nil, nil, "debian:6.1 (Linux 6.1."},
		{"the newest that is no newer", "6.18.0", library, nil, nil, "debian:6.12 (Linux 6.12."},
		{"older than all", "5.4.3", library, nil, nil, ""},
		{"a release that is none", "next", library, nil, nil, ""},
		{"another scenario by that name", "6.1.3", suspicious(name, "other", assert.Error, 1), nil, nil, ""},
		{"not confirmed", "6.1.3", suspicious(name, digest, assert.Error, 0), nil, nil, ""},
		{"nobody is to be asked", "6.1.3", library, []string{noReference}, nil, ""},
		{"a scenario of the user's", "6.1.3", mine, nil, nil, ""},
		{"it passed in this run", "6.1.3", mine, nil, []kernelRun{own("stable", "6.1.1", "d1", assert.Pass)}, "stable (Linux 6.1.1, by this run)"},
		{"not each time", "6.1.3", mine, nil, []kernelRun{own("stable", "6.1.1", "d1", assert.Pass, assert.Fail)}, ""},
		{"on a newer one only", "6.1.3", mine, nil, []kernelRun{own("new", "6.12.1", "d1", assert.Pass)}, ""},
		{"it passed in the user's report", "6.1.3", mine, []string{file}, nil, "good (Linux 6.9.0, by good.json)"},
		{"the report alone", "6.1.3", library, []string{noReference, file}, nil, ""},
	} {
		t.Run(tt.what, func(t *testing.T) {
			f := &runFlags{references: references{files: tt.files}}
			if err := f.references.load(); err != nil {
				t.Fatal(err)
			}
			tested := newKernelRun(report.Kernel{Name: "test", Release: tt.release}, 1, []assert.Result{tt.result}, "")
			rep := f.compared(append([]kernelRun{tested}, tt.beside...)...)
			s := rep.Runs[0].Scenarios[0]
			if (s.Outcome == "fail") != (tt.by != "") || !strings.Contains(s.Reason, tt.by) || !strings.Contains(s.Reason, "it was so") {
				t.Fatalf("%s: %s", s.Outcome, s.Reason)
			}
			code, bad := report.BisectSkip, 0
			if tt.by != "" {
				code, bad = report.BisectBad, 1
			}
			if got := report.BisectCode(report.Of(rep.Runs[0]), false); got != code || rep.Runs[0].Summary.Fail != bad {
				t.Errorf("git bisect is told %d, want %d; %+v", got, code, rep.Runs[0].Summary)
			}
		})
	}
}

// TestWhatIsRecordedIsThere: a record that no scenario matches any more would make
// every comparison silent.
func TestWhatIsRecordedIsThere(t *testing.T) {
	list, err := recorded(docs.Seen)
	if err != nil || len(list) == 0 {
		t.Fatalf("%d kernels, %v", len(list), err)
	}
	plans, err := scenarios.Find(nil)
	if err != nil {
		t.Fatal(err)
	}
	known := 0
	for _, p := range plans {
		if (&references{recorded: list}).of(&assert.Result{Name: p.Name, Digest: p.Digest}, "99.1", nil) != (*recording.Reference)(nil) {
			known++
		}
	}
	if known*2 < len(plans) {
		t.Errorf("of %d scenarios %d are recorded", len(plans), known)
	}
}

func TestAReferenceMustBeAReport(t *testing.T) {
	file := filepath.Join(t.TempDir(), "none.json")
	if err := os.WriteFile(file, []byte(`{"schema": "something"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{file, file + ".missing"} {
		if err := (&references{files: []string{name}}).load(); err == nil || !strings.Contains(err.Error(), "--reference") || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

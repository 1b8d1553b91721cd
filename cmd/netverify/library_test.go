package main

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"netverify/assert"
	"netverify/capture/pcapng"
	"netverify/filter"
	"netverify/frame"
	"netverify/frame/frametest"
	"netverify/recording"
	"netverify/report"
	"netverify/scenarios"
)

// TestTheLibraryFromItsEvidence runs each built-in scenario, on the host or in
// a guest, and takes nothing but the files that this leaves: the verdicts are
// those of the run, to the last frame number, the report is the same, and
// Wireshark selects by each filter what this program selects.
func TestTheLibraryFromItsEvidence(t *testing.T) {
	cached(t)
	cmd := static(t, "run", "--json", "live.json")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Chdir(cmd.Dir)
	live := ran(readReport(t, "live.json"))
	plans, err := scenarios.Library()
	if err != nil {
		t.Fatal(err)
	}
	for _, run := range readReport(t, "live.json").Runs {
		for _, s := range run.Scenarios {
			if len(s.Evidence) == 0 && s.Outcome != "skip" { // the rules of some are of older kernels
				t.Errorf("%s: %s left no evidence", s.Name, s.Outcome)
			}
		}
	}
	if len(live.Scenarios) < len(plans)*9/10 {
		t.Errorf("only %d of %d scenarios left evidence", len(live.Scenarios), len(plans))
	}
	t.Run("judged again", func(t *testing.T) {
		again, err := judge(&reading{}, plans, []string{"*", "evidence"})
		if err != nil {
			t.Fatal(err)
		}
		compareRuns(t, live, ran(again))
	})
	t.Run("reported again", func(t *testing.T) {
		again, err := reportOf(&reading{}, nil, []string{"evidence"})
		if err != nil {
			t.Fatal(err)
		}
		compareRuns(t, live, ran(again))
	})
	t.Run("damaged", func(t *testing.T) { damaged(t, plansByName(plans)["bridge/hairpin"], "evidence/bridge/hairpin.pcapng") })
	t.Run("Wireshark selects the same", func(t *testing.T) { selectsTheSame(t, plans, "evidence") })
}

// ran is all that has evidence, of all kernels, by name.
func ran(rep report.Report) (all report.Run) {
	for _, run := range rep.Runs {
		for _, s := range run.Scenarios {
			if len(s.Evidence) > 0 {
				s.Title += " on " + run.Kernel.Name + " " + run.Kernel.Release + " " + run.Kernel.Accel
				all.Scenarios = append(all.Scenarios, s)
			}
		}
		all.Trouble = append(all.Trouble, run.Trouble...)
	}
	slices.SortFunc(all.Scenarios, func(a, b report.Scenario) int { return strings.Compare(a.Name, b.Name) })
	return all
}

func compareRuns(t *testing.T, live, again report.Run) {
	t.Helper()
	if len(live.Scenarios) != len(again.Scenarios) {
		t.Fatalf("%d scenarios, live %d", len(again.Scenarios), len(live.Scenarios))
	}
	for i := range live.Scenarios {
		// The run is over a little later than its evidence can tell.
		if d := cmp.Diff(live.Scenarios[i], again.Scenarios[i], cmpopts.IgnoreFields(report.Scenario{}, "DurationNS")); d != "" {
			t.Errorf("%s: -live +again:\n%s", live.Scenarios[i].Name, d)
		}
	}
	if len(again.Trouble) > 0 {
		t.Errorf("trouble %q", again.Trouble)
	}
}

// damaged cuts a file at many bytes, and changes it at many: nothing but the
// whole is a pass.
func damaged(t *testing.T, p *scenarios.Plan, name string) {
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	verdict := func(b []byte) (assert.Result, *recording.Recording) {
		e := evidenceFile{name: name, rec: &recording.Recording{}}
		e.take(pcapng.Read(bytes.NewReader(b)))
		return verdictOn(p, e), e.rec
	}
	live, rec := verdict(whole)
	if live.Outcome != assert.Pass {
		t.Fatalf("the whole: %s: %s", live.Outcome, live.Reason)
	}
	for n := 0; n < len(whole); n += 1 + n/100 {
		if r, _ := verdict(whole[:n]); r.Outcome != assert.Inconclusive || !strings.Contains(r.Reason, fmt.Sprintf("it ends at byte %d,", n)) {
			t.Fatalf("cut at byte %d of %d: %s: %s", n, len(whole), r.Outcome, r.Reason)
		}
	}
	noticed := 0
	for n := 0; n < len(whole); n += 1 + n/100 {
		b := bytes.Clone(whole)
		b[n] ^= 0x10
		switch r, got := verdict(b); {
		case r.Outcome != assert.Pass:
			noticed++
		case !cmp.Equal(rec, got, cmp.AllowUnexported(frame.Frame{}), cmp.Comparer(func(a, b netip.Addr) bool { return a == b })): // but for padding
			t.Fatalf("byte %d of %d changed: %s, of another recording", n, len(whole), r.Outcome)
		}
	}
	if noticed == 0 {
		t.Error("no change was noticed")
	}
}

// selectsTheSame asks Wireshark, as users have it who follow docs/fields.md,
// for the frames of each filter of each expectation.
func selectsTheSame(t *testing.T, plans []*scenarios.Plan, dir string) {
	all, err := find(dir)
	if err != nil {
		t.Fatal(err)
	}
	in := reading{}
	var list []evidenceFile
	for _, f := range all.files {
		e, err := in.load(f)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, e)
	}
	shark := frametest.StartSharkd(t, frametest.UsersConfig(t))
	filters, selecting := 0, 0
	for _, e := range list {
		p := plansByName(plans)[e.rec.Scenario]
		if p != nil && e.rec.Stop != nil && e.rec.Stop.Kind == recording.StopLacks {
			continue // it ended where the kernel turned out to be too old
		}
		if p == nil || e.rec.Stop != nil && e.rec.Stop.Storm == nil { // a storm that is meant is cut
			t.Fatalf("%s: %v", e.name, e.rec.Stop)
		}
		file, err := filepath.Abs(filepath.Join(e.dir, e.name))
		if err != nil {
			t.Fatal(err)
		}
		shark.Load(file)
		asked := map[string]bool{}
		for _, m := range filtersOf(t, p, e.rec) {
			if asked[m.String()] {
				continue
			}
			asked[m.String()] = true
			want := selected(e.rec, m)
			got, complaint := shark.Frames(m.String())
			if complaint != "" || !slices.Equal(got, want) {
				t.Errorf("%s: %s\nselects   %v\nWireshark %v %s", p.Name, m, want, got, complaint)
			}
			filters++
			if len(want) > 0 {
				selecting++
			}
		}
	}
	t.Logf("%d filters on %d files, %d of them select something", filters, len(list), selecting)
	if selecting < filters/2 {
		t.Error("most filters select nothing: this test shows little")
	}
}

// filtersOf are those of all expectations with the addresses of their steps.
func filtersOf(t *testing.T, p *scenarios.Plan, rec *recording.Recording) (list []*filter.Matcher) {
	t.Helper()
	add := func(f *filter.Filter, step int) {
		if f == nil {
			return
		}
		m, err := f.Bind(rec.Steps[step].Bindings)
		if err != nil {
			t.Errorf("%s: %v", p.Name, err)
			return
		}
		list = append(list, m)
	}
	for i := range p.Steps {
		for _, e := range p.Steps[i].Expect {
			add(e.Frames, i)
			for _, w := range e.Path {
				add(w.Frames, i)
			}
		}
	}
	return list
}

func selected(rec *recording.Recording, m *filter.Matcher) (numbers []int) {
	for i := range rec.Observations {
		o := &rec.Observations[i]
		if m.Match(&frame.View{
			Frame: o.Frame, Number: i + 1, Interface: rec.Points[o.Point].Name(), At: o.At, Dir: o.Dir, Type: o.Type, ChecksumPending: o.ChecksumPending,
		}) {
			numbers = append(numbers, i+1)
		}
	}
	return numbers
}

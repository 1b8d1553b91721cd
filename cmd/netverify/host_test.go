package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netverify/internal/netns"
	"netverify/report"
	"netverify/scenarios"
)

// TestTheHostIsUntouched: a run of the whole library, as root and as nobody,
// changes nothing of the network that it starts in, and gives both of them the
// same outcomes, where both may do what is asked.
func TestTheHostIsUntouched(t *testing.T) {
	before := snapshot(t, ownBusiness)
	if len(before) < 100 {
		t.Fatalf("only %d values to compare", len(before))
	}
	reports := map[string]report.Run{}
	for name, uid := range users() {
		reports[name] = runLibrary(t, uid)
		if diff := cmp.Diff(before, snapshot(t, ownBusiness)); diff != "" {
			t.Errorf("a run as %s has changed the host's network; -before +after:\n%s", name, diff)
		}
	}
	if root, ok := reports["root"]; ok {
		kept := keptFromNobody(t)
		if diff := cmp.Diff(outcomes(root, kept), outcomes(reports["nobody"], kept)); diff != "" {
			t.Errorf("root and nobody see another kernel; -root +nobody:\n%s", diff)
		}
	}
}

// TestAQuietHostIsUntouched runs the library in a namespace that stands in for
// the host's. Nothing else goes on there, so that nothing may change: no
// counter of an interface, no neighbour.
func TestAQuietHostIsUntouched(t *testing.T) {
	if os.Getuid() != 0 {
		return // needs CAP_SYS_ADMIN; the program's own user namespace has no other host than the one above
	}
	ns, err := netns.New()
	if err != nil {
		t.Fatal(err)
	}
	defer ns.Close()
	var before, after map[string]string
	err = ns.Do(func() error {
		if err := furnish(); err != nil {
			return err
		}
		before = snapshot(t, timePasses)
		runLibrary(t, 0)
		after = snapshot(t, timePasses)
		// The control: a change is seen.
		if err := touch(); err != nil {
			return err
		}
		if touched := snapshot(t, timePasses); maps.Equal(after, touched) {
			t.Error("a neighbour more is not noticed")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("-before +after:\n%s", diff)
	}
	for _, table := range tables {
		if before[table.name+" 1"] == "" {
			t.Errorf("there was no %s to change", table.name)
		}
	}
}

// runLibrary runs all built-in scenarios from the network namespace of the
// calling thread.
func runLibrary(t *testing.T, uid int) report.Run {
	t.Helper()
	cmd := program(t)
	cmd = as(cmd, uid, "run", "--kernel", "host", "--out", "", "--json", "report.json")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	return readReport(t, filepath.Join(cmd.Dir, "report.json")).Runs[0]
}

// keptFromNobody names the scenarios that take more than a user namespace gives:
// they need a device node.
func keptFromNobody(t *testing.T) (names []string) {
	t.Helper()
	library, err := scenarios.Library()
	if err != nil {
		t.Fatal(err)
	}
	queue, _ := scenarios.FeatureNamed(scenarios.FeatureMacvtapQueue)
	for _, p := range library {
		if slices.Contains(p.Needs, queue) {
			names = append(names, p.Name)
		}
	}
	return names
}

// outcomes are the verdicts of a run, of scenarios and of their checks. Of those
// kept from a user only that they did not fail is left.
func outcomes(run report.Run, kept []string) map[string]string {
	m := map[string]string{}
	for _, s := range run.Scenarios {
		if slices.Contains(kept, s.Name) && (s.Outcome == "pass" || s.Outcome == "skip") {
			m[s.Name] = "pass or skip"
			continue
		}
		m[s.Name] = s.Outcome
		for i, c := range s.Checks {
			m[fmt.Sprintf("%s, check %d: %s", s.Name, i, c.Text)] = c.Outcome
		}
	}
	return m
}

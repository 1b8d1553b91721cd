package kernels

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"netverify/assert"
	"netverify/run"
	"netverify/scenarios"
)

// TestTwoGuestsShareTheScenarios: each scenario runs once, in one of them, and
// the results are in the order of one guest's.
func TestTwoGuestsShareTheScenarios(t *testing.T) {
	k := bootable(t)
	plans, err := scenarios.Find([]string{"bridge/*"})
	if err != nil || len(plans) < 2*fewest {
		t.Fatal(len(plans), err)
	}
	dir := t.TempDir()
	var shown []int
	opt := run.Options{Out: dir, Progress: func(done, total int, _ assert.Result) {
		if shown = append(shown, done); total != len(plans) {
			t.Errorf("%d of %d", done, total)
		}
	}}
	out, err := RunSplit(deadline(t, 3*time.Minute), k, plans, opt, GuestOptions{Init: compile(t, "build", "netverify/cmd/netverify")}, 2)
	if err != nil {
		t.Fatal(err, out.Trouble)
	}
	if !slices.IsSorted(shown) || len(shown) != len(plans) || len(out.Results) != len(plans) {
		t.Fatalf("%d results of %d scenarios, progress %v", len(out.Results), len(plans), shown)
	}
	passed := 0
	for i, r := range out.Results {
		switch {
		case r.Name == plans[i].Name && r.Outcome == assert.Pass:
			passed++
		case r.Name == plans[i].Name && r.Outcome == assert.Skip && r.Reason != "": // what is newer than this kernel
			continue
		default:
			t.Errorf("%d: %s %v (%s), want a pass of %s", i, r.Name, r.Outcome, r.Reason, plans[i].Name)
		}
		if len(r.Evidence) == 0 {
			t.Errorf("%s: no evidence", r.Name)
		} else if _, err := os.Stat(filepath.Join(dir, r.Evidence[0])); err != nil {
			t.Error(err)
		}
	}
	if passed < len(plans)*3/4 {
		t.Errorf("%d of %d scenarios passed", passed, len(plans))
	}
}

func TestHandsAreJoinedInTheOrderOfThePlans(t *testing.T) {
	var plans []*scenarios.Plan
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		plans = append(plans, &scenarios.Plan{Name: name})
	}
	hands := deal(plans, 2)
	if len(hands[0]) != 3 || len(hands[1]) != 2 {
		t.Fatal(hands)
	}
	results := func(hand int) (list []assert.Result) {
		for n := range 2 {
			for _, p := range hands[hand] {
				list = append(list, assert.Result{Name: p.Name, Repeat: n + 1, Outcome: assert.Pass})
			}
		}
		return list
	}
	second := results(1)
	second = second[:3] // interrupted before the last
	out := joined([]Outcome{
		{Release: "r", Results: results(0), Trouble: []string{"x"}},
		{Release: "1.2.3", Config: map[string]string{}, Accel: "tcg", Results: second, Trouble: []string{"y"}},
	}, plans, 2)
	var got string
	for _, r := range out.Results {
		got += r.Name
	}
	if got != "abcdeabce" || out.Release != "1.2.3" || len(out.Trouble) != 2 {
		t.Errorf("%q %+v", got, out)
	}
}

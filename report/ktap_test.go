package report

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestKTAPReadBack: a strict reader finds every kernel, scenario, repetition and
// check, each with its outcome.
func TestKTAPReadBack(t *testing.T) {
	for name, sample := range samples {
		rep := sample()
		kernels, err := readKTAP(string(rendered(t, formatNamed(t, "ktap"), rep)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		green := true
		for _, k := range kernels {
			green = green && k.OK
		}
		if green != (ExitCode(rep, false) == ExitPass) {
			t.Errorf("%s: ok: %v; the exit status is %d", name, green, ExitCode(rep, false))
		}
		for i, run := range rep.Runs {
			groups := group(run.Scenarios)
			if got, want := len(kernels[i].Tests), len(groups)+len(unwhole(run)); got != want {
				t.Errorf("%s: %d scenarios, want %d", name, got, want)
				continue
			}
			for j, g := range groups {
				ktapAgrees(t, kernels[i].Tests[j], g)
			}
		}
	}
}

func ktapAgrees(t *testing.T, got ktapResult, g repetitions) {
	t.Helper()
	if got.Name != ktapName(g[0].Name) {
		t.Errorf("%s, want %s", got.Name, g[0].Name)
	}
	if o := ktapOutcome(got); o != g.outcome() {
		t.Errorf("%s: %s, want %s", got.Name, o, g.outcome())
	}
	if strings.Contains(got.Data, "flaky: ") != g.flaky() {
		t.Errorf("%s: flaky: %v, but %q", got.Name, g.flaky(), got.Data)
	}
	parts := []ktapResult{got}
	if len(g) > 1 {
		parts = got.Tests
	}
	for n, s := range g {
		if o := ktapOutcome(parts[n]); o != s.Outcome {
			t.Errorf("%s, repetition %d: %s, want %s", got.Name, n+1, o, s.Outcome)
		}
		if len(parts[n].Tests) != len(s.Checks) {
			t.Errorf("%s: %d checks, want %d", got.Name, len(parts[n].Tests), len(s.Checks))
			continue
		}
		for i, c := range s.Checks {
			if o := ktapOutcome(parts[n].Tests[i]); o != c.Outcome {
				t.Errorf("%s, check %d: %s, want %s", got.Name, i+1, o, c.Outcome)
			}
			if (c.Outcome != "pass") != (len(parts[n].Tests[i].About) > 0) {
				t.Errorf("%s, check %d: %s, and told %q", got.Name, i+1, c.Outcome, parts[n].Tests[i].About)
			}
		}
	}
}

func ktapOutcome(r ktapResult) string {
	switch {
	case r.Directive == "SKIP":
		return "skip"
	case r.OK:
		return "pass"
	case r.Directive == "":
		return "fail"
	case strings.HasPrefix(r.Data, "inconclusive"):
		return "inconclusive"
	}
	return "error"
}

func TestKTAPOfAnythingIsKTAP(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		rep := anyReport(t)
		if err := KTAP(&b, rep, Options{}); err != nil {
			t.Fatal(err)
		}
		tests, err := readKTAP(b.String())
		if err != nil {
			t.Fatalf("%v\n%s", err, b.String())
		}
		if want := max(len(rep.Runs), 1); len(tests) != want {
			t.Fatalf("%d tests, want %d", len(tests), want)
		}
	})
}

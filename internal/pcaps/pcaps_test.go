package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"netverify/assert"
	"netverify/scenarios"
)

const dir = "../../pcaps"

func library(t *testing.T) []*scenarios.Plan {
	t.Helper()
	plans, err := scenarios.Library()
	if err != nil {
		t.Fatal(err)
	}
	return plans
}

func recorded(t *testing.T) *index {
	t.Helper()
	x, err := readIndex(dir)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// again is the command that records scenarios anew.
func again(names []string) string {
	if len(names) > 20 {
		return "make pcaps"
	}
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = `"` + n + `"`
	}
	return "make pcaps ARGS='" + strings.Join(quoted, " ") + "'"
}

func TestEveryScenarioHasAReferenceCapture(t *testing.T) {
	if names := recorded(t).missing(library(t)); len(names) > 0 {
		t.Errorf("%d scenarios are new, or have changed since their reference capture was recorded: %s", len(names), again(names))
	}
}

func TestIndexAndFolderAgree(t *testing.T) {
	x := recorded(t)
	text, err := os.ReadFile(filepath.Join(dir, "README.md"))
	if err != nil || string(text) != x.markdown() {
		t.Errorf("pcaps/README.md is not what pcaps/index.json says: go generate ./internal/pcaps (%v)", err)
	}
	there := map[string]bool{}
	total := 0
	for _, e := range x.Captures {
		data, err := os.ReadFile(filepath.Join(dir, e.File))
		if err != nil {
			t.Error(err)
			continue
		}
		if got := sum(data); got != e.SHA256 {
			t.Errorf("%s has the SHA-256 %s, not %s as the index says: %s", e.File, got, e.SHA256, again([]string{e.Scenario}))
		}
		there[filepath.Join(dir, e.File)] = true
		total += len(data)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !there[f] && !strings.HasPrefix(f, filepath.Join(dir, "foreign")) {
			t.Errorf("%s is not in pcaps/index.json", f)
		}
	}
	const each = 15 << 10 // bytes, on average
	if most := each * len(there); total > most {
		t.Errorf("the %d captures have %d bytes: they are part of every clone, and should stay below %d, that is %d each", len(there), total, most, each)
	}
}

// TestReferenceCapturesAreJudgedAgain: every one gives the verdict that it was
// recorded with, on each expectation.
func TestReferenceCapturesAreJudgedAgain(t *testing.T) {
	x := recorded(t)
	for _, p := range library(t) {
		c := x.of(p.Name)
		if c == nil || c.Digest != p.Digest {
			continue // TestEveryScenarioHasAReferenceCapture tells
		}
		t.Run(p.Name, func(t *testing.T) {
			t.Parallel()
			e, err := load(filepath.Join(dir, c.File))
			if err != nil {
				t.Fatal(err)
			}
			cas := p.Case()
			v := assert.Judge(&cas, e.rec)
			if v.Outcome.String() != c.Outcome || len(e.rec.Observations) != c.Frames || e.kernel.Release != c.Kernel || e.rec.Digest != c.Digest {
				t.Errorf("%s: %s; %d frames, kernel %s, digest %s; the index says %+v", v.Outcome, v.Reason, len(e.rec.Observations), e.kernel.Release, e.rec.Digest, *c)
			}
			if len(v.Checks) != len(e.checks) {
				t.Fatalf("%d checks; the run had %d", len(v.Checks), len(e.checks))
			}
			for i, k := range v.Checks {
				if was := e.checks[i]; k.Text != was.Text || k.Outcome.String() != was.Outcome {
					t.Errorf("%s: %s: %s; the run said %s of %s", k.Text, k.Outcome, k.Reason, was.Outcome, was.Text)
				}
			}
		})
	}
}

func TestRecordingsAreCompared(t *testing.T) {
	x := recorded(t)
	var p *scenarios.Plan
	for _, q := range library(t) {
		if q.Name == "macvlan/vepa-reflective-relay" {
			p = q
		}
	}
	c := x.of(p.Name)
	if c == nil {
		t.Fatal(p.Name + " is not recorded")
	}
	read := func() *evidence {
		e, err := load(filepath.Join(dir, c.File))
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	one, two := read(), read()
	if d := difference(normal(p, one.rec), normal(p, two.rec)); d != "" {
		t.Fatalf("the same twice differs:\n%s", d)
	}
	for i := range two.rec.Observations {
		two.rec.Observations[i].At += int64(i) // slower
	}
	if d := difference(normal(p, one.rec), normal(p, two.rec)); d != "" {
		t.Errorf("times count:\n%s", d)
	}
	v := assert.Judge(ptr(p.Case()), two.rec)
	decider := v.Checks[slices.IndexFunc(v.Checks, func(k assert.Check) bool { return k.Kind == assert.KindPath })].Frames[2]
	two.rec.Observations[decider].Point++ // seen elsewhere
	d := difference(normal(p, one.rec), normal(p, two.rec))
	if !strings.Contains(d, "- 3 path") || !strings.Contains(d, "+ 3 path") || !strings.Contains(d, "sw:p1 in ICMP") {
		t.Errorf("a frame that took another way, and the difference is %q", d)
	}
}

func ptr[T any](v T) *T { return &v }

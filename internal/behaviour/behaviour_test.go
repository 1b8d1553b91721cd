package main

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"netverify/report"
	"netverify/scenarios"
)

func library(t *testing.T) []*scenarios.Plan {
	t.Helper()
	plans, err := scenarios.Library()
	if err != nil {
		t.Fatal(err)
	}
	return plans
}

func recorded(t *testing.T) *seen {
	t.Helper()
	s, err := read("../../docs/seen.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTheDocumentIsOfTodaysLibrary(t *testing.T) {
	want := markdown(library(t), recorded(t))
	got, err := os.ReadFile("../../docs/behaviour.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/behaviour.md is not what the library and docs/seen.json say: run go generate ./internal/behaviour")
	}
}

func TestEveryScenarioWasRun(t *testing.T) {
	names := recorded(t).missing(library(t))
	if len(names) == 0 {
		return
	}
	command := "make behaviour"
	if len(names) <= 20 {
		command += " ARGS='" + strings.Join(names, " ") + "'"
	}
	t.Errorf("%d scenarios are new, or have changed since they were run on the kernels of docs/seen.json: %s", len(names), command)
}

func TestEveryTopicHasATitle(t *testing.T) {
	for _, p := range library(t) {
		if topic, _, _ := strings.Cut(p.Name, "/"); topics[topic] == "" {
			t.Errorf("%s: what is %s called in docs/behaviour.md?", p.Name, topic)
			return
		}
	}
}

func TestRangesOfAMatrix(t *testing.T) {
	plan := func(name, rule string, variables ...scenarios.Variable) *scenarios.Plan {
		return &scenarios.Plan{Name: name, Rule: rule, Variables: variables}
	}
	v := func(name, value string) scenarios.Variable { return scenarios.Variable{Name: name, Value: value} }
	for want, r := range map[string][]*scenarios.Plan{
		"":                            {plan("a/b", "One")},
		"‹x›: 1, 2; 3 scenarios":      {plan("a/b[x=1,y=1]", "${x} and ${x}", v("x", "1"), v("y", "1")), plan("a/b[x=1,y=2]", "", v("x", "1"), v("y", "2")), plan("a/b[x=2,y=1]", "", v("x", "2"), v("y", "1"))},
		`‹x›: "a, b", c; 2 scenarios`: {plan("a/b-1", "${x}", v("x", "a, b")), plan("a/b-2", "${x}", v("x", "c"))},
		"static, sticky; 2 scenarios": {plan("a/b-static", "All"), plan("a/b-sticky", "All")},
		"x=1, x=2; 2 scenarios":       {plan("a/b[x=1]", "All"), plan("a/b[x=2]", "All")},
	} {
		if got := ranges(r); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// lines are plans of two files: one of a matrix, one with all that can be said
// of a rule.
func lines() []*scenarios.Plan {
	since := &scenarios.Since{Version: scenarios.Version{Major: 6, Minor: 5}, Stable: []scenarios.Version{{Major: 6, Minor: 1, Patch: 42}}, Commit: `6631463b6e66 ("llc: one")`, Reason: "nothing <b>happens</b>."}
	until := &scenarios.Since{Version: scenarios.Version{Major: 7, Minor: 1}, Commit: `b52363f706e5 ("net: two")`, Reason: "all is new"}
	return []*scenarios.Plan{
		{Name: "bridge/m-a", File: "bridge/m.yaml", Title: "A a frame", Rule: "A ${x} frame", Digest: "11", Variables: []scenarios.Variable{{Name: "x", Value: "a"}, {Name: "y", Value: "1"}},
			Sources: []scenarios.Reference{{File: "net/core/dev.c", Symbol: "one"}, {File: "net/core/dev.c", Symbol: "two"}, {Document: "RFC 826"}}},
		{Name: "bridge/m-b", File: "bridge/m.yaml", Title: "A b frame", Rule: "A ${x} frame", Digest: "22", Variables: []scenarios.Variable{{Name: "x", Value: "b"}, {Name: "y", Value: "2"}}},
		{Name: "vlan/all", File: "vlan/all.yaml", Title: "All", Rule: "All", Digest: "33", Verifies: []string{"A1", "B2"}, Since: since, Until: until, Pins: "it is\nso.",
			Sources: []scenarios.Reference{{File: "Documentation/networking/bridge.rst"}, {File: "net/8021q/vlan.c", Symbol: "three"}}},
	}
}

func result(name, digest, outcome, reason, lacks string) report.Scenario {
	return report.Scenario{Name: name, Digest: digest, Outcome: outcome, Reason: reason, Lacks: lacks}
}

// wholeRun is a run of all of lines on two kernels.
func wholeRun() report.Report {
	return report.Report{Schema: report.Schema, Runs: []report.Run{
		{Kernel: report.Kernel{Name: "debian:6.12", Release: "6.12.9-x"}, Scenarios: []report.Scenario{
			result("bridge/m-a", "11", "pass", "", ""), result("bridge/m-b", "22", "pass", "", ""), result("vlan/all", "33", "pass", "", "")}},
		{Kernel: report.Kernel{Name: "debian:6.1", Release: "6.1.5-x"}, Scenarios: []report.Scenario{
			result("bridge/m-a", "11", "pass", "", ""), result("bridge/m-b", "22", "skip", "this kernel cannot do bridge (CONFIG_BRIDGE): not supported", "CONFIG_BRIDGE"),
			result("vlan/all", "33", "skip", "Linux 6.1.5 is too old: the rule holds since", "")}},
	}}
}

func record(t *testing.T) *seen {
	t.Helper()
	s := &seen{Scenarios: map[string]sight{}}
	if err := s.record(wholeRun(), lines()); err != nil {
		t.Fatal(err)
	}
	return s
}

const want = `| kernel | release | scenarios passed | skipped |
|---|---|---|---|
| 6.1 | ` + "`debian:6.1`" + `, 6.1.5-x | 1 | 2 |
| 6.12 | ` + "`debian:6.12`" + `, 6.12.9-x | 3 | 0 |
` + howTo + `
## The Linux bridge

### A ‹x› frame

‹x›: a, b; 2 scenarios

[bridge/m](../scenarios/bridge/m.yaml) · passed on 6.12 · 6.1: passed, 1 of 2 · 6.1: skipped, cannot do bridge (CONFIG_BRIDGE), 1 of 2

net/core/dev.c: ` + "`one`, `two`" + `; RFC 826

## VLAN interfaces and VLANs on a switch

### All

[vlan/all](../scenarios/vlan/all.yaml) · A1 B2 · passed on 6.12 · 6.1: skipped, Linux 6.1.5 is too old

Since Linux 6.5, in their series 6.1.42, by 6631463b6e66 ("llc: one"). Before: nothing &lt;b>happens&lt;/b>.

Until Linux 7.1, by b52363f706e5 ("net: two"). Since then: all is new.

Documentation/networking/bridge.rst; net/8021q/vlan.c: ` + "`three`" + `

> it is so
`

func TestMarkdown(t *testing.T) {
	if got := strings.TrimPrefix(markdown(lines(), record(t)), head); got != want {
		t.Errorf("got:\n%s", got)
	}
}

// TestRecordedIsReadAgain: what is written is read as it was.
func TestRecordedIsReadAgain(t *testing.T) {
	s := record(t)
	file := t.TempDir() + "/seen.json"
	if err := os.WriteFile(file, s.encode(), 0o644); err != nil {
		t.Fatal(err)
	}
	again, err := read(file)
	if err != nil || string(again.encode()) != string(s.encode()) || markdown(lines(), again) != markdown(lines(), s) {
		t.Errorf("%v\n%s", err, again.encode())
	}
	if m := again.missing(lines()); m != nil {
		t.Errorf("missing %v", m)
	}
}

// TestChangedScenariosWereNotSeen: an outcome counts for what was run, not for
// what has its name now.
func TestChangedScenariosWereNotSeen(t *testing.T) {
	s, plans := record(t), lines()
	plans[2].Digest = "44"
	if m := s.missing(plans); len(m) != 1 || m[0] != "vlan/all" {
		t.Errorf("missing %v", m)
	}
	if doc := markdown(plans, s); !strings.Contains(doc, "A1 B2 · 6.1: **not run as it is now** · 6.12: **not run as it is now**") {
		t.Error(doc)
	}
	if err := s.record(wholeRun(), plans); err == nil || !strings.Contains(err.Error(), "vlan/all has changed since it was run") {
		t.Error(err)
	}
	part := wholeRun()
	part.Runs = part.Runs[:1]
	part.Runs[0].Scenarios = []report.Scenario{result("vlan/all", "44", "pass", "", "")}
	if err := s.record(part, plans); err != nil {
		t.Fatal(err)
	}
	// The other kernel still lacks it.
	if m := s.missing(plans); len(m) != 1 || s.Scenarios["vlan/all"].Outcomes["debian:6.1"] != "" {
		t.Errorf("missing %v, %v", m, s.Scenarios["vlan/all"])
	}
	if m := (&seen{}).missing(plans); len(m) != 3 {
		t.Errorf("of nothing missing %v", m)
	}
}

func TestWhatIsNotRecorded(t *testing.T) {
	for _, c := range []struct {
		want   string
		change func(r *report.Report)
	}{
		{"schema", func(r *report.Report) { r.Schema = "other" }},
		{"debian:6.12: vlan/all: fail (late)", func(r *report.Report) { r.Runs[0].Scenarios[2] = result("vlan/all", "33", "fail", "late", "") }},
		{"inconclusive", func(r *report.Report) { r.Runs[0].Scenarios[2].Outcome = "inconclusive" }},
		{"vlan/all: error", func(r *report.Report) { r.Runs[0].Scenarios[2].Outcome = "error" }},
		{"no scenario vlan/other", func(r *report.Report) { r.Runs[1].Scenarios[0].Name = "vlan/other" }},
		{"not whole: 3 of 6 were not run", func(r *report.Report) { r.Runs[1].Trouble = []string{"3 of 6 were not run"} }},
		{"vlan/all is flaky: pass, and skip: no X", func(r *report.Report) {
			r.Runs[0].Scenarios = append(r.Runs[0].Scenarios, result("vlan/all", "33", "skip", "no X", "X"))
		}},
		{"debian:6.1 is 6.1.6-x now", func(r *report.Report) {
			r.Runs[1].Kernel.Release, r.Runs[1].Scenarios = "6.1.6-x", r.Runs[1].Scenarios[:1]
		}},
	} {
		s, rep := record(t), wholeRun()
		c.change(&rep)
		if err := s.record(rep, lines()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("want %q, got %v", c.want, err)
		}
	}
	// A new release that was run whole takes the place of the old one.
	s, rep := record(t), wholeRun()
	rep.Runs[1].Kernel.Release = "6.1.6-x"
	if err := s.record(rep, lines()); err != nil || len(s.Kernels) != 2 || s.Kernels[0].Release != "6.1.6-x" {
		t.Error(err, s.Kernels)
	}
}

func TestPlacesAreLookedUp(t *testing.T) {
	tree := fstest.MapFS{
		"net/core/dev.c":                      {Data: []byte("static int one(int a)\n{\n\treturn two(a);\n}\n")},
		"Documentation/networking/bridge.rst": {Data: []byte("Bridge\n")},
		"net/8021q/vlan.c":                    {Data: []byte("static\nthree(void)\n")},
	}
	err := lookUp(tree, lines())
	if err == nil || err.Error() != "bridge/m.yaml: net/core/dev.c does not define two" {
		t.Error(err)
	}
	tree["net/core/dev.c"] = &fstest.MapFile{Data: []byte("int one(int a)\n#define two 2\n")}
	if err := lookUp(tree, lines()); err != nil {
		t.Error(err)
	}
	delete(tree, "Documentation/networking/bridge.rst")
	if err := lookUp(tree, lines()); err == nil || !strings.Contains(err.Error(), "bridge.rst") {
		t.Error(err)
	}
}

package report

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"github.com/joshdk/go-junit"
)

// TestJUnitIsWhatJenkinsAccepts validates against the schema of its xUnit plugin.
func TestJUnitIsWhatJenkinsAccepts(t *testing.T) {
	xmllint, err := exec.LookPath("xmllint")
	if err != nil {
		t.Skip("xmllint is not installed (Debian: libxml2-utils)")
	}
	valid := func(doc []byte) (string, bool) {
		cmd := exec.Command(xmllint, "--noout", "--nonet", "--schema", "testdata/junit-10.xsd", "-")
		cmd.Stdin = bytes.NewReader(doc)
		out, err := cmd.CombinedOutput()
		return string(out), err == nil
	}
	for name, rep := range samples {
		doc := rendered(t, formatNamed(t, "junit"), rep())
		if out, ok := valid(doc); !ok {
			t.Errorf("%s: %s", name, out)
		}
		// The schema is in force: without a name that must be there it refuses.
		if _, ok := valid(bytes.ReplaceAll(doc, []byte("<testsuite name="), []byte("<testsuite nom="))); ok {
			t.Errorf("%s: the schema accepts anything", name)
		}
	}
}

// TestJUnitReadBack compares the model with what another reader makes of the XML.
func TestJUnitReadBack(t *testing.T) {
	for name, sample := range samples {
		rep := sample()
		suites, err := junit.Ingest(rendered(t, formatNamed(t, "junit"), rep))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for i, run := range rep.Runs {
			var want Summary
			for _, g := range group(run.Scenarios) {
				want.add(g.outcome())
			}
			errs := want.Error + want.Inconclusive + len(unwhole(run))
			got := suites[i].Totals
			if got.Tests != want.Total()+len(unwhole(run)) || got.Passed != want.Pass || got.Failed != want.Fail || got.Skipped != want.Skip || got.Error != errs {
				t.Errorf("%s: %s has %+v, the model %+v", name, suites[i].Name, got, want)
			}
			if suites[i].Properties["kernel.release"] != strings.ReplaceAll(clean(run.Kernel.Release), "\ufffe", "\ufffd") {
				t.Errorf("%s: properties %v", name, suites[i].Properties)
			}
		}
		green := true
		for _, s := range suites {
			green = green && s.Totals.Failed == 0 && s.Totals.Error == 0
		}
		if green != (ExitCode(rep, false) == ExitPass) {
			t.Errorf("%s: the file is green: %v; the exit status is %d", name, green, ExitCode(rep, false))
		}
	}
}

func TestJUnitTellsAsMuchAsTheTerminal(t *testing.T) {
	rep := Of(everything())
	suites, err := junit.Ingest(rendered(t, formatNamed(t, "junit"), rep))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range suites[0].Tests {
		if c.Name != "vepa-reflective-relay" {
			continue
		}
		if c.Classname != "6.18.0.macvlan" || c.Error == nil {
			t.Errorf("class %q, error %v", c.Classname, c.Error)
		}
		body := c.Error.(junit.Error).Body
		for line := range strings.Lines(text(t, rep, Options{Width: detailWidth})) {
			if strings.HasPrefix(line, "  step 2:") && !strings.Contains(body, line) {
				t.Errorf("does not say %q:\n%s", line, body)
			}
		}
		if !strings.Contains(body, "tshark -r evidence/macvlan/vepa-reflective-relay.pcapng") {
			t.Error(body)
		}
		return
	}
	t.Error("the scenario is not there")
}

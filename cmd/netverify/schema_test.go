package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	validator "github.com/santhosh-tekuri/jsonschema/v6"

	"netverify/report"
)

// TestReportOfARunIsValid compares what a run writes with the published schema.
func TestReportOfARunIsValid(t *testing.T) {
	cmd := program(t, "run", "wrong.yaml", "bridge/hairpin", "labs/bridge-or-macvlan", "--kernel", "host", "--repeat", "2", "--report", "report.json")
	if err := os.WriteFile(filepath.Join(cmd.Dir, "wrong.yaml"), []byte(reflectionClaimed), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.CombinedOutput()
	if code := exitOf(t, err); code != 1 {
		t.Fatalf("exit status %d\n%s", code, out)
	}
	text, err := os.ReadFile(filepath.Join(cmd.Dir, "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	parse := func(text []byte) any {
		v, err := validator.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	c := validator.NewCompiler()
	if err := c.AddResource("report.schema.json", parse(report.JSONSchema())); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("report.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(parse(text)); err != nil {
		t.Error(err)
	}
}

package main

import (
	"os"
	"path/filepath"
	"testing"

	"netverify/report"
	"netverify/scenarios"
)

// TestPlaceOfABuiltInScenario: it has one in this repository, and in no other
// that has a file of that name.
func TestPlaceOfABuiltInScenario(t *testing.T) {
	top, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	s := report.Scenario{Name: "bridge/hairpin", File: "bridge/hairpin.yaml"}
	t.Setenv("GITHUB_WORKSPACE", top)
	if got := place(s); got != "scenarios/bridge/hairpin.yaml" {
		t.Errorf("%q", got)
	}
	other := t.TempDir()
	if err := os.MkdirAll(filepath.Join(other, "scenarios/bridge"), 0o755); err != nil {
		t.Fatal(err)
	}
	text, err := scenarios.Source(s.Name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(other, "scenarios/bridge/hairpin.yaml"), append([]byte("# moved\n"), text...), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GITHUB_WORKSPACE", other)
	if got := place(s); got != "" {
		t.Errorf("%q, whose lines are others", got)
	}
	if got := place(report.Scenario{Name: "bridge/hairpin"}); got != "" {
		t.Errorf("%q of no file", got)
	}
}

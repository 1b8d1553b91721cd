package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"netverify/internal/plain"
)

// TestNothingHiddenIsShown: what the file of another has in its title, its comments
// and its name does nothing to a terminal, whichever verb shows it.
func TestNothingHiddenIsShown(t *testing.T) {
	dir := program(t)
	name := "a\u202eb\u2028.yaml"
	text := strings.Replace(scenarioOf("t/hidden", comes), "title:", "# a comment \u202e\u2028\u009b\ntitle:", 1)
	text = strings.Replace(text, "title: ", `title: "\e[2J \u2028 \u202e \x9b \U000e0041" #`, 1)
	writeScenario(t, dir, name, text)
	if err := os.WriteFile(filepath.Join(dir.Dir, "bad\u202e.yaml"), []byte("name: t/\u202e\nnonsense\u2028: \u009b\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"list", name}, {"list", name, "--json"}, {"show", name}, {"show", name, "--svg"}, {"lint", name}, {"lint", "bad\u202e.yaml"}, {"lint", "no\u202esuch"},
		{"run", "--\u202e"}, {"\u202e"}, {"judge", name, "no\u202esuch"}, {"report", "no\u202esuch.json"}, {"kernels", "remove", "no\u202esuch"},
		{"run", name}, {"run", name, "--format", "json"}, {"run", name, "--format", "ktap"}, {"run", name, "--out", "", "--report", "no/\u202e/\x1b.doc"},
		{"run", name, "--out", "", "--report", "/proc/\u202e.json"}, {"enter", "\u202e"}, {"kconfig", name},
	} {
		cmd := as(dir, os.Getuid(), args...)
		out, _ := cmd.CombinedOutput() // how it ends is for others
		if len(out) == 0 {
			t.Errorf("%q says nothing", args)
		}
		for line := range strings.Lines(string(out)) {
			if line = strings.NewReplacer("\n", "", "\t", "").Replace(line); strings.ContainsFunc(line, plain.Hidden) {
				t.Errorf("%q says %q", args, line)
			}
		}
	}
}

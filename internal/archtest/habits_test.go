package archtest

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// unfinished are the words of unfinished work; put together here, so that this
// file does not contain them.
var unfinished = []string{"TO" + "DO", "FIX" + "ME", "not " + "implemented"}

func TestNothingIsLeftUnfinished(t *testing.T) {
	top := root(t)
	for _, suffix := range []string{".go", ".md", ".yaml", "Makefile", ".sh"} {
		for _, f := range files0(t, suffix) {
			b, err := os.ReadFile(filepath.Join(top, f))
			if err != nil {
				t.Fatal(err)
			}
			for n, line := range strings.Split(string(b), "\n") {
				for _, w := range unfinished {
					if strings.Contains(line, w) {
						t.Errorf("%s:%d: %q", f, n+1, w)
					}
				}
			}
		}
	}
}

// files0 is files for suffixes that may be absent.
func files0(t *testing.T, suffix string) []string {
	t.Helper()
	var out []string
	for _, f := range files(t, "") {
		if strings.HasSuffix(f, suffix) {
			out = append(out, f)
		}
	}
	return out
}

func TestEveryPackageStatesItsContract(t *testing.T) {
	for _, p := range packages(t) {
		if !strings.HasPrefix(p.Doc, "Package ") && !strings.HasPrefix(p.Doc, "Command ") {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
	}
}

// TestPurePackagesShowTheirUse: a reader of `go doc` sees each of them at work, in
// an example that the tests run.
func TestPurePackagesShowTheirUse(t *testing.T) {
	top := root(t)
	for _, dir := range append(slices.Clone(pure), "scenarios", "capture/pcapng") {
		shown := false
		for _, f := range files(t, "_test.go") {
			if filepath.Dir(f) != dir {
				continue
			}
			b, err := os.ReadFile(filepath.Join(top, f))
			if err != nil {
				t.Fatal(err)
			}
			shown = shown || strings.Contains(string(b), "\nfunc Example") && strings.Contains(string(b), "// Output:")
		}
		if !shown {
			t.Errorf("%s has no example", dir)
		}
	}
}

func TestTopLevelFiles(t *testing.T) {
	for name, want := range map[string]string{
		"README.md":       "make run",
		"CHANGELOG.md":    "## Unreleased",
		"CONTRIBUTING.md": "make test",
		"LICENSE":         "Apache License",
		"SECURITY.md":     "To report a hole",
		"Makefile":        ".DEFAULT_GOAL := help",
		".golangci.yml":   `version: "2"`,
		".ci/run":         "set -euo pipefail",
	} {
		if !strings.Contains(text(t, name), want) {
			t.Errorf("%s does not say %q", name, want)
		}
	}
}

// A markdown link to a file of the repository.
var link = regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)

func TestLinksOfDocumentsLeadSomewhere(t *testing.T) {
	top := root(t)
	for _, f := range files(t, ".md") {
		for _, m := range link.FindAllStringSubmatch(text(t, f), -1) {
			if _, err := os.Stat(filepath.Join(top, filepath.Dir(f), m[1])); err != nil {
				t.Errorf("%s: link to %s: %v", f, m[1], err)
			}
		}
	}
}

var (
	observation = regexp.MustCompile(`(?m)^\| ([A-E]\d+) \| .+ \|$`)
	verifies    = regexp.MustCompile(`(?m)^verifies:[ \t]*\[([^\]]*)\]`)
)

func TestScenariosVerifyDocumentedObservations(t *testing.T) {
	known := map[string]bool{}
	for _, m := range observation.FindAllStringSubmatch(text(t, "docs/observations.md"), -1) {
		if known[m[1]] {
			t.Errorf("observation %s stands twice", m[1])
		}
		known[m[1]] = true
	}
	for series, last := range map[string]int{"A": 15, "B": 12, "C": 7, "D": 8, "E": 8} {
		for n := 1; n <= last; n++ {
			if id := series + strconv.Itoa(n); !known[id] {
				t.Errorf("observation %s is missing", id)
			}
		}
	}
	for _, f := range files0(t, ".yaml") {
		for _, m := range verifies.FindAllStringSubmatch(text(t, f), -1) {
			for _, id := range strings.Split(m[1], ",") {
				if id = strings.Trim(strings.TrimSpace(id), `"'`); id != "" && !known[id] {
					t.Errorf("%s verifies %s, which docs/observations.md does not know", f, id)
				}
			}
		}
	}
}

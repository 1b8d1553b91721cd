package scenarios

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"netverify/internal/golden"
)

const (
	differencesFile = "../docs/kernel-differences.md"
	differencesMark = "<!-- The rest is generated from the library: go generate ./scenarios -->\n"
)

// TestDifferencesOfTheDocument: the tables name every scenario that is not for
// all kernels, and every feature that is younger than what it is part of.
func TestDifferencesOfTheDocument(t *testing.T) {
	doc, err := os.ReadFile(differencesFile)
	if err != nil {
		t.Fatal(err)
	}
	prose, written, ok := strings.Cut(string(doc), differencesMark)
	if !ok {
		t.Fatal("the mark is gone")
	}
	plans, err := Library()
	if err != nil {
		t.Fatal(err)
	}
	tables := differences(plans)
	if *golden.Update {
		if err := os.WriteFile(differencesFile, []byte(prose+differencesMark+tables), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if written != tables {
		t.Error("the tables are not what the library says: run go generate ./scenarios")
	}
}

// differences renders the tables of docs/kernel-differences.md.
func differences(plans []*Plan) string {
	var b strings.Builder
	b.WriteString("\n## Commits\n\n| the scenario holds | by commit | elsewhere | scenario |\n|---|---|---|---|\n")
	for _, p := range plans {
		for _, side := range []struct {
			word string
			s    *Since
		}{{"since", p.Since}, {"before", p.Until}} {
			if side.s != nil {
				fmt.Fprintf(&b, "| %s %s | `%s` | %s | `%s` |\n", side.word, side.s, side.s.Commit, side.s.Reason, p.Name)
			}
		}
	}
	b.WriteString("\n## Features\n\n| feature | came with | by commit | scenarios |\n|---|---|---|---|\n")
	for _, f := range Features {
		v, younger := f.CameWith()
		if !younger {
			continue
		}
		var names []string
		for _, p := range plans {
			if name := "`" + base(p.Name) + "`"; slices.Contains(p.Needs, f.Feature) && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		fmt.Fprintf(&b, "| `%s` | Linux %s | `%s` | %s |\n", f.Name, v.Version, v.Commit, strings.Join(names, ", "))
	}
	return b.String()
}

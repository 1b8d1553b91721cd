package archtest

import (
	"fmt"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A row of the table in docs/architecture.md: | `folder/` | words | imports |
var row = regexp.MustCompile("^\\| `([a-z/]+?)/?` \\|[^|]*\\| ([^|]+) \\|$")

// table reads which folder may import which. "everything" stands for every
// folder of the table, "-" for none, and a folder with no Go code has "".
func table(doc string) map[string][]string {
	allowed := map[string][]string{}
	for line := range strings.Lines(doc) {
		m := row.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			continue
		}
		var may []string
		for _, f := range strings.Split(m[2], ",") {
			if f = strings.Trim(strings.TrimSpace(f), "`"); f != "-" {
				may = append(may, f)
			}
		}
		allowed[m[1]] = may
	}
	return allowed
}

// home is the row of the table that a folder belongs to: its own, or that of
// the nearest folder above it. "" if there is none.
func home(allowed map[string][]string, f string) string {
	for ; f != "." && f != ""; f = path.Dir(f) {
		if _, ok := allowed[f]; ok {
			return f
		}
	}
	return ""
}

// violations compares the table with what is imported.
func violations(allowed map[string][]string, all []pkg) []string {
	var out []string
	for _, p := range all {
		f := home(allowed, folder(p.ImportPath))
		if f == "" {
			out = append(out, fmt.Sprintf("package %s is not in the table of docs/architecture.md", p.ImportPath))
			continue
		}
		may := append([]string{f}, allowed[f]...)
		for _, i := range p.Imports {
			if i != module && !strings.HasPrefix(i, module+"/") {
				continue
			}
			if to := home(allowed, folder(i)); !slices.Contains(may, to) && !slices.Contains(may, "everything") {
				out = append(out, fmt.Sprintf("%s imports %s, which the table of docs/architecture.md does not allow", f, to))
			}
		}
	}
	return out
}

func TestImportsFollowTheTable(t *testing.T) {
	allowed := table(text(t, "docs/architecture.md"))
	if len(allowed) < 10 {
		t.Fatalf("found only %d rows in the table", len(allowed))
	}
	for _, v := range violations(allowed, packages(t)) {
		t.Error(v)
	}
}

// unused lists what the table allows and no package does.
func unused(allowed map[string][]string, all []pkg) []string {
	used := map[string]bool{}
	for _, p := range all {
		from := home(allowed, folder(p.ImportPath))
		for _, i := range p.Imports {
			if strings.HasPrefix(i, module+"/") {
				used[from+" imports "+home(allowed, folder(i))] = true
			}
		}
	}
	var out []string
	for from, may := range allowed {
		for _, to := range may {
			if what := from + " imports " + to; to != "everything" && !used[what] {
				out = append(out, "the table of docs/architecture.md allows what nobody needs: "+what)
			}
		}
	}
	return out
}

// TestNoPermissionIsUnused: what is allowed beyond need is done one day, and no
// test objects.
func TestNoPermissionIsUnused(t *testing.T) {
	for _, u := range unused(table(text(t, "docs/architecture.md")), packages(t)) {
		t.Error(u)
	}
	allowed := table("| `frame/` | x | - |\n| `craft/` | x | `frame` |\n| `filter/` | x | `frame`, `craft` |\n")
	some := []pkg{{ImportPath: "netverify/filter", Imports: []string{"netverify/frame"}}, {ImportPath: "netverify/craft", Imports: []string{"netverify/frame"}}}
	if got := unused(allowed, some); len(got) != 1 || !strings.HasSuffix(got[0], ": filter imports craft") {
		t.Errorf("one permission is not needed: %v", got)
	}
}

// TestTableHasNoCycle: "the one direction" means that the table, read as a
// graph, can be put in a line.
func TestTableHasNoCycle(t *testing.T) {
	allowed := table(text(t, "docs/architecture.md"))
	state := map[string]int{} // 1: being visited, 2: done
	var visit func(f string, way []string)
	visit = func(f string, way []string) {
		switch state[f] {
		case 1:
			t.Errorf("cycle: %s", strings.Join(append(way, f), " -> "))
			return
		case 2:
			return
		}
		state[f] = 1
		for _, to := range allowed[f] {
			if _, known := allowed[to]; !known && to != "everything" {
				t.Errorf("%s may import %s, which is no row of the table", f, to)
			}
			visit(to, append(way, f))
		}
		state[f] = 2
	}
	for f := range allowed {
		visit(f, nil)
	}
}

func TestEveryTopLevelFolderIsInTheTable(t *testing.T) {
	allowed := table(text(t, "docs/architecture.md"))
	entries, err := os.ReadDir(root(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		name := e.Name()
		if !e.IsDir() || strings.HasPrefix(name, ".") || built[name] {
			continue
		}
		known := false
		for f := range allowed {
			known = known || f == name || strings.HasPrefix(f, name+"/")
		}
		if !known {
			t.Errorf("folder %s/ is not in the table of docs/architecture.md", name)
		}
	}
}

func TestViolationsAreFound(t *testing.T) {
	allowed := table("| `frame/` | x | - |\n| `filter/` | x | `frame` |\n| `cmd/netverify/` | x | everything |\n")
	tests := []struct {
		name string
		pkg  pkg
		want int
	}{
		{"allowed", pkg{ImportPath: "netverify/filter", Imports: []string{"fmt", "netverify/frame"}}, 0},
		{"within a folder", pkg{ImportPath: "netverify/filter/internal/gen", Imports: []string{"netverify/filter", "netverify/frame"}}, 0},
		{"upwards from within", pkg{ImportPath: "netverify/frame/internal/gen", Imports: []string{"netverify/filter"}}, 1},
		{"upwards", pkg{ImportPath: "netverify/frame", Imports: []string{"netverify/filter"}}, 1},
		{"everything", pkg{ImportPath: "netverify/cmd/netverify", Imports: []string{"netverify/filter"}}, 0},
		{"unknown package", pkg{ImportPath: "netverify/utils"}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := violations(allowed, []pkg{tt.pkg}); len(got) != tt.want {
				t.Errorf("%d violations, want %d: %v", len(got), tt.want, got)
			}
		})
	}
}

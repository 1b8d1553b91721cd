package archtest

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

const module = "netverify"

// pkg is what these tests ask of `go list -json`.
type pkg struct {
	ImportPath string
	Doc        string   // first sentence of the package comment
	Imports    []string // of the files that are built, not of tests
}

// root is the top folder of the repository.
func root(t *testing.T) string {
	t.Helper()
	dir, err := findRoot()
	if err != nil {
		t.Fatalf("go list -m: %v", err)
	}
	return dir
}

var findRoot = sync.OnceValues(func() (string, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	return strings.TrimSpace(string(out)), err
})

// packages lists the packages of the module.
func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Doc,Imports", "./...")
	cmd.Dir = root(t)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 2 {
		t.Fatalf("go list found %d packages", len(all))
	}
	return all
}

// folder is the path of a package below the module, "" for the module itself.
func folder(importPath string) string {
	return strings.TrimPrefix(strings.TrimPrefix(importPath, module), "/")
}

// text reads a file of the repository.
func text(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root(t), name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// files lists the files of the repository that match a pattern below any
// folder, without hidden folders and what is built.
func files(t *testing.T, suffix string) []string {
	t.Helper()
	top := root(t)
	var out []string
	err := filepath.WalkDir(top, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(top, path)
		if d.IsDir() && rel != "." && rel != ".ci" && (strings.HasPrefix(d.Name(), ".") || built[rel]) {
			return filepath.SkipDir
		}
		if d.Type().IsRegular() && strings.HasSuffix(rel, suffix) {
			out = append(out, rel)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) == 0 {
		t.Fatalf("no file ends in %q", suffix)
	}
	return out
}

// built are the folders that .gitignore names: results, not sources.
var built = map[string]bool{"bin": true, "evidence": true}

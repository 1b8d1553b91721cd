package netns

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestNothingElseCallsSetns reads the whole tree: a second way into a
// namespace is a thread in the wrong one, sooner or later.
func TestNothingElseCallsSetns(t *testing.T) {
	root, here := filepath.Join("..", ".."), filepath.Join("internal", "netns")
	files := 0
	err := fs.WalkDir(os.DirFS(root), ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (filepath.FromSlash(path) == here || d.Name() == "testdata" || path != "." && strings.HasPrefix(d.Name(), ".")):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go"):
			return nil
		}
		files++
		src, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			return err
		}
		for _, v := range waysIn(t, path, src) {
			t.Error(v)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files == 0 {
		t.Error("no Go file read")
	}
}

// waysIn returns where a file changes the thread's namespace by itself.
func waysIn(t *testing.T, path string, src []byte) (found []string) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path, src, 0)
	if err != nil {
		t.Error(err)
		return nil
	}
	for _, imp := range file.Imports {
		if name, _ := strconv.Unquote(imp.Path.Value); name == "github.com/vishvananda/netns" {
			found = append(found, fset.Position(imp.Pos()).String()+": imports "+name)
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && (id.Name == "Setns" || id.Name == "SYS_SETNS") {
			found = append(found, fset.Position(id.Pos()).String()+": "+id.Name)
		}
		return true
	})
	return found
}

func TestWaysInAreFound(t *testing.T) {
	for src, want := range map[string]int{
		"package p\nimport \"golang.org/x/sys/unix\"\nvar _ = unix.Setns(3, 0)":                       1,
		"package p\nimport . \"golang.org/x/sys/unix\"\nvar _ = Setns(3, 0)":                          1,
		"package p\nimport \"syscall\"\nvar _, _, _ = syscall.RawSyscall(syscall.SYS_SETNS, 3, 0, 0)": 1,
		"package p\nimport \"github.com/vishvananda/netns\"\nvar _ = netns.Set(3)":                    1,
		"package p // unix.Setns\nvar s = \"Setns\"":                                                  0,
	} {
		if got := waysIn(t, "p.go", []byte(src)); len(got) != want {
			t.Errorf("found %v in\n%s", got, src)
		}
	}
}

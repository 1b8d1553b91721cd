package archtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// pure are the packages that give the same answer twice, on any system.
var pure = []string{"frame", "recording", "filter", "craft", "assert", "foreign", "report", "report/draw"}

// impureImports reach outside the process.
var impureImports = []string{"os", "os/exec", "os/signal", "syscall", "net/http", "golang.org/x/sys/unix", "math/rand", "crypto/rand"}

// impureUses are the functions of otherwise harmless packages that do so. A
// name that ends in * stands for all that begin so.
var impureUses = []string{
	"time.Now", "time.Since", "time.Until", "time.After*", "time.Tick", "time.New*", "time.Sleep",
	"net.Dial*", "net.Listen*", "net.Interface*", "net.Lookup*", "net.Resolve*", "net.File*",
	"math/rand/v2.*",
}

// setns enters a namespace, or leaves one.
var setns = []string{
	"golang.org/x/sys/unix.Setns", "golang.org/x/sys/unix.Unshare", "golang.org/x/sys/unix.SYS_SETNS", "golang.org/x/sys/unix.SYS_UNSHARE",
	"syscall.SYS_SETNS", "syscall.SYS_UNSHARE", "syscall.Unshare",
	"github.com/vishvananda/netns.Set", "github.com/vishvananda/netns.Setns", "github.com/vishvananda/netns.New*", "github.com/vishvananda/netns.Delete*",
}

// uses lists what a Go file takes from the packages it imports, each as
// "file:line path.Name".
func uses(name string, src any) (imports []string, used []string, err error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, name, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, nil, err
	}
	paths := map[string]string{} // local name to import path
	for _, i := range f.Imports {
		p, _ := strconv.Unquote(i.Path.Value)
		imports = append(imports, p)
		local := path.Base(p)
		if strings.HasPrefix(local, "v") && len(local) == 2 {
			local = path.Base(path.Dir(p))
		}
		if i.Name != nil {
			local = i.Name.Name
		}
		paths[local] = p
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := sel.X.(*ast.Ident); ok && paths[x.Name] != "" {
				pos := fset.Position(sel.Pos())
				used = append(used, fmt.Sprintf("%s:%d %s.%s", name, pos.Line, paths[x.Name], sel.Sel.Name))
			}
		}
		return true
	})
	return imports, used, nil
}

// banned picks what matches one of the patterns.
func banned(used, patterns []string) []string {
	var out []string
	for _, u := range used {
		_, what, _ := strings.Cut(u, " ")
		for _, p := range patterns {
			prefix, all := strings.CutSuffix(p, "*")
			if what == p || all && strings.HasPrefix(what, prefix) {
				out = append(out, u)
			}
		}
	}
	return out
}

// sources calls check for each Go file below the repository.
func sources(t *testing.T, check func(dir string, test bool, imports, used []string)) {
	t.Helper()
	top := root(t)
	for _, f := range files(t, ".go") {
		imports, used, err := uses(filepath.Join(top, f), nil)
		if err != nil {
			t.Error(err)
			continue
		}
		check(filepath.ToSlash(filepath.Dir(f)), strings.HasSuffix(f, "_test.go"), imports, used)
	}
}

func TestPurePackagesTouchNothing(t *testing.T) {
	seen := map[string]bool{}
	sources(t, func(dir string, test bool, imports, used []string) {
		if test || !slices.Contains(pure, dir) {
			return
		}
		seen[dir] = true
		for _, i := range imports {
			if slices.Contains(impureImports, i) {
				t.Errorf("pure package %s imports %s", dir, i)
			}
		}
		for _, u := range banned(used, impureUses) {
			t.Errorf("pure package %s: %s", dir, u)
		}
	})
	for _, p := range pure {
		if !seen[p] {
			t.Errorf("no file of %s was looked at", p)
		}
	}
}

func TestOnlyNetnsEntersNamespaces(t *testing.T) {
	found := false
	sources(t, func(dir string, test bool, _, used []string) {
		hits := banned(used, setns)
		if dir == "internal/netns" {
			found = found || len(hits) > 0
			return
		}
		for _, u := range hits {
			t.Errorf("only internal/netns may do this: %s", u)
		}
	})
	if !found {
		t.Error("internal/netns does not enter a namespace either: has the list of names gone stale?")
	}
}

// kernelImports talk to the kernel, and may: those that talk to it, and to what.
var kernelImports = map[string][]string{
	"golang.org/x/sys/unix":          {"internal/netns", "internal/hold", "internal/whole", "internal/poll", "capture", "lab", "run", "kernels"},
	"github.com/vishvananda/netlink": {"lab"},
	"github.com/mdlayher/netlink":    {"lab"},
	"github.com/google/nftables":     {"lab"},
	"github.com/mdlayher/packet":     {"capture"},
}

func TestSystemCallsStayInTheirPlaces(t *testing.T) {
	used := map[string]bool{}
	sources(t, func(dir string, test bool, imports, _ []string) {
		for i, may := range kernelImports {
			talks := func(path string) bool { return path == i || strings.HasPrefix(path, i+"/") }
			if test || !slices.ContainsFunc(imports, talks) {
				continue
			}
			if used[i+" "+dir] = true; !slices.Contains(may, dir) {
				t.Errorf("%s imports %s; only %s may", dir, i, strings.Join(may, ", "))
			}
		}
	})
	for i, may := range kernelImports {
		for _, dir := range may {
			if !used[i+" "+dir] {
				t.Errorf("%s may import %s and does not", dir, i)
			}
		}
	}
}

var polls = []string{"golang.org/x/sys/unix.Poll", "golang.org/x/sys/unix.Ppoll", "golang.org/x/sys/unix.Select", "golang.org/x/sys/unix.Pselect", "golang.org/x/sys/unix.EpollWait"}

// TestPollsInOnePlace: a wait of its own ends when a signal comes.
func TestPollsInOnePlace(t *testing.T) {
	found := false
	sources(t, func(dir string, _ bool, _, used []string) {
		for _, u := range banned(used, polls) {
			if dir == "internal/poll" {
				found = true
			} else {
				t.Errorf("%s: internal/poll waits for descriptors", u)
			}
		}
	})
	if !found {
		t.Error("internal/poll does not poll either: has the list of names gone stale?")
	}
}

// makesFiles are the ways to make or to replace a file.
var makesFiles = []string{"os.WriteFile", "os.Create*", "os.Rename", "os.OpenFile", "os.Link", "os.Symlink"}

// TestFilesAreReplacedInOnePlace: a writer of its own forgets that a reader may
// look, that a disk may be full, or that a link may have been planted.
func TestFilesAreReplacedInOnePlace(t *testing.T) {
	may := map[string]string{ // the reason why it is none of that
		"cmd/netverify/replace.go":  "writes to pipes and devices",
		"frame/frametest/":          "of tests",
		"internal/hold/terminal.go": "opens a terminal",
		"kernels/cache_fill.go":     "a folder that is renamed when it is complete; a lock",
		"kernels/cache.go":          "a folder that is taken away",
		"kernels/deb_unpack.go":     "a folder that is renamed when it is complete",
		"kernels/init_":             "the file system of a guest",
	}
	used := map[string]bool{}
	sources(t, func(dir string, test bool, _, list []string) {
		if test || dir == "internal/whole" {
			return
		}
		for _, u := range banned(list, makesFiles) {
			known := ""
			for prefix := range may {
				if strings.Contains(u, "/"+prefix) {
					known = prefix
				}
			}
			if used[known] = true; known == "" {
				t.Errorf("%s: internal/whole writes files", u)
			}
		}
	})
	for prefix, why := range may {
		if !used[prefix] {
			t.Errorf("%s (%s) makes no file any more", prefix, why)
		}
	}
}

func TestNothingSleeps(t *testing.T) {
	sources(t, func(_ string, _ bool, _, used []string) {
		for _, u := range banned(used, []string{"time.Sleep"}) {
			t.Errorf("%s: wait for an event, with a deadline", u)
		}
	})
}

func TestBannedUsesAreFound(t *testing.T) {
	const src = `package x
import ("time"; vns "github.com/vishvananda/netns"; "math/rand/v2")
func f() { _ = time.Now(); _ = time.Second; _, _ = vns.NewNamed("a"); _ = rand.Int() }`
	_, used, err := uses("x.go", src)
	if err != nil {
		t.Fatal(err)
	}
	if got := banned(used, impureUses); len(got) != 2 {
		t.Errorf("clock and chance: found %v", got)
	}
	if got := banned(used, setns); len(got) != 1 {
		t.Errorf("namespaces: found %v", got)
	}
}

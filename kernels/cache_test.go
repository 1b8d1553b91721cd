package kernels

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// fixture puts the package of a small kernel into a folder.
func fixture(t testing.TB, dir string) []string {
	t.Helper()
	file := filepath.Join(dir, "linux.deb")
	writeTo(t, file, deb(t, "linux-image-"+testRelease, "6.1.9-1", ".zst", kernelFiles()...))
	return []string{file}
}

func TestAnEntryIsDescribed(t *testing.T) {
	cache := t.TempDir()
	e, err := fill(t.Context(), Entry{Name: "one", Suite: "bookworm", Signed: true}, Options{Cache: cache},
		func(dir string) ([]string, error) { return fixture(t, dir), nil })
	if err != nil {
		t.Fatal(err)
	}
	all, err := List(cache)
	if err != nil || len(all) != 1 || all[0].Verify() != nil {
		t.Fatalf("%+v, %v", all, err)
	}
	if got := all[0]; got.Release != testRelease || got.Version != "6.1.9-1" || got.Name != "one" || got.Path != e.Path || got.Added.IsZero() {
		t.Errorf("%+v", got)
	}
	var onDisk int64
	for _, name := range tree(t, e.Path) {
		info, err := os.Stat(filepath.Join(e.Path, name))
		if err != nil {
			t.Fatal(err)
		}
		if name != entryFile {
			onDisk += info.Size()
		}
	}
	if e.Size() != onDisk || onDisk == 0 {
		t.Errorf("size %d, on disk %d", e.Size(), onDisk)
	}
	if p := e.Packages; len(p) != 1 || len(p[0].SHA256) != 64 || p[0].Size == 0 {
		t.Errorf("packages %+v", p)
	}
	if !strings.Contains(e.Origin(), "bookworm") || strings.Contains(e.Origin(), "not checked") {
		t.Errorf("origin %q", e.Origin())
	}
	if k, err := findIn(t, cache, "one", Options{}); err != nil || k.Release != testRelease {
		t.Errorf("by its name: %+v, %v", k, err)
	}
}

// Every file of an entry, at every length: none is used that is not whole.
func TestADamagedEntryIsFoundAndMadeAnew(t *testing.T) {
	cache := t.TempDir()
	var said []string
	opt := Options{Cache: cache, Progress: func(s string) { said = append(said, s) }}
	get := func(dir string) ([]string, error) { return fixture(t, dir), nil }
	e, err := fill(t.Context(), Entry{Name: "one"}, opt, get)
	if err != nil {
		t.Fatal(err)
	}
	damage := map[string]func(file string) error{
		"cut short": func(file string) error { return os.Truncate(file, 3) },
		"emptied":   func(file string) error { return os.Truncate(file, 0) },
		"removed":   os.Remove,
		"overwritten": func(file string) error {
			b, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			b[len(b)/2] ^= 1
			return os.WriteFile(file, b, 0o644)
		},
	}
	for _, name := range tree(t, e.Path) {
		for how, do := range damage {
			info, err := os.Stat(filepath.Join(e.Path, name))
			if err != nil {
				t.Fatal(err)
			}
			if info.Size() == 0 && how != "removed" {
				continue // modules.softdep: nothing to damage
			}
			if name == entryFile && how == "overwritten" {
				continue // a name or a date in it may be another one
			}
			if err := do(filepath.Join(e.Path, name)); err != nil {
				t.Fatal(err)
			}
			if err := readEntry(e.Path).Verify(); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%s %s: %v", name, how, err)
			}
			if _, err := findIn(t, cache, "one", Options{}); err == nil || !strings.Contains(err.Error(), "kernels remove one") {
				t.Errorf("%s %s: found as if whole: %v", name, how, err)
			}
			said = nil
			if e, err = fill(t.Context(), Entry{Name: "one"}, opt, get); err != nil || e.Verify() != nil {
				t.Fatalf("%s %s: not repaired: %v", name, how, err)
			}
			if !strings.Contains(strings.Join(said, "\n"), name) {
				t.Errorf("%s %s: said %q", name, how, said)
			}
		}
	}
}

func TestAnEntryForFewerModulesIsMadeAnew(t *testing.T) {
	cache := t.TempDir()
	e, err := fill(t.Context(), Entry{Name: "one"}, Options{Cache: cache}, func(dir string) ([]string, error) { return fixture(t, dir), nil })
	if err != nil {
		t.Fatal(err)
	}
	e.Kept = slices.DeleteFunc(e.Kept, func(s string) bool { return s == "macvlan" })
	if err := e.Verify(); err == nil || !strings.Contains(err.Error(), "macvlan") {
		t.Errorf("error %v", err)
	}
}

func TestAFailedFillLeavesNothing(t *testing.T) {
	cache := t.TempDir()
	broken := errors.New("no network")
	tests := map[string]func(dir string) ([]string, error){
		"nothing was fetched": func(string) ([]string, error) { return nil, broken },
		"half of it was":      func(dir string) ([]string, error) { return fixture(t, dir), broken },
		"what was fetched is cut short": func(dir string) ([]string, error) {
			files := fixture(t, dir)
			info, err := os.Stat(files[0])
			if err != nil {
				return nil, err
			}
			return files, os.Truncate(files[0], info.Size()-1)
		},
		"it is no kernel": func(dir string) ([]string, error) {
			file := filepath.Join(dir, "x.deb")
			return []string{file}, os.WriteFile(file, deb(t, "linux-image-1", "1", ".gz"), 0o644)
		},
	}
	for name, get := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := fill(t.Context(), Entry{Name: "one"}, Options{Cache: cache}, get); err == nil {
				t.Error("no error")
			}
			if got := tree(t, cache); !slices.Equal(got, []string{"kernels/.one.lock"}) {
				t.Errorf("left: %q", got)
			}
		})
	}
}

func TestOneFillsAndTheOthersWait(t *testing.T) {
	cache := t.TempDir()
	var filled atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			e, err := fill(t.Context(), Entry{Name: "one"}, Options{Cache: cache}, func(dir string) ([]string, error) {
				filled.Add(1)
				return fixture(t, dir), nil
			})
			if err != nil || e.Verify() != nil {
				t.Errorf("%+v, %v", e, err)
			}
		})
	}
	all.Wait()
	if filled.Load() != 1 {
		t.Errorf("filled %d times", filled.Load())
	}
}

func TestWaitingForALockEndsWithItsContext(t *testing.T) {
	dir := t.TempDir()
	unlock, err := lock(t.Context(), dir, "lock")
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := lock(ctx, dir, "lock"); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), filepath.Join(dir, "lock")) {
		t.Errorf("error %v", err)
	}
}

// A process is killed while it fills the cache: this test, run again by itself.
func TestAKilledProcessLeavesNoEntryAndNoLock(t *testing.T) {
	if cache := os.Getenv("NETVERIFY_TEST_FILL"); cache != "" {
		_, err := fill(t.Context(), Entry{Name: "one"}, Options{Cache: cache}, func(dir string) ([]string, error) {
			fixture(t, dir)
			fmt.Println("half") // the parent kills us here
			select {}
		})
		t.Fatal(err)
	}
	cache := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^TestAKilledProcessLeavesNoEntryAndNoLock$")
	cmd.Env = append(os.Environ(), "NETVERIFY_TEST_FILL="+cache)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan() && lines.Text() != "half"; {
	}
	left := len(tree(t, cache))
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed: that is its status
	if left < 2 {
		t.Fatalf("it was killed before it wrote anything: %q", tree(t, cache))
	}
	if all, err := List(cache); err != nil || len(all) > 0 {
		t.Errorf("entries %+v, %v", all, err)
	}
	e, err := fill(t.Context(), Entry{Name: "one"}, Options{Cache: cache}, func(dir string) ([]string, error) { return fixture(t, dir), nil })
	if err != nil || e.Verify() != nil {
		t.Errorf("%+v, %v", e, err)
	}
	for _, name := range tree(t, cache) {
		if strings.Contains(name, ".new") || strings.HasSuffix(name, ".deb") {
			t.Errorf("left: %s", name)
		}
	}
}

func TestRemove(t *testing.T) {
	cache := t.TempDir()
	for _, name := range []string{"one", "two"} {
		if _, err := fill(t.Context(), Entry{Name: name}, Options{Cache: cache}, func(dir string) ([]string, error) { return fixture(t, dir), nil }); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"", ".", "..", "three", "../kernels/one", ".one.lock"} {
		if err := Remove(t.Context(), cache, name); err == nil {
			t.Errorf("removed %q", name)
		}
	}
	if err := Remove(t.Context(), cache, "one"); err != nil {
		t.Fatal(err)
	}
	if all, err := List(cache); err != nil || len(all) != 1 || all[0].Name != "two" || all[0].Verify() != nil {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestDefaultIsTheOneForNoNameElseTheNewest(t *testing.T) {
	cache := t.TempDir()
	if k, err := Default(cache); k != nil || err != nil {
		t.Errorf("of an empty cache: %+v, %v", k, err)
	}
	for _, e := range []Entry{{Name: "a", Suite: "sid"}, {Name: "b"}} {
		if _, err := fill(t.Context(), e, Options{Cache: cache}, func(dir string) ([]string, error) { return fixture(t, dir), nil }); err != nil {
			t.Fatal(err)
		}
	}
	// a came from Debian and is a 6.1, b came later
	if k, err := Default(cache); err != nil || k == nil || filepath.Base(filepath.Dir(k.Image)) != "a" {
		t.Errorf("%+v, %v", k, err)
	}
	if err := os.Truncate(filepath.Join(cache, "kernels/a", entryImage), 1); err != nil {
		t.Fatal(err)
	}
	if k, err := Default(cache); err != nil || k == nil || filepath.Base(filepath.Dir(k.Image)) != "b" {
		t.Errorf("with a damaged: %+v, %v", k, err)
	}
}

package whole

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

var oldText, newText = bytes.Repeat([]byte("old\n"), 5000), bytes.Repeat([]byte("new and longer\n"), 5000)

// scene is a way in which a file is written.
type scene struct {
	name    string
	old     []byte // what is there; nil: nothing
	nameful bool   // no O_TMPFILE on this file system
	left    bool   // a killed process has left its file
}

var scenes = []scene{
	{name: "new"}, {name: "replaced", old: oldText}, {name: "replaced, one was left", old: oldText, left: true},
	{name: "new, no O_TMPFILE", nameful: true}, {name: "replaced, no O_TMPFILE", old: oldText, nameful: true},
}

const file = "topic/deeper/file"

// stage prepares a folder and the steps of the scene; at is called before each,
// with its number.
func (s scene) stage(t *testing.T, at func(n int, what string) error) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "out")
	if s.old != nil {
		if err := errors.Join(os.MkdirAll(filepath.Join(dir, filepath.Dir(file)), 0o755), os.WriteFile(filepath.Join(dir, file), s.old, 0o640)); err != nil {
			t.Fatal(err)
		}
	}
	if s.left {
		if err := os.WriteFile(filepath.Join(dir, filepath.Dir(file), tempOf("file")), []byte("left"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	before = func(what string) error {
		n++
		if err := at(n, what); err != nil {
			return err
		}
		if s.nameful && what == "open a nameless file" {
			return unix.EOPNOTSUPP
		}
		return nil
	}
	t.Cleanup(func() { before = nil })
	return dir
}

// write writes in two parts, each of which may fail.
func write(dir string) error {
	return Write(dir, file, func(f *os.File) error {
		for part := range slices.Chunk(newText, len(newText)/2+1) {
			if err := step("write a part", func() error { _, err := f.Write(part); return err }); err != nil {
				return err
			}
		}
		return nil
	})
}

func names(t *testing.T, dir string) (out []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, d.Name())
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// look returns what a reader finds: the old file, the new one, or nothing.
func (s scene) look(t *testing.T, dir string) []byte {
	t.Helper()
	got, err := os.ReadFile(filepath.Join(dir, file))
	switch {
	case errors.Is(err, fs.ErrNotExist) && s.old == nil:
	case err != nil:
		t.Errorf("a reader finds none: %v", err)
	case !bytes.Equal(got, s.old) && !bytes.Equal(got, newText):
		t.Errorf("a reader finds %d bytes: neither the old file nor the new one", len(got))
	}
	return got
}

// TestEachStep: a reader at any moment finds a whole file, and where any step
// fails the old one stays, with nothing beside it.
func TestEachStep(t *testing.T) {
	for _, s := range scenes {
		t.Run(s.name, func(t *testing.T) {
			var steps []string
			dir := ""
			dir = s.stage(t, func(_ int, what string) error {
				steps = append(steps, what)
				if dir != "" {
					s.look(t, dir)
				}
				return nil
			})
			if err := write(dir); err != nil {
				t.Fatal(err)
			}
			if got := s.look(t, dir); !bytes.Equal(got, newText) {
				t.Error("the new file is not there")
			}
			if got := names(t, dir); !slices.Equal(got, []string{"file"}) {
				t.Errorf("left: %q", got)
			}
			if info, err := os.Stat(filepath.Join(dir, file)); err != nil || s.old != nil && info.Mode() != 0o640 {
				t.Errorf("mode %v, %v", info.Mode(), err)
			}
			if len(steps) < 8 {
				t.Fatalf("only %d steps: %q", len(steps), steps)
			}
			for n, what := range steps {
				if what == "open a nameless file" && s.nameful {
					continue // it fails already
				}
				t.Run(strconv.Itoa(n+1)+" "+what, func(t *testing.T) { s.failing(t, n+1) })
			}
		})
	}
}

func (s scene) failing(t *testing.T, step int) {
	dir := s.stage(t, func(n int, _ string) error {
		if n == step {
			return unix.ENOSPC
		}
		return nil
	})
	err := write(dir)
	if !errors.Is(err, unix.ENOSPC) || !strings.Contains(err.Error(), dir) {
		t.Errorf("the error is %v", err)
	}
	if got := s.look(t, dir); !bytes.Equal(got, s.old) {
		t.Error("not the old file")
	}
	want := []string(nil)
	if s.left { // it goes with the first replacement that comes so far
		want = append(want, tempOf("file"))
	}
	if s.old != nil {
		want = append(want, "file")
	}
	got := names(t, dir)
	if s.left && slices.Equal(got, []string{"file"}) {
		return
	}
	if !slices.Equal(got, want) {
		t.Errorf("left: %q", got)
	}
}

const killedAt = "WHOLE_TEST_KILLED_AT"

// TestKilled: a process that is killed before any of its steps leaves the old
// file or the new one, and what it leaves beside it goes with the next replacement.
func TestKilled(t *testing.T) {
	if at := os.Getenv(killedAt); at != "" {
		n := 0
		before = func(string) error {
			if n++; strconv.Itoa(n) == at {
				_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
				select {}
			}
			return nil
		}
		_ = write(os.Getenv(killedAt + "_DIR"))
		os.Exit(0)
	}
	s := scenes[1]
	steps := 0
	if err := write(s.stage(t, func(n int, _ string) error { steps = n; return nil })); err != nil {
		t.Fatal(err)
	}
	beside := 0
	for at := 1; at <= steps; at++ {
		dir := s.stage(t, func(int, string) error { return nil })
		cmd := exec.Command("/proc/self/exe", "-test.run", "^TestKilled$")
		cmd.Env = append(os.Environ(), killedAt+"="+strconv.Itoa(at), killedAt+"_DIR="+dir)
		var exit *exec.ExitError
		if err := cmd.Run(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
			t.Fatalf("step %d: not killed: %v", at, err)
		}
		s.look(t, dir)
		if len(names(t, dir)) > 1 {
			beside++
		}
		if err := write(dir); err != nil {
			t.Error(err)
		}
		if got := names(t, dir); !slices.Equal(got, []string{"file"}) {
			t.Errorf("killed before step %d, and written again: %q", at, got)
		}
	}
	if beside != 1 { // between link and rename; else this test shows nothing of what is left
		t.Errorf("%d times something was left", beside)
	}
}

// TestRivals: of many that replace one file at a time each leaves a whole one.
func TestRivals(t *testing.T) {
	dir := t.TempDir()
	var writers sync.WaitGroup
	for i := range 8 {
		writers.Go(func() {
			text := bytes.Repeat([]byte{byte('a' + i)}, 10_000)
			for range 100 {
				if err := File(filepath.Join(dir, "file"), text); err != nil {
					t.Error(err)
					return
				}
				got, err := os.ReadFile(filepath.Join(dir, "file"))
				if err != nil || len(got) != len(text) || bytes.Count(got, got[:1]) != len(got) {
					t.Errorf("%d bytes, %v", len(got), err)
					return
				}
			}
		})
	}
	writers.Wait()
	if got := names(t, dir); !slices.Equal(got, []string{"file"}) {
		t.Errorf("left: %q", got)
	}
}

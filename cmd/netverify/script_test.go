package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main() // does not return
	}
	testscript.Main(m, map[string]func(){"netverify": main})
}

// TestScripts runs the program as a user does. Besides testscript's own
// commands there is `status N program args...`, which wants exit status N. Each
// script has a cache of its own, and the package of a small kernel.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("XDG_CACHE_HOME", filepath.Join(e.WorkDir, "cache"))
			return os.WriteFile(filepath.Join(e.WorkDir, "linux.deb"), kernelPackage(), 0o644)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"status": wantStatus},
	})
}

func wantStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N program args...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

func TestVerbsHaveExamples(t *testing.T) {
	for _, c := range verbs(command()) {
		if c.Example == "" {
			t.Errorf("%s has no example", c.CommandPath())
		}
		if c.Short == "" {
			t.Errorf("%s has no summary", c.CommandPath())
		}
	}
}

func TestLinesOfJoinedErrors(t *testing.T) {
	a, b := errors.New("a"), errors.New("b")
	if got := lines(errors.Join(a, errors.Join(b, os.ErrNotExist))); len(got) != 3 {
		t.Errorf("%q", got)
	}
	if got := lines(nil); len(got) != 0 {
		t.Errorf("%q", got)
	}
}

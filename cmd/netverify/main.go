package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"netverify/internal/hold"
	"netverify/internal/memory"
	"netverify/internal/plain"
	"netverify/kernels"
	"netverify/lab"
	"netverify/report"
)

// The main thread is kept out of the scheduler: a goroutine that enters a
// namespace may end its thread, and the main thread cannot end. It would stay
// in the foreign namespace, and /proc/self/ns with it.
func init() { runtime.LockOSThread() }

func main() {
	if hold.IsInside() {
		hold.Inside() // does not return
	}
	if kernels.InGuest() {
		kernels.GuestMain() // does not return
	}
	if how := os.Getenv(endedMark); how != "" {
		os.Exit(tellEnd(os.Stderr, how, os.Args[1:]))
	}
	if os.Getenv("GOGC") == "" {
		// A run lives for a moment and needs little memory: to collect it while
		// frames come in costs more than the 50 MiB that it may take instead.
		debug.SetGCPercent(400)
	}
	if limit := memory.Limit(os.DirFS("/")); limit < memory.None && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(limit / 2) // the other half is for what labs take in the kernel, and for files
	}
	inner := lab.Inner()
	code := make(chan int)
	go func() { code <- execute(os.Args[1:], os.Stdout, os.Stderr) }()
	exit(<-code, inner)
}

// named returns err with the program's name before its text, once, however many of
// those that hand it on ask for that.
func named(err error) error {
	if strings.HasPrefix(err.Error(), "netverify: ") {
		return err
	}
	return fmt.Errorf("netverify: %w", err)
}

// status is an exit status whose reason has been told already.
type status int

func (s status) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// ended is how the process ended that EnsurePrivilege started: of its own accord, or
// as the runtime ends one that is broken.
func ended(code int) error {
	switch code {
	case exitUsage:
		code = report.ExitUsage
	case report.ExitUsage:
		return unable{errors.New("the process that runs scenarios in a user namespace broke (see above)")}
	}
	if n := code - 128; n > 0 && n != int(syscall.SIGINT) && n != int(syscall.SIGTERM) { // with these it ended itself: a second Ctrl-C
		tellEnd(os.Stderr, strconv.Itoa(code-128), os.Args[1:])
	}
	return status(code)
}

// unable wraps an error of the machine, as opposed to one of usage.
type unable struct{ error }

func (u unable) Unwrap() error { return u.error }

// execute runs one command line and returns its exit status.
func execute(args []string, stdout, stderr io.Writer) int {
	root := command()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.Execute()
	var s status
	var u unable
	switch {
	case err == nil:
		return report.ExitPass
	case errors.As(err, &s):
		return int(s)
	case errors.As(err, &u):
		fmt.Fprintln(stderr, "netverify:", plain.Text(err.Error()))
		if bisecting(args) {
			return report.BisectSkip
		}
		return report.ExitInconclusive
	}
	fmt.Fprintln(stderr, plain.Text(err.Error())) // of scenarios: a line each, with their positions
	if bisecting(args) {
		return report.BisectAbort
	}
	return report.ExitUsage
}

// bisecting looks for --bisect where flags may not have been read, as one of
// them is wrong: git would take that for a bad commit.
func bisecting(args []string) bool {
	return slices.ContainsFunc(args, func(a string) bool {
		value, set := strings.CutPrefix(a, "--bisect=")
		on, err := strconv.ParseBool(value)
		return a == "--bisect" || set && (on || err != nil)
	})
}

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"slices"

	"netverify/internal/hold"
	"netverify/kernels"
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
	if os.Getenv("GOGC") == "" {
		// A run lives for a moment and needs little memory: to collect it while
		// frames come in costs more than the 50 MiB that it may take instead.
		debug.SetGCPercent(400)
	}
	code := make(chan int)
	go func() { code <- execute(os.Args[1:], os.Stdout, os.Stderr) }()
	os.Exit(<-code)
}

// status is an exit status whose reason has been told already.
type status int

func (s status) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

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
		fmt.Fprintln(stderr, "netverify:", err)
		if bisecting(args) {
			return report.BisectSkip
		}
		return report.ExitInconclusive
	}
	fmt.Fprintln(stderr, err) // of scenarios: a line each, with their positions
	if bisecting(args) {
		return report.BisectAbort
	}
	return report.ExitUsage
}

// bisecting looks for --bisect where flags may not have been read, as one of
// them is wrong: git would take that for a bad commit.
func bisecting(args []string) bool {
	return len(args) > 0 && args[0] == "run" && slices.ContainsFunc(args[1:], func(a string) bool { return a == "--bisect" || a == "--bisect=true" })
}

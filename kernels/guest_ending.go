package kernels

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"netverify/internal/memory"
)

// Ending is how a guest came to an end.
type Ending uint8

const (
	_            Ending = iota
	Complete            // the last record came, and what it counts is there
	NoQEMU              // QEMU is not installed
	QEMUFailed          // QEMU did not start, or crashed
	NoBoot              // init did not speak before the deadline
	Panicked            // the kernel panicked
	InitDied            // init ended or broke: a bug of netverify's
	Silent              // init spoke, and then nothing more came before the deadline
	StreamCut           // the machine ended without the last record, or a record is damaged
	CountsDiffer        // the last record counts other than what came
	Interrupted         // the caller's context ended
	OutOfMemory         // the guest's memory did not suffice, for the kernel or for init
)

// String returns a few words.
func (e Ending) String() string {
	return [...]string{"?", "complete", "no QEMU", "QEMU failed", "no boot", "kernel panic", "init died", "silent", "stream cut", "counts differ", "interrupted", "out of memory"}[e]
}

// GuestError says that a guest did not end as it should.
type GuestError struct {
	Ending  Ending
	Release string
	During  string   // the scenario that had begun last and not ended; "" if none
	Detail  string   // one clause: the kernel's line, QEMU's message
	Report  string   // the first line by which the kernel had reported against itself in During; "" if none
	Console []string // all that was kept of the console
	Err     error    // where there is one
}

// Error is one line.
func (e *GuestError) Error() string {
	s := fmt.Sprintf("guest %s: %s", e.Release, e.Ending)
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if e.During != "" {
		s += " (while " + e.During + " ran)"
	}
	return s
}

// Unwrap returns the error behind.
func (e *GuestError) Unwrap() error { return e.Err }

// Tail is the end of the console, to be shown with the error.
func (e *GuestError) Tail() []string { return tail(e.Console) }

// explain says it with the console's end, for the reason of a result.
func (e *GuestError) explain() string {
	return strings.Join(append([]string{e.Error()}, consoleBlock(e.Console)...), "\n")
}

func consoleBlock(lines []string) []string {
	if len(lines) == 0 {
		return []string{"the console is empty"}
	}
	out := []string{fmt.Sprintf("last lines of the console (of %d):", len(lines))}
	for _, l := range tail(lines) {
		out = append(out, "  "+l)
	}
	return out
}

// ending finds out how a guest ended, from the most telling sign to the least.
func (s *session) ending() *GuestError {
	lines := s.machine.console.lines()
	e := &GuestError{Release: s.release, During: s.during(), Console: lines}
	before, where := lines, ""
	if s.asked {
		before, where = standstill(lines)
	}
	reason, panicked := panicLine(before)
	status := s.machine.state
	switch {
	case errors.Is(s.err, errGuestLies):
		e.Ending, e.Detail, e.Err = StreamCut, s.err.Error(), s.err
	case s.broken != "":
		e.Ending, e.Detail = InitDied, s.broken
	case s.cause == causeDone:
		e.Ending, e.Detail = CountsDiffer, s.difference()
	case panicked && outOfMemory(reason, before):
		e.Ending, e.Detail = OutOfMemory, fmt.Sprintf("the kernel panicked (%s), with %d MiB: give it more (--memory); one that ends so with any amount leaks", reason, s.memory)
	case panicked && strings.Contains(reason, "Attempted to kill init"):
		e.Ending, e.Detail = InitDied, reason
	case panicked:
		e.Ending, e.Detail = Panicked, reason
	case s.cause == causeContext:
		e.Ending, e.Err = Interrupted, s.err
		e.Detail = s.err.Error()
	case s.cause == causeDeadline && !s.greeted:
		e.Ending, e.Detail = NoBoot, fmt.Sprintf("init did not speak within %v", s.waited.Round(time.Millisecond))
	case s.cause == causeDeadline:
		e.Ending, e.Detail = Silent, fmt.Sprintf("nothing came for %v of its own time", s.waited.Round(time.Millisecond))
		if s.beats >= leastBeats {
			e.Report = "a thread waits in the kernel for what does not come, in " + s.stuck
			e.Detail += "; " + e.Report
		}
		if where != "" {
			e.Detail += "; then it stood " + where
		}
		if strings.HasPrefix(where, inKernel) {
			e.Report = "it stood " + where
		}
	case s.cause == causeDamage && !crashed(status): // a record that a crash of QEMU cut is no damage
		e.Ending, e.Detail, e.Err = StreamCut, s.err.Error(), s.err
	case !status.Success():
		e.Ending, e.Detail = QEMUFailed, strings.Join(append([]string{howQEMU(status)}, s.machine.stderr.lines()...), "; ")
	case !s.greeted:
		e.Ending, e.Detail = NoBoot, fmt.Sprintf("the machine ended before init spoke; %d MiB may be too few for this kernel (--memory)", s.memory)
	default:
		e.Ending, e.Detail = StreamCut, "the machine ended without the last record"
	}
	if line, ok := oopsLine(before, e.During); ok && e.Ending != Panicked {
		e.Detail += "; the kernel had logged: " + line
		e.Report = line
	}
	return e
}

// outOfMemory tells whether a panic is one for want of memory: of the kernel, which
// finds nothing left to kill (out_of_memory in mm/oom_kill.c), or of init, whose
// runtime has then said so.
func outOfMemory(reason string, lines []string) bool {
	if strings.Contains(reason, "deadlocked on memory") || strings.HasPrefix(reason, "Out of memory") || strings.HasPrefix(reason, "out of memory") {
		return true
	}
	return strings.Contains(reason, "Attempted to kill init") && slices.ContainsFunc(lines, func(l string) bool {
		return strings.Contains(l, "fatal error: runtime: out of memory") || strings.Contains(l, "fatal error: runtime: cannot allocate memory")
	})
}

// howQEMU is how it ended. A guest takes more memory than anything else of a run, so
// that it is the first that the kernel of the host ends where there is none.
func howQEMU(status *os.ProcessState) string {
	if w, ok := status.Sys().(syscall.WaitStatus); ok && w.Signaled() && w.Signal() == syscall.SIGKILL {
		return status.String() + ", " + memory.Killed(os.DirFS("/"))
	}
	return status.String()
}

// crashed tells whether QEMU ended by a signal that nobody here sent.
func crashed(status *os.ProcessState) bool {
	if status == nil {
		return false
	}
	w, ok := status.Sys().(syscall.WaitStatus)
	return ok && w.Signaled() && w.Signal() != syscall.SIGKILL && w.Signal() != syscall.SIGTERM
}

package main

import (
	"os"

	"netverify/report"
)

// A Go program may end with an exit status that it never chose: the runtime ends
// with 2 where it cannot get memory or a thread, before the first line of the
// program even, and after a panic. 2 means bad usage here, and a bad commit to
// git-bisect(1). So two processes run: this one, the worker, and its guard, which is
// the first process, ends before Go begins (guard_linux_amd64.s), needs no memory,
// no descriptor and no thread, passes signals on, and translates the worker's status:
//
//	the worker       the guard             with --bisect
//	exitUsage        2, bad usage          128
//	2                3, nothing shown      125
//	3 to 127                               125
//	killed by N      128 + N, in words     128 + N, in words
//	anything else    the same              the same
//
// The words are those of a third process, the program again with the environment
// NETVERIFY_ENDED=N, whose status counts for nothing: see tellEnd.
//
// The worker dies with its guard (PR_SET_PDEATHSIG). Processes that this program
// starts as parts of itself have none, nor has `enter`, whose status is that of the
// user's command; on other processors than amd64 nobody has one.

// guarded is set in a worker.
var guarded bool

// demoted is set where the guard has given up real-time scheduling. Under it a run
// takes the processors from ksoftirqd and the kernel's workers, which deliver the
// frames that it waits for: it came to no end, and neither did anything else.
var demoted bool

// exitUsage is bad usage, told to a guard.
const exitUsage = 64

// exit ends the process. inner says that it is the second one of an own user
// namespace, whose end the first one looks at.
func exit(code int, inner bool) {
	if code == report.ExitUsage && (guarded || inner) {
		code = exitUsage
	}
	os.Exit(code)
}

// userPID is the PID of the process that the user has started.
func userPID() int {
	if guarded {
		return os.Getppid()
	}
	return os.Getpid()
}

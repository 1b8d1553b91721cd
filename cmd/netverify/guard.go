package main

import (
	"os"
	"sync/atomic"
	"syscall"
	"unsafe"

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
// A worker that cannot end, for the kernel holds a thread of it, tells its status by
// SIGLEAVE (see leave); who waits for the guard is not kept waiting then.
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
	if given.Load() {
		leave(code)
	}
	os.Exit(code)
}

// given is set where a run was given up whose threads the kernel holds.
var given atomic.Bool

// sigLeave is the signal by which a worker tells its guard its status.
const sigLeave = 64

// leave ends the process with a worker's status, although threads of it may hang in
// the kernel: a process has ended when the last of its threads has, but its guard, for
// which the user waits, ends at once.
func leave(code int) {
	// Descriptors are closed when the last thread has ended: who reads what this
	// process has written would wait for that.
	_ = os.Stdout.Close()
	_ = os.Stderr.Close()
	if guarded {
		tellGuard(os.Getppid(), code)
	}
	os.Exit(code)
}

// tellGuard sends a status as the value of sigLeave (rt_sigqueueinfo(2); siginfo_t in
// sigaction(2)). Where that fails the process is waited for, as any is.
func tellGuard(guard, code int) {
	const queue = -1 // SI_QUEUE
	info := [32]int32{0: sigLeave, 2: queue, 4: int32(os.Getpid()), 5: int32(os.Getuid()), 6: int32(code)}
	_, _, _ = syscall.Syscall(syscall.SYS_RT_SIGQUEUEINFO, uintptr(guard), sigLeave, uintptr(unsafe.Pointer(&info)))
}

// userPID is the PID of the process that the user has started.
func userPID() int {
	if guarded {
		return os.Getppid()
	}
	return os.Getpid()
}

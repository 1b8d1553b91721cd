package netns

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// Do calls f with the calling thread inside the namespace, and takes the
// thread back to where it was, also when f panics or calls runtime.Goexit. It
// starts no thread and no goroutine, so that a caller that is locked to its
// thread, and that thread pinned to a processor, stays there. Calls nest.
//
// There and back cost some 11 µs: 3 for both setns(2), the rest for asking the
// kernel where the thread is, which is not remembered, lest a thread ever be
// taken back to where it was not.
//
// The error is that of f, or says why the namespace could not be entered (f
// was not called then). If the thread cannot be taken back (the namespace it
// came from belongs to a user namespace that the process has left: EPERM),
// the error says so, joined to that of f; the goroutine then stays locked to
// the thread, which ends with it, so that no other goroutine ever runs in the
// wrong namespace.
func (ns *NS) Do(f func() error) (err error) {
	return Visit([]*NS{ns}, func(int) error { return f() })
}

// Visit is Do for many namespaces: it calls f with the number of each while the
// calling thread is inside it, goes from one straight to the next, and takes the
// thread back at the end. It ends at the first error.
func Visit(list []*NS, f func(i int) error) (err error) {
	if len(list) == 0 {
		return nil
	}
	runtime.LockOSThread()
	back, err := openCurrent()
	if err != nil {
		runtime.UnlockOSThread()
		return fmt.Errorf("netns: enter %s: %w", list[0], err)
	}
	moved := false
	defer func() {
		var restored error
		if moved {
			restored = setns(back)
		}
		_ = unix.Close(back)
		if restored != nil {
			err = errors.Join(err, fmt.Errorf("netns: set netns back: %w (terminating OS thread)", restored))
			return
		}
		runtime.UnlockOSThread()
	}()
	for i, ns := range list {
		if err := ns.enter(); err != nil {
			return fmt.Errorf("netns: enter %s: %w", ns, err)
		}
		moved = true
		if err := f(i); err != nil {
			return err
		}
	}
	return nil
}

// enter takes the calling thread into the namespace.
func (ns *NS) enter() error {
	ns.mu.RLock()
	defer ns.mu.RUnlock()
	if ns.fd < 0 {
		return os.ErrClosed
	}
	return setns(ns.fd)
}

// setns is a variable for the tests' sake: a refused way back cannot be
// provoked without giving up the privileges of the whole test.
var setns = func(fd int) error { return unix.Setns(fd, unix.CLONE_NEWNET) }

// onThrowAwayThread runs f on a thread that ends with it, and waits for f.
func onThrowAwayThread(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() {
			// The main thread never ends: the Go runtime parks it, inside
			// the namespace, for good. Held here, it cannot be picked again.
			onThrowAwayThread(f)
			runtime.UnlockOSThread()
			return
		}
		f() // stays locked: the thread ends with the goroutine
	}()
	<-done
}

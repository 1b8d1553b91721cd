package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"netverify/internal/stall"
)

// again is how soon a second signal may be one by intention. timeout(1) sends
// its signal twice, to the process and to its group.
const again = 300 * time.Millisecond

// interruptible is a context that ends with Ctrl-C, SIGTERM, or SIGHUP as a
// terminal sends it when it is closed. A second Ctrl-C or SIGTERM ends the
// process at once, with 128 and the signal's number as its exit status: as root
// of a PID namespace it would survive the signal itself (pid_namespaces(7)).
// After stop, when the process is about to end, signals do nothing any more: of
// a closed terminal the end of input may come first, and SIGHUP must not take
// the exit status away.
func interruptible() (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // nohup(1)
		signal.Notify(signals, syscall.SIGHUP)
	}
	stopped := make(chan struct{})
	go func() {
		var first time.Time
		var begin sync.Once
		for {
			select {
			case s := <-signals:
				if first.IsZero() {
					first = time.Now()
				}
				if n, ok := s.(syscall.Signal); ok && n != syscall.SIGHUP && time.Since(first) > again {
					leave(128 + int(n))
				}
				cancel(errors.New(s.String() + " signal received"))
				if n, ok := s.(syscall.Signal); ok {
					begin.Do(func() { go endHeld(stopped, int(n)) })
				}
			case <-stopped:
				return
			}
		}
	}()
	return ctx, sync.OnceFunc(func() {
		close(stopped)
		cancel(nil)
	})
}

// heldFor is how long the kernel may hold a process that was interrupted before it ends
// as if it had been told so again. What runs scenarios gives up sooner, with a report.
const heldFor = 20 * time.Second

// endHeld ends an interrupted process of which a thread waits in the kernel for no
// signal, and nothing else moves: before the first scenario, say, when the first
// namespace is to be made.
func endHeld(stopped <-chan struct{}, signal int) {
	for {
		where, still := stall.Await(stopped, heldFor)
		if !still {
			return
		}
		if where != "" { // else it waits for somebody who reads what it writes
			fmt.Fprintf(os.Stderr, "netverify: interrupted, and ended: the kernel did not give it back for %v (it waits in %s)\n", heldFor, where)
			leave(128 + signal)
		}
	}
}

// tellInterruption says that an interruption was heard: what runs may take a while to end.
func tellInterruption(ctx context.Context, p *progress) (stop func() bool) {
	return context.AfterFunc(ctx, func() {
		p.tell("interrupted: what runs is ended and reported (again: end at once)")
	})
}

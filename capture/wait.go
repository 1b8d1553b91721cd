package capture

import (
	"encoding/binary"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"netverify/internal/poll"
)

// waiter is what one Wait needs; it is used again by later ones.
type waiter struct {
	fds   []unix.PollFd // an eventfd that Close writes to, then the taps
	event int
	woken atomic.Bool // event has been written to
}

// waiters are those not in use: there are as many as ever were waits at the
// same time, and they are kept.
var waiters struct {
	sync.Mutex
	free []*waiter
}

// Wait blocks the calling thread until a frame waits to be read at one of the
// taps (nil), the deadline has passed (os.ErrDeadlineExceeded), or one of them
// is closed (os.ErrClosed). The zero deadline is never; one in the past asks
// without blocking. After nil, read all of them: a read of an empty tap costs
// less than to tell which it was.
//
// It is made for a loop on a thread of its own (runtime.LockOSThread, one
// processor): ppoll(2) on that very thread, without the Go runtime's poller
// and the change of goroutine and thread that goes with it.
func Wait(taps []*Tap, deadline time.Time) error {
	w, err := getWaiter()
	if err != nil {
		return err
	}
	defer putWaiter(w)
	for i, t := range taps {
		if err := t.join(w); err != nil {
			leaveAll(taps[:i], w)
			return fmt.Errorf("capture: wait: %w", err)
		}
		w.fds = append(w.fds, unix.PollFd{Fd: int32(t.fd), Events: unix.POLLIN})
	}
	ready, err := w.poll(deadline)
	switch closed := leaveAll(taps, w); {
	case closed:
		return fmt.Errorf("capture: wait: %w", os.ErrClosed)
	case err != nil:
		return fmt.Errorf("capture: wait: %w", err)
	case !ready:
		return os.ErrDeadlineExceeded
	}
	return nil
}

// leaveAll gives the taps back and reports whether one was closed meanwhile.
func leaveAll(taps []*Tap, w *waiter) (closed bool) {
	for _, t := range taps {
		if t.leave(w) {
			closed = true
		}
	}
	return closed
}

// poll waits until one of the descriptors is readable or has an error to tell
// (which Read consumes). A signal, such as the runtime's SIGURG, does not end
// it.
func (w *waiter) poll(deadline time.Time) (ready bool, err error) {
	n, err := poll.Wait(w.fds, deadline)
	return n > 0, err
}

// wake ends the poll under way. The caller holds the lock of a tap that the
// waiter has joined.
func (w *waiter) wake() {
	one := binary.NativeEndian.AppendUint64(nil, 1)
	w.woken.Store(true)
	// It can only fail when 2^64-2 closes are pending.
	_, _ = unix.Write(w.event, one)
}

func getWaiter() (*waiter, error) {
	waiters.Lock()
	defer waiters.Unlock()
	if n := len(waiters.free); n > 0 {
		w := waiters.free[n-1]
		waiters.free = waiters.free[:n-1]
		return w, nil
	}
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("capture: wait: %w", os.NewSyscallError("eventfd", err))
	}
	return &waiter{event: fd, fds: []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}}, nil
}

// putWaiter keeps w for later. It has left all taps, so that nobody wakes it
// any more; what was written is taken out.
func putWaiter(w *waiter) {
	if w.woken.Swap(false) {
		var b [8]byte
		_, _ = unix.Read(w.event, b[:])
	}
	w.fds = w.fds[:1]
	waiters.Lock()
	defer waiters.Unlock()
	waiters.free = append(waiters.free, w)
}

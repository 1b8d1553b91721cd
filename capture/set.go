package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"netverify/internal/poll"
)

// Set is taps that one thread waits at. It is told at which of them frames wait,
// so that a wait and the reading after it cost as much as there is to be read, and
// not as there are taps: a lab has one in each of its thousands of namespaces.
//
// One goroutine at a time may use a set. Its taps may be closed meanwhile.
type Set struct {
	taps   []*Tap
	fd     int // epoll(7), of the taps
	event  int // an eventfd that Tap.Close writes to
	events []unix.EpollEvent
	ready  []int       // what Ready returned last
	ended  atomic.Bool // a tap was closed
}

// NewSet returns the set of some taps. With one that is closed the error is
// os.ErrClosed.
func NewSet(taps ...*Tap) (*Set, error) {
	s := &Set{fd: -1, event: -1}
	var err error
	if s.fd, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return nil, fmt.Errorf("capture: set: %w", os.NewSyscallError("epoll_create1", err))
	}
	if s.event, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return nil, errors.Join(fmt.Errorf("capture: set: %w", os.NewSyscallError("eventfd", err)), s.Close())
	}
	for _, t := range taps {
		if err := s.Add(t); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return s, nil
}

// Add adds a tap, whose index in the set is the number of those before it.
func (s *Set) Add(t *Tap) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return fmt.Errorf("capture: set: %w", os.ErrClosed)
	}
	e := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(len(s.taps))}
	if err := unix.EpollCtl(s.fd, unix.EPOLL_CTL_ADD, t.fd, &e); err != nil {
		return fmt.Errorf("capture: set: %w", os.NewSyscallError("epoll_ctl", err))
	}
	s.taps = append(s.taps, t)
	t.sets = append(t.sets, s)
	return nil
}

// Wait blocks the calling thread until a frame waits to be read at one of the
// taps (nil), the deadline has passed (os.ErrDeadlineExceeded), or one of them
// is closed (os.ErrClosed). The zero deadline is never; one in the past asks
// without blocking. After nil, read those that Ready names.
//
// It is made for a loop on a thread of its own (runtime.LockOSThread, one
// processor): ppoll(2) on that very thread, without the Go runtime's poller
// and the change of goroutine and thread that goes with it.
func (s *Set) Wait(deadline time.Time) error {
	n, err := poll.Wait([]unix.PollFd{{Fd: int32(s.fd), Events: unix.POLLIN}, {Fd: int32(s.event), Events: unix.POLLIN}}, deadline)
	switch {
	case s.ended.Load():
		return fmt.Errorf("capture: wait: %w", os.ErrClosed)
	case err != nil:
		return fmt.Errorf("capture: wait: %w", err)
	case n == 0:
		return os.ErrDeadlineExceeded
	}
	return nil
}

// Ready returns the indices of the taps at which frames wait, or that have an
// error to tell (which Read consumes), in order. It does not block; the next call
// overwrites what it has returned.
func (s *Set) Ready() ([]int, error) {
	if len(s.taps) == 0 {
		return nil, nil
	}
	s.events = slices.Grow(s.events[:0], len(s.taps))[:len(s.taps)]
	n, err := poll.Ready(s.fd, s.events)
	if err != nil {
		return nil, fmt.Errorf("capture: set: %w", err)
	}
	s.ready = s.ready[:0]
	for _, e := range s.events[:n] {
		s.ready = append(s.ready, int(e.Fd))
	}
	slices.Sort(s.ready)
	return s.ready, nil
}

// wake ends the waits from now on. The caller holds the lock of a tap of the set.
func (s *Set) wake() {
	s.ended.Store(true)
	// It can only fail when 2^64-2 closes are pending.
	_, _ = unix.Write(s.event, binary.NativeEndian.AppendUint64(nil, 1))
}

// Close gives up the set, not its taps. Closing again does nothing.
func (s *Set) Close() error {
	for _, t := range s.taps {
		t.mu.Lock()
		t.sets = slices.DeleteFunc(t.sets, func(x *Set) bool { return x == s })
		t.mu.Unlock()
	}
	var errs []error
	for _, fd := range []*int{&s.fd, &s.event} {
		if *fd >= 0 {
			errs = append(errs, os.NewSyscallError("close", unix.Close(*fd)))
		}
		*fd = -1
	}
	s.taps = nil
	return errors.Join(errs...)
}

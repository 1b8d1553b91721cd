// Package poll waits for file descriptors. A wait that a signal interrupts goes
// on: Go's runtime signals its threads at any time, and poll(2) is never
// restarted by the kernel (signal(7)).
package poll

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Wait returns how many of fds are ready, and sets their Revents. It returns 0
// once the deadline has passed: at once with one that is past, and never with a
// zero one.
func Wait(fds []unix.PollFd, deadline time.Time) (int, error) {
	for {
		var timeout *unix.Timespec
		if !deadline.IsZero() {
			ts := unix.NsecToTimespec(int64(max(time.Until(deadline), 0)))
			timeout = &ts
		}
		n, err := unix.Ppoll(fds, timeout, nil)
		if !errors.Is(err, unix.EINTR) {
			return n, os.NewSyscallError("ppoll", err)
		}
	}
}

// Readable reports whether fd can be read before the deadline, or has ended.
func Readable(fd int, deadline time.Time) (bool, error) {
	n, err := Wait([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, deadline)
	return n > 0, err
}

// Ready returns how many descriptors of an epoll(7) are ready now, and fills in
// their events; of more than there is room for, the others come with a later call.
func Ready(epoll int, events []unix.EpollEvent) (int, error) {
	for {
		n, err := unix.EpollWait(epoll, events, 0)
		if !errors.Is(err, unix.EINTR) {
			return max(n, 0), os.NewSyscallError("epoll_wait", err)
		}
	}
}

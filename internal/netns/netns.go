package netns

import (
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// threadNS is the network namespace of the calling thread, see
// namespaces(7). /proc/self would name that of the main thread.
const threadNS = "/proc/thread-self/ns/net"

// NS is a network namespace, kept alive by a descriptor. All methods may be
// called concurrently.
type NS struct {
	inode uint64

	mu sync.RWMutex // a setns(2) under way keeps the descriptor from being closed and reused
	fd int          // -1 once closed
}

// New makes an empty network namespace. Its loopback interface is down. It
// fails with EPERM without CAP_SYS_ADMIN in the caller's user namespace, and
// with ENOSPC beyond user.max_net_namespaces.
func New() (ns *NS, err error) {
	OnThread(func(t *Thread) { ns, err = t.New() })
	return ns, err
}

// Thread is a thread that makes namespaces, one after the other: a thread for
// each would take as long to make as a part of the namespace.
type Thread struct{ _ struct{} }

// OnThread calls f on a thread of its own, which ends with f, and waits for f.
func OnThread(f func(*Thread)) { onThrowAwayThread(func() { f(&Thread{}) }) }

// New is New, but leaves the calling thread inside the new namespace; where it
// fails, the thread stays where it was. It may be called from within the f of
// OnThread only, by the goroutine that f runs on.
func (t *Thread) New() (*NS, error) {
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return nil, fmt.Errorf("netns: unshare network namespace: %w", err)
	}
	return Current()
}

// Current returns the network namespace of the calling thread, by a
// descriptor of its own that the caller has to close. Outside Do the answer
// holds only while the caller's goroutine is locked to its thread.
func Current() (*NS, error) {
	fd, err := openCurrent()
	if err != nil {
		return nil, err
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		_ = unix.Close(fd)
		return nil, &os.PathError{Op: "fstat", Path: threadNS, Err: err}
	}
	return &NS{fd: fd, inode: st.Ino}, nil
}

// FD returns the descriptor, for netlink attributes such as IFLA_NET_NS_FD;
// -1 once closed. It stays the property of ns.
func (ns *NS) FD() int {
	ns.mu.RLock()
	defer ns.mu.RUnlock()
	return ns.fd
}

// Inode returns the number by which the kernel names the namespace, as in
// "net:[4026531840]" of readlink /proc/self/ns/net. Together with it an
// interface index is unique on the machine.
func (ns *NS) Inode() uint64 { return ns.inode }

// Close gives up the descriptor. The kernel removes the namespace once
// nothing else refers to it. Closing again does nothing.
func (ns *NS) Close() error {
	ns.mu.Lock()
	defer ns.mu.Unlock()
	if ns.fd < 0 {
		return nil
	}
	fd := ns.fd
	ns.fd = -1
	if err := unix.Close(fd); err != nil {
		return fmt.Errorf("netns: close net:[%d]: %w", ns.inode, err)
	}
	return nil
}

// String returns the namespace as readlink(1) shows it, "net:[4026531840]".
func (ns *NS) String() string { return fmt.Sprintf("net:[%d]", ns.inode) }

// openCurrent opens the network namespace of the calling thread.
func openCurrent() (int, error) {
	for {
		fd, err := unix.Open(threadNS, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err == nil {
			return fd, nil
		}
		if err != unix.EINTR {
			return -1, &os.PathError{Op: "open", Path: threadNS, Err: err}
		}
	}
}

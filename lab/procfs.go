package lab

import (
	"strings"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// procfs is a proc file system of the lab's own, mounted nowhere, by which a few
// nodes reach their sysctls. By /proc that takes the longer the more namespaces the
// machine has: the folders of all of them have one name below one parent, and a
// lookup compares those that are known already one by one, under a lock
// (fs/proc/proc_sysctl.c:proc_sys_compare, sysctl_is_seen). With seven keys in each
// of 3,000 namespaces that was 8 s of 9.
//
// nil, and one that could not be mounted (an unprivileged user in a container), is
// /proc itself. Which namespace's sysctls are in it goes by the calling thread.
type procfs struct {
	fd    int // of its root
	users atomic.Int32
}

// procUsers is how many namespaces share one: a mount costs as much as a few
// dozens of their lookups.
const procUsers = 32

// newProcfs mounts one for a user, who is to leave it.
func newProcfs() *procfs {
	fd, err := mountAside("proc")
	if err != nil {
		return nil
	}
	p := &procfs{fd: fd}
	p.users.Store(1)
	return p
}

// join is one more user.
func (p *procfs) join() *procfs {
	if p != nil {
		p.users.Add(1)
	}
	return p
}

// leave is one less; the last one takes it away.
func (p *procfs) leave() {
	if p != nil && p.users.Add(-1) == 0 {
		_ = unix.Close(p.fd)
	}
}

// open opens a file that is named as below /proc.
func (p *procfs) open(file string, flags int) (int, error) {
	if p == nil {
		return unix.Open(file, flags, 0)
	}
	return unix.Openat(p.fd, strings.TrimPrefix(file, "/proc/"), flags, 0)
}

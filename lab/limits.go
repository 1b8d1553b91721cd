package lab

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// limitError is an error for which a limit of the machine is the cause. It says
// nothing of what a scenario is about.
type limitError struct {
	err    error
	advice string // what raises the limit
}

func (l *limitError) Error() string { return l.err.Error() + "; " + l.advice }

func (l *limitError) Unwrap() error { return l.err }

// limited makes an error one of a limit where its errno is that one.
func limited(err error, errno unix.Errno, advice string) error {
	if !errors.Is(err, errno) {
		return err
	}
	return &limitError{err, advice}
}

// What raises the limits that only one kind of request meets.
const (
	moreNamespaces = "the kernel allows no more namespaces: sysctl user.max_net_namespaces=100000 user.max_user_namespaces=100000, or run less at a time (--jobs 1)"
	moreNeighbours = "the kernel's table of neighbours, which all namespaces share, is full: sysctl net.ipv4.neigh.default.gc_thresh3=16384 net.ipv6.neigh.default.gc_thresh3=16384, or run less at a time (--jobs 1)"
)

// LimitAdvice says which limit of the machine an error means whatever was
// asked for, and what raises it: "; ..." to be put behind the error, or "" where
// it means none, or says so itself.
func LimitAdvice(err error) string {
	var said *limitError
	switch {
	case errors.As(err, &said):
		return ""
	case errors.Is(err, unix.EMFILE):
		return fmt.Sprintf("; this process may have %s open files: raise the limit (ulimit -n 65536), or run less at a time (--jobs 1)", fileLimit())
	case errors.Is(err, unix.ENFILE):
		return "; the machine has no room for more open files: sysctl fs.file-max=1000000, or run less at a time (--jobs 1)"
	case errors.Is(err, unix.ENOMEM):
		return "; memory ran out, of the machine or of a control group (memory.max): give it more, or run less at a time (--jobs 1)"
	}
	return ""
}

func fileLimit() string {
	var r unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &r) != nil {
		return "no more"
	}
	return fmt.Sprint(r.Cur)
}

package lab

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"netverify/recording"
)

// ours are the errnos that a machine's limits, its rights, its configuration or
// its load account for. They say nothing of what a kernel does.
var ours = []unix.Errno{
	unix.ENOMEM, unix.ENOBUFS, unix.EMFILE, unix.ENFILE, unix.ENOSPC, unix.EDQUOT, unix.EUSERS, // room
	unix.EPERM, unix.EACCES, unix.EROFS, unix.ENOSYS, // rights, seccomp(2) among them
	unix.EAFNOSUPPORT, unix.EPROTONOSUPPORT, unix.ESOCKTNOSUPPORT, // configuration
	unix.EAGAIN, unix.EINTR, unix.ETIMEDOUT, unix.ERESTART, unix.ECANCELED, // time
	unix.EIO, unix.EBADF,
}

// Refused tells what the kernel itself refused to do for a lab, nil where the
// error may have another cause. It counts what came back as the answer to a
// request: of netlink, or a frame to be sent; EOPNOTSUPP only where the kernel
// can do the same elsewhere; and a carrier that did not follow while others did.
func Refused(err error) *recording.Refusal {
	var limit *limitError
	if err == nil || errors.As(err, &limit) {
		return nil
	}
	r := &recording.Refusal{What: asked(err)}
	var still *unfollowed
	if errors.As(err, &still) {
		r.Errno = "carrier"
		return r
	}
	var answer *kernelError
	var missing *Unsupported
	switch {
	case !errors.As(err, &answer), slices.Contains(ours, answer.errno):
		return nil
	case errors.As(err, &missing):
		if Probe(missing.Feature) != nil {
			return nil
		}
	case answer.errno == unix.EOPNOTSUPP:
		return nil
	}
	r.Errno, _ = Errno(err)
	return r
}

// asked is what was asked for, in words that are the same in each run.
func asked(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Op + " " + e.Object
	}
	return "a request"
}

// unfollowed is a carrier that is not what those below it make it, although the
// kernel has acted on others that were told of later.
type unfollowed struct {
	state string
	many  int // interfaces
	kicks int // changes of another cable's carrier that were acted on meanwhile
}

func (u *unfollowed) Error() string {
	return fmt.Sprintf("still %s (of %d interfaces), although the kernel has acted on %d changes of another carrier meanwhile", u.state, u.many, u.kicks)
}

// Unwrap lets it be known as the end of a wait.
func (u *unfollowed) Unwrap() error { return unix.ETIMEDOUT }

// leastKicks is how many changes of another carrier must have been acted on
// before one that stays as it is counts as forgotten.
const leastKicks = 2

// forgotten tells whether waiting on makes no sense: the kernel has acted on many
// kicks, in more time than it puts off the carriers that are no urgent matter
// (net/core/link_watch.c: a second).
func forgotten(heeded int, waited time.Duration) bool {
	if gaveUp.Load() {
		return heeded >= 2*leastKicks && waited > 2*time.Second
	}
	return heeded >= 10*leastKicks && waited > 5*time.Second
}

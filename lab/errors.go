package lab

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sys/unix"

	"netverify/scenarios"
)

// Error is one operation that the kernel refused, or did not do as asked.
type Error struct {
	File   string        // of the scenario; "" if unknown
	Pos    scenarios.Pos // in File; the zero Pos if the thing is written nowhere
	Op     string        // "create", "set", "add address", "enslave", ...
	Object string        // "c1:eth0 (macvlan on host:eth0)"
	Err    error         // an errno with the kernel's extended text, a *Mismatch, a *Unsupported
}

// Error returns "file:line:col: op object: cause".
func (e *Error) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(e.File + ":")
	}
	if e.Pos.Line != 0 {
		fmt.Fprintf(&b, "%d:%d:", e.Pos.Line, e.Pos.Col)
	}
	if b.Len() > 0 {
		b.WriteByte(' ')
	}
	fmt.Fprintf(&b, "%s %s: %v", e.Op, e.Object, e.Err)
	return b.String()
}

// Unwrap returns the cause: errors.Is(err, unix.EINVAL) works.
func (e *Error) Unwrap() error { return e.Err }

// Mismatch is a request that the kernel accepted without doing it.
type Mismatch struct {
	Key         string // a state key: "mode", "mtu", "hairpin"
	Asked, Says string
}

// Error returns "mode: asked for vepa, kernel says bridge".
func (m *Mismatch) Error() string {
	return fmt.Sprintf("%s: asked for %s, kernel says %s", m.Key, m.Asked, m.Says)
}

// Unsupported means that this kernel lacks a feature, or, where Err holds a
// *Privilege, that it keeps it from this user.
type Unsupported struct {
	Feature scenarios.Feature
	Err     error // what the kernel answered to the attempt
}

// Lacks names the kernel option behind the feature, or where the kernel is too
// old for it the feature and what brought it: "bridge-port-locked of Linux 5.18".
// It is "" where nothing is known to be lacking but privilege.
func (u *Unsupported) Lacks() string {
	v, known := KernelVersion()
	return u.lacks(v, known)
}

func (u *Unsupported) lacks(v scenarios.Version, known bool) string {
	var p *Privilege
	if errors.As(u.Err, &p) {
		return ""
	}
	if came, old := tooOld(u.Feature, v, known); old {
		return u.Feature.Name + " of Linux " + came.Version.String()
	}
	return u.Feature.Config
}

// Error names the feature, what the kernel lacks for it, and the kernel's answer.
func (u *Unsupported) Error() string {
	v, known := KernelVersion()
	return u.text(v, known)
}

// text of a kernel that does not say how old it is names both reasons.
func (u *Unsupported) text(v scenarios.Version, known bool) string {
	if u.lacks(v, known) == "" {
		return fmt.Sprintf("this user may not use %s: %v", u.Feature.Name, u.Err)
	}
	came, younger := u.Feature.CameWith()
	switch _, old := tooOld(u.Feature, v, known); {
	case old:
		return fmt.Sprintf("this kernel cannot do %s, which came with %s: %v", u.Feature.Name, came, u.Err)
	case younger && !known:
		return fmt.Sprintf("this kernel cannot do %s (%s, since %s): %v", u.Feature.Name, u.Feature.Config, came, u.Err)
	}
	return fmt.Sprintf("this kernel cannot do %s (%s): %v", u.Feature.Name, u.Feature.Config, u.Err)
}

// tooOld tells whether a kernel is older than what brought a feature, and by
// that lacks it, whatever it was built with.
func tooOld(f scenarios.Feature, v scenarios.Version, known bool) (scenarios.Arrival, bool) {
	came, younger := f.CameWith()
	return came, younger && known && v.Compare(came.Version) < 0
}

// Unwrap returns the kernel's answer.
func (u *Unsupported) Unwrap() error { return u.Err }

// Errno returns the symbolic name of the errno inside err ("EINVAL") and the
// kernel's extended text that came with it, "" where there is none. An error
// without an errno gives the name "".
func Errno(err error) (name, text string) {
	var errno unix.Errno
	if !errors.As(err, &errno) {
		return "", ""
	}
	var k *kernelError
	if errors.As(err, &k) {
		text = k.text
	}
	switch name = unix.ErrnoName(errno); name {
	case "":
		name = fmt.Sprintf("errno %d", int(errno))
	case "ENOTSUP": // the same number; netlink's manuals know this name
		name = "EOPNOTSUPP"
	}
	return name, text
}

// kernelError is an errno with its NLMSGERR_ATTR_MSG.
type kernelError struct {
	errno unix.Errno
	text  string
}

func (k *kernelError) Error() string {
	if k.text == "" {
		return k.errno.Error()
	}
	return k.errno.Error() + ": " + k.text
}

func (k *kernelError) Unwrap() error { return k.errno }

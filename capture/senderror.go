package capture

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// SendError tells which frame was not sent, and why. errors.Is finds the errno:
//
//	EMSGSIZE  longer than MTU and header allow (one 802.1Q tag is allowed on top)
//	EINVAL    shorter than an Ethernet header
//	ENXIO     there is no such interface in the sender's namespace (any more)
//	ENETDOWN  the interface is down
//	ENOBUFS   dropped by the interface's queue or by the device (veth: the peer is down)
//	EAGAIN    the sender's buffer stayed full of frames that the device keeps
//
// os.ErrClosed stands for a closed sender.
type SendError struct {
	Ifindex   int    // in the sender's namespace
	Interface string // its name; "" if there is no such interface
	Len       int    // bytes of the frame, Ethernet header and tags included
	MTU       int    // bytes, without Ethernet header; 0 if unknown
	Err       error
}

// Error names the frame, the interface and the reason.
func (e *SendError) Error() string {
	name := fmt.Sprintf("interface %d", e.Ifindex)
	if e.Interface != "" {
		name = fmt.Sprintf("%s (interface %d)", e.Interface, e.Ifindex)
	}
	return fmt.Sprintf("capture: send %d bytes on %s: %s%v", e.Len, name, e.reason(), e.Err)
}

// reason returns what the errno stands for here, with ": " after it.
func (e *SendError) reason() string {
	switch {
	case errors.Is(e.Err, unix.EMSGSIZE) && e.MTU > 0:
		return fmt.Sprintf("more than MTU %d and header allow: ", e.MTU)
	case errors.Is(e.Err, unix.EINVAL) && e.Len < 14:
		return "shorter than an Ethernet header (14 bytes): "
	case errors.Is(e.Err, unix.ENXIO):
		return "no such interface in the namespace: "
	case errors.Is(e.Err, unix.ENOBUFS):
		return "dropped by the queue or the device: "
	case errors.Is(e.Err, unix.EAGAIN):
		return "the send buffer stayed full: "
	}
	return ""
}

// Unwrap returns the errno or os.ErrClosed.
func (e *SendError) Unwrap() error { return e.Err }

// refused makes the error of a send, with the name and MTU of the interface as
// they are now.
func (s *Sender) refused(ifindex int, b []byte, err error) error {
	e := &SendError{Ifindex: ifindex, Len: len(b), Err: err}
	var errno unix.Errno
	if errors.As(err, &errno) {
		e.Err = os.NewSyscallError("sendto", errno)
	}
	// The ioctls ask the socket's namespace, wherever the thread is.
	req, err := unix.NewIfreq("")
	if err != nil {
		return e
	}
	req.SetUint32(uint32(ifindex))
	if unix.IoctlIfreq(s.fd, unix.SIOCGIFNAME, req) != nil {
		return e
	}
	e.Interface = req.Name()
	if unix.IoctlIfreq(s.fd, unix.SIOCGIFMTU, req) == nil {
		e.MTU = int(req.Uint32())
	}
	return e
}

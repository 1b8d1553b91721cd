package capture

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"
	"unsafe"

	"github.com/mdlayher/packet"
	"golang.org/x/sys/unix"

	"netverify/internal/poll"
)

// Sender puts frames on the wires of one namespace. Its socket has no protocol
// and so never queues a received frame. Its methods may be called
// concurrently.
type Sender struct {
	mu sync.RWMutex // a send under way keeps the descriptor from being closed and reused
	fd int          // -1 once closed
}

// OpenSender opens a sender in the network namespace of the calling thread. It
// fails with EPERM without CAP_NET_RAW in the namespace's user namespace.
func OpenSender() (*Sender, error) {
	fd, err := openSocket(0, func(*packet.Conn, int) error { return nil })
	if err != nil {
		return nil, fmt.Errorf("capture: open sender: %w", err)
	}
	return &Sender{fd: fd}, nil
}

// Send puts the frame b, from the destination address to the end of the
// payload, without FCS, on the wire of an interface, byte for byte: nothing is
// padded, tags stand in the bytes. It returns once the frame is with the
// device; on veth, once it is with the peer.
//
// The error is a *SendError. ENOBUFS means that a queue or the device has
// dropped the frame, and is not retried: taps on the interface may have seen
// it leave, and a second one would be a lie.
func (s *Sender) Send(ifindex int, b []byte) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.fd < 0 {
		return &SendError{Ifindex: ifindex, Len: len(b), Err: os.ErrClosed}
	}
	to := address(ifindex, b)
	for {
		_, _, errno := unix.Syscall6(unix.SYS_SENDTO, uintptr(s.fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))),
			uintptr(len(b)), 0, uintptr(unsafe.Pointer(&to)), unsafe.Sizeof(to))
		runtime.KeepAlive(b)
		if errno == 0 {
			return nil
		}
		if err := s.again(errno); err != nil {
			return s.refused(ifindex, b, err)
		}
	}
}

// sendPatience bounds the wait for room in the socket's own send buffer. Only a device or queue that keeps its frames fills it.
const sendPatience = time.Second

// again waits out what ends by itself, a signal or a full send buffer, and
// returns any other error.
func (s *Sender) again(errno unix.Errno) error {
	switch errno {
	case unix.EINTR:
		return nil
	case unix.EAGAIN: // nothing of the frame has been sent yet
		fds := []unix.PollFd{{Fd: int32(s.fd), Events: unix.POLLOUT}}
		switch n, err := poll.Wait(fds, time.Now().Add(sendPatience)); {
		case err != nil:
			return err
		case n == 0:
			return errno
		}
		return nil
	}
	return errno
}

// Close closes the sender, once the sends under way are done. Closing again
// does nothing.
func (s *Sender) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fd < 0 {
		return nil
	}
	fd := s.fd
	s.fd = -1
	if err := unix.Close(fd); err != nil {
		return fmt.Errorf("capture: %w", os.NewSyscallError("close", err))
	}
	return nil
}

// address returns where to send b: the interface, the protocol that the frame
// itself names (which queues and hooks on the way out go by), and its
// destination.
func address(ifindex int, b []byte) unix.RawSockaddrLinklayer {
	to := unix.RawSockaddrLinklayer{Family: unix.AF_PACKET, Ifindex: int32(ifindex), Halen: 6}
	if len(b) >= 14 {
		to.Protocol = *(*uint16)(unsafe.Pointer(&[2]byte{b[12], b[13]})) // network order in both
		copy(to.Addr[:], b[:6])
	}
	return to
}

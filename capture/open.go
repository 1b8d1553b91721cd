package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/mdlayher/packet"
	"golang.org/x/sys/unix"
)

// Open opens a tap in the network namespace of the calling thread.
//
// It fails with EPERM without CAP_NET_RAW in the namespace's user namespace,
// with ENODEV if there is no interface Options.Ifindex, and with ENOPROTOOPT
// where the kernel cannot report VLAN tags: a tap that would show tagged frames
// without their tags is not opened. An interface that is down may be tapped.
func Open(opt Options) (*Tap, error) {
	if opt.Promiscuous && opt.Ifindex == 0 {
		return nil, errors.New("capture: open tap: promiscuous mode needs an interface")
	}
	t := &Tap{}
	var err error
	if t.fd, err = openSocket(opt.Ifindex, func(c *packet.Conn, fd int) error { return t.setUp(c, fd, opt) }); err != nil {
		return nil, fmt.Errorf("capture: open tap: %w", err)
	}
	return t, nil
}

// openSocket makes a packet socket that is bound to no protocol, and thus
// hears nothing, lets setUp work on it, and returns its descriptor.
//
// The descriptor is a duplicate, outliving the Conn: that of the Conn is
// registered with the Go runtime's epoll instance, where each arriving frame
// would wake a second thread, on the two processors of a small machine next to
// or in place of the one that is about to read it.
func openSocket(ifindex int, setUp func(c *packet.Conn, fd int) error) (dup int, err error) {
	conn, err := packet.Listen(&net.Interface{Index: ifindex}, packet.Raw, 0, nil)
	if err != nil {
		return -1, err
	}
	defer conn.Close()
	rc, err := conn.SyscallConn()
	if err != nil {
		return -1, err
	}
	dup = -1
	cerr := rc.Control(func(fd uintptr) {
		if dup, err = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0); err != nil {
			err = os.NewSyscallError("fcntl F_DUPFD_CLOEXEC", err)
			return
		}
		err = setUp(conn, dup)
	})
	if err = errors.Join(cerr, err); err != nil && dup >= 0 {
		_ = unix.Close(dup)
	}
	return dup, err
}

// setUp sets all options, and only then gives the socket its protocol, at
// which the kernel begins to queue frames.
func (t *Tap) setUp(c *packet.Conn, fd int, opt Options) error {
	if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_AUXDATA, 1); err != nil {
		return fmt.Errorf("VLAN tags cannot be had: %w", os.NewSyscallError("setsockopt PACKET_AUXDATA", err))
	}
	if err := setTimestamps(fd); err != nil {
		return err
	}
	if err := t.setBuffer(fd, opt.Buffer); err != nil {
		return err
	}
	if opt.Filter != nil {
		if err := c.SetBPF(opt.Filter); err != nil {
			return err
		}
	}
	if opt.Promiscuous {
		if err := c.SetPromiscuous(true); err != nil {
			return err
		}
	}
	protocol := opt.Protocol
	if protocol == 0 {
		protocol = unix.ETH_P_ALL
	}
	err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: htons(protocol), Ifindex: opt.Ifindex})
	if err != nil {
		return os.NewSyscallError(fmt.Sprintf("bind to protocol 0x%04x", protocol), err)
	}
	return nil
}

// setTimestamps asks for the time of each frame in ns, as SO_TIMESTAMPNS would
// give it, except that a frame that the kernel has not stamped comes without
// one: SO_TIMESTAMPNS would stamp it when it is read
// (net/socket.c:__sock_recv_timestamp). The _NEW option (Linux 5.1) has 64-bit
// seconds on all machines.
func setTimestamps(fd int) error {
	const software = unix.SOF_TIMESTAMPING_RX_SOFTWARE | unix.SOF_TIMESTAMPING_SOFTWARE
	err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPING_NEW, software)
	if errors.Is(err, unix.ENOPROTOOPT) {
		err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPING, software)
	}
	return os.NewSyscallError("setsockopt SO_TIMESTAMPING", err)
}

// setBuffer sets the size of the receive buffer, beyond net.core.rmem_max
// where that is allowed, and notes what it has become. The kernel doubles what
// it is given (socket(7)).
func (t *Tap) setBuffer(fd, size int) error {
	if size == 0 {
		size = DefaultBuffer
	}
	err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, size/2)
	if errors.Is(err, unix.EPERM) {
		err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, size/2)
	}
	if err != nil {
		return os.NewSyscallError("setsockopt SO_RCVBUF", err)
	}
	if t.buffer, err = unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF); err != nil {
		return os.NewSyscallError("getsockopt SO_RCVBUF", err)
	}
	return nil
}

// htons returns a number whose bytes in memory are those of v in network order.
func htons(v uint16) uint16 {
	var b [2]byte
	binary.BigEndian.PutUint16(b[:], v)
	return binary.NativeEndian.Uint16(b[:])
}

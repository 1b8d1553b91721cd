package lab

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// rtSocket is the socket itself, blocking and outside of the Go runtime's poller. A
// lab of thousands of namespaces makes some twenty requests in each; with two system
// calls and no buffer of its own for each (nl makes five, and 64 KiB) they cost
// half.
type rtSocket struct {
	mu  sync.Mutex // one exchange at a time
	fd  int        // -1 once closed
	seq uint32     // of the request made last

	// Bytes of the requests and of the answers so far: what tests of work count.
	said, told int
}

// answerTime guards against a kernel that loses an answer: it answers from within
// sendto(2).
const answerTime = 5 * time.Second

// open opens the socket in the namespace of the calling thread.
func (r *rtSocket) open() (err error) {
	if r.fd, err = unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE); err != nil {
		r.fd = -1
		return fmt.Errorf("open netlink socket: %w", err)
	}
	limit := unix.NsecToTimeval(int64(answerTime))
	err = errors.Join(
		unix.SetsockoptInt(r.fd, unix.SOL_NETLINK, unix.NETLINK_EXT_ACK, 1),
		unix.SetsockoptTimeval(r.fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &limit),
		unix.SetsockoptTimeval(r.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &limit),
	)
	if err != nil {
		r.close()
		return fmt.Errorf("set up netlink socket: %w", err)
	}
	return nil
}

func (r *rtSocket) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fd >= 0 {
		_ = unix.Close(r.fd)
	}
	r.fd = -1
}

// errChanged means that what was listed changed meanwhile: the list may lack
// entries, or have some twice (NLM_F_DUMP_INTR).
var errChanged = errors.New("the list changed while it was read")

// answerSize is room for each datagram of the kernel's, which are up to 32 KiB
// long (net/netlink/af_netlink.c:netlink_recvmsg, max_recvmsg_len).
const answerSize = 1 << 16

var answers = sync.Pool{New: func() any { return new([answerSize]byte) }}

// exchange sends a request and returns the payloads of the messages that answer
// it. An errno of the kernel's is a *kernelError.
func (r *rtSocket) exchange(req *nl.NetlinkRequest) ([][]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seq++
	req.Seq = r.seq
	b := req.Serialize()
	r.said += len(b)
	if err := r.send(b); err != nil {
		return nil, err
	}
	buf := answers.Get().(*[answerSize]byte)
	defer answers.Put(buf)
	a := answer{seq: r.seq}
	for !a.whole {
		n, err := r.receive(buf[:])
		if err != nil {
			return nil, err
		}
		r.told += n
		if err := a.take(append([]byte(nil), buf[:n]...)); err != nil {
			return nil, err
		}
	}
	if a.changed {
		return a.msgs, errChanged
	}
	return a.msgs, nil
}

func (r *rtSocket) send(b []byte) error {
	for {
		switch err := unix.Sendto(r.fd, b, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err {
		case unix.EINTR:
		case unix.EAGAIN:
			return fmt.Errorf("the kernel took no request for %v: %w", answerTime, err)
		default:
			return err
		}
	}
}

// receive reads one datagram of the kernel's: others can send to the socket as
// well, within the namespace.
func (r *rtSocket) receive(b []byte) (int, error) {
	for {
		n, from, err := unix.Recvfrom(r.fd, b, unix.MSG_TRUNC)
		switch k, _ := from.(*unix.SockaddrNetlink); {
		case err == unix.EINTR:
		case err == unix.EAGAIN:
			return 0, fmt.Errorf("the kernel gave no answer for %v: %w", answerTime, err)
		case err != nil:
			return 0, err
		case k == nil || k.Pid != 0:
		case n > len(b):
			return 0, fmt.Errorf("an answer of %d bytes is longer than the kernel's are", n)
		default:
			return n, nil
		}
	}
}

// answer is what has come so far.
type answer struct {
	seq     uint32 // of the request
	msgs    [][]byte
	changed bool
	whole   bool
}

// take reads a datagram, which it keeps: a row of struct nlmsghdr with payloads.
//
//	4 length with header, 2 type, 2 flags, 4 sequence number, 4 port, payload
func (a *answer) take(b []byte) error {
	for len(b) >= unix.NLMSG_HDRLEN && !a.whole {
		size := int(binary.NativeEndian.Uint32(b))
		if size < unix.NLMSG_HDRLEN || size > len(b) {
			return fmt.Errorf("a netlink message of %d bytes in %d", size, len(b))
		}
		typ, flags, seq := binary.NativeEndian.Uint16(b[4:]), binary.NativeEndian.Uint16(b[6:]), binary.NativeEndian.Uint32(b[8:])
		m := b[unix.NLMSG_HDRLEN:size:size]
		b = b[min((size+3)&^3, len(b)):]
		if seq != a.seq {
			continue // of a request that was given up
		}
		a.changed = a.changed || flags&unix.NLM_F_DUMP_INTR != 0
		switch typ {
		case unix.NLMSG_DONE, unix.NLMSG_ERROR:
			a.whole = true
			if err := refusal(typ, flags, m); err != nil {
				return err
			}
		default:
			a.msgs = append(a.msgs, m)
			a.whole = flags&unix.NLM_F_MULTI == 0
		}
	}
	return nil
}

// refusal reads what ends an answer: an errno, 0 for none. Behind it an
// NLMSG_ERROR has the request's header, and the whole request unless it is
// capped; then come attributes, if the flags say so.
func refusal(typ, flags uint16, m []byte) error {
	if len(m) < 4 {
		return nil
	}
	errno := int32(binary.NativeEndian.Uint32(m))
	if errno == 0 {
		return nil
	}
	m = m[4:]
	if typ == unix.NLMSG_ERROR && len(m) >= unix.NLMSG_HDRLEN {
		echo := unix.NLMSG_HDRLEN
		if flags&unix.NLM_F_CAPPED == 0 {
			echo = int(min(binary.NativeEndian.Uint32(m), answerSize))
		}
		m = m[min((echo+3)&^3, len(m)):]
	}
	k := &kernelError{errno: unix.Errno(-errno)}
	if flags&unix.NLM_F_ACK_TLVS != 0 {
		k.text = parseAttrs(m).str(unix.NLMSGERR_ATTR_MSG)
	}
	return k
}

package capture

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"netverify/frame"
)

// smallestFrame is less than the kernel memory that any queued frame takes, in
// bytes: an skb with its data (768 in all for 64 bytes).
const smallestFrame = 512

// Read hands all frames that are queued to emit, in the order in which they
// reached the tap, and returns their number. It does not block: n may be 0. A
// flood does not hold it for ever: it returns once it has read as many frames
// as the buffer can hold, and so all that were queued when it was called.
//
// That an interface has gone down (ENETDOWN) is no error: the tap goes on, and
// hears the interface again when it is up. After Close the error is
// os.ErrClosed.
func (t *Tap) Read(emit func(Packet)) (n int, err error) {
	return t.ReadSome(max(t.buffer/smallestFrame, batchSize), emit)
}

// ReadSome is Read that returns after the first batch of up to 64 frames by
// which at least so many have been read; the rest stays queued.
func (t *Tap) ReadSome(most int, emit func(Packet)) (n int, err error) {
	if err := t.join(); err != nil {
		return 0, fmt.Errorf("capture: read: %w", err)
	}
	defer t.leave()
	b, err := getBatch()
	if err != nil {
		return 0, err
	}
	defer putBatch(b)
	for n < most {
		now := time.Now().UnixNano()
		got, err := b.receive(t.fd)
		switch {
		case err == nil:
		case errors.Is(err, unix.EAGAIN):
			return n, nil
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.ENETDOWN):
			continue // the error is consumed: the next call tells more
		default:
			return n, fmt.Errorf("capture: read: %w", os.NewSyscallError("recvmmsg", err))
		}
		if err := b.parse(got, now); err != nil {
			return n, fmt.Errorf("capture: read: %w", err)
		}
		for i := range got {
			if p, ok := t.packet(b, i); ok {
				n++
				emit(p)
			}
		}
		if got < batchSize {
			return n, nil
		}
	}
	return n, nil
}

// packet makes the packet of message i. ok is false for a frame without an
// Ethernet header.
func (t *Tap) packet(b *batch, i int) (p Packet, ok bool) {
	sll := &b.names[i]
	if sll.Hatype != unix.ARPHRD_ETHER && sll.Hatype != unix.ARPHRD_LOOPBACK {
		t.foreign.Add(1)
		return Packet{}, false
	}
	m := &b.meta[i]
	p = Packet{
		Ifindex:         int(sll.Ifindex),
		Dir:             frame.In,
		Type:            frame.PacketType(sll.Pkttype),
		At:              m.at,
		Estimated:       b.estimated[i],
		ChecksumPending: m.aux.Status&unix.TP_STATUS_CSUMNOTREADY != 0,
	}
	if sll.Pkttype == unix.PACKET_OUTGOING {
		p.Dir = frame.Out
	}
	raw, wireLen := restore(b.data(i), m.aux)
	if wireLen > len(raw) {
		t.cut.Add(1)
	}
	p.Frame = frame.NewCut(raw, wireLen)
	return p, true
}

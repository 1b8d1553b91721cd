package capture

import (
	"fmt"
	"os"
	"sync"
	"sync/atomic"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"netverify/frame"
)

// DefaultBuffer is the room for frames that wait to be read, in bytes of
// kernel memory: some 10,000 short frames (768 bytes each), 3,500 of 1500
// bytes, or 100 super-frames of 64 KiB.
const DefaultBuffer = 8 << 20

// Options say what a tap hears. The zero Options are a tap on all interfaces.
type Options struct {
	// Ifindex limits the tap to one interface; 0 taps all of the namespace,
	// those made later included.
	Ifindex int

	// Protocol is the EtherType of the frames that the tap hears; 0 hears all.
	// A tap with a protocol stands where the stack's own handler of it does: a
	// frame comes as the stack of its interface takes it, after its tag was
	// looked at and the devices above have had their share, received ones only
	// (net/core/dev.c:__netif_receive_skb_core).
	Protocol uint16

	// Buffer is the kernel memory for frames that wait to be read, in bytes as
	// getsockopt(SO_RCVBUF) counts them; 0 stands for DefaultBuffer. Without
	// CAP_NET_ADMIN in the first user namespace it is capped at twice
	// net.core.rmem_max: see Tap.Buffer for what was got.
	Buffer int

	// Filter is an assembled classic BPF program, in force before the first
	// frame; nil lets everything pass. Received frames have their outer tag in
	// metadata (bpf.ExtVLANTagPresent and its siblings), sent ones mostly in
	// the bytes: a program that looks beyond the addresses has to ask both.
	Filter []bpf.RawInstruction

	// Promiscuous makes the interface (Ifindex must name it) deliver the
	// unicast frames of other stations as long as the tap is open.
	Promiscuous bool
}

// Packet is one frame as a tap saw it.
type Packet struct {
	Ifindex   int             // in the tap's namespace
	Dir       frame.Direction // Out for PACKET_OUTGOING, else In
	Type      frame.PacketType
	At        int64       // ns since the epoch, CLOCK_REALTIME, from the kernel
	Estimated bool        // At is not the kernel's, but the time before the frame was read: see KeepClock
	Frame     frame.Frame // owns its bytes

	// ChecksumPending is TP_STATUS_CSUMNOTREADY: the sending stack has left the
	// transport checksum to a device, and what stands in its place is no error.
	ChecksumPending bool
}

// Tap is an open tap. Its methods may be called concurrently, but of two
// concurrent calls of Read each gets a part of the frames.
type Tap struct {
	fd     int // valid while users > 0 or !closed
	buffer int // bytes, as the kernel counts

	cut, foreign atomic.Uint64

	mu       sync.Mutex
	closed   bool
	users    int    // calls under way that use fd: the last one out closes it
	sets     []*Set // that it is in
	received uint64 // frames, accumulated from PACKET_STATISTICS
	dropped  uint64 // frames, likewise
}

// FD returns the descriptor, to be polled for reading; -1 once closed. It
// stays the property of the tap.
func (t *Tap) FD() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return -1
	}
	return t.fd
}

// Buffer returns the kernel memory for waiting frames that the tap has got,
// in bytes (getsockopt SO_RCVBUF). A frame of 64 bytes takes 768 of them.
func (t *Tap) Buffer() int { return t.buffer }

// Cut returns how many frames were longer than what Read delivered of them:
// longer than 68 KiB (BIG TCP), or cut by the program in Options.Filter.
func (t *Tap) Cut() uint64 { return t.cut.Load() }

// Foreign returns how many frames were not delivered because their interface
// has no Ethernet header.
func (t *Tap) Foreign() uint64 { return t.foreign.Load() }

// Stats returns how many frames have reached the tap since it was opened, the
// dropped ones not included, and how many were dropped because the buffer was
// full. Received frames are those read already and those still waiting. The
// kernel counts in 32 bits between two calls. After Close the error is
// os.ErrClosed.
func (t *Tap) Stats() (received, dropped uint64, err error) {
	if err := t.join(); err != nil {
		return 0, 0, fmt.Errorf("capture: statistics: %w", err)
	}
	defer t.leave()
	t.mu.Lock()
	defer t.mu.Unlock()
	// Reading resets both counters, and tp_packets includes tp_drops
	// (net/packet/af_packet.c:packet_getsockopt).
	st, err := unix.GetsockoptTpacketStats(t.fd, unix.SOL_PACKET, unix.PACKET_STATISTICS)
	if err != nil {
		return 0, 0, fmt.Errorf("capture: statistics: %w", os.NewSyscallError("getsockopt PACKET_STATISTICS", err))
	}
	t.received += uint64(st.Packets - st.Drops)
	t.dropped += uint64(st.Drops)
	return t.received, t.dropped, nil
}

// join makes the caller a user of the descriptor, which stays open until it
// leaves. The error is os.ErrClosed after Close.
func (t *Tap) join() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return os.ErrClosed
	}
	t.users++
	return nil
}

// leave ends what join began, and closes a tap that Close has found in use.
func (t *Tap) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.users--; t.closed && t.users == 0 {
		_ = unix.Close(t.fd)
	}
}

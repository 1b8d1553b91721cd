package frame

import (
	"bytes"
	"sync"
)

// Frame is one Ethernet frame as on the wire: from the destination address to
// the end of the payload or padding, with any number of VLAN tags in place and
// without the FCS. It is an immutable value that may be copied and used by
// many goroutines. The zero Frame is an empty frame.
type Frame struct{ p *packet }

type packet struct {
	b    []byte
	wire int // bytes

	once sync.Once
	d    *Decoded
}

// New returns the frame with the bytes b. It takes ownership: b must not be
// changed afterwards.
func New(b []byte) Frame { return NewCut(b, len(b)) }

// NewCut returns a frame of wireLen bytes of which only the first len(b) were
// captured. It takes ownership of b. A wireLen below len(b) means len(b).
func NewCut(b []byte, wireLen int) Frame {
	return Frame{&packet{b: b, wire: max(wireLen, len(b))}}
}

// Bytes returns the captured bytes. They must not be changed.
func (f Frame) Bytes() []byte {
	if f.p == nil {
		return nil
	}
	return f.p.b
}

// Len returns the length on the wire in bytes, VLAN tags included, without FCS.
func (f Frame) Len() int {
	if f.p == nil {
		return 0
	}
	return f.p.wire
}

// CapLen returns the number of captured bytes, at most Len.
func (f Frame) CapLen() int { return len(f.Bytes()) }

// Equal reports whether f and g have the same captured bytes and the same
// length on the wire.
func (f Frame) Equal(g Frame) bool {
	return f.p == g.p || f.Len() == g.Len() && bytes.Equal(f.Bytes(), g.Bytes())
}

// Decode returns the layers of f. They are parsed at the first call and shared
// by all callers and copies of f, who must not change them.
func (f Frame) Decode() *Decoded {
	if f.p == nil {
		return &emptyDecoded
	}
	f.p.once.Do(func() { f.p.d = decode(f.p.b, f.p.wire) })
	return f.p.d
}

var emptyDecoded = *decode(nil, 0)

// String returns Summary.
func (f Frame) String() string { return f.Summary() }

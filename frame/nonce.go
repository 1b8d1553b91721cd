package frame

import (
	"bytes"
	"encoding/binary"
)

// Mark tells why a frame is on the wire, as far as its nonce says.
type Mark uint8

const (
	Unmarked Mark = iota // no nonce: a reaction of a kernel's stack, or noise
	Stimulus             // bears the nonce of a step's stimulus (or is an answer that quotes it)
	Fence                // bears the nonce of a fence: seen, kept, matched by nothing
)

// TagLen is the number of bytes that a Tag takes in a frame.
const TagLen = 16

// Tag is what a frame made by netverify carries in its payload (ICMP and UDP
// data, crafted trailer), so that it is found again at every tap:
//
//	0                8      10     11     12       16
//	| nonce of run   | step | mark | zero | number |   big endian
type Tag struct {
	Step int  // index into Recording.Steps, below 65536
	Mark Mark // Stimulus or Fence
	Seq  int  // number within the step
}

// AppendTag appends the 16 bytes of t to b.
func AppendTag(b []byte, nonce [8]byte, t Tag) []byte {
	b = append(b, nonce[:]...)
	b = binary.BigEndian.AppendUint16(b, uint16(t.Step))
	b = append(b, byte(t.Mark), 0)
	return binary.BigEndian.AppendUint32(b, uint32(t.Seq))
}

// FindTag looks for the tag of a run anywhere in the bytes of a frame, so that
// an ICMP error that quotes the frame, or a fragment of it, is found as well.
func FindTag(b []byte, nonce [8]byte) (Tag, bool) {
	i := bytes.Index(b, nonce[:])
	if i < 0 || len(b)-i < TagLen {
		return Tag{}, false
	}
	b = b[i+len(nonce):]
	return Tag{
		Step: int(binary.BigEndian.Uint16(b)),
		Mark: Mark(b[2]),
		Seq:  int(binary.BigEndian.Uint32(b[4:])),
	}, true
}

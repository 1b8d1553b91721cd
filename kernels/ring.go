package kernels

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"sync/atomic"
	"unsafe"
)

// A serial port traps for every byte. What is long goes through memory that the
// host and the guest share, and the record that crosses the port says only where
// it lies: a ring of bytes, written by the guest, read by the host.
//
//	0     8     "NVRING1\n", the host's: a memory without it is another's
//	8     8     bytes that the host has read so far, the host's
//	4096  n     the ring
//
// The numbers count from the beginning of the stream, so that a full ring is
// told from an empty one; a piece never wraps around the ring's end.
const (
	ringMagic = "NVRING1\n"
	ringHead  = 4096
	ringSize  = 16 << 20 // with the head; a power of two, as the size of a BAR is

	// ringLeast is what is worth the way through the ring, in bytes.
	ringLeast = 256

	ringPieceSize = 17 // bytes of ringPiece.encode
)

// ring is the shared memory, from either side.
type ring struct {
	memory  []byte
	written uint64 // by the guest, as the guest knows it
	taken   uint64 // by the host, as the host knows it: what is in the memory the guest may have written
}

// makeRing marks fresh memory as a ring.
func makeRing(memory []byte) *ring {
	copy(memory, ringMagic)
	return &ring{memory: memory}
}

func (r *ring) data() []byte { return r.memory[ringHead:] }

// read is the count of bytes that the host has read.
func (r *ring) read() *atomic.Uint64 { return (*atomic.Uint64)(unsafe.Pointer(&r.memory[8])) }

// ringPiece is a record that lies in the ring.
type ringPiece struct {
	kind recordKind
	at   uint64 // count of the bytes before it
	size uint32
	sum  uint32 // CRC-32C of it
}

func (p ringPiece) encode() []byte {
	b := []byte{byte(p.kind)}
	b = binary.LittleEndian.AppendUint64(b, p.at)
	b = binary.LittleEndian.AppendUint32(b, p.size)
	b = binary.LittleEndian.AppendUint32(b, p.sum)
	return b
}

func decodePiece(b []byte) (ringPiece, error) {
	if len(b) != ringPieceSize {
		return ringPiece{}, fmt.Errorf("%w: %d bytes say where a record lies", errStreamCut, len(b))
	}
	return ringPiece{
		kind: recordKind(b[0]), at: binary.LittleEndian.Uint64(b[1:]),
		size: binary.LittleEndian.Uint32(b[9:]), sum: binary.LittleEndian.Uint32(b[13:]),
	}, nil
}

// put copies a payload into the ring. It does not wait: where there is no room,
// ok is false, and the payload has to take the other way.
func (r *ring) put(kind recordKind, payload []byte) (p ringPiece, ok bool) {
	data := r.data()
	size := uint64(len(data))
	at := r.written
	if left := size - at%size; left < uint64(len(payload)) {
		at += left
	}
	if at+uint64(len(payload))-r.read().Load() > size {
		return ringPiece{}, false
	}
	copy(data[at%size:], payload)
	r.written = at + uint64(len(payload))
	return ringPiece{kind: kind, at: at, size: uint32(len(payload)), sum: crc32.Checksum(payload, castagnoli)}, true
}

// take copies a piece out of the ring, and gives its room back. The guest may lie
// about where it is, and change it meanwhile: what was checked is the copy.
func (r *ring) take(p ringPiece) ([]byte, error) {
	if r == nil {
		return nil, lie("a record is in shared memory, and there is none")
	}
	data := r.data()
	size, at := uint64(len(data)), p.at%uint64(len(data))
	switch {
	case uint64(p.size) > size-at:
		return nil, lie("a record of %d bytes at %d of a ring of %d", p.size, at, size)
	case p.at < r.taken:
		return nil, lie("a record at %d of the ring, of which %d bytes were taken", p.at, r.taken)
	case p.at-r.taken > size-uint64(p.size): // put skips less than that, and never writes over what was not taken
		return nil, lie("a record at %d of the ring, of which %d bytes were taken: further than %d bytes away", p.at, r.taken, size)
	}
	payload := append([]byte(nil), data[at:at+uint64(p.size)]...)
	if crc32.Checksum(payload, castagnoli) != p.sum {
		return nil, fmt.Errorf("%w: the checksum of a record of %d bytes in shared memory is wrong", errStreamCut, p.size)
	}
	r.taken = p.at + uint64(p.size)
	r.read().Store(r.taken)
	return payload, nil
}

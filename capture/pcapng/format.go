package pcapng

import (
	"encoding/binary"
	"fmt"
)

// Block types (draft-ietf-opsawg-pcapng section 11.1).
const (
	blockSHB = 0x0a0d0d0a
	blockIDB = 1
	blockPB  = 2 // obsolete Packet Block
	blockSPB = 3
	blockNRB = 4
	blockISB = 5
	blockEPB = 6

	byteOrderMagic = 0x1a2b3c4d

	// maxBlock bounds the memory that a hostile length can claim, bytes. It is
	// wiretap's own limit (wiretap/pcapng.c MAX_BLOCK_SIZE).
	maxBlock = 16 << 20

	linkEthernet = 1 // LINKTYPE_ETHERNET
)

// blockName names a block in messages.
func blockName(typ uint32) string {
	switch typ {
	case blockSHB:
		return "a section header"
	case blockIDB:
		return "an interface description"
	case blockPB, blockSPB, blockEPB:
		return "a packet block"
	case blockNRB:
		return "a name resolution block"
	case blockISB:
		return "an interface statistics block"
	}
	return fmt.Sprintf("a block of type %#x", typ)
}

// Option codes.
const (
	optEnd     = 0
	optComment = 1

	shbHardware = 2
	shbOS       = 3
	shbUserAppl = 4

	ifName        = 2
	ifDescription = 3
	ifMACAddr     = 6
	ifTsresol     = 9
	ifTsoffset    = 14

	epbFlags    = 2
	epbPacketID = 5

	isbIfRecv = 4
	isbIfDrop = 5
	isbOSDrop = 7
)

// epb_flags (section 4.3.1 of the draft).
const (
	flagDirection = 0b11 // bits 0-1: 1 inbound, 2 outbound
	flagReception = 2    // shift of bits 2-4: 1 unicast, 2 multicast, 3 broadcast, 4 promiscuous
	flagCsumUnset = 1 << 9
)

// maxOption is the longest option value: its length field has 16 bits.
const maxOption = 65535

var le = binary.LittleEndian

// pad4 is the number of bytes that fill n up to a multiple of 4.
func pad4(n int) int { return -n & 3 }

// beginBlock appends the head of a block; endBlock fills in its length.
func beginBlock(b []byte, typ uint32) []byte {
	b = le.AppendUint32(b, typ)
	return le.AppendUint32(b, 0)
}

// endBlock closes the block that began at b[start].
func endBlock(b []byte, start int) []byte {
	n := uint32(len(b) - start + 4)
	le.PutUint32(b[start+4:], n)
	return le.AppendUint32(b, n)
}

func appendPadded(b, data []byte) []byte {
	b = append(b, data...)
	return append(b, "\x00\x00\x00"[:pad4(len(data))]...)
}

func appendOption(b []byte, code uint16, data []byte) []byte {
	b = le.AppendUint16(b, code)
	b = le.AppendUint16(b, uint16(len(data)))
	return appendPadded(b, data)
}

// appendText appends a string option, cut to what fits, and nothing for "".
func appendText(b []byte, code uint16, s string) []byte {
	if s == "" {
		return b
	}
	s, _ = cutText(s, maxOption)
	b = le.AppendUint16(b, code)
	b = le.AppendUint16(b, uint16(len(s)))
	b = append(b, s...)
	return append(b, "\x00\x00\x00"[:pad4(len(s))]...)
}

func appendUint32Option(b []byte, code uint16, v uint32) []byte {
	b = le.AppendUint16(b, code)
	b = le.AppendUint16(b, 4)
	return le.AppendUint32(b, v)
}

func appendUint64Option(b []byte, code uint16, v uint64) []byte {
	b = le.AppendUint16(b, code)
	b = le.AppendUint16(b, 8)
	return le.AppendUint64(b, v)
}

func appendOptEnd(b []byte) []byte { return append(b, 0, 0, 0, 0) }

// cutText splits s after at most n bytes, at the end of a UTF-8 character.
func cutText(s string, n int) (head, tail string) {
	if len(s) <= n {
		return s, ""
	}
	for i := n; i > n-4; i-- {
		if s[i]&0xc0 != 0x80 { // s[i] begins a character
			return s[:i], s[i:]
		}
	}
	return s[:n], s[n:]
}

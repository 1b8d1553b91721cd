package pcapng

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"slices"
	"strings"

	"netverify/recording"
)

// ngReader reads the blocks of a pcapng file.
type ngReader struct {
	*source
	file     *File
	order    binary.ByteOrder
	comments bool // those of frames are held
	head     bool // nothing is wanted but the first section header

	// Of the section that is being read.
	sec       *Section
	ifaces    []clock
	announced bool // it says that it is evidence of netverify
	begin     int64
	parts     parts
	recordAt  int64  // length of the section before the record
	recordCRC uint32 // of that
}

// run reads all blocks; the type of the first, a section header, has been read.
func (r *ngReader) run() error {
	typ := uint32(blockSHB)
	for {
		if err := r.block(typ); err != nil || r.head {
			return err
		}
		end, err := r.atEOF()
		if err != nil {
			return err
		}
		if end {
			return r.endSection()
		}
		var b [4]byte
		crc := r.crc // of the section before this block
		if err := r.full(b[:], "the head of a block"); err != nil {
			return err
		}
		if typ = r.order.Uint32(b[:]); typ == blockSHB { // reads the same in either order
			if err := r.endSection(); err != nil {
				return err
			}
			continue
		}
		if r.parts.total == 0 {
			r.recordAt, r.recordCRC = r.off-4-r.begin, crc
		}
	}
}

// endSection checks that an announced section has its record.
func (r *ngReader) endSection() error {
	if r.announced && !r.sec.Native {
		return &TruncatedError{Offset: r.off, What: "netverify's final record"}
	}
	return nil
}

// block reads the block whose type has been read.
func (r *ngReader) block(typ uint32) error {
	start := r.off - 4
	what := blockName(typ)
	var head [8]byte
	n := head[:4]
	if typ == blockSHB { // its byte order magic tells how to read its length
		n = head[:]
		r.crc = crc32.Checksum([]byte{0x0a, 0x0d, 0x0d, 0x0a}, castagnoli) // the type that has been read
	}
	if err := r.full(n, what); err != nil {
		return err
	}
	if typ == blockSHB {
		switch {
		case binary.LittleEndian.Uint32(head[4:]) == byteOrderMagic:
			r.order = binary.LittleEndian
		case binary.BigEndian.Uint32(head[4:]) == byteOrderMagic:
			r.order = binary.BigEndian
		default:
			return &FormatError{Offset: start, Msg: fmt.Sprintf("byte order magic is %x", head[4:])}
		}
	}
	length := r.order.Uint32(head[:])
	rest := int64(length) - 4 - int64(len(n)) // body and trailing length
	if length%4 != 0 || rest < 4 {
		return &FormatError{Offset: start, Msg: fmt.Sprintf("%s has length %d", what, length)}
	}
	if length > maxBlock {
		return &FormatError{Offset: start, Msg: fmt.Sprintf("%s has length %d, above the limit of %d", what, length, maxBlock)}
	}
	body, err := r.body(int(rest), what)
	if err != nil {
		return err
	}
	if tail := r.order.Uint32(body[rest-4:]); tail != length {
		return &FormatError{Offset: start, Msg: fmt.Sprintf("%s has length %d at its head and %d at its end", what, length, tail)}
	}
	if err := r.dispatch(typ, start, body[:rest-4]); err != nil {
		var fe *FormatError
		var full *LimitError
		if !errors.As(err, &fe) && !errors.As(err, &full) {
			err = &FormatError{Offset: start, Msg: what, Err: err}
		}
		return err
	}
	return nil
}

func (r *ngReader) dispatch(typ uint32, start int64, body []byte) error {
	if typ == blockSHB {
		r.begin = start
		return r.sectionHeader(body)
	}
	if r.sec.Native || r.parts.total > 0 && typ != blockNRB {
		return errors.New("stands behind or within the final record")
	}
	switch typ {
	case blockIDB:
		return r.interfaceDescription(body)
	case blockEPB:
		return r.enhancedPacket(body)
	case blockSPB:
		return r.simplePacket(body)
	case blockPB:
		return r.obsoletePacket(body)
	case blockNRB:
		return r.nameResolution(body)
	case blockISB:
		return r.interfaceStatistics(body)
	}
	return nil
}

// options calls f with each option of b. A missing end-of-options is legal.
func (r *ngReader) options(b []byte, f func(code uint16, v []byte) error) error {
	for len(b) >= 4 {
		code, n := r.order.Uint16(b), int(r.order.Uint16(b[2:]))
		if code == optEnd {
			return nil
		}
		b = b[4:]
		if n > len(b) {
			return fmt.Errorf("option %d of %d bytes reaches beyond its block", code, n)
		}
		if err := f(code, b[:n]); err != nil {
			return err
		}
		b = b[min(n+pad4(n), len(b)):]
	}
	return nil
}

func text(v []byte) string {
	return strings.ToValidUTF8(strings.TrimRight(string(v), "\x00"), "\uFFFD")
}

func (r *ngReader) sectionHeader(b []byte) error {
	if len(b) < 12 {
		return fmt.Errorf("%d bytes are too short", len(b))
	}
	if major := r.order.Uint16(b); major != 1 {
		return fmt.Errorf("version %d.%d is not known", major, r.order.Uint16(b[2:]))
	}
	sec, err := r.file.section()
	if err != nil {
		return err
	}
	r.sec = sec
	r.ifaces, r.announced, r.parts = nil, false, parts{}
	first := true
	return r.options(b[12:], func(code uint16, v []byte) error {
		if err := r.file.hold(costText + len(v)); err != nil {
			return err
		}
		s := text(v)
		switch code {
		case optComment:
			if rest, ours := strings.CutPrefix(s, announcement); first && ours {
				r.announced, r.sec.Announced = true, true
				r.sec.Recording.Scenario = strings.TrimPrefix(rest, ": scenario ")
			} else {
				r.sec.Comments = append(r.sec.Comments, s)
			}
			first = false
		case shbHardware:
			r.sec.Hardware = s
		case shbOS:
			r.sec.OS = s
		case shbUserAppl:
			r.sec.Application = s
		}
		return nil
	})
}

func (r *ngReader) interfaceDescription(b []byte) error {
	if len(b) < 8 {
		return fmt.Errorf("%d bytes are too short", len(b))
	}
	c := clock{tsresol: 6, snaplen: r.order.Uint32(b[4:])}
	var p recording.Point
	name := fmt.Sprintf("if%d", len(r.ifaces))
	err := r.options(b[8:], func(code uint16, v []byte) error {
		switch {
		case code == ifName && len(v) > 0:
			name = text(v)
		case code == ifMACAddr && len(v) == 6:
			copy(p.MAC[:], v)
		case code == ifTsresol && len(v) == 1:
			c.tsresol = v[0]
		case code == ifTsoffset && len(v) == 8:
			c.offset = int64(r.order.Uint64(v))
		}
		return nil
	})
	p.Node, p.Interface = splitName(name)
	if err != nil {
		return err
	}
	r.ifaces = append(r.ifaces, c)
	return r.sec.addPoint(p, r.order.Uint16(b), c.unit())
}

// interfaceStatistics reads what was lost at an interface, and in the kernel
// behind it.
func (r *ngReader) interfaceStatistics(b []byte) error {
	if len(b) < 12 {
		return fmt.Errorf("%d bytes are too short", len(b))
	}
	id := r.order.Uint32(b)
	if _, err := r.iface(id); err != nil {
		return err
	}
	var dropped, told int64
	err := r.options(b[12:], func(code uint16, v []byte) error {
		if (code == isbIfDrop || code == isbOSDrop) && len(v) == 8 {
			dropped += int64(min(r.order.Uint64(v), math.MaxInt32))
			told++
		}
		return nil
	})
	if told > 0 {
		r.sec.Dropped[id] = dropped // of several such blocks the last one counts
	}
	return err
}

// splitName splits "c1:eth0"; a name without a node is one of "capture".
func splitName(s string) (node, iface string) {
	if ref, ok := recording.ParseRef(s); ok {
		return ref.Node, ref.Iface
	}
	return "capture", s
}

// nameResolution looks for netverify's record; names are of no use here.
func (r *ngReader) nameResolution(b []byte) error {
	for len(b) >= 4 {
		typ, n := r.order.Uint16(b), int(r.order.Uint16(b[2:]))
		b = b[4:]
		if n > len(b) {
			return fmt.Errorf("name record of %d bytes reaches beyond its block", n)
		}
		b = b[min(n+pad4(n), len(b)):]
		if typ == 0 {
			break
		}
	}
	if !r.announced {
		return nil
	}
	err := r.options(b, func(code uint16, v []byte) error {
		if code != optComment {
			return nil
		}
		if err := r.file.hold(3*len(v) + costText); err != nil { // as it comes, joined, and with what it holds
			return err
		}
		_, err := r.parts.add(string(v))
		return err
	})
	if err != nil || !r.parts.done() {
		return err
	}
	if slices.ContainsFunc(r.sec.Skipped, func(n int) bool { return n > 0 }) {
		return errors.New("evidence of netverify with frames that are not Ethernet")
	}
	if err := r.file.hold(r.parts.cost()); err != nil {
		return err
	}
	if err := r.parts.join(r.sec, r.recordAt, r.recordCRC); err != nil {
		return err
	}
	r.sec.Native = true
	return nil
}

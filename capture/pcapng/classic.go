package pcapng

import (
	"encoding/binary"
	"fmt"

	"netverify/recording"
)

// classicReader reads a file of the classic pcap format
// (draft-ietf-opsawg-pcap).
type classicReader struct {
	*source
	file  *File
	head  bool // nothing is wanted but the file header
	order binary.ByteOrder
	unit  int64 // ns in one unit of the fraction
}

// classicFormat tells byte order and resolution by the first four bytes.
func classicFormat(magic [4]byte) (*classicReader, bool) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		switch order.Uint32(magic[:]) {
		case 0xa1b2c3d4:
			return &classicReader{order: order, unit: 1000}, true
		case 0xa1b23c4d:
			return &classicReader{order: order, unit: 1}, true
		}
	}
	return nil, false
}

// run reads the file; its magic has been read.
func (r *classicReader) run() error {
	var head [20]byte // version, 2 x 2; reserved, 2 x 4; snap length, 4; link type, 4
	if err := r.full(head[:], "the file header"); err != nil {
		return err
	}
	sec, err := r.file.section()
	if err != nil {
		return err
	}
	// The upper half of the link type is the length of the FCS and reserved.
	if err := sec.addPoint(recording.Point{Node: "capture", Interface: "if0"}, uint16(r.order.Uint32(head[16:])), r.unit); err != nil {
		return err
	}
	for !r.head {
		end, err := r.atEOF()
		if err != nil || end {
			return err
		}
		if err := r.record(sec); err != nil {
			return err
		}
	}
	return nil
}

func (r *classicReader) record(sec *Section) error {
	start := r.off
	var head [16]byte // s, fraction, captured length, length on the wire
	if err := r.full(head[:], "the head of a frame"); err != nil {
		return err
	}
	n := r.order.Uint32(head[8:])
	if n > maxBlock {
		return &FormatError{Offset: start, Msg: fmt.Sprintf("frame of %d bytes, above the limit of %d", n, maxBlock)}
	}
	data, err := r.body(int(n), "a frame")
	if err != nil {
		return err
	}
	at := int64(r.order.Uint32(head[:]))*1_000_000_000 + int64(r.order.Uint32(head[4:]))*r.unit
	_, err = sec.addFrame(recording.Observation{At: at, Type: foreignType(0, data)}, data, int(r.order.Uint32(head[12:])))
	return err
}

package pcapng

import (
	"fmt"
	"hash/crc32"
	"io"

	"netverify/frame"
	"netverify/recording"
)

// WriteOptions say what a file carries besides the recording. The zero value
// is fine.
type WriteOptions struct {
	Hardware    string   // shb_hardware: the machine, "x86_64, 2 processors"
	OS          string   // shb_os: kernel and release
	Application string   // shb_userappl; "" is "netverify"
	Comments    []string // of the file, one opt_comment each; what is above 65535 bytes of one is cut off

	// PacketComments are shown by Wireshark beside a frame, by the index of
	// its observation.
	PacketComments map[int][]string

	// Report is kept in the record: the report on the recording, as JSON.
	Report []byte

	// PacketID, where set, gives epb_packetid of observation i; the same frame
	// seen at several taps has the same number. 0 writes none.
	PacketID func(i int) uint64
}

// announcement begins the first comment of the section header.
const announcement = "netverify-evidence v1"

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// sink counts and sums what goes to w. Blocks are gathered in buf and handed
// on in pieces of some flushSize bytes.
type sink struct {
	w   io.Writer
	buf []byte
	n   int64  // bytes written, those in buf not counted
	crc uint32 // CRC-32C of those
}

const flushSize = 64 << 10

func (s *sink) flush() error {
	s.crc = crc32.Update(s.crc, castagnoli, s.buf)
	m, err := s.w.Write(s.buf)
	if err == nil && m < len(s.buf) {
		err = io.ErrShortWrite
	}
	s.n += int64(m)
	s.buf = s.buf[:0]
	return err
}

// Write writes rec as one section. It needs memory for one block at a time;
// w need not be buffered. The error says which part of the file was being
// written and after how many bytes; errors.Is finds the writer's own error in
// it. What has been written by then reads as a truncated file.
func Write(w io.Writer, rec *recording.Recording, opt WriteOptions) error {
	s := &sink{w: w, buf: make([]byte, 0, flushSize+4096)}
	wrap := func(what string, err error) error {
		return fmt.Errorf("write pcapng: %s, after %d bytes: %w", what, s.n, err)
	}
	s.buf = appendSection(s.buf, rec, opt)
	for i, p := range rec.Points {
		s.buf = appendInterface(s.buf, p)
		if err := s.room(); err != nil {
			return wrap(fmt.Sprintf("interface %d", i), err)
		}
	}
	for i := range rec.Observations {
		if err := s.packet(rec, i, &opt); err != nil {
			return wrap(fmt.Sprintf("frame %d of %d", i+1, len(rec.Observations)), err)
		}
	}
	s.buf = appendStatistics(s.buf, rec)
	if err := s.flush(); err != nil {
		return wrap("statistics", err)
	}
	if err := s.record(rec, opt.Report); err != nil {
		return wrap("record", err)
	}
	return nil
}

// room flushes once enough has been gathered.
func (s *sink) room() error {
	if len(s.buf) < flushSize {
		return nil
	}
	return s.flush()
}

func appendSection(b []byte, rec *recording.Recording, opt WriteOptions) []byte {
	start := len(b)
	b = beginBlock(b, blockSHB)
	b = le.AppendUint32(b, byteOrderMagic)
	b = le.AppendUint16(b, 1) // version 1.0
	b = le.AppendUint16(b, 0)
	b = le.AppendUint64(b, 1<<64-1) // section length: not given
	b = appendText(b, optComment, announcement+": scenario "+rec.Scenario)
	for _, c := range opt.Comments {
		b = appendText(b, optComment, c)
	}
	app := opt.Application
	if app == "" {
		app = "netverify"
	}
	b = appendText(b, shbHardware, opt.Hardware)
	b = appendText(b, shbOS, opt.OS)
	b = appendText(b, shbUserAppl, app)
	b = appendOptEnd(b)
	return endBlock(b, start)
}

func appendInterface(b []byte, p recording.Point) []byte {
	start := len(b)
	b = beginBlock(b, blockIDB)
	b = le.AppendUint16(b, linkEthernet)
	b = le.AppendUint16(b, 0)
	b = le.AppendUint32(b, 0) // snap length: no limit
	b = appendText(b, ifName, p.Name())
	b = appendText(b, ifDescription, describe(p))
	b = appendOption(b, ifMACAddr, p.MAC[:])
	b = appendOption(b, ifTsresol, []byte{9})
	b = appendOptEnd(b)
	return endBlock(b, start)
}

// describe says for people what the point is: "macvlan, ifindex 2, mtu 1500".
func describe(p recording.Point) string {
	s := fmt.Sprintf("ifindex %d", p.Ifindex)
	if p.Kind != "" {
		s = p.Kind + ", " + s
	}
	if p.MTU != 0 {
		s += fmt.Sprintf(", mtu %d", p.MTU)
	}
	return s
}

// packet writes observation i as an Enhanced Packet Block.
func (s *sink) packet(rec *recording.Recording, i int, opt *WriteOptions) error {
	o := &rec.Observations[i]
	if o.Point < 0 || o.Point >= len(rec.Points) {
		return fmt.Errorf("observation of point %d, and there are %d points", o.Point, len(rec.Points))
	}
	data := o.Frame.Bytes()
	b, start := s.buf, len(s.buf)
	b = beginBlock(b, blockEPB)
	b = le.AppendUint32(b, uint32(o.Point))
	b = le.AppendUint32(b, uint32(uint64(o.At)>>32))
	b = le.AppendUint32(b, uint32(uint64(o.At)))
	b = le.AppendUint32(b, uint32(len(data)))
	b = le.AppendUint32(b, uint32(o.Frame.Len()))
	b = appendPadded(b, data)
	b = appendUint32Option(b, epbFlags, flagsOf(o))
	if opt.PacketID != nil {
		if id := opt.PacketID(i); id != 0 {
			b = appendUint64Option(b, epbPacketID, id)
		}
	}
	if opt.PacketComments != nil {
		for _, c := range opt.PacketComments[i] {
			b = appendText(b, optComment, c)
		}
	}
	b = appendOptEnd(b)
	if len(b)-start+4 > maxBlock {
		return fmt.Errorf("block of %d bytes is above the limit of %d", len(b)-start+4, maxBlock)
	}
	s.buf = endBlock(b, start)
	return s.room()
}

// flagsOf returns epb_flags: direction, reception type, checksum not ready.
func flagsOf(o *recording.Observation) uint32 {
	f := uint32(o.Dir) & flagDirection
	switch o.Type {
	case frame.ToHost:
		f |= 1 << flagReception
	case frame.ToMulticast:
		f |= 2 << flagReception
	case frame.ToBroadcast:
		f |= 3 << flagReception
	case frame.ToOther:
		f |= 4 << flagReception
	}
	if o.ChecksumPending {
		f |= flagCsumUnset
	}
	return f
}

// typeOf is the inverse of flagsOf.
func typeOf(flags uint32) frame.PacketType {
	switch flags >> flagReception & 7 {
	case 1:
		return frame.ToHost
	case 2:
		return frame.ToMulticast
	case 3:
		return frame.ToBroadcast
	case 4:
		return frame.ToOther
	}
	return frame.Outgoing
}

// appendStatistics appends one Interface Statistics Block a point.
func appendStatistics(b []byte, rec *recording.Recording) []byte {
	seen := make([]uint64, len(rec.Points))
	var last int64
	for i := range rec.Observations {
		seen[rec.Observations[i].Point]++
		last = max(last, rec.Observations[i].At)
	}
	taps := make(map[string]recording.Tap, len(rec.Taps))
	for _, t := range rec.Taps {
		taps[t.Node] = t
	}
	for i, p := range rec.Points {
		start := len(b)
		b = beginBlock(b, blockISB)
		b = le.AppendUint32(b, uint32(i))
		b = le.AppendUint32(b, uint32(uint64(last)>>32))
		b = le.AppendUint32(b, uint32(uint64(last)))
		if t, ok := taps[p.Node]; ok {
			b = appendText(b, optComment, "isb_ifdrop counts the drops of the one socket that taps all interfaces of "+p.Node)
			b = appendUint64Option(b, isbIfRecv, seen[i])
			b = appendUint64Option(b, isbIfDrop, t.Dropped)
		} else {
			b = appendUint64Option(b, isbIfRecv, seen[i])
		}
		b = appendOptEnd(b)
		b = endBlock(b, start)
	}
	return b
}

package pcapng

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"

	"netverify/frame"
)

// File is a capture file.
type File struct {
	Format   string // "pcapng" or "pcap"
	Sections []*Section
}

// Section is one section of a pcapng file, or the whole of a pcap file.
type Section struct {
	Hardware, OS, Application string
	Comments                  []string // of the section header, without netverify's announcement

	// Recording holds the points and observations. In a file that Write made
	// it is the recording that was written; in any other, Dir is zero where
	// the file does not give it, At is 0 for simple packets, which have no
	// time, and there are no steps and taps.
	Recording *frame.Recording

	// Native is set once netverify's final record was read and agrees with
	// all that came before it: the recording is whole and unchanged.
	Native bool

	PacketComments map[int][]string // by index of the observation
	PacketIDs      map[int]uint64   // by index of the observation; epb_packetid
	LinkTypes      []uint16         // of each point: LINKTYPE_ number, 1 is Ethernet
	Skipped        []int            // of each point: frames left out since its link type is not Ethernet
}

// Read reads a pcapng or pcap file to its end. Where it fails, the File holds
// what was read until then; the error is or wraps a *TruncatedError, a
// *FormatError, or the reader's own error.
//
// A cut between two blocks of a file that netverify did not write cannot be
// told from the file's end.
func Read(r io.Reader) (*File, error) {
	s := &source{r: bufio.NewReaderSize(r, 64<<10)}
	f := new(File)
	var magic [4]byte
	if err := s.full(magic[:], "the file header"); err != nil {
		return f, fmt.Errorf("read capture: %w", err)
	}
	var err error
	if binary.LittleEndian.Uint32(magic[:]) == blockSHB {
		f.Format = "pcapng"
		err = (&ngReader{source: s, file: f}).run()
	} else if c, ok := classicFormat(magic); ok {
		f.Format = "pcap"
		c.source, c.file = s, f
		err = c.run()
	} else {
		err = &FormatError{Msg: fmt.Sprintf("neither a pcapng nor a pcap file: it begins with %x", magic)}
	}
	if err != nil {
		return f, fmt.Errorf("read capture: %w", err)
	}
	return f, nil
}

// foreignType guesses the PacketType of a frame whose file does not give it.
func foreignType(dir frame.Direction, b []byte) frame.PacketType {
	switch {
	case dir == frame.Out:
		return frame.Outgoing
	case len(b) >= 6 && [6]byte(b) == frame.Broadcast:
		return frame.ToBroadcast
	case len(b) >= 1 && b[0]&1 != 0:
		return frame.ToMulticast
	}
	return frame.ToHost
}

// addPoint appends an interface that a file describes.
func (s *Section) addPoint(p frame.Point, linkType uint16) {
	s.Recording.Points = append(s.Recording.Points, p)
	s.LinkTypes = append(s.LinkTypes, linkType)
	s.Skipped = append(s.Skipped, 0)
}

// addFrame appends an observation with a copy of data, and returns its index,
// or -1 if its interface is not Ethernet.
func (s *Section) addFrame(o frame.Observation, data []byte, wireLen int) int {
	if s.LinkTypes[o.Point] != linkEthernet {
		s.Skipped[o.Point]++
		return -1
	}
	b := make([]byte, len(data))
	copy(b, data)
	o.Frame = frame.NewCut(b, wireLen)
	s.Recording.Observations = append(s.Recording.Observations, o)
	return len(s.Recording.Observations) - 1
}

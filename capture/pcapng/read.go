package pcapng

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"netverify/frame"
	"netverify/recording"
)

// File is a capture file.
type File struct {
	Format   string // "pcapng" or "pcap"
	Sections []*Section

	// While it is being read.
	source *source
	budget *Budget
	pool   *pool
	frames int // of all sections
}

// section begins a section.
func (f *File) section() (*Section, error) {
	if err := f.hold(costSection); err != nil {
		return nil, err
	}
	s := &Section{Recording: new(recording.Recording), file: f}
	f.Sections = append(f.Sections, s)
	return s, nil
}

// Section is one section of a pcapng file, or the whole of a pcap file.
type Section struct {
	Hardware, OS, Application string
	Comments                  []string // of the section header, without netverify's announcement

	// Recording holds the points and observations. In a file that Write made
	// it is the recording that was written; in any other, Dir is zero where
	// the file does not give it, At is 0 for simple packets, which have no
	// time, and there are no steps and taps. Of a cut file of Write's the name
	// of the scenario is there as well.
	Recording *recording.Recording

	// Announced is set where the section begins as one of netverify's does.
	Announced bool

	// Native is set once netverify's final record was read and agrees with
	// all that came before it: the recording is whole, and no accident has
	// changed it.
	Native bool

	Report []byte // of a Native section: the report that was written with it, as JSON; nil if none was
	file   *File

	PacketComments map[int][]string // by index of the observation; see ReadOptions.Comments
	PacketIDs      map[int]uint64   // by index of the observation; epb_packetid; the same
	LinkTypes      []uint16         // of each point: LINKTYPE_ number, 1 is Ethernet
	Skipped        []int            // of each point: frames left out, which are not Ethernet
	Units          []int64          // of each point: resolution of its times, ns
	Dropped        []int64          // of each point: frames that were lost before they were captured; -1: the file does not say
	Ifindexes      map[int]uint32   // by index of the observation; of cooked captures that tell it
	Numbers        []int            // of each observation: Wireshark's frame number, which counts those left out
}

// ReadOptions say what is held of a file. The zero value is what a verdict needs.
type ReadOptions struct {
	Budget   *Budget // memory that what is held may take; nil: DefaultLimit
	Comments bool    // hold the comments and numbers of frames, too, which are for the readers of the file
	Head     bool    // end behind the first section header: what the file is

	Tell func(string) // of LoadWith: called where nothing comes from a pipe, with what is waited for
}

// Read reads a pcapng or pcap file to its end, also one that gzip(1) has
// packed. Where it fails, the File holds
// what was read until then; the error is or wraps a *TruncatedError, a
// *FormatError, a *LimitError, or the reader's own error.
//
// A cut between two blocks of a file that netverify did not write cannot be
// told from the file's end.
func Read(r io.Reader) (*File, error) { return ReadWith(r, ReadOptions{Comments: true}) }

// ReadWith is Read for those who hold less, or may hold more.
func ReadWith(r io.Reader, o ReadOptions) (*File, error) {
	f := &File{budget: o.Budget, pool: new(pool)}
	if f.budget == nil {
		f.budget = NewBudget(0)
	}
	err := f.read(r, o)
	f.source, f.budget, f.pool = nil, nil, nil
	for _, s := range f.Sections {
		s.file = nil
	}
	if err != nil {
		return f, fmt.Errorf("read capture: %w", err)
	}
	return f, nil
}

func (f *File) read(r io.Reader, o ReadOptions) error {
	plain, err := unpacked(r)
	if err != nil {
		return err
	}
	s := &source{r: plain}
	f.source = s
	var magic [4]byte
	if err := s.full(magic[:], "the file header"); err != nil {
		return err
	}
	if binary.LittleEndian.Uint32(magic[:]) == blockSHB {
		f.Format = "pcapng"
		return (&ngReader{source: s, file: f, comments: o.Comments, head: o.Head}).run()
	}
	if c, ok := classicFormat(magic); ok {
		f.Format = "pcap"
		c.source, c.file, c.head = s, f, o.Head
		return c.run()
	}
	return &FormatError{Msg: fmt.Sprintf("neither a pcapng nor a pcap file: it begins with %x", magic)}
}

// unpacked returns what is in a file, which gzip(1) may have packed (RFC 1952).
func unpacked(r io.Reader) (*bufio.Reader, error) {
	b := bufio.NewReaderSize(r, 64<<10)
	if magic, err := b.Peek(2); err != nil || magic[0] != 0x1f || magic[1] != 0x8b {
		return b, nil // an error of the reader comes again
	}
	z, err := gzip.NewReader(b)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, &TruncatedError{What: "the header of gzip"}
	}
	return bufio.NewReaderSize(z, 64<<10), err
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
func (s *Section) addPoint(p recording.Point, linkType uint16, unit int64) error {
	if err := s.file.hold(costInterface + len(p.Interface) + len(p.Node)); err != nil {
		return err
	}
	s.Recording.Points = append(s.Recording.Points, p)
	s.LinkTypes = append(s.LinkTypes, linkType)
	s.Skipped = append(s.Skipped, 0)
	s.Units = append(s.Units, unit)
	s.Dropped = append(s.Dropped, -1)
	return nil
}

// addFrame appends an observation with a copy of data, and returns its index,
// or -1 if it is not Ethernet.
func (s *Section) addFrame(o recording.Observation, data []byte, wireLen int) (int, error) {
	s.file.frames++
	switch link := s.LinkTypes[o.Point]; {
	case link == linkEthernet:
	case Cooked(link):
		return s.addCooked(o, link, data, wireLen)
	default:
		s.Skipped[o.Point]++
		return -1, nil
	}
	return s.append(o, data, wireLen)
}

// addCooked appends a frame of the "any" device.
func (s *Section) addCooked(o recording.Observation, link uint16, data []byte, wireLen int) (int, error) {
	c, ok := cook(link, data)
	if !ok {
		s.Skipped[o.Point]++
		return -1, nil
	}
	o.Dir, o.Type = c.dir, c.typ
	i, err := s.append(o, c.frame, max(wireLen+c.added, len(c.frame)))
	if err == nil && c.ifindex != 0 {
		if s.Ifindexes == nil {
			s.Ifindexes = make(map[int]uint32)
		}
		s.Ifindexes[i] = c.ifindex
	}
	return i, err
}

func (s *Section) append(o recording.Observation, data []byte, wireLen int) (int, error) {
	shared, fresh := s.file.pool.share(data, wireLen)
	cost := costSighting
	if fresh {
		cost += costFrame + costBytes*len(data)
	}
	if err := s.file.hold(cost); err != nil {
		s.file.frames--
		return -1, err
	}
	o.Frame = shared
	s.Recording.Observations = append(s.Recording.Observations, o)
	s.Numbers = append(s.Numbers, s.file.frames)
	return len(s.Recording.Observations) - 1, nil
}

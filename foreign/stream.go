package foreign

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"netverify/capture/pcapng"
	"netverify/frame"
	"netverify/recording"
)

// File is a capture file that was read.
type File struct {
	Name string // as the user gave it
	*pcapng.File
	Err error // why reading ended early; nil: it is whole
}

// stream is the frames of one interface in one file.
type stream struct {
	file    string
	label   string // of the interface: its name; "" in a classic pcap, its index in tcpdump -i any
	unit    int64  // resolution of its times, ns
	dropped int64  // -1: not known
	cooked  bool
	tags    bool // VLAN tags are known to be kept
	untimed bool // some frames have no time
	frames  []recording.Observation
	numbers []int // of frames, in the file
	skipped int   // frames that are not Ethernet
}

// name is the stream as --point writes it.
func (s *stream) name() string {
	if s.label == "" {
		return s.file
	}
	return s.file + "#" + s.label
}

// streams takes a file apart. Several sections are one capture that went on.
func streams(f File) []*stream {
	var list []*stream
	known := map[string]*stream{}
	get := func(label string) *stream {
		if known[label] == nil {
			known[label] = &stream{file: f.Name, label: label, unit: 1, dropped: -1}
			list = append(list, known[label])
		}
		return known[label]
	}
	for _, sec := range f.Sections {
		labels := make([]string, len(sec.Recording.Points))
		for i, p := range sec.Recording.Points {
			labels[i] = label(f, p)
			if sec.LinkTypes[i] != 276 { // LINKTYPE_LINUX_SLL2 holds many, told apart below
				get(labels[i]).about(sec, i, f.Format)
			}
		}
		if len(labels) == 1 && sec.Ifindexes == nil { // all of it is one capture
			s, n := get(labels[0]), len(sec.Recording.Observations)
			s.frames, s.numbers = slices.Grow(s.frames, n), slices.Grow(s.numbers, n)
		}
		for i := range sec.Recording.Observations {
			o := sec.Recording.Observations[i]
			index, many := sec.Ifindexes[i]
			if many {
				get(strconv.Itoa(int(index))).about(sec, o.Point, f.Format)
				labels[o.Point] = strconv.Itoa(int(index))
			}
			s := get(labels[o.Point])
			s.tags = s.tags || len(o.Frame.Decode().Tags) > 0
			s.untimed = s.untimed || o.At == 0
			s.frames = append(s.frames, o)
			s.numbers = append(s.numbers, sec.Numbers[i])
		}
		if len(list) == 0 && len(labels) > 0 { // nothing came, and that is known
			get(labels[0]).about(sec, 0, f.Format)
		}
	}
	return list
}

// about takes over what a section says of an interface.
func (s *stream) about(sec *pcapng.Section, i int, format string) {
	s.unit = max(s.unit, sec.Units[i])
	s.dropped = max(s.dropped, sec.Dropped[i])
	s.cooked = s.cooked || pcapng.Cooked(sec.LinkTypes[i])
	s.skipped += sec.Skipped[i]
	// On Linux libpcap puts the tag that the kernel took away back into Ethernet
	// frames (pcap-linux.c: PACKET_AUXDATA). A pcap does not say where it was made.
	s.tags = s.tags || format == "pcapng" && sec.LinkTypes[i] == 1 && strings.HasPrefix(sec.OS, "Linux")
}

func label(f File, p recording.Point) string {
	switch {
	case f.Format == "pcap":
		return ""
	case p.Node == "capture":
		return p.Interface
	}
	return p.Name()
}

// choose returns the stream of a file that a label names; of "", the only one.
func choose(file string, list []*stream, label string) (*stream, error) {
	if label == "" && len(list) == 1 {
		return list[0], nil
	}
	i := slices.IndexFunc(list, func(s *stream) bool { return s.label == label })
	switch {
	case label != "" && i >= 0:
		return list[i], nil
	case len(list) == 0:
		return nil, fmt.Errorf("%s: no frame, and no interface is named", file)
	case label != "":
		return nil, fmt.Errorf("%s has no interface %q; it has %s", file, label, labels(list))
	}
	return nil, fmt.Errorf("%s has several interfaces, %s: say which one, as in %s#%s", file, labels(list), file, list[0].label)
}

// labels lists interfaces; those of tcpdump -i any with the stations that sent
// by them, as their index alone says little. Of many the first are named.
func labels(list []*stream) string {
	var out []string
	for _, s := range list[:min(mostNamed, len(list))] {
		text := s.label
		if from := s.senders(); from != nil {
			text += " (sends from " + strings.Join(from, ", ") + ")"
		}
		out = append(out, text)
	}
	if more := len(list) - len(out); more > 0 {
		out = append(out, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(out, ", ")
}

// mostNamed bounds lists in messages.
const mostNamed = 16

// senders are the stations that sent by an interface of tcpdump -i any.
func (s *stream) senders() (from []string) {
	if !s.cooked {
		return nil
	}
	for _, o := range s.frames {
		mac := o.Frame.Decode().Src.String()
		if o.Dir != frame.Out || slices.Contains(from, mac) {
			continue
		}
		if len(from) == mostNamed {
			return append(from, "...")
		}
		from = append(from, mac)
	}
	return from
}

// Forget lets go of the frames of a file: those of places are in the recording that
// was made of it, and those of other interfaces are no more of use.
func (f File) Forget() {
	for _, s := range f.Sections {
		s.Recording.Observations, s.Numbers, s.Ifindexes = nil, nil, nil
	}
}

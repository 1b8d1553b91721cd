package assert

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"netverify/frame"
)

// Intact says how far a frame must still be as its step sent it.
type Intact uint8

const (
	_              Intact = iota // not asked
	IntactFrame                  // byte for byte
	IntactUntagged               // byte for byte but for the outermost VLAN tag, which either of both may have or lack
)

// String returns the word of the scenario language, "" where nothing is asked.
func (i Intact) String() string { return [...]string{"", "frame", "untagged"}[i] }

// intact compares the frames of a sight with those that the step's sender put
// on the wire: the mark tells which is which.
func (s *scope) intact(t *sight, k *Check) {
	sent := s.departures()
	for _, i := range t.found {
		o := &s.rec.Observations[i]
		from, ok := sent[o.Seq]
		switch {
		case o.Mark != frame.Stimulus:
			k.err("whether %s is as it was sent cannot be told: it bears no mark", s.line(i))
		case !ok:
			k.lack(fmt.Sprintf("frame %d of the step was not seen leaving %s, so that nothing says what it was: %s", o.Seq, s.cs.From, s.line(i)), LegStimulus)
		default:
			if at := t.Intact.differ(s.rec.Observations[from].Frame, o.Frame); at != "" {
				k.fail("at %s frame %d of the step is not as it was sent, %s: %s, sent as %s", t.At, o.Seq, at, s.line(i), s.line(from))
				k.Journey = s.journeyOf(i)
			}
		}
		if k.Outcome != 0 {
			return
		}
	}
}

// departures are the marked frames that left the step's sender, by number.
func (s *scope) departures() map[int]int {
	sent := map[int]int{}
	for _, i := range s.obs {
		o := &s.rec.Observations[i]
		if _, twice := sent[o.Seq]; !twice && o.Mark == frame.Stimulus && o.Dir == frame.Out && s.names[o.Point] == s.cs.From {
			sent[o.Seq] = i
		}
	}
	return sent
}

// differ says where two frames differ, "" where they do not.
func (i Intact) differ(sent, got frame.Frame) string {
	a, b := sent.Bytes(), got.Bytes()
	if bytes.Equal(a, b) {
		return ""
	}
	if i == IntactUntagged {
		bare, less := withoutTag(a), withoutTag(b)
		if bytes.Equal(bare, b) || bytes.Equal(a, less) || bytes.Equal(bare, less) {
			return ""
		}
		a, b = bare, less
	}
	for n := range min(len(a), len(b)) {
		if a[n] != b[n] {
			return fmt.Sprintf("byte %d is %#02x and was %#02x", n, b[n], a[n])
		}
	}
	return fmt.Sprintf("it has %d bytes and had %d", len(b), len(a))
}

// withoutTag is a frame without its outermost VLAN tag, if it has one.
func withoutTag(b []byte) []byte {
	const macs, tag = 12, 4
	if len(b) < macs+tag {
		return b
	}
	switch binary.BigEndian.Uint16(b[macs:]) {
	case 0x8100, 0x88a8, 0x9100: // IEEE 802.1Q customer and service tags, and what came before those
		return append(b[:macs:macs], b[macs+tag:]...)
	}
	return b
}

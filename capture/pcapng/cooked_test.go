package pcapng

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"netverify/frame"
)

// classicFile is a pcap file, little endian, µs, of these frames.
func classicFile(link uint32, frames ...string) []byte {
	b := le.AppendUint32(nil, 0xa1b2c3d4)
	b = le.AppendUint16(b, 2)
	b = le.AppendUint16(b, 4)
	b = append(b, make([]byte, 8)...)
	b = le.AppendUint32(b, 65535)
	b = le.AppendUint32(b, link)
	for i, text := range frames {
		data, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
		if err != nil {
			panic(err)
		}
		for _, n := range []int{1_700_000_000, i, len(data), len(data)} {
			b = le.AppendUint32(b, uint32(n))
		}
		b = append(b, data...)
	}
	return b
}

const arpBody = "0001 0800 0604 0001 020000000301 c0a880de 000000000000 c0a880e9"

func TestCookedFrames(t *testing.T) {
	tests := []struct {
		name    string
		link    uint32
		frame   string
		want    string // "" where it is left out
		dir     frame.Direction
		typ     frame.PacketType
		ifindex uint32
	}{
		{"SLL, a broadcast", linkCooked, "0001 0001 0006 020000000301 0000 0806" + arpBody, "ffffffffffff 020000000301 0806" + arpBody, frame.In, frame.ToBroadcast, 0},
		{"SLL, sent", linkCooked, "0004 0001 0006 020000000301 0000 0806" + arpBody, "000000000000 020000000301 0806" + arpBody, frame.Out, frame.Outgoing, 0},
		{"SLL, with a VLAN tag", linkCooked, "0000 0001 0006 020000000301 0000 8100 000a 0806" + arpBody, "000000000000 020000000301 8100 000a 0806" + arpBody, frame.In, frame.ToHost, 0},
		{"SLL, 802.3 with LLC", linkCooked, "0002 0001 0006 020000000301 0000 0004 424203", "000000000000 020000000301 0003 424203", frame.In, frame.ToMulticast, 0},
		{"SLL, loopback", linkCooked, "0000 0304 0006 000000000000 0000 0800 45", "", 0, 0, 0},
		{"SLL, cut in its header", linkCooked, "0000 0001 0006 0200", "", 0, 0, 0},
		{"SLL2, another station's", linkCooked2, "0806 0000 00000007 0001 03 06 020000000301 0000" + arpBody, "000000000000 020000000301 0806" + arpBody, frame.In, frame.ToOther, 7},
		{"SLL2, sent", linkCooked2, "0806 0000 00000002 0001 04 06 020000000301 0000" + arpBody, "000000000000 020000000301 0806" + arpBody, frame.Out, frame.Outgoing, 2},
		{"SLL2, no Ethernet", linkCooked2, "0800 0000 00000003 0200 00 04 0a000001 00000000 4500", "", 0, 0, 0},
		{"SLL2, a packet type that there is not", linkCooked2, "0806 0000 00000002 0001 09 06 020000000301 0000" + arpBody, "", 0, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := Read(bytes.NewReader(classicFile(tt.link, tt.frame)))
			if err != nil {
				t.Fatal(err)
			}
			s := f.Sections[0]
			if tt.want == "" {
				if len(s.Recording.Observations) != 0 || s.Skipped[0] != 1 {
					t.Errorf("%d frames, %d left out", len(s.Recording.Observations), s.Skipped[0])
				}
				return
			}
			o := s.Recording.Observations[0]
			if got, want := hex.EncodeToString(o.Frame.Bytes()), strings.ReplaceAll(tt.want, " ", ""); got != want {
				t.Errorf("frame %s, want %s", got, want)
			}
			if o.Frame.Len() != o.Frame.CapLen() || o.Dir != tt.dir || o.Type != tt.typ || s.Ifindexes[0] != tt.ifindex {
				t.Errorf("length %d of %d, direction %s, type %d, interface %d", o.Frame.CapLen(), o.Frame.Len(), o.Dir, o.Type, s.Ifindexes[0])
			}
		})
	}
}

func TestPackedFiles(t *testing.T) {
	plain := classicFile(linkEthernet, "ffffffffffff 020000000301 0806"+arpBody)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := Read(bytes.NewReader(packed.Bytes()))
	if err != nil || f.Format != "pcap" || len(f.Sections[0].Recording.Observations) != 1 || f.Sections[0].Units[0] != 1000 {
		t.Fatalf("%v, %+v", err, f)
	}
	for n := 3; n < packed.Len(); n++ {
		if _, err := Read(bytes.NewReader(packed.Bytes()[:n])); err == nil {
			t.Errorf("cut after %d of %d bytes, and read as if it were whole", n, packed.Len())
		}
	}
	var cut *TruncatedError
	if _, err := Read(bytes.NewReader(packed.Bytes()[:5])); !errors.As(err, &cut) {
		t.Errorf("got %v", err)
	}
	damaged := bytes.Clone(packed.Bytes())
	damaged[len(damaged)-8] ^= 1 // of the checksum of the whole
	if _, err := Read(bytes.NewReader(damaged)); !errors.Is(err, gzip.ErrChecksum) {
		t.Errorf("got %v", err)
	}
}

func TestLossesAndResolutionAreRead(t *testing.T) {
	body := func(typ uint32, rest ...[]byte) []byte {
		return endBlock(append(beginBlock(nil, typ), bytes.Join(rest, nil)...), 0)
	}
	u32 := func(n uint32) []byte { return binary.LittleEndian.AppendUint32(nil, n) }
	head := body(blockSHB, u32(byteOrderMagic), u32(1), u32(0xffffffff), u32(0xffffffff))
	iface := body(blockIDB, u32(linkEthernet), u32(0), appendOption(nil, ifTsresol, []byte{0x80 | 10}), u32(0))
	stats := func(id uint32, options []byte) []byte {
		return body(blockISB, u32(id), u32(0), u32(0), options, u32(0))
	}
	drops := appendUint64Option(appendUint64Option(nil, isbIfDrop, 3), isbOSDrop, 4)
	tests := []struct {
		name string
		file [][]byte
		want int64
	}{
		{"no statistics", [][]byte{head, iface}, -1},
		{"statistics without losses", [][]byte{head, iface, stats(0, appendUint64Option(nil, isbIfRecv, 3))}, -1},
		{"of device and kernel", [][]byte{head, iface, stats(0, drops)}, 7},
		{"the last ones count", [][]byte{head, iface, stats(0, drops), stats(0, appendUint64Option(nil, isbIfDrop, 8))}, 8},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := Read(bytes.NewReader(bytes.Join(tt.file, nil)))
			if err != nil {
				t.Fatal(err)
			}
			if s := f.Sections[0]; s.Dropped[0] != tt.want || s.Units[0] != 1_000_000_000>>10 {
				t.Errorf("dropped %d, want %d; unit %d ns", s.Dropped[0], tt.want, s.Units[0])
			}
		})
	}
	if _, err := Read(bytes.NewReader(bytes.Join([][]byte{head, stats(0, drops)}, nil))); err == nil {
		t.Error("statistics of an interface that is not described")
	}
}

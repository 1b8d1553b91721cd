package pcapng

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	gplayers "github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	gp "github.com/gopacket/gopacket"

	"netverify/frame"
	"netverify/recording"
)

// maker writes pcapng blocks in either byte order, without this package's own
// code, so that reader and writer do not share a mistake.
type maker struct {
	order interface {
		binary.ByteOrder
		binary.AppendByteOrder
	}
	b []byte
}

func (m *maker) block(typ uint32, body ...[]byte) *maker {
	joined := bytes.Join(body, nil)
	for len(joined)%4 != 0 {
		joined = append(joined, 0)
	}
	n := uint32(len(joined) + 12)
	m.b = m.order.AppendUint32(m.b, typ)
	m.b = m.order.AppendUint32(m.b, n)
	m.b = append(m.b, joined...)
	m.b = m.order.AppendUint32(m.b, n)
	return m
}

func (m *maker) u16(v ...uint16) (b []byte) {
	for _, x := range v {
		b = m.order.AppendUint16(b, x)
	}
	return b
}

func (m *maker) u32(v ...uint32) (b []byte) {
	for _, x := range v {
		b = m.order.AppendUint32(b, x)
	}
	return b
}

func (m *maker) u64(v uint64) []byte { return m.order.AppendUint64(nil, v) }

func (m *maker) opt(code uint16, v []byte) []byte {
	b := append(m.u16(code, uint16(len(v))), v...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func (m *maker) shb() *maker {
	return m.block(0x0a0d0d0a, m.u32(0x1a2b3c4d), m.u16(1, 0), m.u64(math.MaxUint64), m.opt(4, []byte("dumpcap")), m.opt(0, nil))
}

var bothOrders = map[string]*maker{"little endian": {order: binary.LittleEndian}, "big endian": {order: binary.BigEndian}}

func TestReadsForeignPcapng(t *testing.T) {
	data := []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 0x88, 0xb5, 1}
	unicast := append([]byte{2, 0, 0, 0, 0, 9}, data[6:]...)
	group := append([]byte{1, 0, 0x5e, 0, 0, 1}, data[6:]...)
	for name, m := range bothOrders {
		t.Run(name, func(t *testing.T) {
			m.b = nil
			m.shb()
			m.block(1, m.u16(1, 0), m.u32(10), m.opt(2, []byte("eth0")))                                                         // µs by default
			m.block(1, m.u16(1, 0), m.u32(0), m.opt(9, []byte{0x80 | 10}), m.opt(14, m.u64(100)), m.opt(0, nil))                 // 2^-10 s, 100 s later
			m.block(1, m.u16(113, 0), m.u32(0), m.opt(2, []byte("any")), m.opt(6, []byte{2, 0, 0, 0, 0, 5}), m.opt(0x7777, nil)) // Linux cooked
			m.block(0xbad, []byte("unknown block"))
			m.block(6, m.u32(0, 0, 1_500_000, 15, 60), data, []byte{0}, m.opt(0x8123, []byte("?")), m.opt(1, []byte("hm\x00")), m.opt(0, nil))
			m.block(6, m.u32(1, 0, 1024+512, 15, 15), unicast, []byte{0}, m.opt(2, m.u32(1|1<<9)))
			m.block(3, m.u32(15), group[:10])
			m.block(2, m.u16(1, 7), m.u32(0, 2048, 15, 15), data)
			m.block(6, m.u32(2, 0, 1, 4, 4), []byte{1, 2, 3, 4})
			m.block(4, m.u16(1, 6), []byte{127, 0, 0, 1, 'a', 0, 0, 0}, m.u32(0), m.opt(1, []byte("netverify-record v1 1/1 00000000 {}")))
			m.shb()
			m.block(1, m.u16(1, 0), m.u32(0))
			m.block(6, m.u32(0, 0, 3, 15, 15), unicast)

			f, err := Read(bytes.NewReader(m.b))
			if err != nil {
				t.Fatal(err)
			}
			s := f.Sections[0]
			want := []recording.Observation{
				{Point: 0, At: 1_500_000_000, Type: frame.ToBroadcast, Frame: frame.NewCut(data, 60)},
				{Point: 1, Dir: frame.In, At: 101_500_000_000, Type: frame.ToHost, ChecksumPending: true, Frame: frame.New(unicast)},
				{Point: 0, Type: frame.ToMulticast, Frame: frame.NewCut(group[:10], 15)},
				{Point: 1, At: 102_000_000_000, Type: frame.ToBroadcast, Frame: frame.New(data)},
			}
			if d := cmp.Diff(want, s.Recording.Observations, compare); d != "" {
				t.Error(d)
			}
			if f.Format != "pcapng" || len(f.Sections) != 2 || s.Native || s.Application != "dumpcap" || s.PacketComments[0][0] != "hm" {
				t.Errorf("%+v %+v", f, s)
			}
			if !cmp.Equal(s.LinkTypes, []uint16{1, 1, 113}) || !cmp.Equal(s.Skipped, []int{0, 0, 1}) {
				t.Errorf("link types %v, skipped %v", s.LinkTypes, s.Skipped)
			}
			if p := s.Recording.Points; p[0].Name() != "capture:eth0" || p[1].Name() != "capture:if1" || p[2].MAC != [6]byte{2, 0, 0, 0, 0, 5} {
				t.Errorf("points %+v", p)
			}
			if o := f.Sections[1].Recording.Observations; len(o) != 1 || o[0].At != 3000 {
				t.Errorf("second section %+v", o)
			}
		})
	}
}

func TestReadsForeignPcap(t *testing.T) {
	data := []byte{2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 1, 0x88, 0xb5, 1}
	for name, m := range bothOrders {
		for magic, unit := range map[uint32]int64{0xa1b2c3d4: 1000, 0xa1b23c4d: 1} {
			b := bytes.Join([][]byte{m.u32(magic), m.u16(2, 4), m.u32(0, 0, 65535, 1), m.u32(0xf0000000, 7, 15, 99), data, m.u32(1, 8, 0, 0)}, nil)
			f, err := Read(bytes.NewReader(b))
			if err != nil {
				t.Fatal(name, err)
			}
			want := []recording.Observation{
				{At: 0xf0000000*1e9 + 7*unit, Frame: frame.NewCut(data, 99)},
				{At: 1e9 + 8*unit, Frame: frame.New([]byte{})},
			}
			if d := cmp.Diff(want, f.Sections[0].Recording.Observations, compare); d != "" || f.Format != "pcap" {
				t.Errorf("%s, %x: %s", name, magic, d)
			}
			var te *TruncatedError
			if _, err := Read(bytes.NewReader(b[:len(b)-20])); !errors.As(err, &te) || te.Offset != int64(len(b)-20) {
				t.Errorf("%s, %x: cut within a frame: %v", name, magic, err)
			}
		}
	}
}

func TestTimeStamps(t *testing.T) {
	for _, tt := range []struct {
		name  string
		c     clock
		stamp uint64
		want  int64
	}{
		{"µs", clock{tsresol: 6}, 1_700_000_000_123_456, 1_700_000_000_123_456_000},
		{"ns", clock{tsresol: 9}, 1_700_000_000_123_456_789, 1_700_000_000_123_456_789},
		{"seconds", clock{tsresol: 0}, 1_700_000_000, 1_700_000_000_000_000_000},
		{"ps", clock{tsresol: 12}, 1_999, 1},
		{"10^-127", clock{tsresol: 127}, math.MaxUint64, 0},
		{"2^-127", clock{tsresol: 0xff}, math.MaxUint64, 0},
		{"2^-64", clock{tsresol: 0x80 | 64}, 1 << 63, 500_000_000},
		{"offset back", clock{tsresol: 9, offset: -1}, 5, -999_999_995},
		{"too late", clock{tsresol: 0}, math.MaxUint64, math.MaxInt64},
		{"offset too late", clock{tsresol: 9, offset: math.MaxInt64}, 0, math.MaxInt64},
		{"sum too late", clock{tsresol: 6, offset: 9_000_000_000}, 9_000_000_000_000_000, math.MaxInt64},
		{"offset too early", clock{tsresol: 9, offset: math.MinInt64}, 0, math.MinInt64},
	} {
		if got := tt.c.ns(tt.stamp); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}

func TestReadsWhatGopacketWrites(t *testing.T) {
	var b bytes.Buffer
	w, err := pcapgo.NewNgWriter(&b, gplayers.LinkTypeEthernet)
	if err != nil {
		t.Fatal(err)
	}
	data := bytes.Repeat([]byte{2}, 61)
	at := time.Unix(1_700_000_000, 123_456_789)
	for range 3 {
		if err := w.WritePacket(gp.CaptureInfo{Timestamp: at, CaptureLength: 61, Length: 100}, data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	f, err := Read(&b)
	if err != nil {
		t.Fatal(err)
	}
	obs := f.Sections[0].Recording.Observations
	if len(obs) != 3 || obs[2].At != at.UnixNano() || obs[2].Frame.Len() != 100 || !bytes.Equal(obs[2].Frame.Bytes(), data) {
		t.Errorf("%+v", obs)
	}
}

// The formats that Wireshark's own tools make of our evidence.
func TestReadsWhatEditcapWrites(t *testing.T) {
	rec := smallRecording()
	in := file(t, write(t, rec, WriteOptions{}))
	for format, unit := range map[string]int64{"pcap": 1000, "nsecpcap": 1} {
		out := filepath.Join(t.TempDir(), "out.pcap")
		tool(t, "editcap", "-F", format, in, out)
		b, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		f, err := Read(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		for i, o := range f.Sections[0].Recording.Observations {
			if want := rec.Observations[i]; !o.Frame.Equal(want.Frame) || o.At != want.At/unit*unit {
				t.Errorf("%s: frame %d is %x at %d", format, i, o.Frame.Bytes(), o.At)
			}
		}
	}
}

func TestBadFilesAreErrorsWithPlace(t *testing.T) {
	m := &maker{order: binary.LittleEndian}
	head := func() *maker { return (&maker{order: m.order}).shb().block(1, m.u16(1, 0), m.u32(0)) }
	at := int64(len(head().b))
	for _, tt := range []struct {
		name string
		b    []byte
		off  int64
		want string
	}{
		{"something else", []byte("#!/bin/sh"), 0, "neither a pcapng nor a pcap file: it begins with 23212f62"},
		{"wrong byte order magic", append(m.u32(0x0a0d0d0a, 28), 1, 2, 3, 4), 0, "byte order magic is 01020304"},
		{"version 2", (&maker{order: m.order}).block(0x0a0d0d0a, m.u32(0x1a2b3c4d), m.u16(2, 0), m.u64(0)).b, 0, "version 2.0 is not known"},
		{"length of 2 GiB", append(head().b, m.u32(6, 1<<31)...), at, "has length 2147483648, above the limit"},
		{"length of 8", append(head().b, m.u32(6, 8, 8)...), at, "has length 8"},
		{"odd length", append(head().b, m.u32(6, 33)...), at, "has length 33"},
		{"lengths differ", append(head().b, m.u32(9, 12, 16)...), at, "has length 12 at its head and 16 at its end"},
		{"no such interface", head().block(6, m.u32(1, 0, 0, 0, 0)).b, at, "interface 1 is not described: there are 1"},
		{"simple packet without interface", (&maker{order: m.order}).shb().block(3, m.u32(0)).b, at - 20, "interface 0 is not described: there are 0"},
		{"frame longer than its block", head().block(6, m.u32(0, 0, 0, 5, 5), []byte{1, 2, 3, 4}).b, at, "frame of 5 bytes in a block that holds 4"},
		{"frame length that overflows", head().block(6, m.u32(0, 0, 0, math.MaxUint32, 5)).b, at, "frame of 4294967295 bytes"},
		{"simple frame too long", head().block(3, m.u32(5), []byte{1}).b, at, "frame of 5 bytes in a block that holds 4"},
		{"short blocks", head().block(6, m.u32(0)).b, at, "4 bytes are too short"},
		{"option too long", head().block(6, m.u32(0, 0, 0, 0, 0), m.u16(1, 9), m.u32(0)).b, at, "option 1 of 9 bytes reaches beyond its block"},
		{"huge pcap frame", bytes.Join([][]byte{m.u32(0xa1b2c3d4), m.u16(2, 4), m.u32(0, 0, 0, 1), m.u32(0, 0, 1<<31, 0)}, nil), 24, "frame of 2147483648 bytes, above the limit"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Read(bytes.NewReader(tt.b))
			var fe *FormatError
			if !errors.As(err, &fe) || !strings.Contains(err.Error(), tt.want) || fe.Offset != tt.off {
				t.Errorf("got %v, want %q at %d", err, tt.want, tt.off)
			}
		})
	}
}

// A claimed length costs no memory before its bytes have come.
func TestClaimedLengthsAllocateNothing(t *testing.T) {
	m := &maker{order: binary.LittleEndian}
	b := append(m.shb().b, m.u32(6, maxBlock)...)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 100 {
		var te *TruncatedError
		if _, err := Read(bytes.NewReader(b)); !errors.As(err, &te) {
			t.Fatal(err)
		}
	}
	runtime.ReadMemStats(&after)
	if each := (after.TotalAlloc - before.TotalAlloc) / 100; each > 1<<20 {
		t.Errorf("%d bytes allocated for a file of %d", each, len(b))
	}
}

func FuzzRead(f *testing.F) {
	whole := write(f, smallRecording(), oracleOptions())
	f.Add(whole)
	f.Add(append(bytes.Clone(whole), whole...))
	for _, m := range bothOrders {
		m.b = nil
		f.Add(bytes.Clone(m.shb().block(1, m.u16(1, 0), m.u32(0), m.opt(9, []byte{0x85})).block(6, m.u32(0, 0, 1, 3, 9), []byte{1, 2, 3}).block(3, m.u32(2), []byte{1, 2}).b))
		f.Add(bytes.Join([][]byte{m.u32(0xa1b2c3d4), m.u16(2, 4), m.u32(0, 0, 0, 1), m.u32(1, 2, 1, 1), {7}}, nil))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := Read(bytes.NewReader(b))
		if file == nil {
			t.Fatal("no file")
		}
		for _, s := range file.Sections {
			if s.Native && len(s.Recording.Points) != len(s.LinkTypes) {
				t.Fatal("native section with other points")
			}
			for _, o := range s.Recording.Observations {
				if o.Point < 0 || o.Point >= len(s.Recording.Points) {
					t.Fatalf("observation of point %d", o.Point)
				}
			}
			if err != nil {
				continue
			}
			// What was read can be written, and reads the same.
			again, err := Read(bytes.NewReader(write(t, s.Recording, WriteOptions{})))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(s.Recording.Observations, again.Sections[0].Recording.Observations, compare); d != "" {
				t.Fatal(d)
			}
		}
	})
}

package pcapng

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netverify/frame"
	"netverify/recording"
)

var compare = cmp.Options{
	cmp.Comparer(func(a, b frame.Frame) bool { return a.Equal(b) }),
	cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
}

// fill sets every exported field below v to a random value, so that a field
// that is added to frame.Recording is tested without anybody thinking of it.
func fill(rnd *rand.Rand, v reflect.Value) {
	switch x := v.Addr().Interface().(type) {
	case *netip.Addr:
		*x = []netip.Addr{{}, netip.MustParseAddr("192.0.2.7"), netip.MustParseAddr("2001:db8::7"), netip.MustParseAddr("fe80::1%eth0")}[rnd.IntN(4)]
		return
	case *frame.Frame:
		b := make([]byte, rnd.IntN(100))
		for i := range b {
			b[i] = byte(rnd.Uint32())
		}
		*x = frame.NewCut(b, len(b)+rnd.IntN(2)*rnd.IntN(1000))
		return
	case *frame.Direction:
		*x = frame.Direction(rnd.IntN(3))
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(rnd.IntN(2) == 1)
	case reflect.String:
		v.SetString([]string{"", "c1:eth0", "gärten ☂ \"quoted\" <&>", strings.Repeat("ü", 100)}[rnd.IntN(4)])
	case reflect.Int, reflect.Int64:
		v.SetInt([]int64{0, 1, -1, 1<<63 - 1, int64(rnd.Uint64())}[rnd.IntN(5)])
	case reflect.Uint8:
		v.SetUint(uint64(rnd.IntN(256)))
	case reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(rnd.Uint64() >> (64 - v.Type().Bits()))
	case reflect.Array:
		for i := range v.Len() {
			fill(rnd, v.Index(i))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1+rnd.IntN(4), 5))
		for i := range v.Len() {
			fill(rnd, v.Index(i))
		}
	case reflect.Map:
		n := rnd.IntN(4)
		if n == 0 {
			return // an empty one is none
		}
		v.Set(reflect.MakeMap(v.Type()))
		for range n {
			k, e := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			fill(rnd, k)
			fill(rnd, e)
			v.SetMapIndex(k, e)
		}
	case reflect.Pointer:
		if rnd.IntN(2) == 1 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(rnd, v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(rnd, v.Field(i))
		}
	default:
		panic("fill: " + v.Kind().String())
	}
}

func randomRecording(seed uint64) *recording.Recording {
	rnd := rand.New(rand.NewPCG(seed, 1))
	rec := new(recording.Recording)
	fill(rnd, reflect.ValueOf(rec).Elem())
	for i := range rec.Observations {
		rec.Observations[i].Point = rnd.IntN(len(rec.Points))
	}
	return rec
}

// smallRecording is a scenario with a tagged frame, its reaction and a fence.
func smallRecording() *recording.Recording {
	nonce := [8]byte{0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7}
	eth := []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 0x88, 0xb5}
	tagged := func(m frame.Mark) frame.Frame {
		return frame.New(frame.AppendTag(bytes.Clone(eth), nonce, frame.Tag{Step: 0, Mark: m, Seq: 1}))
	}
	const t0 = 1_700_000_000_123_456_789
	return &recording.Recording{
		Scenario: "macvlan/test", Nonce: nonce,
		Points: []recording.Point{
			{Node: "c1", Interface: "eth0", Ifindex: 2, MAC: [6]byte{2, 0, 0, 0, 0, 1}, MTU: 1500, Kind: "macvlan"},
			{Node: "c2", Interface: "eth0", Ifindex: 2, MAC: [6]byte{2, 0, 0, 0, 0, 2}, MTU: 1500, Kind: "macvlan"},
		},
		Taps: []recording.Tap{{Node: "c1", Received: 2}, {Node: "c2", Received: 3, Dropped: 1}},
		Observations: []recording.Observation{
			{Point: 0, Dir: frame.Out, At: t0, Type: frame.Outgoing, Frame: tagged(frame.Stimulus), Mark: frame.Stimulus, Seq: 1},
			{Point: 1, Dir: frame.In, At: t0 + 1000, Type: frame.ToBroadcast, Frame: tagged(frame.Stimulus), Mark: frame.Stimulus, Seq: 1},
			{Point: 1, Dir: frame.In, At: t0 + 2000, Type: frame.ToOther, Frame: frame.NewCut(eth, 1514), ChecksumPending: true, Step: 0},
			{Point: 1, Dir: frame.In, At: t0 + 3000, Type: frame.ToBroadcast, Frame: tagged(frame.Fence), Mark: frame.Fence, Seq: 1},
		},
		Steps: []recording.StepRecord{{Name: "the question", Begin: t0, End: t0 + 4000, Count: 4,
			Fences: []recording.FenceRecord{{Point: 1, Dir: frame.In, Class: recording.Multidestination, At: t0 + 3000}}}},
	}
}

func write(t testing.TB, rec *recording.Recording, opt WriteOptions) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, rec, opt); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRoundTrip(t *testing.T) {
	recs := []*recording.Recording{{}, {Scenario: "no frames", Points: smallRecording().Points}, smallRecording()}
	for seed := range uint64(300) {
		recs = append(recs, randomRecording(seed))
	}
	for i, rec := range recs {
		opt := WriteOptions{Hardware: "h", OS: "o", Application: "a", Comments: []string{"one", "two ☂"}, Report: []byte(`{"runs":[]}`)}
		if n := len(rec.Observations); n > 0 {
			opt.PacketComments = map[int][]string{n - 1: {"first", "second"}}
			opt.PacketID = func(i int) uint64 { return uint64(i) }
		}
		f, err := Read(bytes.NewReader(write(t, rec, opt)))
		if err != nil {
			t.Fatalf("recording %d: %v", i, err)
		}
		s := f.Sections[0]
		if !s.Native || len(f.Sections) != 1 {
			t.Fatalf("recording %d: native %v, %d sections", i, s.Native, len(f.Sections))
		}
		if d := cmp.Diff(rec, s.Recording, compare); d != "" {
			t.Fatalf("recording %d (-written +read):\n%s", i, d)
		}
		if s.Hardware != "h" || s.OS != "o" || s.Application != "a" || !cmp.Equal(s.Comments, opt.Comments) || !cmp.Equal(s.PacketComments, opt.PacketComments) || !bytes.Equal(s.Report, opt.Report) {
			t.Fatalf("recording %d: options came back as %+v", i, s)
		}
		for j := range rec.Observations {
			if s.PacketIDs[j] != uint64(j) {
				t.Fatalf("recording %d: packet id of frame %d is %d", i, j, s.PacketIDs[j])
			}
		}
	}
}

func TestRecordLongerThanAnOptionAndABlock(t *testing.T) {
	rec := smallRecording()
	for i := range 20000 {
		rec.Trouble = append(rec.Trouble, fmt.Sprintf("trouble %d ☂☂☂ %s", i, strings.Repeat("ü", 40)))
	}
	f, err := Read(bytes.NewReader(write(t, rec, WriteOptions{})))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(rec, f.Sections[0].Recording, compare); d != "" {
		t.Error(d)
	}
}

// A file cut at any byte gives the frames up to there and says that it is cut.
func TestEveryPrefixIsTruncated(t *testing.T) {
	rec := smallRecording()
	whole := write(t, rec, WriteOptions{})
	last := 0
	for n := range whole {
		f, err := Read(bytes.NewReader(whole[:n]))
		var te *TruncatedError
		if !errors.As(err, &te) || te.Offset != int64(n) {
			t.Fatalf("%d of %d bytes: error %v", n, len(whole), err)
		}
		if len(f.Sections) == 0 {
			continue
		}
		got := f.Sections[0].Recording.Observations
		if f.Sections[0].Native || len(got) < last || len(got) > len(rec.Observations) {
			t.Fatalf("%d bytes: native %v, %d frames after %d", n, f.Sections[0].Native, len(got), last)
		}
		last = len(got)
		for i := range got {
			if !got[i].Frame.Equal(rec.Observations[i].Frame) || got[i].At != rec.Observations[i].At {
				t.Fatalf("%d bytes: frame %d differs", n, i)
			}
		}
	}
	if last != len(rec.Observations) {
		t.Errorf("longest prefix gave %d frames", last)
	}
}

// No changed bit passes as the recording that was made.
func TestEveryFlippedBitIsNoticed(t *testing.T) {
	rec := smallRecording()
	whole := write(t, rec, WriteOptions{Comments: []string{"a"}, PacketComments: map[int][]string{1: {"b"}}})
	for i := range whole {
		for bit := range 8 {
			b := bytes.Clone(whole)
			b[i] ^= 1 << bit
			f, err := Read(bytes.NewReader(b))
			if err == nil && f.Sections[0].Native {
				if d := cmp.Diff(rec, f.Sections[0].Recording, compare); d != "" {
					t.Fatalf("byte %d bit %d: %s", i, bit, d)
				}
			}
		}
	}
}

func TestBlocksBehindTheRecordAreAnError(t *testing.T) {
	whole := write(t, smallRecording(), WriteOptions{})
	s := &sink{w: io.Discard}
	if err := s.packet(smallRecording(), 0, &WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	_, err := Read(bytes.NewReader(append(bytes.Clone(whole), s.buf...)))
	var fe *FormatError
	if !errors.As(err, &fe) || fe.Offset != int64(len(whole)) {
		t.Errorf("got %v", err)
	}
	f, err := Read(bytes.NewReader(append(bytes.Clone(whole), whole...)))
	if err != nil || len(f.Sections) != 2 || !f.Sections[1].Native {
		t.Errorf("two files in a row: %v", err)
	}
}

// failing takes n bytes.
type failing struct{ n int }

var errDiskFull = errors.New("no space left on device")

func (f *failing) Write(b []byte) (int, error) {
	if len(b) > f.n {
		n := f.n
		f.n = 0
		return n, errDiskFull
	}
	f.n -= len(b)
	return len(b), nil
}

func TestWriteErrorsAreToldWithPlace(t *testing.T) {
	rec := smallRecording()
	for range 2000 { // more than is gathered before a write
		rec.Observations = append(rec.Observations, rec.Observations[2])
	}
	size := len(write(t, rec, WriteOptions{}))
	seen := map[string]bool{}
	for n := 0; n < size; n += 1 + n/100 {
		err := Write(&failing{n}, rec, WriteOptions{})
		if !errors.Is(err, errDiskFull) || !strings.Contains(err.Error(), fmt.Sprintf("after %d bytes", n)) {
			t.Fatalf("disk full at %d: %v", n, err)
		}
		seen[strings.Fields(err.Error())[2]] = true
	}
	for _, part := range []string{"frame", "statistics,", "record,"} {
		if !seen[part] {
			t.Errorf("no error named %s: %v", part, seen)
		}
	}
	if err := Write(&failing{size}, rec, WriteOptions{}); err != nil {
		t.Errorf("disk just big enough: %v", err)
	}
}

func TestWriteRefusesObservationsOfNoPoint(t *testing.T) {
	rec := smallRecording()
	rec.Observations[1].Point = 2
	if err := Write(io.Discard, rec, WriteOptions{}); err == nil || !strings.Contains(err.Error(), "observation of point 2") {
		t.Errorf("got %v", err)
	}
}

func BenchmarkWritePacket(b *testing.B) {
	rec := smallRecording()
	data := make([]byte, 98)
	rec.Observations[0].Frame = frame.New(data)
	s := &sink{w: io.Discard, buf: make([]byte, 0, flushSize+4096)}
	opt := &WriteOptions{}
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if err := s.packet(rec, 0, opt); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	rec := smallRecording()
	for range 10000 {
		rec.Observations = append(rec.Observations, rec.Observations[2])
	}
	whole := write(b, rec, WriteOptions{})
	b.ReportAllocs()
	b.SetBytes(int64(len(whole)))
	for b.Loop() {
		if _, err := Read(bytes.NewReader(whole)); err != nil {
			b.Fatal(err)
		}
	}
}

package capture

import (
	"testing"
	"time"

	"golang.org/x/net/bpf"
)

func TestOverflowIsCounted(t *testing.T) {
	w := newWire(t, Options{Buffer: 8192})
	const each = 2000
	read := uint64(0)
	for round := uint64(1); round <= 3; round++ {
		for i := range each {
			if err := w.a.send.Send(w.a.index, testFrame(64, uint32(i))); err != nil {
				t.Fatal(err)
			}
		}
		for _, tap := range []*Tap{w.a.tap, w.b.tap} {
			received, dropped, err := tap.Stats()
			if err != nil {
				t.Fatal(err)
			}
			if received+dropped != round*each || dropped == 0 || received == 0 {
				t.Errorf("round %d: %d received, %d dropped of %d sent", round, received, dropped, round*each)
			}
		}
		next := uint32(0)
		n, err := w.b.tap.Read(func(p Packet) {
			if numberOf(p.Frame) != next {
				t.Errorf("frame %d, want %d: a full buffer drops the last ones", numberOf(p.Frame), next)
			}
			next++
		})
		if err != nil {
			t.Fatal(err)
		}
		read += uint64(n)
		if received, _, err := w.b.tap.Stats(); err != nil || received != read {
			t.Errorf("round %d: %d received, but %d read: %v", round, received, read, err)
		}
		if _, err := w.a.tap.Read(func(Packet) {}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestBufferIsWhatWasAskedFor(t *testing.T) {
	for _, tt := range []struct{ ask, want int }{{0, DefaultBuffer}, {64 << 20, 64 << 20}, {16384, 16384}} {
		e := newEnd(t, Options{Buffer: tt.ask})
		// Without privilege in the first user namespace it is capped.
		if got := e.tap.Buffer(); got != tt.want && (!rootless() || got > tt.want) {
			t.Errorf("Buffer %d: got %d, want %d", tt.ask, got, tt.want)
		}
	}
}

func TestOrderAndTime(t *testing.T) {
	w := newWire(t, Options{})
	before := time.Now().UnixNano()
	const total = 5000
	// What the buffer surely holds: without privilege it is as small as
	// net.core.rmem_max, and a large frame takes 2304 bytes of it.
	burst := min(500, w.b.tap.Buffer()/4096)
	for i := range total / burst * burst {
		if err := w.a.send.Send(w.a.index, testFrame(60+i%1000, uint32(i))); err != nil {
			t.Fatal(err)
		}
		if i%burst != burst-1 {
			continue
		}
		for _, tap := range []*Tap{w.a.tap, w.b.tap} {
			next, last, fine := uint32(i-burst+1), before, 0
			for _, p := range readN(t, tap, burst) {
				if n := numberOf(p.Frame); n != next {
					t.Fatalf("frame %d, want %d", n, next)
				}
				if now := time.Now().UnixNano(); p.At < last || p.At > now {
					t.Fatalf("frame %d at %d, not between the last (%d) and now (%d)", next, p.At, last, now)
				}
				if p.At%1000 != 0 {
					fine++
				}
				last = p.At
				next++
			}
			if fine < burst*4/5 {
				t.Errorf("%d of %d times have ns", fine, burst)
			}
		}
	}
}

// TestTimeIsThatOfArrival: also of the frames that come right after Open, when
// the kernel may not have begun to stamp them, the order is that of arrival.
func TestTimeIsThatOfArrival(t *testing.T) {
	w := newWire(t, Options{})
	for range 5 {
		if err := w.b.tap.Close(); err != nil {
			t.Fatal(err)
		}
		inside(t, w.b.ns, func() (err error) { w.b.tap, err = Open(Options{}); return err })
		begin := time.Now()
		for i := uint32(0); time.Since(begin) < 3*time.Millisecond; i++ {
			if err := w.a.send.Send(w.a.index, testFrame(64, i)); err != nil {
				t.Fatal(err)
			}
		}
		last := begin.UnixNano()
		for _, p := range readN(t, w.b.tap, 1) {
			if p.At < last {
				t.Fatalf("frame %d at %d, the one before it at %d", numberOf(p.Frame), p.At, last)
			}
			last = p.At
		}
	}
}

func TestFilterHoldsFromTheBeginning(t *testing.T) {
	prog, err := bpf.Assemble([]bpf.Instruction{
		bpf.LoadAbsolute{Off: 14, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: 7, SkipFalse: 1},
		bpf.RetConstant{Val: 1 << 18},
		bpf.RetConstant{Val: 0},
	})
	if err != nil {
		t.Fatal(err)
	}
	w := newWire(t, Options{Filter: prog})
	for i := range uint32(20) {
		if err := w.a.send.Send(w.a.index, testFrame(64, i)); err != nil {
			t.Fatal(err)
		}
	}
	for _, tap := range []*Tap{w.a.tap, w.b.tap} {
		got := readN(t, tap, 1)
		if len(got) != 1 || numberOf(got[0].Frame) != 7 {
			t.Errorf("%d frames pass, want number 7 alone", len(got))
		}
	}
}

func TestACutFrameSaysSo(t *testing.T) {
	prog, err := bpf.Assemble([]bpf.Instruction{bpf.RetConstant{Val: 40}})
	if err != nil {
		t.Fatal(err)
	}
	w := newWire(t, Options{Filter: prog})
	tagged := testFrame(104, 0x000a88b5)
	tagged[12], tagged[13] = 0x81, 0x00
	for i, f := range [][]byte{testFrame(100, 1), tagged, testFrame(40, 2)} {
		if err := w.a.send.Send(w.a.index, f); err != nil {
			t.Fatal(err)
		}
		kept := 40
		if i == 1 {
			kept += 4 // the tag was not in what the filter counted
		}
		p := readN(t, w.b.tap, 1)[0]
		if p.Frame.Len() != len(f) || p.Frame.CapLen() != kept || string(p.Frame.Bytes()) != string(f[:kept]) {
			t.Errorf("frame %d: %d of %d bytes\n got %x\nwant %x", i, p.Frame.CapLen(), p.Frame.Len(), p.Frame.Bytes(), f[:kept])
		}
	}
	if w.b.tap.Cut() != 2 {
		t.Errorf("Cut() = %d, want 2", w.b.tap.Cut())
	}
}

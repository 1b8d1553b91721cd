package capture

import (
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// BenchmarkRead is the cost of one packet that is already queued.
func BenchmarkRead(b *testing.B) {
	for _, bench := range []struct {
		name string
		size int
		tag  bool
	}{{"64B", 64, false}, {"64B-tagged", 64, true}, {"1514B", 1514, false}} {
		b.Run(bench.name, func(b *testing.B) {
			w := newWire(b, Options{})
			f := testFrame(bench.size, 0)
			if bench.tag {
				f[12], f[13] = 0x81, 0
			}
			b.ReportAllocs()
			b.ResetTimer()
			for left := b.N; left > 0; {
				b.StopTimer()
				n := min(left, 1024)
				for range n {
					if err := w.a.send.Send(w.a.index, f); err != nil {
						b.Fatal(err)
					}
				}
				if _, err := w.a.tap.Read(func(Packet) {}); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				got, err := w.b.tap.Read(func(Packet) {})
				if err != nil || got != n {
					b.Fatalf("read %d of %d: %v", got, n, err)
				}
				left -= n
			}
		})
	}
}

// BenchmarkSendToSeen is the time from before Send to the frame being in hand
// at both taps of the wire, all on one pinned thread, as a lab does it.
func BenchmarkSendToSeen(b *testing.B) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, one unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		b.Fatal(err)
	}
	one.Set(1)
	if err := unix.SchedSetaffinity(0, &one); err != nil {
		b.Fatal(err)
	}
	defer unix.SchedSetaffinity(0, &before)
	w := newWire(b, Options{})
	taps := []*Tap{w.a.tap, w.b.tap}
	set, err := NewSet(taps...)
	if err != nil {
		b.Fatal(err)
	}
	defer set.Close()
	f := testFrame(64, 0)
	b.ReportAllocs()
	for b.Loop() {
		if err := w.a.send.Send(w.a.index, f); err != nil {
			b.Fatal(err)
		}
		for seen := 0; seen < 2; {
			if err := set.Wait(time.Now().Add(time.Second)); err != nil {
				b.Fatal(err)
			}
			ready, err := set.Ready()
			if err != nil {
				b.Fatal(err)
			}
			for _, i := range ready {
				n, err := taps[i].Read(func(Packet) {})
				if err != nil {
					b.Fatal(err)
				}
				seen += n
			}
		}
	}
}

// BenchmarkSend is the cost of one frame of 64 bytes to a tapped wire.
func BenchmarkSend(b *testing.B) {
	w := newWire(b, Options{Buffer: 4096})
	f := testFrame(64, 0)
	b.ReportAllocs()
	for b.Loop() {
		if err := w.a.send.Send(w.a.index, f); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSendBatch is the same with sendmmsg.
func BenchmarkSendBatch(b *testing.B) {
	w := newWire(b, Options{Buffer: 4096})
	frames := make([][]byte, 256)
	for i := range frames {
		frames[i] = testFrame(64, uint32(i))
	}
	b.ReportAllocs()
	b.ResetTimer()
	for left := b.N; left > 0; {
		n, err := w.a.send.SendBatch(w.a.index, frames[:min(left, len(frames))])
		if err != nil {
			b.Fatal(err)
		}
		left -= n
	}
}

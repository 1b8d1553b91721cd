package capture

import (
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// openFDs returns what the descriptors of the process are.
func openFDs(t testing.TB) map[string]int {
	t.Helper()
	dir, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	fds := make(map[string]int)
	for _, e := range dir {
		// The directory's own is closed by now.
		if to, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil {
			fds[to]++
		}
	}
	return fds
}

func TestNothingIsLeft(t *testing.T) {
	w := newWire(t, Options{})
	before, goroutines := openFDs(t), goleak.IgnoreCurrent()
	for range 5 {
		var taps []*Tap
		inside(t, w.b.ns, func() error {
			for range 4 {
				tap, err := Open(Options{})
				if err != nil {
					return err
				}
				taps = append(taps, tap)
				s, err := OpenSender()
				if err != nil {
					return err
				}
				if err := s.Close(); err != nil {
					return err
				}
				if _, err := Open(Options{Ifindex: 4711}); err == nil {
					t.Error("no error")
				}
			}
			return nil
		})
		if err := w.a.send.Send(w.a.index, testFrame(64, 0)); err != nil {
			t.Fatal(err)
		}
		if err := wait(taps, time.Now().Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		for _, tap := range taps {
			if n, err := tap.Read(func(Packet) {}); n != 1 || err != nil {
				t.Fatalf("Read() = %d, %v", n, err)
			}
		}
		if err := CloseAll(taps); err != nil {
			t.Fatal(err)
		}
		for _, tap := range taps {
			_ = wait([]*Tap{tap}, time.Time{})
		}
	}
	after := openFDs(t)
	for to, n := range after {
		if n > before[to] {
			t.Errorf("%d descriptors of %s, %d before", n, to, before[to])
		}
	}
	if err := goleak.Find(goroutines); err != nil {
		t.Error(err)
	}
}

// TestEverythingAtOnce is for the race detector: all methods of one tap while
// it is being closed.
func TestEverythingAtOnce(t *testing.T) {
	w := newWire(t, Options{})
	for range 10 {
		var tap *Tap
		inside(t, w.b.ns, func() (err error) { tap, err = Open(Options{}); return err })
		var wg sync.WaitGroup
		until := func(f func() error) {
			wg.Go(func() {
				for f() == nil {
				}
			})
		}
		until(func() error { return wait([]*Tap{tap, w.a.tap}, time.Time{}) })
		until(func() error { _, err := tap.Read(func(p Packet) { _ = p.Frame.Len() }); return err })
		until(func() error { _, _, err := tap.Stats(); return err })
		for i := range uint32(50) {
			if err := w.a.send.Send(w.a.index, testFrame(64, i)); err != nil {
				t.Error(err)
			}
			_, _ = w.a.tap.Read(func(Packet) {})
		}
		_ = tap.FD()
		if err := tap.Close(); err != nil {
			t.Error(err)
		}
		wg.Wait()
	}
}

package capture

import (
	"errors"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"
)

// wait waits once at some taps.
func wait(taps []*Tap, deadline time.Time) error {
	s, err := NewSet(taps...)
	if err != nil {
		return err
	}
	return errors.Join(s.Wait(deadline), s.Close())
}

// awaitWaiter polls until somebody waits at the tap, or is about to: who is late
// finds what there was.
func awaitWaiter(t testing.TB, tap *Tap) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); ; runtime.Gosched() {
		tap.mu.Lock()
		n := len(tap.sets)
		tap.mu.Unlock()
		if n > 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("nobody waits")
		}
	}
}

func TestWaitTellsWhatHappened(t *testing.T) {
	w := newWire(t, Options{})
	taps := []*Tap{w.a.tap, w.b.tap}
	if err := wait(taps, time.Now().Add(-time.Second)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("deadline in the past: %v", err)
	}
	begin := time.Now()
	if err := wait(taps, begin.Add(20*time.Millisecond)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(begin) < 20*time.Millisecond {
		t.Errorf("wait() = %v after %v, want the deadline after 20 ms", err, time.Since(begin))
	}
	if err := w.a.send.Send(w.a.index, testFrame(64, 0)); err != nil {
		t.Fatal(err)
	}
	for _, deadline := range []time.Time{{}, time.Now().Add(-time.Second)} {
		if err := wait(taps[1:], deadline); err != nil {
			t.Errorf("wait(%v) with a frame queued = %v", deadline, err)
		}
	}
}

// TestReadyNamesWhereFramesWait: only those, until they were read, also where that
// was in parts.
func TestReadyNamesWhereFramesWait(t *testing.T) {
	w := newWire(t, Options{})
	silent := newEnd(t, Options{})
	taps := []*Tap{silent.tap, w.a.tap, w.b.tap}
	s, err := NewSet(taps...)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	expect := func(want ...int) {
		t.Helper()
		if got, err := s.Ready(); err != nil || !slices.Equal(got, want) {
			t.Errorf("Ready() = %v, %v, want %v", got, err, want)
		}
	}
	expect()
	const frames = batchSize + 1
	for i := range uint32(frames) {
		if err := w.a.send.Send(w.a.index, testFrame(64, i)); err != nil {
			t.Fatal(err)
		}
	}
	expect(1, 2)
	readN(t, w.b.tap, frames)
	expect(1)
	if n, err := w.a.tap.ReadSome(1, func(Packet) {}); n != batchSize || err != nil {
		t.Fatalf("ReadSome() = %d, %v", n, err)
	}
	expect(1)
	readN(t, w.a.tap, 1)
	expect()
	if err := w.b.tap.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Wait(time.Time{}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Wait() = %v, want os.ErrClosed", err)
	}
	if err := s.Add(w.b.tap); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Add() = %v, want os.ErrClosed", err)
	}
}

func TestCloseEndsWait(t *testing.T) {
	w := newWire(t, Options{})
	for _, tap := range []*Tap{w.b.tap, w.a.tap} {
		taps := []*Tap{tap}
		if tap == w.b.tap {
			taps = append(taps, w.a.tap)
		}
		waited := make(chan error)
		go func() { waited <- wait(taps, time.Time{}) }()
		awaitWaiter(t, tap)
		if err := tap.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-waited; !errors.Is(err, os.ErrClosed) {
			t.Errorf("wait() = %v, want os.ErrClosed", err)
		}
	}
}

func TestClosedTap(t *testing.T) {
	e := newEnd(t, Options{})
	for range 2 {
		if err := e.tap.Close(); err != nil {
			t.Fatalf("Close() = %v", err)
		}
	}
	if e.tap.FD() != -1 {
		t.Errorf("FD() = %d, want -1", e.tap.FD())
	}
	if _, err := e.tap.Read(func(Packet) {}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Read() = %v, want os.ErrClosed", err)
	}
	if _, _, err := e.tap.Stats(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Stats() = %v, want os.ErrClosed", err)
	}
	if err := wait([]*Tap{e.tap}, time.Time{}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("wait() = %v, want os.ErrClosed", err)
	}
}

func TestCloseFromInsideRead(t *testing.T) {
	w := newWire(t, Options{})
	for i := range uint32(3) {
		if err := w.a.send.Send(w.a.index, testFrame(64, i)); err != nil {
			t.Fatal(err)
		}
	}
	fd := w.b.tap.FD()
	n, err := w.b.tap.Read(func(Packet) { _ = w.b.tap.Close() })
	if n != 3 || err != nil {
		t.Errorf("Read() = %d, %v, want the 3 frames in hand", n, err)
	}
	if _, err := os.Stat("/proc/self/fd/" + itoa(fd)); err == nil {
		t.Error("descriptor still open after Read")
	}
}

func TestCloseAllSharesTheGracePeriods(t *testing.T) {
	e := newEnd(t, Options{})
	taps := make([]*Tap, 40)
	inside(t, e.ns, func() (err error) {
		for i := range taps {
			if taps[i], err = Open(Options{Buffer: 4096}); err != nil {
				return err
			}
		}
		return nil
	})
	// Each waits for all others: one after the other they never end.
	var together sync.WaitGroup
	together.Add(len(taps))
	met := make(chan struct{})
	go func() {
		together.Wait()
		close(met)
	}()
	err := sideBySide(taps, func(*Tap) error {
		together.Done()
		select {
		case <-met:
			return nil
		case <-t.Context().Done():
			return errors.New("closed alone")
		case <-time.After(10 * time.Second):
			return errors.New("closed alone")
		}
	})
	if err != nil {
		t.Error(err)
	}
	if err := CloseAll(taps); err != nil {
		t.Fatal(err)
	}
	for i, tap := range taps {
		if tap.FD() != -1 {
			t.Errorf("tap %d is open", i)
		}
	}
}

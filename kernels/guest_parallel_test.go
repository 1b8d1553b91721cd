package kernels

import (
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
)

func TestAvailableMemory(t *testing.T) {
	got, ok := availableMemory(strings.NewReader("MemTotal:       24659884 kB\nMemFree:         9000000 kB\nMemAvailable:    2097152 kB\n"))
	if !ok || got != 2048 {
		t.Errorf("%d MiB, %v", got, ok)
	}
	for _, text := range []string{"", "MemTotal: 1 kB\n", "MemAvailable: much kB\n"} {
		if _, ok := availableMemory(strings.NewReader(text)); ok {
			t.Errorf("%q tells", text)
		}
	}
}

func TestGuestsAtOnce(t *testing.T) {
	if got := AtOnce([]GuestOptions{{}, {}}); got < 1 || got > runtime.NumCPU() {
		t.Errorf("%d guests on %d processors", got, runtime.NumCPU())
	}
	if got := AtOnce([]GuestOptions{{}, {CPUs: runtime.NumCPU()}}); got != 1 {
		t.Errorf("%d guests at a time, one of which wants all processors", got)
	}
	if got := AtOnce([]GuestOptions{{Memory: 1 << 30}}); got != 1 {
		t.Errorf("%d guests of a PiB at a time", got)
	}
}

func TestEachDoesEveryOneOnceAndNoMoreAtATime(t *testing.T) {
	const n, atOnce = 40, 3
	var running, most atomic.Int32
	done := make([]atomic.Int32, n)
	Each(n, atOnce, func(i int) {
		most.Store(max(most.Load(), running.Add(1)))
		runtime.Gosched()
		done[i].Add(1)
		running.Add(-1)
	})
	for i := range done {
		if done[i].Load() != 1 {
			t.Errorf("%d was done %d times", i, done[i].Load())
		}
	}
	if most.Load() > atOnce {
		t.Errorf("%d at a time", most.Load())
	}
	Each(0, 0, func(int) { t.Error("one of none") })
}

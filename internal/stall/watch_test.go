package stall

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestWhatMoves: threads as /proc tells of them, before and after a tick.
func TestWhatMoves(t *testing.T) {
	const ms = time.Millisecond
	for _, tt := range []struct {
		name        string
		before, now threads
		want        bool
	}{
		{"nothing is counted", nil, nil, true},
		{"all sleep", threads{"1": {ran: ms}}, threads{"1": {ran: ms}}, false},
		{"a timer goes on", threads{"1": {ran: ms, slices: 7}}, threads{"1": {ran: 2 * ms, waited: 60 * ms, slices: 9}}, false},
		{"one reckons", threads{"1": {ran: ms}}, threads{"1": {ran: 240 * ms}}, true},
		{"one gets hardly a processor", threads{"1": {ran: ms}}, threads{"1": {ran: 4 * ms, waited: 240 * ms}}, true},
		{"many work a little", threads{}, threads{"1": {ran: 20 * ms}, "2": {ran: 20 * ms}}, true},
		{"a wait in the kernel goes on", threads{"1": {slices: 3, held: true}}, threads{"1": {slices: 3, held: true}}, false},
		{"one wait after the other", threads{"1": {slices: 3, held: true}}, threads{"1": {slices: 4, held: true}}, true},
		{"one thread has ended", threads{"1": {ran: 900 * ms}, "2": {}}, threads{"2": {}}, false},
	} {
		if got := tt.now.moved(tt.before); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

// TestAwait: a process that waits in the kernel stands still, and one that works does not.
func TestAwait(t *testing.T) {
	if len(look("/proc/self/task", "")) == 0 {
		t.Skip("this kernel does not count the times of threads (CONFIG_SCHED_INFO)")
	}
	var p [2]int
	if err := syscall.Pipe(p[:]); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		var b [1]byte
		_, _ = syscall.Read(p[0], b[:])
	}()
	if _, still := Await(ended, 4*tick); !still {
		t.Error("who waits in a read is not seen to stand still")
	}
	_ = syscall.Close(p[1])
	<-ended
	if _, still := Await(ended, time.Hour); still {
		t.Error("what has ended stands still")
	}

	// A thread that reckons, for as long as it takes to be seen at it.
	done, seen := make(chan struct{}), make(chan bool, 1)
	go func() {
		_, still := Await(done, 8*tick)
		seen <- still
	}()
	for until := time.Now().Add(12 * tick); time.Now().Before(until); {
	}
	close(done)
	if <-seen {
		t.Error("who reckons is seen to stand still")
	}
}

// TestLook reads what the kernel writes of threads, and passes over what it cannot read.
func TestLook(t *testing.T) {
	dir := t.TempDir()
	for id, text := range map[string]string{"1": "1000 2000 3\n", "2": "5000000 7 11\n", "3": "nonsense\n", "4": ""} {
		if err := os.MkdirAll(filepath.Join(dir, id), 0o700); err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string]string{"schedstat": text, "stat": id + " (a) D) D 1"} {
			if err := os.WriteFile(filepath.Join(dir, id, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	got := look(dir, "2")
	if want := (thread{ran: 1000, waited: 2000, slices: 3, held: true}); len(got) != 1 || got["1"] != want {
		t.Errorf("%+v", got)
	}
}

package poll

import (
	"os"
	"os/signal"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestWaitGoesOnAfterASignal sends signals to the thread that waits, and only
// then makes the descriptor ready.
func TestWaitGoesOnAfterASignal(t *testing.T) {
	signals := make(chan os.Signal, 100)
	signal.Notify(signals, unix.SIGUSR1)
	defer signal.Stop(signals)
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)

	type result struct {
		ready bool
		err   error
	}
	thread, done := make(chan int), make(chan result)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		thread <- unix.Gettid()
		ready, err := Readable(fd, time.Now().Add(time.Minute))
		done <- result{ready, err}
	}()
	tid := <-thread
	for range 20 {
		if err := unix.Tgkill(unix.Getpid(), tid, unix.SIGUSR1); err != nil {
			t.Fatal(err)
		}
		<-signals
	}
	select {
	case r := <-done:
		t.Fatalf("a signal ended the wait: %v", r)
	default:
	}
	if _, err := unix.Write(fd, []byte{1, 0, 0, 0, 0, 0, 0, 0}); err != nil {
		t.Fatal(err)
	}
	if r := <-done; !r.ready || r.err != nil {
		t.Errorf("got %v, want true", r)
	}
}

func TestWaitEnds(t *testing.T) {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	for name, deadline := range map[string]time.Time{
		"a deadline that is past": time.Now().Add(-time.Hour),
		"one that comes":          time.Now().Add(time.Millisecond),
	} {
		if ready, err := Readable(fd, deadline); ready || err != nil {
			t.Errorf("%s: got %v, %v", name, ready, err)
		}
	}
	if n, err := Wait([]unix.PollFd{{Fd: 1 << 20, Events: unix.POLLIN}}, time.Time{}); n != 1 || err != nil {
		t.Errorf("a descriptor that is none: got %d, %v, want POLLNVAL", n, err)
	}
}

func TestReadyDoesNotWait(t *testing.T) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	events := make([]unix.EpollEvent, 2)
	for i, count := range []uint{0, 1} { // the second is ready from the start
		e, err := unix.Eventfd(count, unix.EFD_CLOEXEC)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(e)
		if err := unix.EpollCtl(fd, unix.EPOLL_CTL_ADD, e, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := Ready(fd, events); n != 1 || err != nil || events[0].Fd != 1 {
		t.Errorf("got %d, %v and %v, want the second alone", n, err, events[0])
	}
	if n, err := Ready(-1, events); n != 0 || err == nil {
		t.Errorf("a descriptor that is none: got %d, %v", n, err)
	}
}

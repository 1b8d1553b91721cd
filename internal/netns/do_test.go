package netns

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

func TestDoKeepsTheThreadAndComesBack(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	home, tid := here(t), unix.Gettid()
	a, b := newNS(t), newNS(t)
	want := errors.New("from f")
	err := a.Do(func() error {
		if here(t) != a.Inode() || unix.Gettid() != tid {
			t.Errorf("in %d on thread %d, want %d on %d", here(t), unix.Gettid(), a.Inode(), tid)
		}
		for range 2 {
			err := b.Do(func() error {
				if here(t) != b.Inode() {
					t.Errorf("nested: in %d, want %d", here(t), b.Inode())
				}
				return a.Do(func() error {
					if here(t) != a.Inode() {
						t.Errorf("nested twice: in %d, want %d", here(t), a.Inode())
					}
					return nil
				})
			})
			if err != nil {
				t.Error(err)
			}
			if here(t) != a.Inode() {
				t.Errorf("after the nested call in %d, want the enclosing %d", here(t), a.Inode())
			}
		}
		return want
	})
	if err != want {
		t.Errorf("Do() = %v, want the error of f itself", err)
	}
	if here(t) != home {
		t.Errorf("came back to %d, want %d", here(t), home)
	}
}

func TestDoComesBackFromPanicAndGoexit(t *testing.T) {
	a, b := newNS(t), newNS(t)
	for name, leave := range map[string]func(){
		"panic":  func() { panic("in f") },
		"Goexit": runtime.Goexit,
	} {
		t.Run(name, func(t *testing.T) {
			var home, after uint64
			var wg sync.WaitGroup
			wg.Go(func() {
				runtime.LockOSThread()
				home = here(t)
				defer runtime.UnlockOSThread()
				defer func() {
					_ = recover()
					after = here(t)
				}()
				_ = a.Do(func() error {
					return b.Do(func() error { leave(); return nil })
				})
				t.Error("came past the panic")
			})
			wg.Wait()
			if after != home {
				t.Errorf("thread is in %d, want %d", after, home)
			}
		})
	}
}

func TestDoUnlocksTheThread(t *testing.T) {
	// If Do kept a lock, the thread would die with the goroutine: it must
	// still be there afterwards, and not in the namespace.
	a := newNS(t)
	tids := make(chan int)
	for range 20 {
		go func() {
			var tid int
			_ = a.Do(func() error { tid = unix.Gettid(); return nil })
			tids <- tid
		}()
		tid := <-tids
		runtime.Gosched()
		if err := unix.Tgkill(unix.Getpid(), tid, 0); err != nil {
			t.Fatalf("thread %d: %v", tid, err)
		}
	}
	// New's own throw-away thread may still be ending.
	eventually(t, "no thread in the namespace", func() bool { return threadsIn(t, a.Inode()) == 0 })
}

func TestDoManyAtOnce(t *testing.T) {
	all := []*NS{newNS(t), newNS(t), newNS(t), newNS(t)}
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			for n := range 200 {
				ns := all[(i+n)%len(all)]
				err := ns.Do(func() error {
					runtime.Gosched() // invites the runtime to change threads
					if here(t) != ns.Inode() {
						return fmt.Errorf("in %d, want %d", here(t), ns.Inode())
					}
					return nil
				})
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	for _, ns := range all {
		eventually(t, "no thread in "+ns.String(), func() bool { return threadsIn(t, ns.Inode()) == 0 })
	}
}

func TestRefusedWayBackEndsTheThread(t *testing.T) {
	ns := newNS(t)
	real := setns
	defer func() { setns = real }()
	fromF := errors.New("from f")
	var err error
	var tid int
	onThrowAwayThread(func() {
		// The test's own lock is given up: only that of Do remains.
		tid = unix.Gettid()
		calls := 0
		setns = func(fd int) error {
			if calls++; calls == 2 {
				return unix.EPERM
			}
			return real(fd)
		}
		err = ns.Do(func() error { return fromF })
		runtime.UnlockOSThread()
	})
	if !errors.Is(err, unix.EPERM) || !errors.Is(err, fromF) {
		t.Errorf("Do() = %v, want EPERM and the error of f", err)
	}
	eventually(t, "the thread in the wrong namespace is gone", func() bool {
		return unix.Tgkill(unix.Getpid(), tid, 0) != nil
	})
}

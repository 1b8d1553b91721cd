package netns

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// newNS makes a namespace that is closed with the test.
func newNS(t testing.TB) *NS {
	t.Helper()
	ns, err := New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ns.Close() })
	return ns
}

// here returns the inode of the calling thread's namespace.
func here(t testing.TB) uint64 {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Stat(threadNS, &st); err != nil {
		t.Fatal(err)
	}
	return st.Ino
}

// openFDs counts the descriptors of the process.
func openFDs(t testing.TB) int {
	t.Helper()
	names, err := fs.ReadDir(os.DirFS("/proc/self"), "fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(names)
}

// threadsIn counts the threads of the process that are in the namespace.
func threadsIn(t testing.TB, inode uint64) (n int) {
	t.Helper()
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		var st unix.Stat_t
		// A thread may end meanwhile; then it is in no namespace.
		if unix.Stat("/proc/self/task/"+task.Name()+"/ns/net", &st) == nil && st.Ino == inode {
			n++
		}
	}
	return n
}

// eventually polls for what the kernel or the runtime does asynchronously.
func eventually(t testing.TB, what string, cond func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !cond(); {
		if time.Now().After(deadline) {
			t.Fatalf("not within 10 s: %s", what)
		}
		runtime.Gosched()
	}
}

func TestNewIsAnotherEmptyNamespace(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	home := here(t)
	a, b := newNS(t), newNS(t)
	if here(t) != home {
		t.Fatal("New moved the caller")
	}
	if a.Inode() == b.Inode() || a.Inode() == home {
		t.Fatalf("inodes %d and %d, home is %d: want three namespaces", a.Inode(), b.Inode(), home)
	}
	if want := fmt.Sprintf("net:[%d]", a.Inode()); a.String() != want {
		t.Errorf("String() = %q, want %q", a, want)
	}
	flags, err := unix.FcntlInt(uintptr(a.FD()), unix.F_GETFD, 0)
	if err != nil || flags&unix.FD_CLOEXEC == 0 {
		t.Errorf("descriptor flags %#x, %v: want FD_CLOEXEC", flags, err)
	}
	err = a.Do(func() error {
		// Only lo, and it is down.
		dev, err := os.ReadFile("/proc/thread-self/net/dev_mcast")
		if err != nil {
			return err
		}
		if len(dev) != 0 {
			t.Errorf("interfaces with multicast addresses in a new namespace:\n%s", dev)
		}
		c, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		defer unix.Close(c)
		req, err := unix.NewIfreq("lo")
		if err != nil {
			return err
		}
		if err := unix.IoctlIfreq(c, unix.SIOCGIFFLAGS, req); err != nil {
			return err
		}
		if req.Uint16()&unix.IFF_UP != 0 {
			t.Error("lo is up")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestNewLeavesNoThreadBehind(t *testing.T) {
	// Least of all the main thread, which cannot end.
	for range 50 {
		ns := newNS(t)
		eventually(t, "the throw-away thread is gone", func() bool { return threadsIn(t, ns.Inode()) == 0 })
	}
}

func TestClosed(t *testing.T) {
	ns := newNS(t)
	for range 2 {
		if err := ns.Close(); err != nil {
			t.Fatalf("Close() = %v", err)
		}
	}
	if ns.FD() != -1 {
		t.Errorf("FD() = %d, want -1", ns.FD())
	}
	err := ns.Do(func() error { t.Error("f was called"); return nil })
	if !errors.Is(err, os.ErrClosed) {
		t.Errorf("Do() = %v, want os.ErrClosed", err)
	}
}

func TestNotANamespace(t *testing.T) {
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	before := openFDs(t)
	ns := &NS{fd: int(f.Fd()), inode: 1}
	err = ns.Do(func() error { t.Error("f was called"); return nil })
	if !errors.Is(err, unix.EINVAL) {
		t.Errorf("Do() = %v, want EINVAL", err)
	}
	if n := openFDs(t); n != before {
		t.Errorf("%d descriptors, %d before", n, before)
	}
}

func TestNothingIsLeft(t *testing.T) {
	before := openFDs(t)
	var inodes []uint64
	for range 20 {
		ns := newNS(t)
		inodes = append(inodes, ns.Inode())
		for range 20 {
			if err := ns.Do(func() error { return nil }); err != nil {
				t.Fatal(err)
			}
		}
		_ = ns.Do(func() error { return errors.New("refused") })
		if err := ns.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if n := openFDs(t); n != before {
		t.Errorf("%d descriptors, %d before", n, before)
	}
	// A namespace is gone for us when no thread and no descriptor of the
	// process is left in it; the kernel frees it later, in a work queue.
	for _, inode := range inodes {
		eventually(t, fmt.Sprintf("no thread in %d", inode), func() bool { return threadsIn(t, inode) == 0 })
	}
}

func TestOneThreadMakesManyNamespaces(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	home := here(t)
	var list []*NS
	OnThread(func(th *Thread) {
		for range 3 {
			ns, err := th.New()
			if err != nil {
				t.Error(err)
				return
			}
			t.Cleanup(func() { _ = ns.Close() })
			if now := here(t); now != ns.Inode() {
				t.Errorf("the thread is in %d, not in the new %s", now, ns)
			}
			list = append(list, ns)
		}
	})
	if len(list) != 3 || list[0].Inode() == list[1].Inode() || list[1].Inode() == list[2].Inode() {
		t.Fatalf("made %v", list)
	}
	if here(t) != home {
		t.Error("the caller was moved")
	}
	for _, ns := range list {
		eventually(t, "no thread is left in "+ns.String(), func() bool { return threadsIn(t, ns.Inode()) == 0 })
	}
}

func TestVisitGoesFromOneToTheNext(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	home, list, stop := here(t), []*NS{newNS(t), newNS(t), newNS(t)}, errors.New("stop")
	if err := Visit(nil, func(int) error { return stop }); err != nil {
		t.Errorf("none: %v", err)
	}
	seen := 0
	err := Visit(list, func(i int) error {
		if now := here(t); now != list[i].Inode() {
			t.Errorf("number %d: in %d, not in %s", i, now, list[i])
		}
		if seen++; seen == 2 {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || seen != 2 || here(t) != home {
		t.Errorf("%v after %d, at home %t", err, seen, here(t) == home)
	}
	_ = list[1].Close()
	seen = 0
	err = Visit(list, func(int) error { seen++; return nil })
	if !errors.Is(err, os.ErrClosed) || seen != 1 || here(t) != home {
		t.Errorf("with a closed one: %v after %d, at home %t", err, seen, here(t) == home)
	}
}

func BenchmarkDo(b *testing.B) {
	ns := newNS(b)
	nothing := func() error { return nil }
	for b.Loop() {
		if err := ns.Do(nothing); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		newNS(b).Close()
	}
}

package lab

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netverify/internal/poll"
	"netverify/scenarios"
)

// tapPlan is a macvtap on one end of a cable.
func tapPlan() *scenarios.Plan {
	tap := scenarios.Interface{Node: "c", Name: "tap0", Kind: scenarios.Macvtap, Link: ref("a", "eth0"), Macvlan: &scenarios.MacvlanSpec{Mode: "bridge"}}
	return pair(nil, []scenarios.Interface{tap})
}

// queue opens the macvtap's queue, or skips the test where that is kept from
// its user.
func queue(t *testing.T, l *Lab) *Queue {
	t.Helper()
	if !has(t, scenarios.FeatureMacvtapQueue) {
		t.Skip(Probe(feature(scenarios.FeatureMacvtapQueue)))
	}
	q, err := l.OpenQueue(*ref("c", "tap0"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = q.Close() })
	return q
}

// TestAQueueSendsWhatIsWritten: byte for byte, by this lab's macvtap and not
// that of another with the same name and ifindex.
func TestAQueueSendsWhatIsWritten(t *testing.T) {
	l := buildIf(t, scenarios.FeatureMacvtap, "", tapPlan())
	if l == nil {
		t.Skip("no macvtap")
	}
	other := mustBuild(t, tapPlan())
	q, p, quiet := queue(t, l), hearing(t, l, "b"), hearing(t, other, "b")
	frame := append([]byte{2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 7, 0x88, 0xb5}, bytes.Repeat([]byte{0xa5}, 46)...)
	for _, n := range []int{14, 15, 60} {
		if err := q.Write(frame[:n]); err != nil {
			t.Fatal(err)
		}
		if got := next(t, p); !bytes.Equal(got, frame[:n]) {
			t.Errorf("wrote %x, arrived as %x", frame[:n], got)
		}
	}
	for n := range 14 {
		if err := q.Write(frame[:n]); !errors.Is(err, unix.EINVAL) {
			t.Errorf("%d bytes: %v, want EINVAL", n, err)
		}
	}
	if err := q.Write(frame[:33]); err != nil {
		t.Fatal(err)
	}
	if got := next(t, p); len(got) != 33 {
		t.Errorf("%d bytes arrived of what was refused", len(got))
	}
	if n, err := unix.Read(quiet, make([]byte, 2000)); !errors.Is(err, unix.EAGAIN) {
		t.Errorf("another lab got %d bytes, %v", n, err)
	}
}

// hearing opens a packet socket in a node, for the frames' EtherType.
func hearing(t *testing.T, l *Lab, node string) (fd int) {
	t.Helper()
	err := l.NS(node).Do(func() (err error) {
		fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0xb588)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) })
	return fd
}

func next(t *testing.T, fd int) []byte {
	t.Helper()
	if ready, err := poll.Readable(fd, time.Now().Add(5*time.Second)); !ready || err != nil {
		t.Fatalf("nothing came: %v", err)
	}
	b := make([]byte, 2000)
	n, err := unix.Read(fd, b)
	if err != nil {
		t.Fatal(err)
	}
	return b[:n]
}

func TestAQueueOfWhatHasNone(t *testing.T) {
	l := mustBuild(t, pair(nil, nil))
	if q, err := l.OpenQueue(*ref("a", "eth0")); q != nil || err == nil {
		t.Errorf("%v", err)
	}
	if q, err := l.OpenQueue(*ref("a", "tap0")); q != nil || !errors.Is(err, unix.ENODEV) {
		t.Errorf("%v, want ENODEV", err)
	}
}

// TestPrivilegeIsNoLackOfTheKernels: what is kept from a user names no option.
func TestPrivilegeIsNoLackOfTheKernels(t *testing.T) {
	f := feature(scenarios.FeatureMacvtapQueue)
	for _, errno := range []unix.Errno{unix.EPERM, unix.EACCES} {
		if u := (&Unsupported{f, withheld("mknod", errno)}); u.Lacks() != "" || !errors.Is(u, errno) {
			t.Errorf("%v: lacks %q, %v", errno, u.Lacks(), u)
		}
	}
	if u := (&Unsupported{f, withheld("mknod", unix.ENODEV)}); u.Lacks() != "CONFIG_MACVTAP" {
		t.Errorf("lacks %q", u.Lacks())
	}
}

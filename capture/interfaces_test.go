package capture

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"netverify/frame"
)

func TestOneTapHearsAllInterfaces(t *testing.T) {
	w := newWire(t, Options{})
	// Made after the tap was opened.
	a2, b2 := addVeth(t, w.a.ns, w.b.ns, "eth1")
	for _, pair := range [][2]int{{w.a.index, w.b.index}, {a2, b2}} {
		if err := w.a.send.Send(pair[0], testFrame(64, uint32(pair[0]))); err != nil {
			t.Fatal(err)
		}
		if p := readN(t, w.a.tap, 1)[0]; p.Ifindex != pair[0] || p.Dir != frame.Out {
			t.Errorf("sender: interface %d, %v; want %d, out", p.Ifindex, p.Dir, pair[0])
		}
		if p := readN(t, w.b.tap, 1)[0]; p.Ifindex != pair[1] || p.Dir != frame.In || numberOf(p.Frame) != uint32(pair[0]) {
			t.Errorf("receiver: interface %d, %v; want %d, in", p.Ifindex, p.Dir, pair[1])
		}
	}
}

func TestOneInterfaceOnly(t *testing.T) {
	w := newWire(t, Options{})
	a2, b2 := addVeth(t, w.a.ns, w.b.ns, "eth1")
	var tap *Tap
	inside(t, w.b.ns, func() (err error) { tap, err = Open(Options{Ifindex: b2, Promiscuous: true}); return err })
	defer tap.Close()
	for i, index := range []int{w.a.index, a2, w.a.index} {
		if err := w.a.send.Send(index, testFrame(64, uint32(i))); err != nil {
			t.Fatal(err)
		}
	}
	if got := readN(t, tap, 1); len(got) != 1 || got[0].Ifindex != b2 || numberOf(got[0].Frame) != 1 {
		t.Errorf("%d packets, want one of interface %d", len(got), b2)
	}
	promiscuity := func() (n int) {
		inside(t, w.b.ns, func() error {
			l, err := netlink.LinkByIndex(b2)
			if err == nil {
				n = l.Attrs().Promisc
			}
			return err
		})
		return n
	}
	if promiscuity() != 1 {
		t.Errorf("promiscuity %d, want 1", promiscuity())
	}
	if err := tap.Close(); err != nil {
		t.Fatal(err)
	}
	if promiscuity() != 0 {
		t.Errorf("promiscuity %d after Close, want 0", promiscuity())
	}
}

func TestOpenRefuses(t *testing.T) {
	e := newEnd(t, Options{})
	inside(t, e.ns, func() error {
		if _, err := Open(Options{Ifindex: 4711}); !errors.Is(err, unix.ENODEV) {
			t.Errorf("interface that is not there: %v, want ENODEV", err)
		}
		if _, err := Open(Options{Promiscuous: true}); err == nil {
			t.Error("promiscuous on no interface: no error")
		}
		return nil
	})
}

func TestInterfaceDeletedUnderTheReader(t *testing.T) {
	w := newWire(t, Options{})
	var one *Tap
	inside(t, w.b.ns, func() (err error) { one, err = Open(Options{Ifindex: w.b.index}); return err })
	defer one.Close()
	taps := []*Tap{w.b.tap, one}
	waited := make(chan error)
	go func() { waited <- wait([]*Tap{one}, time.Now().Add(10*time.Second)) }()
	awaitWaiter(t, one)
	inside(t, w.b.ns, func() error {
		l, err := netlink.LinkByIndex(w.b.index)
		if err != nil {
			return err
		}
		return netlink.LinkDel(l)
	})
	if err := <-waited; err != nil {
		t.Errorf("wait() = %v, want to be woken by the interface's end", err)
	}
	for _, tap := range taps {
		if n, err := tap.Read(func(Packet) {}); n != 0 || err != nil {
			t.Errorf("Read() = %d, %v, want 0, nil", n, err)
		}
	}
	if err := wait(taps, time.Now().Add(time.Millisecond)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("wait() = %v, want the deadline: the error is consumed", err)
	}
	err := w.a.send.Send(w.a.index, testFrame(64, 0))
	if !errors.Is(err, unix.ENXIO) {
		t.Errorf("Send() = %v, want ENXIO", err)
	}
	// The tap on all interfaces goes on with the next one.
	a2, _ := addVeth(t, w.a.ns, w.b.ns, "eth1")
	if err := w.a.send.Send(a2, testFrame(64, 5)); err != nil {
		t.Fatal(err)
	}
	if p := readN(t, w.b.tap, 1)[0]; numberOf(p.Frame) != 5 {
		t.Errorf("frame %d, want 5", numberOf(p.Frame))
	}
}

func TestInterfaceDownAndUpAgain(t *testing.T) {
	w := newWire(t, Options{})
	var tap *Tap
	inside(t, w.b.ns, func() error {
		l, err := netlink.LinkByIndex(w.b.index)
		if err != nil {
			return err
		}
		if err := netlink.LinkSetDown(l); err != nil {
			return err
		}
		if tap, err = Open(Options{Ifindex: w.b.index}); err != nil {
			return err
		}
		if n, err := tap.Read(func(Packet) {}); n != 0 || err != nil {
			t.Errorf("Read() on an interface that is down = %d, %v, want 0, nil", n, err)
		}
		if err := netlink.LinkSetUp(l); err != nil {
			return err
		}
		return awaitUp(w.b.index)
	})
	defer tap.Close()
	inside(t, w.a.ns, func() error { return awaitUp(w.a.index) })
	if err := w.a.send.Send(w.a.index, testFrame(64, 9)); err != nil {
		t.Fatal(err)
	}
	if p := readN(t, tap, 1)[0]; numberOf(p.Frame) != 9 {
		t.Errorf("frame %d, want 9", numberOf(p.Frame))
	}
}

func TestLoopbackIsSeenTwice(t *testing.T) {
	e := newEnd(t, Options{})
	inside(t, e.ns, func() error { _, err := up("lo"); return err })
	want := testFrame(60, 3)
	if err := e.send.Send(1, want); err != nil {
		t.Fatal(err)
	}
	got := readN(t, e.tap, 2)
	if got[0].Dir != frame.Out || got[1].Dir != frame.In {
		t.Errorf("directions %v, %v; want out, in", got[0].Dir, got[1].Dir)
	}
	for _, p := range got {
		if string(p.Frame.Bytes()) != string(want) {
			t.Errorf("%v: got %x, want %x", p.Dir, p.Frame.Bytes(), want)
		}
	}
}

// TestAFrameBeyondTheSlotSaysSo: no ordinary device carries one, but lo may be
// told to, and BIG TCP does.
func TestAFrameBeyondTheSlotSaysSo(t *testing.T) {
	e := newEnd(t, Options{})
	inside(t, e.ns, func() error {
		l, err := netlink.LinkByName("lo")
		if err != nil {
			return err
		}
		if err := netlink.LinkSetMTU(l, 200000); err != nil {
			return err
		}
		return netlink.LinkSetUp(l)
	})
	for _, tt := range []struct{ size, kept int }{{65550, 65550}, {slotSize, slotSize}, {slotSize + 1, slotSize}, {100000, slotSize}} {
		sent := testFrame(tt.size, 1)
		err := e.send.Send(1, sent)
		if errors.Is(err, unix.EMSGSIZE) && tt.size >= slotSize {
			// Before 6.6 a packet socket takes what fits 16 pages and a header, one
			// page each (net/packet/af_packet.c:packet_alloc_skb, max_page_order 0).
			t.Logf("this kernel sends no frame of %d bytes, so that none is cut", tt.size)
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range readN(t, e.tap, 2) {
			if p.Frame.Len() != tt.size || string(p.Frame.Bytes()) != string(sent[:tt.kept]) {
				t.Errorf("%v: %d bytes of a frame of %d, want %d of %d", p.Dir, p.Frame.CapLen(), p.Frame.Len(), tt.kept, tt.size)
			}
		}
	}
	if e.tap.Cut() != 4 {
		t.Errorf("Cut() = %d, want 4", e.tap.Cut())
	}
}

package capture

import (
	"encoding/hex"
	"errors"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netlink"

	"netverify/frame"
	"netverify/internal/netns"
)

// wire is a veth pair between two fresh namespaces, with a tap and a sender in
// each. Nothing else is on it: IPv6 is off.
type wire struct {
	a, b end
}

type end struct {
	ns    *netns.NS
	index int
	tap   *Tap
	send  *Sender
}

// newWire builds a wire whose taps have the given options. Everything is
// closed with the test.
func newWire(t testing.TB, opt Options) *wire {
	t.Helper()
	w := &wire{a: newEnd(t, opt), b: newEnd(t, opt)}
	w.a.index, w.b.index = addVeth(t, w.a.ns, w.b.ns, "eth0")
	return w
}

// newEnd makes a namespace with a tap and a sender.
func newEnd(t testing.TB, opt Options) (e end) {
	t.Helper()
	ns, err := netns.New()
	if err != nil {
		t.Fatal(err)
	}
	e.ns = ns
	t.Cleanup(func() { _ = ns.Close() })
	inside(t, ns, func() error {
		for _, f := range []string{"all", "default"} {
			if err := os.WriteFile("/proc/sys/net/ipv6/conf/"+f+"/disable_ipv6", []byte("1"), 0); err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
		}
		if e.tap, err = Open(opt); err != nil {
			return err
		}
		e.send, err = OpenSender()
		return err
	})
	t.Cleanup(func() { _, _ = e.tap.Close(), e.send.Close() })
	return e
}

// inside runs f in the namespace.
func inside(t testing.TB, ns *netns.NS, f func() error) {
	t.Helper()
	if err := ns.Do(f); err != nil {
		t.Fatal(err)
	}
}

// addVeth makes a pair of interfaces of the same name, up at both ends, and
// returns their indexes.
func addVeth(t testing.TB, a, b *netns.NS, name string) (ia, ib int) {
	t.Helper()
	inside(t, a, func() error {
		attrs := netlink.NewLinkAttrs()
		attrs.Name = name
		err := netlink.LinkAdd(&netlink.Veth{LinkAttrs: attrs, PeerName: name, PeerNamespace: netlink.NsFd(b.FD())})
		if err != nil {
			return err
		}
		ia, err = up(name)
		return err
	})
	inside(t, b, func() (err error) { ib, err = up(name); return err })
	// A frame sent before the link watch has run may be lost.
	for _, e := range []struct {
		ns    *netns.NS
		index int
	}{{a, ia}, {b, ib}} {
		inside(t, e.ns, func() error { return awaitUp(e.index) })
	}
	return ia, ib
}

// up sets the interface up and returns its index.
func up(name string) (int, error) {
	l, err := netlink.LinkByName(name)
	if err != nil {
		return 0, err
	}
	return l.Attrs().Index, netlink.LinkSetUp(l)
}

// awaitUp polls until the interface is operationally up.
func awaitUp(index int) error {
	for deadline := time.Now().Add(5 * time.Second); ; runtime.Gosched() {
		l, err := netlink.LinkByIndex(index)
		if err != nil {
			return err
		}
		if l.Attrs().OperState == netlink.OperUp {
			return nil
		}
		if time.Now().After(deadline) {
			return errors.New("not up within 5 s: " + l.Attrs().Name)
		}
	}
}

// readN reads n packets, or all that come within 5 s.
func readN(t testing.TB, tap *Tap, n int) (got []Packet) {
	t.Helper()
	deadline := time.Now().Add(5 * time.Second)
	for {
		if _, err := tap.Read(func(p Packet) { got = append(got, p) }); err != nil {
			t.Fatal(err)
		}
		if len(got) >= n {
			return got
		}
		if err := wait([]*Tap{tap}, deadline); err != nil {
			t.Fatalf("%d of %d packets: %v", len(got), n, err)
		}
	}
}

// unhex returns the bytes of a string of hexadecimal digits and spaces.
func unhex(t testing.TB, s string) []byte {
	t.Helper()
	var digits []byte
	for i := range len(s) {
		if s[i] != ' ' {
			digits = append(digits, s[i])
		}
	}
	b, err := hex.DecodeString(string(digits))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// testFrame returns a frame of n bytes whose payload begins with a number.
func testFrame(n int, number uint32) []byte {
	b := make([]byte, n)
	copy(b, "\x02\x00\x00\x00\x00\x0b\x02\x00\x00\x00\x00\x0a\x88\xb5")
	b[14], b[15], b[16], b[17] = byte(number>>24), byte(number>>16), byte(number>>8), byte(number)
	for i := 18; i < n; i++ {
		b[i] = byte(i)
	}
	return b
}

// numberOf returns the number of a testFrame.
func numberOf(f frame.Frame) uint32 {
	b := f.Bytes()
	return uint32(b[14])<<24 | uint32(b[15])<<16 | uint32(b[16])<<8 | uint32(b[17])
}

// rootless tells whether the test runs in a user namespace, where the first
// 2^32 ids are not simply themselves (user_namespaces(7)).
func rootless() bool {
	b, err := os.ReadFile("/proc/self/uid_map")
	return err != nil || strings.Join(strings.Fields(string(b)), " ") != "0 0 4294967295"
}

func itoa(n int) string { return strconv.Itoa(n) }

package capture

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

func TestSendSaysWhatWasRefusedAndWhy(t *testing.T) {
	w := newWire(t, Options{})
	down := 0
	inside(t, w.a.ns, func() error {
		attrs := netlink.NewLinkAttrs()
		attrs.Name = "down0"
		err := netlink.LinkAdd(&netlink.Veth{LinkAttrs: attrs, PeerName: "down1"})
		if err != nil {
			return err
		}
		l, err := netlink.LinkByName("down0")
		if err == nil {
			down = l.Attrs().Index
		}
		return err
	})
	tagged := func(n int) []byte {
		b := testFrame(n, 10<<16)
		b[12], b[13] = 0x81, 0
		return b
	}
	on := func(format string) string { return fmt.Sprintf(format, w.a.index) }
	tests := []struct {
		name    string
		ifindex int
		frame   []byte
		want    error
		text    string
	}{
		{"a full frame", w.a.index, testFrame(1514, 0), nil, ""},
		{"a full frame with a tag", w.a.index, tagged(1518), nil, ""},
		{"too long", w.a.index, testFrame(1600, 0), unix.EMSGSIZE, on("send 1600 bytes on eth0 (interface %d): more than MTU 1500 and header allow")},
		{"too long by one", w.a.index, testFrame(1515, 0), unix.EMSGSIZE, "send 1515 bytes"},
		{"too long with a tag", w.a.index, tagged(1519), unix.EMSGSIZE, "send 1519 bytes"},
		{"a header", w.a.index, testFrame(18, 0)[:14], nil, ""},
		{"less than a header", w.a.index, testFrame(18, 0)[:13], unix.EINVAL, on("send 13 bytes on eth0 (interface %d): shorter than an Ethernet header")},
		{"nothing", w.a.index, nil, unix.EINVAL, on("send 0 bytes on eth0 (interface %d): shorter than an Ethernet header")},
		{"no such interface", 4711, testFrame(64, 0), unix.ENXIO, "send 64 bytes on interface 4711: no such interface"},
		{"interface down", down, testFrame(64, 0), unix.ENETDOWN, "send 64 bytes on down0 (interface"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n, batch := w.a.send.SendBatch(tt.ifindex, [][]byte{tt.frame})
			for _, err := range []error{w.a.send.Send(tt.ifindex, tt.frame), batch} {
				if !errors.Is(err, tt.want) {
					t.Fatalf("error %v, want %v", err, tt.want)
				}
				var se *SendError
				if err != nil && (!errors.As(err, &se) || !strings.Contains(err.Error(), tt.text) || se.Len != len(tt.frame)) {
					t.Errorf("error %q, want it to say %q", err, tt.text)
				}
			}
			seen := 0
			if tt.want == nil {
				seen = 1
			}
			if n != seen {
				t.Errorf("SendBatch sent %d, want %d", n, seen)
			}
			if seen == 0 {
				if n, err := w.b.tap.Read(func(Packet) {}); n != 0 || err != nil {
					t.Errorf("refused, but %d arrived, %v", n, err)
				}
				return
			}
			for _, p := range readN(t, w.b.tap, 2) {
				if string(p.Frame.Bytes()) != string(tt.frame) {
					t.Errorf("arrived as %x", p.Frame.Bytes())
				}
			}
		})
	}
}

func TestSendBatchStopsAtTheFirstRefusal(t *testing.T) {
	w := newWire(t, Options{})
	frames := make([][]byte, 200)
	for i := range frames {
		frames[i] = testFrame(64+i, uint32(i))
	}
	frames[150] = testFrame(9000, 150)
	n, err := w.a.send.SendBatch(w.a.index, frames)
	var se *SendError
	if n != 150 || !errors.As(err, &se) || !errors.Is(err, unix.EMSGSIZE) || se.Len != 9000 {
		t.Fatalf("SendBatch() = %d, %v, want 150 and EMSGSIZE", n, err)
	}
	if n, err := w.a.send.SendBatch(w.a.index, frames[151:]); n != 49 || err != nil {
		t.Fatalf("SendBatch() = %d, %v, want 49", n, err)
	}
	for _, tap := range []*Tap{w.a.tap, w.b.tap} {
		for i, p := range readN(t, tap, 199) {
			if i >= 150 {
				i++
			}
			if numberOf(p.Frame) != uint32(i) || string(p.Frame.Bytes()) != string(frames[i]) {
				t.Fatalf("frame %d came as number %d", i, numberOf(p.Frame))
			}
		}
	}
}

// TestAFullQueueIsReported: a queue with room for one frame, and that delayed.
func TestAFullQueueIsReported(t *testing.T) {
	w := newWire(t, Options{})
	inside(t, w.a.ns, func() error {
		q := &netlink.Tbf{
			QdiscAttrs: netlink.QdiscAttrs{LinkIndex: w.a.index, Handle: netlink.MakeHandle(1, 0), Parent: netlink.HANDLE_ROOT},
			Rate:       1000, Limit: 100, Buffer: netlink.Xmittime(1000, 2000),
		}
		return netlink.QdiscAdd(q)
	})
	var err error
	sent := 0
	for ; sent < 1000 && err == nil; sent++ {
		err = w.a.send.Send(w.a.index, testFrame(64, uint32(sent)))
	}
	if !errors.Is(err, unix.ENOBUFS) || !strings.Contains(err.Error(), "dropped by the queue or the device") {
		t.Fatalf("after %d frames: %v, want ENOBUFS", sent, err)
	}
}

func TestClosedSender(t *testing.T) {
	e := newEnd(t, Options{})
	for range 2 {
		if err := e.send.Close(); err != nil {
			t.Fatalf("Close() = %v", err)
		}
	}
	if err := e.send.Send(1, testFrame(64, 0)); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Send() = %v, want os.ErrClosed", err)
	}
	if _, err := e.send.SendBatch(1, [][]byte{testFrame(64, 0)}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("SendBatch() = %v, want os.ErrClosed", err)
	}
}

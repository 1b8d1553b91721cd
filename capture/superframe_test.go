package capture

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"netverify/frame"
)

// addressed gives the ends of the wire 192.0.2.1/24 and 192.0.2.2/24.
func addressed(t testing.TB, w *wire) {
	t.Helper()
	for ns, addr := range map[*end]string{&w.a: "192.0.2.1/24", &w.b: "192.0.2.2/24"} {
		inside(t, ns.ns, func() error {
			l, err := netlink.LinkByIndex(ns.index)
			if err != nil {
				return err
			}
			a, err := netlink.ParseAddr(addr)
			if err != nil {
				return err
			}
			return netlink.AddrAdd(l, a)
		})
	}
}

// ipv4 returns protocol and payload of an untagged IPv4 frame.
func ipv4(f frame.Frame) (protocol byte, payload []byte) {
	b := f.Bytes()
	if len(b) < 34 || binary.BigEndian.Uint16(b[12:]) != unix.ETH_P_IP {
		return 0, nil
	}
	b = b[14:]
	n := int(binary.BigEndian.Uint16(b[2:]))
	return b[9], b[int(b[0]&15)*4 : min(n, len(b))]
}

// TestSuperFramesAreWhole sends by TCP with segmentation left to a device that
// has none, so that frames of up to 64 KiB cross the wire, and puts the stream
// together again from what the taps saw.
func TestSuperFramesAreWhole(t *testing.T) {
	w := newWire(t, Options{Buffer: 32 << 20})
	addressed(t, w)
	sent := make([]byte, 1<<20)
	for i := range sent {
		sent[i] = byte(i*7 + i>>8)
	}
	done := transfer(t, w, sent)
	var seen [2][]Packet
	for finished := false; !finished; {
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			finished = true
		default:
			_ = wait([]*Tap{w.a.tap, w.b.tap}, time.Now().Add(10*time.Millisecond))
		}
		for i, tap := range []*Tap{w.a.tap, w.b.tap} {
			if _, err := tap.Read(func(p Packet) { seen[i] = append(seen[i], p) }); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i, e := range []end{w.a, w.b} {
		got, longest, pending := stream(seen[i], len(sent))
		if !bytes.Equal(got, sent) {
			t.Errorf("tap %d: the stream is not what was sent", i)
		}
		if longest <= 1514 || pending == 0 {
			t.Errorf("tap %d: longest frame %d bytes, %d with a pending checksum: no super-frames were sent", i, longest, pending)
		}
		if _, dropped, err := e.tap.Stats(); err != nil || dropped != 0 || e.tap.Cut() != 0 {
			t.Errorf("tap %d: %d dropped, %d cut, %v", i, dropped, e.tap.Cut(), err)
		}
	}
}

// transfer sends b from a to b by TCP.
func transfer(t *testing.T, w *wire, b []byte) <-chan error {
	t.Helper()
	var l *net.TCPListener
	inside(t, w.b.ns, func() (err error) {
		l, err = net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(192, 0, 2, 2), Port: 7})
		return err
	})
	t.Cleanup(func() { _ = l.Close() })
	var c *net.TCPConn
	inside(t, w.a.ns, func() (err error) { c, err = net.DialTCP("tcp4", nil, l.Addr().(*net.TCPAddr)); return err })
	t.Cleanup(func() { _ = c.Close() })
	done := make(chan error, 1)
	go func() {
		_, _ = c.Write(b) // what is missing is missed by the reader
		_ = c.CloseWrite()
	}()
	go func() {
		s, err := l.Accept()
		if err != nil {
			done <- err
			return
		}
		defer s.Close()
		_ = s.SetDeadline(time.Now().Add(20 * time.Second))
		got, err := io.ReadAll(s)
		if err == nil && !bytes.Equal(got, b) {
			err = io.ErrUnexpectedEOF
		}
		done <- err
	}()
	return done
}

// stream puts together what the first sender of a SYN has sent to port 7.
func stream(packets []Packet, size int) (got []byte, longest, pending int) {
	got = make([]byte, size)
	first := uint32(0) // sequence number of the first byte
	for _, p := range packets {
		proto, tcp := ipv4(p.Frame)
		if proto != unix.IPPROTO_TCP || binary.BigEndian.Uint16(tcp[2:]) != 7 {
			continue
		}
		seq, data := binary.BigEndian.Uint32(tcp[4:]), tcp[int(tcp[12]>>4)*4:]
		if tcp[13]&2 != 0 { // SYN
			first = seq + 1
			continue
		}
		if at := int(seq - first); at < size {
			copy(got[at:], data)
		}
		longest = max(longest, p.Frame.Len())
		if p.ChecksumPending {
			pending++
		}
	}
	return got, longest, pending
}

// TestUDPSuperFrame sends 40 datagrams in one frame (UDP_SEGMENT, udp(7)).
func TestUDPSuperFrame(t *testing.T) {
	w := newWire(t, Options{})
	addressed(t, w)
	payload := bytes.Repeat([]byte("0123456789"), 4000)
	inside(t, w.b.ns, func() error { // so that nothing answers with an ICMP error
		c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(192, 0, 2, 2), Port: 9})
		if err == nil {
			t.Cleanup(func() { _ = c.Close() })
		}
		return err
	})
	inside(t, w.a.ns, func() error {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		if err := unix.SetsockoptInt(fd, unix.IPPROTO_UDP, unix.UDP_SEGMENT, 1000); err != nil {
			return os.NewSyscallError("setsockopt UDP_SEGMENT", err)
		}
		return unix.Sendto(fd, payload, 0, &unix.SockaddrInet4{Port: 9, Addr: [4]byte{192, 0, 2, 2}})
	})
	for _, e := range []end{w.a, w.b} {
		var datagram *Packet
		for _, p := range readN(t, e.tap, 3) { // behind the ARP request and reply
			if proto, _ := ipv4(p.Frame); proto == unix.IPPROTO_UDP {
				datagram = &p
			}
		}
		if datagram == nil {
			t.Fatal("no UDP frame")
		}
		_, udp := ipv4(datagram.Frame)
		if !datagram.ChecksumPending || datagram.Frame.Len() != 14+20+8+len(payload) || !bytes.Equal(udp[8:], payload) {
			t.Errorf("%v: frame of %d bytes, checksum pending %v", datagram.Dir, datagram.Frame.Len(), datagram.ChecksumPending)
		}
	}
}

package assert

import (
	"encoding/binary"
	"net/netip"
	"slices"

	"netverify/frame"
)

// Stations of the lab that the tests record: three hosts and a router's two
// sides.
type station struct {
	mac frame.MAC
	ip  netip.Addr
}

var (
	c1      = station{frame.MAC{2, 0, 0, 0, 0, 1}, netip.MustParseAddr("192.0.2.1")}
	c2      = station{frame.MAC{2, 0, 0, 0, 0, 2}, netip.MustParseAddr("192.0.2.2")}
	outside = station{frame.MAC{2, 0, 0, 0, 0, 3}, netip.MustParseAddr("192.0.2.3")}
	nonce   = [8]byte{'n', 'e', 't', 'v', 'e', 'r', 'i', 'f'}
	all     = frame.Broadcast
)

func ether(dst, src frame.MAC, etype uint16, payload []byte) []byte {
	b := append(append([]byte(nil), dst[:]...), src[:]...)
	return append(binary.BigEndian.AppendUint16(b, etype), payload...)
}

// tagged puts an 802.1Q tag into a frame.
func tagged(vid uint16, b []byte) []byte {
	return slices.Concat(b[:12], []byte{0x81, 0, byte(vid >> 8), byte(vid)}, b[12:])
}

func arp(op byte, dst frame.MAC, from station, target station) []byte {
	ip, tip := from.ip.As4(), target.ip.As4()
	thw := target.mac
	if op == 1 {
		thw = frame.MAC{}
	}
	return ether(dst, from.mac, 0x0806, slices.Concat([]byte{0, 1, 8, 0, 6, 4, 0, op}, from.mac[:], ip[:], thw[:], tip[:]))
}

func whoHas(from, target station) []byte { return arp(1, all, from, target) }
func isAt(from, asker station) []byte    { return arp(2, asker.mac, from, asker) }

func checksum(b []byte) uint16 {
	var s uint32
	for i := 0; i+1 < len(b); i += 2 {
		s += uint32(b[i])<<8 | uint32(b[i+1])
	}
	for s > 0xffff {
		s = s>>16 + s&0xffff
	}
	return ^uint16(s)
}

func ipv4(dst frame.MAC, src frame.MAC, from, to netip.Addr, proto, ttl byte, payload []byte) []byte {
	h := []byte{0x45, 0, 0, 0, 0x12, 0x34, 0, 0, ttl, proto, 0, 0}
	binary.BigEndian.PutUint16(h[2:], uint16(20+len(payload)))
	h = append(append(h, from.AsSlice()...), to.AsSlice()...)
	binary.BigEndian.PutUint16(h[10:], checksum(h))
	return ether(dst, src, 0x0800, append(h, payload...))
}

// icmp is an echo of a step: its data is the step's tag.
func icmp(typ byte, from, to station, ttl byte, step, seq int) []byte {
	p := frame.AppendTag([]byte{typ, 0, 0, 0, 0x4e, 0x56, 0, byte(seq)}, nonce, frame.Tag{Step: step, Mark: frame.Stimulus, Seq: seq})
	binary.BigEndian.PutUint16(p[2:], checksum(p))
	return ipv4(to.mac, from.mac, from.ip, to.ip, 1, ttl, p)
}

func echo(from, to station, step, seq int) []byte      { return icmp(8, from, to, 64, step, seq) }
func echoReply(from, to station, step, seq int) []byte { return icmp(0, from, to, 64, step, seq) }

// unreachable is an ICMP error that quotes a frame.
func unreachable(from, to station, quoted []byte) []byte {
	p := append([]byte{3, 1, 0, 0, 0, 0, 0, 0}, quoted[14:]...)
	binary.BigEndian.PutUint16(p[2:], checksum(p))
	return ipv4(to.mac, from.mac, from.ip, to.ip, 1, 64, p)
}

// igmp is a membership report, which no step causes.
func igmp(from station) []byte {
	return ipv4(frame.MAC{1, 0, 0x5e, 0, 0, 22}, from.mac, from.ip, netip.MustParseAddr("224.0.0.22"), 2, 1, []byte{0x22, 0, 0xdd, 0xff, 0, 0, 0, 0})
}

// bare is a frame of an ethertype that has no room for a tag.
func bare(from station, n byte) []byte { return ether(all, from.mac, 0x88b6, []byte{n, 0, 0, 0}) }

func fenceFrame(step, seq int) []byte {
	return ether(all, frame.MAC{}, 0x88b5, frame.AppendTag(nil, nonce, frame.Tag{Step: step, Mark: frame.Fence, Seq: seq}))
}

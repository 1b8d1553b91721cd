package assert

import (
	"fmt"
	"strings"

	"netverify/frame"
	"netverify/recording"
)

// fits tells whether a frame without a mark can be one of the step's requests by
// what the scenario says of them besides whom they ask: ports, data, and the TTL,
// with which they leave and which routers only make less.
func (s *scope) fits(o *recording.Observation) bool {
	q, d := s.cs.Ping, o.Frame.Decode()
	if q.ARP {
		return true
	}
	if size, known := dataOf(d); q.Size != 0 && known && size != q.Size {
		return false
	}
	if d.UDP != nil && (q.SrcPort != 0 && int(d.UDP.SrcPort) != q.SrcPort || q.DstPort != 0 && int(d.UDP.DstPort) != q.DstPort) {
		return false
	}
	least, most := q.TTL, q.TTL
	if q.Trace {
		least, most = q.First, q.First+q.Count-1
	}
	if !s.passed(o, Place{q.From, frame.Out}) {
		least = 0
	}
	ttl := hopsLeft(d)
	return most == 0 || least <= ttl && ttl <= most
}

// besides says in words what fits goes by.
func (q *Request) besides() string {
	var list []string
	add := func(n int, format string) {
		if n != 0 {
			list = append(list, fmt.Sprintf(format, n))
		}
	}
	add(q.SrcPort, "from port %d")
	add(q.DstPort, "to port %d")
	add(q.Size, "with %d bytes of data")
	add(q.TTL, "with a TTL of %d")
	if q.Trace {
		list = append(list, fmt.Sprintf("with a TTL from %d to %d", q.First, q.First+q.Count-1))
	}
	if len(list) == 0 {
		return ""
	}
	return " " + strings.Join(list, ", ")
}

// dataOf is how many bytes stand behind the ICMP or UDP header, as the headers
// say; known is false of fragments, which do not tell.
func dataOf(d *frame.Decoded) (size int, known bool) {
	const header = 8 // of an echo, and of UDP
	switch {
	case d.IPv4 != nil && !d.IPv4.Fragment():
		return d.IPv4.Len - d.IPv4.HeaderLen - header, true
	case d.IPv6 != nil && len(d.IPv6.Extensions) == 0:
		return d.IPv6.PayloadLen - header, true
	}
	return 0, false
}

// hopsLeft is the TTL or hop limit of a packet, 0 of frames that are none.
func hopsLeft(d *frame.Decoded) int {
	switch {
	case d.IPv4 != nil:
		return int(d.IPv4.TTL)
	case d.IPv6 != nil:
		return int(d.IPv6.HopLimit)
	}
	return 0
}

// bySender tells whether it is the step's sender that finds somebody by an ARP
// packet or a Neighbor Discovery message: it asks, or is told. It does so before
// it sends anything.
func (s *scope) bySender(d *frame.Decoded) bool {
	node := recording.NodeOf(s.cs.From)
	for name, b := range s.r.Bindings {
		if recording.NodeOf(name) != node {
			continue
		}
		switch {
		case isARPRequest(d):
			if d.ARP.SenderIP == b.IPv4 {
				return true
			}
		case d.ARP != nil:
			if d.ARP.TargetIP == b.IPv4 {
				return true
			}
		case d.ICMPv6 != nil && d.ICMPv6.Type == frame.NeighborSolicitation:
			if sameAddr(d.IPv6.Src, b.IPv6) || d.Src == frame.MAC(b.MAC) {
				return true
			}
		case d.IPv6 != nil:
			if sameAddr(d.IPv6.Dst, b.IPv6) || d.Dst == frame.MAC(b.MAC) {
				return true
			}
		}
	}
	return false
}

// askedBefore tells whether something that may be the step's question was seen
// before a time. Others than its sender look for each other only because of it.
func (a *attribution) askedBefore(at int64) bool {
	return len(a.asked) > 0 && a.earliest <= at
}

package assert

import (
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strings"

	"netverify/frame"
	"netverify/recording"
)

func isEchoRequest(d *frame.Decoded) bool {
	return d.ICMP != nil && d.ICMP.Type == 8 || d.ICMPv6 != nil && d.ICMPv6.Type == 128
}

func isEchoReply(d *frame.Decoded) bool {
	return d.ICMP != nil && d.ICMP.Type == 0 || d.ICMPv6 != nil && d.ICMPv6.Type == 129
}

func isARPRequest(d *frame.Decoded) bool { return d.ARP != nil && d.ARP.Op == 1 }

// isICMPError tells of destination unreachable, source quench, redirect, time
// exceeded, parameter problem (RFC 792); of ICMPv6 all types below 128 are
// errors (RFC 4443 2.1).
func isICMPError(d *frame.Decoded) bool {
	if d.ICMPv6 != nil {
		return d.ICMPv6.Type < 128
	}
	return d.ICMP != nil && (d.ICMP.Type >= 3 && d.ICMP.Type <= 5 || d.ICMP.Type == 11 || d.ICMP.Type == 12)
}

func source(d *frame.Decoded) netip.Addr {
	switch {
	case d.IPv4 != nil:
		return d.IPv4.Src
	case d.IPv6 != nil:
		return d.IPv6.Src
	}
	return netip.Addr{}
}

func target(d *frame.Decoded) netip.Addr {
	switch {
	case d.IPv4 != nil:
		return d.IPv4.Dst
	case d.IPv6 != nil:
		return d.IPv6.Dst
	}
	return netip.Addr{}
}

// sameAddr compares addresses as they are on the wire, where no zone is.
func sameAddr(a, b netip.Addr) bool {
	return a.IsValid() && a.Unmap().WithZone("") == b.Unmap().WithZone("")
}

// question is the first frame by which request q of the step (0: any) left its
// sender: the request itself, or the address resolution that a ping needs
// before it. -1: none.
func (s *scope) question(q int) int {
	resolution := -1
	for _, i := range s.obs {
		o := &s.rec.Observations[i]
		if !s.at(i, Place{s.cs.Ping.From, frame.Out}) || !s.mine(i) {
			continue
		}
		d := o.Frame.Decode()
		switch {
		case s.asks(o):
			if q == 0 || s.cs.Ping.ARP || o.Seq == q {
				return i
			}
		case s.cs.Ping.ARP || resolution >= 0:
		case isARPRequest(d) || d.ICMPv6 != nil && d.ICMPv6.Type == frame.NeighborSolicitation:
			resolution = i
		}
	}
	return resolution
}

// resolved is the address that a frame asks the MAC of, the zero Addr of other
// frames.
func resolved(d *frame.Decoded) netip.Addr {
	switch {
	case isARPRequest(d):
		return d.ARP.TargetIP
	case d.ICMPv6 != nil && d.ICMPv6.Type == frame.NeighborSolicitation:
		return d.ICMPv6.Target
	}
	return netip.Addr{}
}

// goal is where the question of an observation is to come to, the zero Place
// where that is unknown.
func (s *scope) goal(i int) Place {
	a := resolved(s.rec.Observations[i].Frame.Decode())
	if !a.IsValid() {
		a = s.cs.Ping.Target
	}
	for _, name := range slices.Sorted(maps.Keys(s.r.Bindings)) {
		if b := s.r.Bindings[name]; sameAddr(b.IPv4, a) || sameAddr(b.IPv6, a) {
			return Place{name, frame.In}
		}
	}
	return Place{}
}

// inVain says that a node which a frame had come to asked for a MAC, and had no
// answer: a router sends on nothing before it knows whom to.
func (s *scope) inVain(i int) string {
	end := &s.rec.Observations[s.end(i)]
	if end.Dir != frame.In {
		return ""
	}
	node := s.rec.Points[end.Point].Node
	for _, n := range s.obs {
		o := &s.rec.Observations[n]
		if o.Dir != frame.Out || o.Point == end.Point || s.rec.Points[o.Point].Node != node || !s.routes(end.Point, o.Point) {
			continue
		}
		if ip := resolved(o.Frame.Decode()); ip.IsValid() && !s.told(o.Point, ip) {
			return fmt.Sprintf("; %s asked for the MAC of %s, and nobody answered (the neighbour was incomplete): %s", node, ip, s.line(n))
		}
	}
	return s.speechless(end)
}

// speechless says that a router has no address of the link from which it could ask
// for the MAC of whom an IPv6 packet is to (net/ipv6/ndisc.c:ndisc_send_ns).
func (s *scope) speechless(end *recording.Observation) string {
	d, node := end.Frame.Decode(), s.rec.Points[end.Point].Node
	if d.IPv6 == nil {
		return ""
	}
	for i := range s.obstacles().list {
		x := &s.obstacles().list[i]
		if at, known := s.points[x.Point]; x.NoLinkLocal && known && recording.NodeOf(x.Point) == node && at != end.Point && s.routes(end.Point, at) {
			return fmt.Sprintf("; %s has no link-local address at %s, from which a router asks for its neighbours (RFC 4861 4.3): give it one, as in fe80::1/64", node, x.Point)
		}
	}
	return ""
}

// routes tells whether a router leads from one point to another.
func (s *scope) routes(from, to int) bool {
	return slices.ContainsFunc(s.c.Graph.Direct(), func(e recording.Edge) bool {
		return e.Routed && e.From == recording.Hop{Point: s.names[from], Dir: frame.In} && e.To == recording.Hop{Point: s.names[to], Dir: frame.Out}
	})
}

// told tells whether the MAC of an address came in at a point.
func (s *scope) told(point int, ip netip.Addr) bool {
	if s.tellings == nil {
		s.tellings = make(map[telling]bool)
		for _, n := range s.obs {
			o := &s.rec.Observations[n]
			d := o.Frame.Decode()
			switch {
			case o.Dir != frame.In:
			case d.ARP != nil && d.ARP.Op == 2:
				s.tellings[telling{o.Point, onWire(d.ARP.SenderIP)}] = true
			case d.ICMPv6 != nil && d.ICMPv6.Type == frame.NeighborAdvertisement:
				s.tellings[telling{o.Point, onWire(d.ICMPv6.Target)}] = true
			}
		}
	}
	return s.tellings[telling{point, onWire(ip)}]
}

// telling is that the MAC of an address came in at a point.
type telling struct {
	point int
	ip    netip.Addr
}

// answers tells whether a frame is an answer to the step's question, whoever
// gives it: not by its kind alone, but by all that a question and its answer
// have in common.
func (s *scope) answers(o *recording.Observation) bool {
	d := o.Frame.Decode()
	switch {
	case s.cs.Ping.ARP:
		return s.answersARP(d)
	case isEchoReply(d):
		return !s.cs.Ping.UDP && s.answersEcho(o)
	}
	return (s.cs.Ping.Trace || s.cs.Ping.UDP) && s.reports(o)
}

// replyFrames are the frames that a reply may have been, as they came in at
// the asking interface; of nil, all answers.
func (s *scope) replyFrames(r *recording.Reply) []int {
	if r != nil && r.Error != "" {
		return s.errorFrames(r.From)
	}
	var found []int
	for _, i := range s.obs {
		o := &s.rec.Observations[i]
		if !s.at(i, s.asker()) || !s.answers(o) {
			continue
		}
		if r == nil || s.cs.Ping.ARP && o.At == r.At && o.Frame.Decode().ARP.SenderMAC == r.MAC || !s.cs.Ping.ARP && (o.Mark != frame.Stimulus || o.Seq == r.Seq) {
			found = append(found, i)
		}
	}
	return found
}

// errorFrames are the ICMP errors of an address that came in at the asking
// host by a link.
func (s *scope) errorFrames(from netip.Addr) []int {
	node := recording.NodeOf(s.cs.Ping.From)
	var found []int
	for _, i := range s.obs {
		o := &s.rec.Observations[i]
		p := &s.rec.Points[o.Point]
		if o.Dir != frame.In || p.Node != node || p.Kind == "loopback" {
			continue
		}
		if d := o.Frame.Decode(); s.reports(o) && sameAddr(source(d), from) {
			found = append(found, i)
		}
	}
	return found
}

// address resolves an address or "@node:interface"; "" gives the zero Addr.
func (s *scope) address(text string, k *Check) (netip.Addr, bool) {
	if text == "" {
		return netip.Addr{}, true
	}
	if name, ok := strings.CutPrefix(text, "@"); ok {
		b, known := s.r.Bindings[name]
		a := b.IPv4
		if s.cs.Ping.Target.Is6() {
			a = b.IPv6
		}
		if !known || !a.IsValid() {
			k.err("%s has no address of the target's family in this step", text)
			return a, false
		}
		return a, true
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		k.err("%v", err)
		return a, false
	}
	return a, true
}

func (s *scope) mac(text string, k *Check) (net.HardwareAddr, bool) {
	if text == "" {
		return nil, true
	}
	if name, ok := strings.CutPrefix(text, "@"); ok {
		b, known := s.r.Bindings[name]
		if !known {
			k.err("%s does not exist in this step", text)
			return nil, false
		}
		return b.MAC[:], true
	}
	m, err := net.ParseMAC(text)
	if err != nil {
		k.err("%v", err)
		return nil, false
	}
	return m, true
}

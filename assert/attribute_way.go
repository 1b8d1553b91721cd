package assert

import (
	"net/netip"

	"netverify/frame"
	"netverify/recording"
)

// resolves tells whether a frame asks or tells where a station is, both being
// on the way of the question or of its answer: the host that asks, the one that
// is asked, and the routers between them. What a station announces of itself is
// caused by nothing of that.
func (s *scope) resolves(d *frame.Decoded) bool {
	if s.parties == nil {
		s.parties = s.onTheWay()
	}
	switch {
	case d.ARP != nil:
		a := d.ARP
		return (a.Op == 1 || a.Op == 2) && !a.Gratuitous && !a.Probe && !a.Announces && s.parties[a.SenderIP] && s.parties[a.TargetIP]
	case d.ICMPv6 != nil && (d.ICMPv6.Type == frame.NeighborSolicitation || d.ICMPv6.Type == frame.NeighborAdvertisement):
		from, to := d.IPv6.Src, d.IPv6.Dst
		local := func(a netip.Addr) bool { return s.parties[a] || a.IsLinkLocalUnicast() }
		return !from.IsUnspecified() && local(from) && (to.IsMulticast() && d.ICMPv6.Type == frame.NeighborSolicitation || local(to)) && s.parties[d.ICMPv6.Target]
	}
	return false
}

// onTheWay are the addresses of those who may have to find each other.
func (s *scope) onTheWay() map[netip.Addr]bool {
	nodes := make(map[string]bool)
	nodes[recording.NodeOf(s.cs.From)] = true
	for _, e := range s.c.Graph {
		if e.Routed {
			nodes[recording.NodeOf(e.From.Point)] = true
		}
	}
	out := make(map[netip.Addr]bool)
	for name, b := range s.r.Bindings {
		if nodes[recording.NodeOf(name)] {
			out[b.IPv4], out[b.IPv6] = true, true
		}
	}
	if s.cs.Ping != nil {
		out[s.cs.Ping.Target.Unmap().WithZone("")] = true
	}
	for _, f := range s.crafted() {
		d := f.Decode()
		out[source(d)], out[target(d)] = true, true
		if d.ARP != nil {
			out[d.ARP.SenderIP], out[d.ARP.TargetIP] = true, true
		}
	}
	delete(out, netip.Addr{})
	delete(out, netip.IPv4Unspecified())
	return out
}

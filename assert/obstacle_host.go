package assert

import (
	"fmt"
	"net/netip"

	"netverify/frame"
	"netverify/recording"
)

// stuck explains by the state of the hosts that the frame of an observation came
// to why none of them answered it or passed it on to a place. Where it came to that
// place, and nobody there was to answer, nothing was kept from it.
func (s *scope) stuck(i int, want Place, answers bool) string {
	j, stop := s.find(i)
	for n := range j.Stops {
		if j.Stops[n].Root != j.Stops[stop].Root || j.Stops[n].Hop.Dir != frame.In {
			continue
		}
		o := &s.rec.Observations[j.Stops[n].Observation]
		for k := range s.r.Forwarding.Hosts {
			h := &s.r.Forwarding.Hosts[k]
			if h.Node != s.rec.Points[o.Point].Node || s.names[o.Point] == want.Point && !answers || o.Type == frame.ToOther || s.untaken(j.Stops[n].Observation) != "" {
				continue
			}
			if text := s.unminded(h, s.names[o.Point], o.Frame.Decode()); text != "" {
				return "; as the step ended, " + text
			}
		}
	}
	return ""
}

// unminded says why a host does nothing with what came in at one of its
// interfaces (net/ipv4/arp.c:arp_process, net/ipv4/fib_frontend.c:
// fib_validate_source, net/ipv4/icmp.c:icmp_echo, net/ipv4/ip_forward.c).
func (s *scope) unminded(h *recording.HostState, point string, d *frame.Decoded) string {
	var in recording.InputState
	for _, x := range h.Inputs {
		if x.Point == point {
			in = x
		}
	}
	from, to, four := source(d), target(d), d.IPv4 != nil || d.ARP != nil
	if d.ARP != nil {
		from, to = d.ARP.SenderIP, d.ARP.TargetIP
	}
	own := s.owns(h.Node, to)
	if !from.IsValid() || to.IsMulticast() || d.ARP != nil && (!own || d.ARP.Op != 1) {
		return ""
	}
	back, known := h.Routes[from]
	ref, _ := recording.ParseRef(point)
	switch way, led := h.Routes[to]; {
	case d.ARP != nil && in.ARPIgnore != 0:
		return fmt.Sprintf("%s had arp_ignore %d", point, in.ARPIgnore)
	case four && known && from.IsValid() && !from.IsUnspecified() && (in.RPFilter == 1 && back != ref.Iface || in.RPFilter == 2 && back == ""):
		return fmt.Sprintf("%s had rp_filter %d, and %s", point, in.RPFilter, reached(h, from, back))
	case d.ARP != nil:
		return ""
	case own && isEchoRequest(d) && four && h.IgnoresIP4:
		return h.Node + " answered no echo requests (icmp_echo_ignore_all)"
	case own && isEchoRequest(d) && !four && h.IgnoresIP6:
		return h.Node + " answered no echo requests (net.ipv6.icmp.echo_ignore_all)"
	case own && known && back == "":
		return reached(h, from, back)
	case own, d.Dst.IsGroup():
		return ""
	case four && !h.ForwardsIP4, !four && !h.ForwardsIP6:
		return h.Node + " was no router (forwarding off), and has not the address " + to.String()
	case led && way == "":
		return reached(h, to, way)
	case h.FilterDrops:
		return "the packet filter of " + h.Node + " dropped what it was to pass on and none of its rules accepts (policy drop)"
	}
	return ""
}

func reached(h *recording.HostState, a netip.Addr, iface string) string {
	if iface == "" {
		return fmt.Sprintf("%s had no route to %s", h.Node, a)
	}
	return fmt.Sprintf("%s reached %s by %s", h.Node, a, iface)
}

// owns tells whether an address is one of a node's.
func (s *scope) owns(node string, a netip.Addr) bool {
	for name, b := range s.r.Bindings {
		if recording.NodeOf(name) == node && (sameAddr(b.IPv4, a) || sameAddr(b.IPv6, a)) {
			return true
		}
	}
	return false
}

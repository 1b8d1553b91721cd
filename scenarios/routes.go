package scenarios

import (
	"net/netip"
)

// routes reads the routes of a node, whose interfaces exist. They are added in
// this order, and each may be the way to the gateway of the next ones.
func (r *resolver) routes(node string, docs []routeDoc) (list []Route) {
	type key struct {
		to     netip.Prefix
		metric uint32
	}
	seen := map[key]Route{}
	for i := range docs {
		doc := &docs[i]
		if doc.node == nil || r.bad[doc.node] {
			continue
		}
		route, ok := r.route(node, doc, list)
		if !ok {
			continue
		}
		k := key{route.To, route.priority()}
		first, taken := seen[k]
		switch same := first; {
		case !taken:
			seen[k] = route
			list = append(list, route)
			continue
		default:
			same.Pos = route.Pos
			if same == route {
				r.at(doc.node, "the same route is given twice")
				continue
			}
		}
		r.at(doc.node, "%s has a route to %s with the same metric already (line %d), and the kernel refuses a second one (EEXIST): write another, as in metric: 100; of several routes the one of the smallest metric is taken",
			node, doc.To.S, first.Line)
	}
	return list
}

// priority is the metric that the kernel gives a route: where none is written
// 0 to those of IPv4, 1024 to those of IPv6 (linux/ipv6_route.h:IP6_RT_PRIO_USER).
func (r Route) priority() uint32 {
	const user = 1024
	if r.Metric == 0 && r.To.Addr().Is6() {
		return user
	}
	return r.Metric
}

func (r *resolver) route(node string, doc *routeDoc, before []Route) (Route, bool) {
	route := Route{Pos: doc.pos(), Iface: doc.Iface.S, Metric: uint32(doc.Metric.N), OnLink: doc.OnLink.V}
	ok := r.ifaceOf(node, doc.Iface)
	if doc.Via.set() {
		via, good := r.ip(doc.Via)
		route.Via, ok = via, good && ok
	}
	switch to, err := netip.ParsePrefix(doc.To.S); {
	case doc.To.S == "default" && route.Via.Is6():
		route.To = netip.PrefixFrom(netip.IPv6Unspecified(), 0)
	case doc.To.S == "default":
		route.To = netip.PrefixFrom(netip.IPv4Unspecified(), 0)
	case err != nil:
		r.at(doc.To.node, "to must be default or a prefix such as 198.51.100.0/24, not %q", doc.To.S)
		return route, false
	case to != to.Masked():
		r.at(doc.To.node, "%s has bits behind its prefix length; did you mean \"%s\"?", to, to.Masked())
		return route, false
	default:
		route.To = to
	}
	if !ok {
		return route, false
	}
	return route, r.hop(node, doc, &route, before)
}

// hop checks where a route leads to.
func (r *resolver) hop(node string, doc *routeDoc, route *Route, before []Route) bool {
	switch {
	case !doc.Via.set() && !doc.Iface.set():
		r.at(doc.node, "a route needs via, or iface for an on-link one")
	case !doc.Via.set() && route.OnLink:
		r.at(doc.OnLink.node, "on-link says that the gateway is, and this route has none (via): its destination is on-link already")
	case !doc.Via.set():
		return true
	case route.OnLink && !doc.Iface.set():
		r.at(doc.OnLink.node, "on-link needs iface: on which link the gateway is")
	case route.To.Addr().Is6() && route.Via.Is4(): // the other way round the kernel takes (RFC 8950)
		r.at(doc.Via.node, "the gateway %s is not of the family of %s", route.Via, route.To)
	case route.Via.Is6() && route.Via.IsLinkLocalUnicast() && !doc.Iface.set():
		r.at(doc.Via.node, "the gateway %s is an address of one link: write which, as in iface: eth0", route.Via)
	case route.OnLink, route.Via.IsLinkLocalUnicast():
		return true
	default:
		return r.gateway(node, doc, route.Via, before)
	}
	return false
}

// gateway checks that a gateway is on-link, by a subnet or by a route that is
// there before: the kernel refuses another (net/ipv4/fib_semantics.c:fib_check_nh,
// "Nexthop has invalid gateway").
func (r *resolver) gateway(node string, doc *routeDoc, via netip.Addr, before []Route) bool {
	iface, own := r.onLink(node, via, doc.Iface.S)
	const write = "write a route to it before this one, as in {to: %s/%d, iface: eth0}, or on-link: true"
	switch {
	case own:
		r.at(doc.Via.node, "the gateway %s is an address of %s itself", via, node)
	case iface != "" || routedTo(via, doc.Iface.S, before) != "":
		return true
	case doc.Iface.set():
		r.at(doc.Via.node, "the gateway %s is in no subnet of %s:%s: "+write, via, node, doc.Iface.S, via, via.BitLen())
	default:
		r.at(doc.Via.node, "the gateway %s is in no subnet of %s%s: "+write, via, node, r.subnets(node), via, via.BitLen())
	}
	return false
}

// routedTo returns the interface by which an on-link route (or one of the given
// interface) leads to an address, "" where none does.
func routedTo(addr netip.Addr, only string, routes []Route) string {
	iface, bits := "", -1
	for _, x := range routes {
		if !x.Via.IsValid() && x.To.Contains(addr) && x.To.Bits() > bits && (only == "" || x.Iface == only) {
			iface, bits = x.Iface, x.To.Bits()
		}
	}
	return iface
}

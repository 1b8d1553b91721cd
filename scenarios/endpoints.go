package scenarios

import (
	"net/netip"
	"strings"

	"netverify/recording"
	"netverify/scenarios/internal/yamltree"
)

// endpoint is one address of one interface.
type endpoint struct {
	recording.Ref
	addr netip.Addr
}

// endpoints returns the addresses that a name stands for: those of a node, of
// an interface, or the literal itself, which has no Ref. It reports names that
// do not exist.
func (r *resolver) endpoints(t text, literal bool) (list []endpoint, ok bool) {
	if !t.set() {
		return nil, false
	}
	if literal {
		if addr, zone := cutZone(t.S); zone != "" {
			t.S = addr // which interface that is depends on who asks
		}
		if _, err := netip.ParseAddr(t.S); err == nil || strings.Contains(t.S, "/") {
			addr, ok := r.ip(t)
			return []endpoint{{addr: addr}}, ok
		}
	}
	only := recording.Ref{}
	if strings.Contains(t.S, ":") {
		if only, ok = r.ref(t); !ok {
			return nil, false
		}
	} else if r.nodes[t.S] == nil {
		r.at(t.node, "there is no node %q%s", t.S, oneOf(t.S, r.nodeNames()))
		return nil, false
	}
	node := t.S
	if only != (recording.Ref{}) {
		node = only.Node
	}
	for _, ref := range r.within[node] {
		i := r.live[ref]
		if i == nil || only != (recording.Ref{}) && ref != only {
			continue
		}
		for _, p := range i.Addresses {
			list = append(list, endpoint{ref, p.Addr()})
		}
	}
	if len(list) == 0 {
		r.at(t.node, "%s has no address at this point", t.S)
		return nil, false
	}
	return list, true
}

func ofFamily(list []endpoint, four bool) (out []endpoint) {
	for _, e := range list {
		if e.addr.Is4() == four {
			out = append(out, e)
		}
	}
	return out
}

// ends are what a step of the stack says about its two ends.
type ends struct {
	node             *yamltree.Node
	from, to, family text
}

// resolved are both ends of a question.
type resolved struct {
	from  recording.Ref
	bind  bool
	to    netip.Addr
	toRef *recording.Ref
}

// between settles who asks whom; the zero value after an error.
func (r *resolver) between(doc ends) (q resolved) {
	from, ok1 := r.endpoints(doc.from, false)
	to, ok2 := r.endpoints(doc.to, true)
	if !ok1 || !ok2 {
		return q
	}
	four, ok := r.family(doc, from, to)
	if !ok {
		return q
	}
	from = ofFamily(from, four)
	target := aimed(from, ofFamily(to, four))
	q.to = target.addr
	if target.Ref != (recording.Ref{}) {
		q.toRef = &target.Ref
	}
	q.bind = strings.Contains(doc.from.S, ":")
	if scoped(q.to) {
		q.from, _ = r.asker(doc, from, target)
	} else {
		q.from = r.source(from, target.addr)
	}
	return q
}

// family settles which family two ends speak; ok is false after an error.
func (r *resolver) family(doc ends, from, to []endpoint) (four, ok bool) {
	can4 := len(ofFamily(from, true)) > 0 && len(ofFamily(to, true)) > 0
	can6 := len(ofFamily(from, false)) > 0 && len(ofFamily(to, false)) > 0
	switch {
	case doc.family.S == "ipv4" && !can4, doc.family.S == "ipv6" && !can6:
		r.at(doc.family.node, "%s and %s do not both have %s addresses", doc.from.S, doc.to.S, doc.family.S)
	case doc.family.set():
		return doc.family.S == "ipv4", true
	case can4 && can6:
		r.at(doc.node, "%s and %s have addresses of both families: say family: ipv4 or ipv6", doc.from.S, doc.to.S)
	case !can4 && !can6:
		r.at(doc.to.node, "%s and %s have no address family in common", doc.from.S, doc.to.S)
	default:
		return can4, true
	}
	return false, false
}

func (r *resolver) ping(doc *pingDoc) *Ping {
	q := r.between(ends{doc.node, doc.From, doc.To, doc.Family})
	return &Ping{
		From: q.from, Bind: q.bind, To: q.to, ToRef: q.toRef,
		Count: doc.Count.or(defaultCount), Size: doc.Size.or(defaultSize), TTL: int(doc.TTL.N), DontFragment: doc.DontFragment.V,
	}
}

func (r *resolver) traceroute(doc *tracerouteDoc) *Traceroute {
	q := r.between(ends{doc.node, doc.From, doc.To, doc.Family})
	t := &Traceroute{
		From: q.from, Bind: q.bind, To: q.to, UDP: doc.Protocol.S != "icmp",
		First: doc.First.or(1), Max: doc.Max.or(defaultHops),
	}
	if q.to.IsMulticast() {
		r.at(doc.To.node, "%s is a group: a route is traced to one station", q.to)
	}
	if t.First > t.Max {
		r.at(doc.node, "the first TTL, %d, is above the last, %d", t.First, t.Max)
	}
	return t
}

func (r *resolver) udp(doc *udpDoc) *UDP {
	q := r.between(ends{doc.node, doc.From, doc.To, doc.Family})
	u := &UDP{
		From: q.from, Bind: q.bind, To: q.to, DstPort: int(doc.DstPort.N), SrcPort: doc.SrcPort.or(defaultSrcPort),
		Count: doc.Count.or(defaultCount), Size: doc.Size.or(defaultUDPSize), TTL: int(doc.TTL.N), GSO: doc.GSO.V,
	}
	switch {
	case u.GSO && (u.Count < 2 || u.Count > maxGSO):
		r.at(doc.GSO.node, "count: %d: with gso, 2 to %d datagrams are given to the stack as one (UDP_MAX_SEGMENTS)", u.Count, maxGSO)
	case u.GSO && u.Count*u.Size > maxUDPData:
		r.at(doc.GSO.node, "count: %d of %d bytes are more than the %d that one datagram can have, as which gso gives them to the stack", u.Count, u.Size, maxUDPData)
	}
	return u
}

// maxGSO is how many datagrams a stack takes as one, 64 or more
// (include/linux/udp.h:UDP_MAX_SEGMENTS).
const maxGSO = 64

// maxUDPData are the data bytes of the longest datagram of IPv4 (RFC 768, RFC 791).
const maxUDPData = 65535 - 20 - 8

// source picks the interface by which the stack of a node will reach an
// address: the one that has it, else the longest route, else the first that
// has an address.
func (r *resolver) source(from []endpoint, to netip.Addr) recording.Ref {
	best, bits := from[0].Ref, -1
	node := from[0].Node
	usable := func(iface string) bool {
		for _, e := range from {
			if e.Iface == iface {
				return true
			}
		}
		return false
	}
	for _, e := range from {
		if e.addr == to {
			return e.Ref
		}
		for _, p := range r.live[e.Ref].Addresses {
			if p.Contains(to) && p.Bits() > bits {
				best, bits = e.Ref, p.Bits()
			}
		}
	}
	metric := uint32(0) // of the best: what is on-link has none
	for _, route := range r.routesNow[node] {
		iface := route.Iface
		if iface == "" {
			iface, _ = r.onLink(node, route.Via, "")
		}
		if iface == "" {
			iface = routedTo(route.Via, "", r.routesNow[node])
		}
		length, m := route.To.Bits(), route.priority()
		if route.To.Contains(to) && (length > bits || length == bits && m < metric) && usable(iface) {
			best, bits, metric = recording.Ref{Node: node, Iface: iface}, length, m
		}
	}
	return best
}

func (r *resolver) arping(doc *arpingDoc) *Arping {
	a := &Arping{Count: int(doc.Count.N), Probe: doc.Probe.V}
	if !doc.Count.set() {
		a.Count = defaultCount
	}
	to, ok := r.endpoints(doc.To, true)
	if to = ofFamily(to, true); ok && len(to) == 0 {
		r.at(doc.To.node, "%s has no IPv4 address; ARP knows no other", doc.To.S)
	}
	if len(to) > 0 {
		a.To = to[0].addr
	}
	if a.Probe {
		a.From = r.prober(doc.From)
		return a
	}
	from, ok := r.endpoints(doc.From, false)
	if from = ofFamily(from, true); ok && len(from) == 0 {
		r.at(doc.From.node, "%s has no IPv4 address: only a probe (probe: true) goes without", doc.From.S)
	}
	if len(from) > 0 {
		a.From = from[0].Ref
		if len(to) > 0 {
			a.From = r.source(from, to[0].addr)
		}
	}
	return a
}

// prober is the interface that sends a probe, with or without an address.
func (r *resolver) prober(t text) recording.Ref {
	if !t.set() {
		return recording.Ref{}
	}
	if r.nodes[t.S] != nil {
		if names := r.namesIn(t.S); len(names) == 1 {
			return recording.Ref{Node: t.S, Iface: names[0]}
		}
	}
	ref, _ := r.ref(t)
	return ref
}

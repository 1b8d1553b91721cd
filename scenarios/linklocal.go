package scenarios

import (
	"net/netip"
	"strings"

	"netverify/recording"
)

// scoped tells whether an address means something on one link only (RFC 4007
// section 6): whoever asks it says by which of his interfaces.
func scoped(a netip.Addr) bool {
	return a.Is6() && (a.IsLinkLocalUnicast() || a.IsLinkLocalMulticast() || a.IsInterfaceLocalMulticast())
}

// cutZone takes the interface off an address that is written with one, as in
// fe80::1%eth0 (RFC 4007 section 11).
func cutZone(s string) (addr, zone string) {
	a, zone, ok := strings.Cut(s, "%")
	if parsed, err := netip.ParseAddr(a); !ok || err != nil || !scoped(parsed) {
		return s, ""
	}
	return a, zone
}

// aimed picks the address of a target that is asked: its first, or the first
// link-local one where the asking host has no address of another kind.
func aimed(from, to []endpoint) endpoint {
	for _, e := range from {
		if !e.addr.IsLinkLocalUnicast() || e.addr.Is4() {
			return to[0]
		}
	}
	for _, e := range to {
		if scoped(e.addr) {
			return e
		}
	}
	return to[0]
}

// asker is the interface by which a host asks an address that means something
// on one link only: the one that is written behind it, the one of from, the one
// on the target's segment, or the only one.
func (r *resolver) asker(doc ends, from []endpoint, target endpoint) (recording.Ref, bool) {
	node := from[0].Node
	if _, zone := cutZone(doc.to.S); zone != "" {
		ref := recording.Ref{Node: node, Iface: zone}
		switch {
		case r.live[ref] == nil:
			r.at(doc.to.node, "node %q has no interface %q%s", node, zone, oneOf(zone, r.namesIn(node)))
			return ref, false
		case strings.Contains(doc.from.S, ":") && doc.from.S != ref.String():
			r.at(doc.to.node, "%s is asked by %s, and the socket is bound to %s: they must be the same", doc.to.S, ref, doc.from.S)
			return ref, false
		}
		return ref, true
	}
	var near, all []recording.Ref
	s := r.segments()
	for _, e := range from {
		switch {
		case e.addr == target.addr:
			return e.Ref, true
		case len(all) > 0 && all[len(all)-1] == e.Ref:
			continue
		case target.Ref != (recording.Ref{}) && s.root(e.Ref.String()) == s.root(target.Ref.String()):
			near = append(near, e.Ref)
		}
		all = append(all, e.Ref)
	}
	switch {
	case len(near) == 1:
		return near[0], true
	case len(all) == 1:
		return all[0], true
	}
	r.at(doc.to.node, "%s is an address of one link, and %s has several: write which, as in from: \"%s\", or to: \"%s%%%s\"",
		target.addr, node, all[0], target.addr, all[0].Iface)
	return all[0], false
}

package run

import (
	"net/netip"

	"netverify/craft"
	"netverify/lab"
	"netverify/recording"
)

// ipvlan fences what comes from the wire for an ipvlan child, and what leaves
// it (drivers/net/ipvlan/ipvlan_core.c). Unicast finds a child by its address:
// the fence is an ARP message for it. Group frames reach all children by a work
// queue in mode l2; in mode l3 only what is for one of their addresses does. In
// mode l3s the child itself receives nothing that could be seen, and in the l3
// modes only IP leaves: there a quiet window stands in.
func (p *planner) ipvlan(f *lab.Interface) {
	parent := p.parent(f)
	if parent == nil || f.Mode == "l3s" {
		return
	}
	if f.Mode == "l2" {
		p.leave(f)
	}
	wire, vlans := p.wire(f)
	if wire == nil {
		return
	}
	if f.Mode == "l2" {
		p.broods(wire, f, parent, vlans)
	}
	for _, a := range f.Addresses {
		if !a.Addr().Is4() {
			continue
		}
		p.arp(wire, f, a.Addr(), parent, recording.Unicast)
		if f.Mode == "l3" {
			p.arp(wire, f, a.Addr(), parent, recording.Multidestination)
		}
		return
	}
}

// broods fences the way of a broadcast to ipvlans in mode l2: one fence to each of
// a few, one to all of many.
func (p *planner) broods(wire, f, parent *lab.Interface, vlans []craft.VLAN) {
	all := p.upon[parent.Ref]
	at := []side{p.out(wire), p.in(f)}
	if len(all) > p.room {
		p.crowds[parent.Ref] = len(all)
		return
	}
	if len(all) > manySiblings {
		if all[0] != f {
			return
		}
		for _, c := range all[1:] {
			at = append(at, p.in(c))
		}
	}
	p.add(wire, deadEnd, broadcast, vlans, recording.Multidestination, at...)
}

// arp fences the way to a child by one of its addresses.
func (p *planner) arp(wire, child *lab.Interface, target netip.Addr, parent *lab.Interface, c recording.Class) {
	dst := parent.MAC
	if c == recording.Multidestination {
		dst = broadcast
	}
	_, vlans := p.wire(child)
	p.add(wire, deadEnd, dst, vlans, c, p.out(wire), p.in(child)).target = target
}

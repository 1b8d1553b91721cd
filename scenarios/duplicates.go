package scenarios

import (
	"fmt"
	"net/netip"

	"netverify/recording"
)

// duplicateMACs reports a MAC that two interfaces of the topology have. (That
// of a passthru child or a VLAN is its parent's and not given.)
func (r *resolver) duplicateMACs() {
	owner := map[string]recording.Ref{}
	for pass := range 2 { // the written ones first: they are those to blame
		for _, ref := range r.order {
			i, doc := r.live[ref], r.docs[ref]
			written := doc != nil && doc.Link.MACAddress.set()
			if i == nil || i.MAC == nil || written != (pass == 0) {
				continue
			}
			mac := i.MAC.String()
			switch first, twice := owner[mac]; {
			case !twice:
				owner[mac] = ref
			case written:
				r.at(doc.Link.MACAddress.node, "%s is the MAC of %s already", mac, first)
			default:
				r.at(r.docs[first].Link.MACAddress.node, "%s is the MAC that %s gets where none is written", mac, ref)
			}
		}
	}
}

// segments tells which interfaces hear each other's broadcasts, as far as
// cables, switches and parents say: a forest of union by root.
type segments struct {
	r     *resolver
	up    map[string]string
	vlans map[string]string // segment of a VLAN, by the segment that it is carried on
}

func (s *segments) root(x string) string {
	for s.up[x] != "" && s.up[x] != x {
		if up := s.up[s.up[x]]; up != "" {
			s.up[x] = up
		}
		x = s.up[x]
	}
	return x
}

func (s *segments) join(a, b string) {
	if a, b = s.root(a), s.root(b); a != b {
		s.up[a] = b
	}
}

// filters tells whether ports of a bridge may be apart because of VLANs.
func (s *segments) filters(i *Interface) bool {
	m := s.r.live[recording.Ref{Node: i.Node, Iface: i.Master}]
	return m != nil && m.Bridge != nil && m.Bridge.VLANFiltering != nil && *m.Bridge.VLANFiltering
}

func (r *resolver) segments() *segments {
	s := &segments{r: r, up: map[string]string{}, vlans: map[string]string{}}
	for _, ref := range r.order {
		i := r.live[ref]
		if i == nil {
			continue
		}
		if i.Cable != nil {
			s.join(ref.String(), i.Cable.String())
		}
		if i.Master != "" && !s.filters(i) {
			s.join(ref.String(), recording.Ref{Node: i.Node, Iface: i.Master}.String())
		}
		if i.Link != nil && i.VLAN == nil {
			s.join(ref.String(), i.Link.String())
		}
	}
	for range 2 { // twice: a VLAN within a VLAN
		for _, ref := range r.order {
			if i := r.live[ref]; i != nil && i.VLAN != nil && i.Link != nil {
				key := fmt.Sprintf("%s %s %d", s.root(i.Link.String()), i.VLAN.Protocol, i.VLAN.ID)
				if first, ok := s.vlans[key]; ok {
					s.join(ref.String(), first)
				} else {
					s.vlans[key] = ref.String()
				}
			}
		}
	}
	return s
}

// duplicateAddresses reports an address that two interfaces of one segment have.
func (r *resolver) duplicateAddresses() {
	if r.doc.Topology.Duplicates.set() {
		return
	}
	type place struct {
		segment string
		addr    netip.Addr
	}
	s := r.segments()
	owner := map[place]recording.Ref{}
	for _, ref := range r.order {
		i, doc := r.live[ref], r.docs[ref]
		if i == nil || doc == nil {
			continue
		}
		for _, p := range i.Addresses {
			at := place{s.root(ref.String()), p.Addr()}
			first, twice := owner[at]
			if !twice {
				owner[at] = ref
				continue
			}
			for _, t := range doc.Addresses {
				if q, err := netip.ParsePrefix(t.S); err == nil && q.Addr() == p.Addr() {
					r.at(t.node, "%s is an address of %s already, on the same segment; where that is meant write duplicates: intended under topology", p.Addr(), first)
				}
			}
		}
	}
}

package scenarios

import (
	"slices"
	"strconv"
	"strings"

	"netverify/scenarios/internal/yamltree"
)

// port makes the attributes of a bridge port; refused says that the kernel is
// expected not to take them.
func (r *resolver) port(doc *portAttributes, refused bool) *Port {
	p := &Port{
		Hairpin: doc.Hairpin.ptr(), Isolated: doc.Isolated.ptr(), Learning: doc.Learning.ptr(), Flood: doc.Flood.ptr(),
		McastFlood: doc.McastFlood.ptr(), BcastFlood: doc.BcastFlood.ptr(), Locked: doc.Locked.ptr(), Guard: doc.Guard.ptr(),
		NeighSuppress: doc.NeighSuppress.ptr(), ProxyARP: doc.ProxyARP.ptr(), McastToUnicast: doc.McastToUnicast.ptr(),
		Cost: doc.Cost.ptr(), Native: doc.Native.ptr(), Access: doc.Access.ptr(),
	}
	if doc.State.set() {
		p.State = &doc.State.S
	}
	for _, t := range doc.Trunk {
		if v, ok := r.vids(t); ok {
			p.Trunk = append(p.Trunk, v)
		}
	}
	if doc.Access.set() && (doc.Native.set() || len(doc.Trunk) > 0) {
		r.at(doc.Access.node, "a port is an access port or a trunk: access stands beside trunk or native")
	}
	p.VLANs = r.portVLANs(doc.VLANs, refused)
	p.Tunnels = r.portTunnels(doc.VLANTunnel)
	p.VLANOptions, p.MST = r.vlanSetOf(doc.VLANSet), r.mst(doc.MST)
	return p
}

// maxTunnelID is the greatest id of a tunnel, of 24 bits (RFC 7348).
const maxTunnelID = 1<<24 - 1

func (r *resolver) portTunnels(t table[text]) (list []PortTunnel) {
	for _, e := range t.Entries {
		vids, ok := r.vids(e.Key)
		if !ok || !e.Value.set() {
			continue
		}
		tunnel := PortTunnel{VID: vids.From, Last: lastOf(vids), Gone: e.Value.S == "none"}
		if !tunnel.Gone {
			id, err := strconv.ParseUint(e.Value.S, 10, 32)
			last := id + uint64(vids.To-vids.From)
			if err != nil || id < 1 || last > maxTunnelID {
				r.at(e.Value.node, "%q is not a tunnel id from 1 to %d, nor none", e.Value.S, maxTunnelID-(vids.To-vids.From))
				continue
			}
			tunnel.ID = uint32(id)
		}
		list = append(list, tunnel)
	}
	slices.SortFunc(list, func(a, b PortTunnel) int { return a.VID - b.VID })
	return list
}

// portVLANs reads the VLANs of a port. The ids 0 and 4095 are reserved; the
// kernel answers EINVAL (net/bridge/br_private.h:br_vlan_valid_id).
func (r *resolver) portVLANs(t table[text], refused bool) (list []PortVLAN) {
	pvid := 0 // line
	for _, e := range t.Entries {
		s, ok := parseSpan(e.Key.S)
		reserved := s.Min == 0 || s.Max == 4095
		switch {
		case !ok || s.Max < s.Min || s.Max > 4095:
			r.at(e.Key.node, "%q is not a VLAN id from 1 to 4094, nor a range such as 10-20", e.Key.S)
			continue
		case reserved && !refused:
			r.at(e.Key.node, "VLAN ids 0 and 4095 are reserved and the kernel refuses them; only a set that expects fails may try %s", e.Key.S)
			continue
		case strings.HasPrefix(e.Value.S, "pvid") && s.Min != s.Max && !refused:
			// net/bridge/br_private.h:br_vlan_valid_range
			r.at(e.Key.node, "a port has one pvid: %s are several VLANs", e.Key.S)
			continue
		case strings.HasPrefix(e.Value.S, "pvid") && pvid != 0:
			r.at(e.Value.node, "a port has one pvid; line %d gives it one already", pvid)
		case strings.HasPrefix(e.Value.S, "pvid"):
			pvid = e.Value.node.Line
		}
		list = append(list, PortVLAN{VID: s.Min, Last: lastOf(VIDRange{s.Min, s.Max}), Flags: e.Value.S})
	}
	slices.SortFunc(list, func(a, b PortVLAN) int { return a.VID - b.VID })
	return list
}

func (r *resolver) vids(t text) (VIDRange, bool) {
	if !t.set() {
		return VIDRange{}, false
	}
	s, ok := parseSpan(t.S)
	if !ok || s.Min < 1 || s.Max < s.Min || s.Max > 4094 {
		r.at(t.node, "%q is not a VLAN id from 1 to 4094, nor a range such as 10-20", t.S)
		return VIDRange{}, false
	}
	return VIDRange{s.Min, s.Max}, true
}

// lastOf is the last of several VLANs, 0 where there is one.
func lastOf(r VIDRange) int {
	if r.From == r.To {
		return 0
	}
	return r.To
}

func hasVLANs(p *Port) bool {
	return len(p.Trunk) > 0 || p.Native != nil || p.Access != nil || len(p.VLANs) > 0
}

// onlyVLANs tells whether nothing but `vlans` and their options are written of a
// port: what a bridge has itself.
func (doc *portAttributes) onlyVLANs(n *yamltree.Node) bool {
	fields := fieldsOf(typeOf[portAttributes]())
	for _, p := range n.Pairs {
		if fields.named(p.Key.Value) != nil && p.Key.Value != "vlans" && p.Key.Value != "vlan_set" {
			return false
		}
	}
	return true
}

// written returns the keys of a port that are written, for messages.
func (doc *portAttributes) written(n *yamltree.Node) *yamltree.Node {
	fields := fieldsOf(typeOf[portAttributes]())
	for _, p := range n.Pairs {
		if fields.named(p.Key.Value) != nil {
			return p.Key
		}
	}
	return nil
}

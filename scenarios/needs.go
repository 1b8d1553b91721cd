package scenarios

import "net/netip"

// needs returns the features that a kernel must have for a plan.
func (r *resolver) needs() (list []Feature) {
	need := map[string]bool{FeatureNetns: true, FeaturePacket: true}
	for i := range r.plan.Nodes {
		n := &r.plan.Nodes[i]
		needBridge(need, n.Bridge)
		for j := range n.Interfaces {
			needInterface(need, &n.Interfaces[j])
		}
		for _, route := range n.Routes {
			needAddr(need, route.To.Addr())
			needAddr(need, route.Via)
		}
		needNeighbours(need, n.Neighbours)
		needFDB(need, n.FDB)
		needFirewall(need, n.Firewall)
	}
	for i := range r.plan.Steps {
		needStep(need, &r.plan.Steps[i])
	}
	for _, f := range Features {
		if need[f.Name] {
			list = append(list, f.Feature)
		}
	}
	return list
}

func needStep(need map[string]bool, s *Step) {
	if s.Send != nil && s.Send.Queue {
		need[FeatureMacvtapQueue] = true
	}
	if s.Create != nil {
		needInterface(need, &s.Create.Interface)
		if s.Create.Interface.Link != nil {
			need[FeatureVeth] = true // its carrier is awaited with the help of one: lab.kick
		}
	}
	for _, set := range s.Set {
		if c := set.Iface; c != nil {
			needPort(need, c.Port)
			needAttributes(need, c.Attributes)
			if c.Addresses != nil {
				needAddrs(need, *c.Addresses)
			}
			if c.Groups != nil {
				needGroups(need, *c.Groups)
			}
			if m := c.Macvlan; m != nil {
				needMacvlan(need, &MacvlanSpec{Mode: m.Mode, NoDst: m.NoDst != nil && *m.NoDst, BCQueueLen: m.BCQueueLen, BCLim: m.BCLim})
			}
		}
		if set.Node != nil {
			needBridge(need, set.Node.Bridge)
			needNeighbours(need, set.Node.Neighbours)
			needFDB(need, set.Node.FDB)
			if set.Node.FDBFlush != nil {
				need[FeatureBridgeFDBFlush] = true
			}
			needMDB(need, set.Node.MDB)
			needFirewall(need, set.Node.Firewall)
		}
	}
}

func needInterface(need map[string]bool, i *Interface) {
	feature := map[InterfaceKind]string{
		Veth: FeatureVeth, Macvlan: FeatureMacvlan, Macvtap: FeatureMacvtap, Ipvlan: FeatureIpvlan,
		VLAN: FeatureVLAN, Bond: FeatureBond, BridgeK: FeatureBridge, Dummy: FeatureDummy,
		Tun: FeatureTun, IPIP: FeatureIPIP, SIT: FeatureSIT, VRF: FeatureVRF,
	}[i.Kind]
	if feature != "" {
		need[feature] = true
	}
	if i.Ipvlan != nil && i.Ipvlan.Mode == "l3s" {
		need[FeatureIpvlanL3S] = true
	}
	needAddrs(need, i.Addresses)
	needGroups(need, i.Groups)
	needMacvlan(need, i.Macvlan)
	needBridge(need, i.Bridge)
	needPort(need, i.Port)
	needAttributes(need, i.Attributes)
}

func needMacvlan(need map[string]bool, m *MacvlanSpec) {
	if m == nil {
		return
	}
	need[FeatureMacvlan] = true // macvtap stands on it
	if m.Mode == "source" {
		need[FeatureMacvlanSource] = true
	}
	if m.NoDst {
		need[FeatureMacvlanNoDst] = true
	}
	if m.BCQueueLen != nil {
		need[FeatureMacvlanBCQueueLen] = true
	}
	if m.BCLim != nil {
		need[FeatureMacvlanBCLim] = true
	}
}

func needBridge(need map[string]bool, b *Bridge) {
	if b == nil {
		return
	}
	need[FeatureBridge] = true
	if b.VLANFiltering != nil && *b.VLANFiltering || b.VLANProtocol != "" || b.DefaultPVID != nil ||
		b.McastVLANSnooping != nil || b.MSTEnabled != nil || b.FDBLocalVLAN0 != nil || len(b.VLANGlobal) > 0 {
		need[FeatureBridgeVLANFiltering] = true
	}
	if b.MulticastSnooping != nil && *b.MulticastSnooping || b.McastVLANSnooping != nil {
		need[FeatureBridgeSnooping] = true
	}
	needAttributes(need, b.Attributes)
	for i := range b.VLANGlobal {
		needAttribute(need, &b.VLANGlobal[i].Attribute)
	}
}

// needAttributes are the features without which a bridge, or a port of one, has
// not got an attribute.
func needAttributes(need map[string]bool, list []AttributeValue) {
	for i := range list {
		needAttribute(need, &list[i].Attribute)
	}
}

func needAttribute(need map[string]bool, a *Attribute) {
	switch a.config() {
	case "CONFIG_BRIDGE_IGMP_SNOOPING":
		need[FeatureBridgeSnooping] = true
	case "CONFIG_BRIDGE_VLAN_FILTERING":
		need[FeatureBridgeVLANFiltering] = true
	case "CONFIG_IPV6":
		need[FeatureIPv6] = true
	}
}

func needPort(need map[string]bool, p *Port) {
	if p == nil {
		return
	}
	if hasVLANs(p) || len(p.VLANOptions) > 0 || len(p.MST) > 0 {
		need[FeatureBridgeVLANFiltering] = true
	}
	for i := range p.VLANOptions {
		needAttribute(need, &p.VLANOptions[i].Attribute)
	}
	if p.Isolated != nil {
		need[FeatureBridgePortIsolated] = true
	}
	if p.Locked != nil {
		need[FeatureBridgePortLocked] = true
	}
}

func needNeighbours(need map[string]bool, list []Neighbour) {
	for _, n := range list {
		needAddr(need, n.IP)
	}
}

func needFDB(need map[string]bool, list []FDBEntry) {
	for _, e := range list {
		if e.Sticky {
			need[FeatureBridgeFDBSticky] = true
		}
	}
}

func needMDB(need map[string]bool, list []MDBEntry) {
	for _, e := range list {
		need[FeatureBridgeSnooping] = true
		if e.FilterMode != "" || len(e.Sources) > 0 || e.Op == "replace" {
			need[FeatureBridgeMDBSources] = true
		}
		if group, err := netip.ParseAddr(e.Group); err == nil {
			needAddr(need, group)
		} else {
			need[FeatureBridgeMDBL2] = true
		}
	}
}

func needFirewall(need map[string]bool, f *Firewall) {
	if f != nil {
		need[FeatureNFTables] = true
		need[FeatureNFTablesInet] = true
	}
}

func needAddrs(need map[string]bool, list []netip.Prefix) {
	for _, p := range list {
		needAddr(need, p.Addr())
	}
}

func needGroups(need map[string]bool, list []netip.Addr) {
	for _, a := range list {
		needAddr(need, a)
	}
}

func needAddr(need map[string]bool, a netip.Addr) {
	if a.Is6() {
		need[FeatureIPv6] = true
	}
}

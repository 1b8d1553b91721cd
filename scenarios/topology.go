package scenarios

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"netverify/assert"
)

// Topology returns the topology that a plan asks for. Nothing was built: what the
// kernel chooses, and what steps make, is not in it.
func (pl *Plan) Topology() assert.Topology {
	t := assert.Topology{Planned: true, Nodes: []assert.Node{}, Changed: []assert.Node{}}
	for i := range pl.Nodes {
		t.Nodes = append(t.Nodes, plannedNode(&pl.Nodes[i]))
	}
	return t
}

func plannedNode(n *Node) assert.Node {
	out := assert.Node{Name: n.Name, Kind: "host"}
	switch {
	case n.Switch:
		out.Kind = "switch"
	case n.Forwarding:
		out.Kind, out.Forwards = "router", []string{"IPv4", "IPv6"}
	}
	if n.LoDown {
		out.Interfaces = append(out.Interfaces, assert.Interface{Name: "lo", Kind: "loopback", State: "down"})
	}
	named := slices.ContainsFunc(n.Interfaces, func(i Interface) bool { return i.Name == "br0" })
	if n.Switch && !named {
		br := Interface{Name: "br0", Kind: BridgeK, Bridge: n.Bridge}
		out.Interfaces = append(out.Interfaces, plannedInterface(n, &br))
	}
	for i := range n.Interfaces {
		out.Interfaces = append(out.Interfaces, plannedInterface(n, &n.Interfaces[i]))
	}
	for _, r := range n.Routes {
		to := r.To.String()
		if r.To.IsValid() && r.To.Bits() == 0 {
			to = "default"
		}
		via := ""
		if r.Via.IsValid() {
			via = r.Via.String()
		}
		out.Routes = append(out.Routes, assert.Route{To: to, Via: via, Dev: r.Iface})
	}
	if n.Firewall != nil {
		out.Firewall = n.Firewall.String()
	}
	return out
}

func plannedInterface(n *Node, s *Interface) assert.Interface {
	i := assert.Interface{
		Name: s.Name, Kind: string(s.Kind), MTU: s.MTU, Up: !s.Down, Carrier: !s.Down, State: "up",
		Master: plannedMaster(n, s), Options: map[string]string{},
	}
	if s.Down {
		i.State = "down"
	}
	if s.MAC != nil {
		i.MAC = s.MAC.String()
	}
	for _, a := range s.Addresses {
		i.Addresses = append(i.Addresses, a.String())
	}
	if s.Cable != nil {
		i.Peer = s.Cable.String()
	}
	if s.Link != nil {
		i.Link = s.Link.String()
	}
	plannedKind(&i, s)
	if s.Kind == BridgeK {
		plannedBridge(&i, n, s)
	}
	plannedPort(&i, s.Port)
	return i
}

// plannedMaster also finds the bond that names its members.
func plannedMaster(n *Node, s *Interface) string {
	if s.Master != "" {
		return s.Master
	}
	for i := range n.Interfaces {
		if b := n.Interfaces[i].Bond; b != nil && slices.Contains(b.Members, s.Name) {
			return n.Interfaces[i].Name
		}
	}
	return ""
}

func plannedKind(i *assert.Interface, s *Interface) {
	if m := s.Macvlan; m != nil {
		i.Mode = m.Mode
		if i.Mode == "" {
			i.Mode = "default mode"
		}
		plannedFlag(i, "nopromisc", m.NoPromisc, false)
		plannedFlag(i, "nodst", m.NoDst, false)
		if len(m.Sources) > 0 {
			i.Options["sources"] = strings.Join(m.Sources, ",")
		}
		if m.BCQueueLen != nil {
			i.Options["bcqueuelen"] = fmt.Sprint(*m.BCQueueLen)
		}
		if m.BCLim != nil {
			i.Options["bclim"] = fmt.Sprint(*m.BCLim)
		}
	}
	if p := s.Ipvlan; p != nil {
		i.Mode = p.Mode
		if p.Flag != "" && p.Flag != "bridge" {
			i.Options["flag"] = p.Flag
		}
	}
	if v := s.VLAN; v != nil {
		i.VLAN = assert.VLAN{Protocol: v.Protocol, ID: v.ID}
		if v.ReorderHdr != nil {
			plannedFlag(i, "reorder_hdr", *v.ReorderHdr, true)
		}
		plannedFlag(i, "loose_binding", v.LooseBinding, false)
		for key, m := range map[string]map[uint32]uint32{"egress_qos": v.EgressQoS, "ingress_qos": v.IngressQoS} {
			if s := priorities(m); s != "" {
				i.Options[key] = s
			}
		}
	}
	if s.Bond != nil {
		i.Mode = s.Bond.Mode
	}
}

// priorities writes a priority map as the state keys do: "0:3,6:7".
func priorities(m map[uint32]uint32) string {
	var list []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if m[k] != 0 { // as every one is that is not in the map
			list = append(list, fmt.Sprintf("%d:%d", k, m[k]))
		}
	}
	return strings.Join(list, ",")
}

// plannedFlag notes an option that is not what it usually is.
func plannedFlag(i *assert.Interface, key string, value, usual bool) {
	if value != usual {
		i.Options[key] = strconv.FormatBool(value)
	}
}

func plannedBridge(i *assert.Interface, n *Node, s *Interface) {
	b := s.Bridge
	if b == nil {
		b = &Bridge{}
	}
	for _, o := range []struct {
		key   string
		value *bool
	}{{"stp", b.STP}, {"multicast_snooping", b.MulticastSnooping}, {"vlan_filtering", b.VLANFiltering}} {
		i.Options[o.key] = strconv.FormatBool(o.value != nil && *o.value)
	}
	for k := range n.Interfaces {
		p := n.Interfaces[k].Port
		if p != nil && b.VLANFiltering == nil && plannedMaster(n, &n.Interfaces[k]) == s.Name && len(plannedVLANs(p)) > 0 {
			i.Options["vlan_filtering"] = "true"
		}
	}
	if b.VLANProtocol != "" {
		i.Options["vlan_protocol"] = b.VLANProtocol
	}
	if b.DefaultPVID != nil {
		i.Options["default_pvid"] = fmt.Sprint(*b.DefaultPVID)
	}
	if b.AgeingTime != nil {
		i.Options["ageing_time"] = b.AgeingTime.String()
	}
	for _, o := range b.TreeOptions() {
		i.Options[o[0]] = o[1]
	}
	if b.GroupFwdMask != nil {
		i.Options["group_fwd_mask"] = fmt.Sprintf("%#x", *b.GroupFwdMask)
	}
}

func plannedPort(i *assert.Interface, p *Port) {
	if p == nil {
		return
	}
	for _, f := range []struct {
		key   string
		value *bool
		usual bool
	}{
		{"hairpin", p.Hairpin, false}, {"isolated", p.Isolated, false}, {"learning", p.Learning, true}, {"flood", p.Flood, true},
		{"mcast_flood", p.McastFlood, true}, {"bcast_flood", p.BcastFlood, true}, {"locked", p.Locked, false}, {"guard", p.Guard, false},
		{"neigh_suppress", p.NeighSuppress, false}, {"proxyarp", p.ProxyARP, false}, {"mcast_to_unicast", p.McastToUnicast, false},
		{"vlan_tunnel", p.VLANTunnel(), false},
	} {
		if f.value != nil {
			plannedFlag(i, f.key, *f.value, f.usual)
		}
	}
	if p.State != nil && *p.State != "forwarding" {
		i.Options["port_state"] = *p.State
	}
	i.VLANs = plannedVLANs(p)
}

// plannedVLANs are the VLANs that a port names, by rising id.
func plannedVLANs(p *Port) (list []assert.PortVLAN) {
	add := func(from, to int, flags string) {
		list = append(list, assert.PortVLAN{From: from, To: to, Flags: flags})
	}
	for _, r := range p.Trunk {
		add(r.From, r.To, "tagged")
	}
	for _, native := range []*int{p.Native, p.Access} {
		if native != nil {
			add(*native, *native, "pvid untagged")
		}
	}
	for _, v := range p.VLANs {
		if v.Flags != "none" {
			add(v.VID, v.Range().To, v.Flags)
		}
	}
	slices.SortStableFunc(list, func(a, b assert.PortVLAN) int { return a.From - b.From })
	return assert.JoinVLANs(list)
}

// TreeOptions returns the options of the spanning tree that are set, each with its
// value.
func (b *Bridge) TreeOptions() (list [][2]string) {
	for _, t := range []struct {
		key string
		v   *time.Duration
	}{{"forward_delay", b.ForwardDelay}, {"hello_time", b.HelloTime}, {"max_age", b.MaxAge}} {
		if t.v != nil {
			list = append(list, [2]string{t.key, t.v.String()})
		}
	}
	if b.Priority != nil {
		list = append(list, [2]string{"priority", fmt.Sprint(*b.Priority)})
	}
	return list
}

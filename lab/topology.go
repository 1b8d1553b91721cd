package lab

import (
	"slices"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"netverify/assert"
)

// Topology reads the whole lab as the kernel has it now. A node that cannot be
// read says why; its neighbours stand there all the same.
func (l *Lab) Topology() assert.Topology {
	l.mu.RLock()
	defer l.mu.RUnlock()
	t := assert.Topology{}
	for _, n := range l.nodes {
		r, err := n.read()
		if err != nil {
			t.Nodes = append(t.Nodes, n.described(assert.Node{}, err))
			continue
		}
		t.Nodes = append(t.Nodes, n.described(n.topology(r)))
	}
	return t
}

// described is a node, or why it could not be read.
func (n *node) described(got assert.Node, err error) assert.Node {
	if err != nil {
		return assert.Node{Name: n.name, Kind: n.kind(nil), Trouble: err.Error()}
	}
	return got
}

func (n *node) kind(forwards []string) string {
	switch {
	case n.plan.Switch:
		return "switch"
	case len(forwards) > 0:
		return "router"
	}
	return "host"
}

func (n *node) topology(r reading) (assert.Node, error) {
	none := assert.Node{}
	forwards, err := n.forwards()
	if err != nil {
		return none, err
	}
	vlans, err := n.filteredVLANs(r.links)
	if err != nil {
		return none, err
	}
	routes, err := n.farRoutes()
	if err != nil {
		return none, err
	}
	t := assert.Node{Name: n.name, Kind: n.kind(forwards), Forwards: forwards, Routes: routes}
	if n.filters {
		if t.Firewall, _, err = n.firewallValue(); err != nil {
			return none, err
		}
	}
	for _, f := range r.list {
		got := r.links[f.Ifindex]
		i := f.data(got)
		if asEverywhere(&i) {
			continue
		}
		if i.Kind != "loopback" {
			i.Offloads = n.offloads(i.Name)
		}
		i.VLANs = ranges(vlans[f.Ifindex])
		t.Interfaces = append(t.Interfaces, i)
	}
	return t, nil
}

// asEverywhere tells a lo that there is nothing to say of.
func asEverywhere(i *assert.Interface) bool {
	return i.Kind == "loopback" && i.Up &&
		!slices.ContainsFunc(i.Addresses, func(a string) bool { return a != "127.0.0.1/8" && a != "::1/128" })
}

// data is what reports keep of an interface.
func (f Interface) data(got *link) assert.Interface {
	i := assert.Interface{
		Name: f.Ref.Iface, Kind: f.Kind, Ifindex: f.Ifindex, MTU: f.MTU, Up: f.Up,
		Carrier: got.flags&unix.IFF_LOWER_UP != 0, State: f.OperState,
		Master: f.Master, Mode: f.Mode, Options: options(got),
	}
	if f.Kind != "loopback" { // whose MAC is zero
		i.MAC = f.MAC.String()
	}
	for _, a := range f.Addresses {
		i.Addresses = append(i.Addresses, a.String())
	}
	switch {
	case f.Parent == nil:
	case f.Kind == "veth":
		i.Peer = f.Parent.String()
	default:
		i.Link = f.Parent.String()
	}
	if f.Kind == "vlan" {
		i.VLAN.Protocol, _ = values["protocol"](got)
		i.VLAN.ID = int(got.data.u16(nl.IFLA_VLAN_ID))
	}
	return i
}

// usual are the values of the state keys that Options tell of, as a new
// interface has them. What is not listed is told whenever it is there.
var usual = map[string]string{
	"promisc": "false", "allmulticast": "false",
	"nopromisc": "false", "nodst": "false", "sources": "", "bcqueuelen": "1000", "flag": "bridge",
	"reorder_hdr": "true", "loose_binding": "false", "ingress_qos": "", "egress_qos": "",
	"port_state": "forwarding", "ageing_time": "5m0s", "forward_delay": "15s", "hello_time": "2s", "max_age": "20s", "priority": "32768", "group_fwd_mask": "0x0",
	"bclim": defaultBCLim, "stp": "-", "multicast_snooping": "-", "vlan_filtering": "-",
}

func init() {
	for _, f := range portFlags {
		usual[f.key] = "false"
	}
	for _, key := range []string{"learning", "flood", "mcast_flood", "bcast_flood"} {
		usual[key] = "true"
	}
}

// options lists the state keys whose values are not the usual ones.
func options(got *link) map[string]string {
	var out map[string]string
	set := func(key, value string) {
		if out == nil {
			out = map[string]string{}
		}
		out[key] = value
	}
	for key, normal := range usual {
		if v, ok := values[key](got); ok && v != normal {
			set(key, v)
		}
	}
	if out["vlan_filtering"] == "true" {
		for _, key := range []string{"vlan_protocol", "default_pvid"} {
			if v, ok := values[key](got); ok {
				set(key, v)
			}
		}
	}
	return out
}

// Attributes of an RTM_NEWNETCONF message, from linux/netconf.h, and the index
// that stands for the whole namespace.
const (
	netconfIfindex    = 1 // NETCONFA_IFINDEX
	netconfForwarding = 2 // NETCONFA_FORWARDING
	netconfAll        = -1
)

// forwards lists the protocols that a node routes: what
// /proc/sys/net/ipv4/ip_forward and net.ipv6.conf.all.forwarding say, without
// entering the namespace for it (net/ipv4/devinet.c:inet_netconf_dump_devconf,
// net/ipv6/addrconf.c).
func (n *node) forwards() ([]string, error) {
	msgs, err := n.conn.dump(unix.RTM_GETNETCONF, nl.NewRtGenMsg())
	if err != nil {
		return nil, err
	}
	on := map[byte]bool{}
	for _, m := range msgs {
		if len(m) < 4 { // struct netconfmsg, padded: the family
			continue
		}
		a := parseAttrs(m[4:])
		on[m[0]] = on[m[0]] || int32(a.u32(netconfIfindex)) == netconfAll && a.u32(netconfForwarding) != 0
	}
	var list []string
	if on[unix.AF_INET] {
		list = append(list, "IPv4")
	}
	if on[unix.AF_INET6] {
		list = append(list, "IPv6")
	}
	return list, nil
}

// filteredVLANs are the VLANs of the ports of bridges that filter them; others
// keep tables that nothing looks at.
func (n *node) filteredVLANs(links map[int]*link) (map[int]vlanTable, error) {
	filters := map[int]bool{}
	for _, l := range links {
		if v, _ := values["vlan_filtering"](l); v == "true" {
			filters[l.index] = true
		}
	}
	if len(filters) == 0 {
		return nil, nil
	}
	all, err := n.conn.portVLANs()
	for index := range all {
		if l := links[index]; l == nil || !filters[index] && !filters[l.master()] {
			delete(all, index)
		}
	}
	return all, err
}

// ranges joins neighbouring VLANs that have the same flags.
func ranges(t vlanTable) (list []assert.PortVLAN) {
	for _, r := range t {
		list = append(list, assert.PortVLAN{From: int(r.from), To: int(r.to), Flags: vlanWords(r.flags)})
	}
	return assert.JoinVLANs(list)
}

// farRoutes are the routes that did not come with an address or an interface.
func (n *node) farRoutes() (list []assert.Route, err error) {
	all, err := n.conn.routes()
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		if r.protocol == unix.RTPROT_KERNEL || r.to.Addr().IsMulticast() {
			continue
		}
		to := r.to.String()
		if r.to.Bits() == 0 {
			to = "default"
		}
		route := assert.Route{To: to, Dev: n.nameOf(r.index)}
		if r.via.IsValid() {
			route.Via = r.via.String()
		}
		list = append(list, route)
	}
	return list, nil
}

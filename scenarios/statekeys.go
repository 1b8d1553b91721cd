package scenarios

import "strings"

// TargetKind is what a `state` expectation asks about.
type TargetKind uint8

// The kinds of target. A switch is a node with a forwarding database.
const (
	TargetInterface TargetKind = iota + 1
	TargetNode
	TargetSwitch
)

// StateKey is one value that a `state` expectation may ask for.
type StateKey struct {
	Name   string // "mode"; with Prefix "neighbour."
	Doc    string // what the value is and how it is written
	Prefix bool   // the key goes on after Name: "neighbour.192.0.2.1"
	Rest   string // what follows a prefix, for documents: "IP", "MAC", "PORT.VID"
}

// StateKeys returns the keys of a kind of target in the order of documents.
// Values are what ip(8), bridge(8) and ethtool(8) print; truth is "true" or
// "false"; a key that does not apply (the mode of a veth) is absent.
func StateKeys(target TargetKind) []StateKey {
	switch target {
	case TargetInterface:
		return interfaceKeys
	case TargetNode:
		return nodeKeys
	case TargetSwitch:
		return append(nodeKeys[:len(nodeKeys):len(nodeKeys)], switchKeys...)
	}
	return nil
}

// LookupStateKey returns the key that names one value of a kind of target;
// rest is what follows a prefix, and never empty there.
func LookupStateKey(target TargetKind, name string) (key StateKey, rest string, ok bool) {
	for _, k := range StateKeys(target) {
		if !k.Prefix && k.Name == name {
			return k, "", true
		}
		if rest, found := strings.CutPrefix(name, k.Name); k.Prefix && found && rest != "" {
			return k, rest, true
		}
	}
	return StateKey{}, "", false
}

var interfaceKeys = []StateKey{
	{Name: "kind", Doc: "rtnl kind: veth, macvlan, macvtap, ipvlan, vlan, bond, bridge, dummy, tun, ipip, sit, vrf; loopback for lo"},
	{Name: "name", Doc: "name, as the kernel has it"},
	{Name: "flags", Doc: "what it is, in ip-link(8)'s words, sorted, comma-separated: BROADCAST, LOOPBACK, MULTICAST, NOARP, POINTOPOINT, and as a member MASTER and SLAVE; not how it is (UP, PROMISC)"},
	{Name: "up", Doc: "IFF_UP: administratively up"},
	{Name: "operstate", Doc: "RFC 2863 state: up, down, lowerlayerdown, dormant, unknown"},
	{Name: "carrier", Doc: "IFF_LOWER_UP"},
	{Name: "macaddress", Doc: "MAC, six lower-case hexadecimal bytes"},
	{Name: "macaddress_type", Doc: "what sort of MAC that is: unicast local, unicast universal (the two values of the U/L bit), multicast, zero"},
	{Name: "mtu", Doc: "bytes without the Ethernet header"},
	{Name: "min_mtu", Doc: "least MTU that it takes, 0 for no bound (IFLA_MIN_MTU)"},
	{Name: "max_mtu", Doc: "greatest MTU that it takes, 0 for no bound (IFLA_MAX_MTU)"},
	{Name: "txqueuelen", Doc: "length of the transmit queue, packets (IFLA_TXQLEN)"},
	{Name: "group", Doc: "number of the interface's group (IFLA_GROUP)"},
	{Name: "netns_immutable", Doc: "it cannot be moved to another namespace (IFLA_NETNS_IMMUTABLE, Linux 6.15)"},
	{Name: "promiscuity", Doc: "number of users that made it promiscuous (IFLA_PROMISCUITY)"},
	{Name: "promisc", Doc: "IFF_PROMISC as userspace set it"},
	{Name: "allmulti", Doc: "number of users that made it receive all multicast (IFLA_ALLMULTI); on kernels before 6.1 the flag that userspace set"},
	{Name: "allmulticast", Doc: "IFF_ALLMULTI as userspace set it"},
	{Name: "fdb_self.", Doc: "permanent where the interface's own filter lets the MAC in besides its own (bridge-fdb(8), self)", Prefix: true, Rest: "MAC"},
	{Name: "maddress.", Doc: "number of users of a group MAC (ip-maddress(8)), one of which is that it was passed on to the parent; absent where nobody has joined it", Prefix: true, Rest: "GROUP MAC"},
	{Name: "addresses", Doc: "addresses with prefix length, sorted, comma-separated; link-local ones included"},
	{Name: "link", Doc: "parent as node:interface; link_index where the parent lies outside the lab"},
	{Name: "link_index", Doc: "ifindex of the parent in its own namespace (IFLA_LINK)"},
	{Name: "link_netnsid", Doc: "present where the parent lies in another namespace (IFLA_LINK_NETNSID)"},
	{Name: "master", Doc: "bridge or bond that it is a port of"},
	{Name: "numtxqueues", Doc: "number of transmit queues"},
	{Name: "numrxqueues", Doc: "number of receive queues"},
	{Name: "qdisc", Doc: "root queueing discipline"},
	{Name: "mode", Doc: "of macvlan, macvtap, ipvlan and bond, as ip-link(8) names it"},
	{Name: "nopromisc", Doc: "macvlan flag: a passthru child leaves its parent's promiscuity alone"},
	{Name: "nodst", Doc: "macvlan flag: a source child leaves other children's frames to them alone"},
	{Name: "sources", Doc: "macvlan source list: MACs, sorted, comma-separated"},
	{Name: "sources_count", Doc: "number of MACs in that list as the kernel counts them (IFLA_MACVLAN_MACADDR_COUNT)"},
	{Name: "bcqueuelen", Doc: "length of the macvlan broadcast queue that this child asks for, frames"},
	{Name: "usedbcqueuelen", Doc: "length in force for the whole parent, frames: the maximum over its children"},
	{Name: "bclim", Doc: "multicast receivers above which macvlan queues a frame"},
	{Name: "flag", Doc: "of ipvlan: bridge, private or vepa"},
	{Name: "id", Doc: "VLAN id"},
	{Name: "protocol", Doc: "of a VLAN interface: 802.1Q or 802.1ad"},
	{Name: "reorder_hdr", Doc: "VLAN flag REORDER_HDR"},
	{Name: "loose_binding", Doc: "VLAN flag LOOSE_BINDING"},
	{Name: "ingress_qos", Doc: "VLAN map PCP:priority, sorted, comma-separated"},
	{Name: "egress_qos", Doc: "VLAN map priority:PCP, sorted, comma-separated"},
	{Name: "hairpin", Doc: "bridge port: sends a frame back through the port it came by"},
	{Name: "isolated", Doc: "bridge port: talks to ports that are not isolated only"},
	{Name: "learning", Doc: "bridge port: learns source MACs"},
	{Name: "flood", Doc: "bridge port: gets unicast of unknown destination"},
	{Name: "mcast_flood", Doc: "bridge port: gets multicast of unknown group"},
	{Name: "bcast_flood", Doc: "bridge port: gets broadcast"},
	{Name: "locked", Doc: "bridge port: takes frames of known source MACs only"},
	{Name: "guard", Doc: "bridge port: a BPDU disables it"},
	{Name: "neigh_suppress", Doc: "bridge port: answers ARP and ND in place of others"},
	{Name: "proxyarp", Doc: "bridge port: answers ARP in place of others"},
	{Name: "vlan_tunnel", Doc: "bridge port: gives the VLANs that have a tunnel id to a tunnel"},
	{Name: "mcast_to_unicast", Doc: "bridge port: turns multicast into unicast copies"},
	{Name: "port_state", Doc: "bridge port: disabled, listening, learning, forwarding, blocking"},
	{Name: "cost", Doc: "bridge port: STP path cost"},
	{Name: "stp", Doc: "bridge: spanning tree is on"},
	{Name: "forward_delay", Doc: "bridge: how long a port listens, and then learns, as the root of its tree says: 15s"},
	{Name: "hello_time", Doc: "bridge: time between two BPDUs of the root, as the root says: 2s"},
	{Name: "max_age", Doc: "bridge: how long a BPDU holds, as the root says: 20s"},
	{Name: "priority", Doc: "bridge: its priority in the spanning tree: 32768"},
	{Name: "multicast_snooping", Doc: "bridge: IGMP and MLD snooping is on"},
	{Name: "vlan_filtering", Doc: "bridge: VLANs are filtered"},
	{Name: "vlan_protocol", Doc: "bridge: 802.1Q or 802.1ad"},
	{Name: "default_pvid", Doc: "bridge: VLAN id of ports that are given none"},
	{Name: "ageing_time", Doc: "bridge: how long an entry is kept, as a Go duration: 5m0s"},
	{Name: "no_linklocal_learn", Doc: "bridge: senders of link-local frames are not learned"},
	{Name: "mcast_vlan_snooping", Doc: "bridge: snooping goes VLAN by VLAN"},
	{Name: "mst_enabled", Doc: "bridge: ports have a state in each instance of the spanning tree"},
	{Name: "fdb_local_vlan_0", Doc: "bridge: its own addresses stand in the forwarding database once"},
	{Name: "group_fwd_mask", Doc: "bridge: which of 01:80:c2:00:00:0x are forwarded, hexadecimal: 0x4000"},
	{Name: "address_flags.", Doc: "flags of an address as ip-address(8) shows them, sorted, space-separated: dadfailed, deprecated, dynamic, home, mngtmpaddr, nodad, noprefixroute, optimistic, permanent, secondary, stable-privacy, temporary, tentative; permanent or dynamic is always among them", Prefix: true, Rest: "IP"},
	{Name: "neighbour.", Doc: "MAC that the neighbour table has for an IP on this interface", Prefix: true, Rest: "IP"},
	{Name: "neighbour_state.", Doc: "state of that entry, as of a node", Prefix: true, Rest: "IP"},
	{Name: "counters.", Doc: "IFLA_STATS64 counter: rx_packets, tx_packets, rx_bytes, tx_bytes, rx_errors, tx_errors, rx_dropped, tx_dropped, multicast, collisions, rx_nohandler; a range will do: 200-250, 200-. Fences are counted, too", Prefix: true, Rest: "NAME"},
	{Name: "fdb.", Doc: "bridge: as of its node, of this bridge alone", Prefix: true, Rest: "MAC"},
	{Name: "fdb_flags.", Doc: "bridge: as of its node, of this bridge alone", Prefix: true, Rest: "MAC"},
	{Name: "features.", Doc: "offload by ethtool(8) feature name", Prefix: true, Rest: "NAME"},
	{Name: "attribute.", Doc: "any attribute of its kind, or of it as a bridge port, by its name in linux/if_link.h (docs/attributes.md): a number or a MAC; absent where the kernel does not tell it", Prefix: true, Rest: "NAME"},
}

var nodeKeys = []StateKey{
	{Name: "forwarding", Doc: "net.ipv4.ip_forward"},
	{Name: "firewall", Doc: `packet filter in one line, in nft(8)'s words: "forward policy drop; iif eth0 oif eth1 accept"; absent where there is none`},
	{Name: "neighbour.", Doc: "MAC that the neighbour table has for an IP", Prefix: true, Rest: "IP"},
	{Name: "neighbour_state.", Doc: "state of an IP in the neighbour table: reachable, stale, delay, probe, failed, incomplete, permanent, noarp", Prefix: true, Rest: "IP"},
	{Name: "proxy.", Doc: "interfaces at which the host answers for an IP that is not its own (ip-neighbour(8), proxy), sorted, comma-separated", Prefix: true, Rest: "IP"},
	{Name: "route.", Doc: `route of the main table: "via 192.0.2.1 dev eth0" or "dev eth0"`, Prefix: true, Rest: "PREFIX or default"},
	{Name: "sysctl.", Doc: "value of a key below net.: sysctl.net.ipv4.ip_forward", Prefix: true, Rest: "KEY"},
}

var switchKeys = []StateKey{
	{Name: "fdb.", Doc: "port behind which the bridge knows a MAC, a host's bridges all of them; with a VLAN id appended after '/', in that VLAN", Prefix: true, Rest: "MAC"},
	{Name: "fdb_flags.", Doc: "flags of that entry, sorted, space-separated: dynamic, extern_learn, local, locked, static, sticky", Prefix: true, Rest: "MAC"},
	{Name: "mdb.", Doc: "ports that listen to a group, an IP or a MAC, sorted, comma-separated, br0 for the bridge itself; with a VLAN id appended after '/', in that VLAN", Prefix: true, Rest: "GROUP"},
	{Name: "mdb_state.", Doc: "of these entries: permanent, temp", Prefix: true, Rest: "GROUP"},
	{Name: "vlan.", Doc: `flags of a VLAN on a port: "pvid untagged", "pvid", "untagged" or "tagged"`, Prefix: true, Rest: "PORT.VID"},
	{Name: "tunnel.", Doc: "tunnel id of a VLAN on a port", Prefix: true, Rest: "PORT.VID"},
	{Name: "vlan_global.", Doc: "option of a VLAN on the bridge br0, by its key in vlan_global", Prefix: true, Rest: "VID.NAME"},
	{Name: "vlan_set.", Doc: "option of a VLAN on a port, by its key in vlan_set", Prefix: true, Rest: "PORT.VID.NAME"},
	{Name: "vlan_stats.", Doc: "counter of a VLAN on a port, or on the bridge br0: rx_packets, tx_packets, rx_bytes, tx_bytes; a range will do: 2-, 200-250. Fences are counted, too", Prefix: true, Rest: "PORT.VID.COUNTER"},
	{Name: "mst.", Doc: "state of a port in an instance of the spanning tree", Prefix: true, Rest: "PORT.MSTI"},
	{Name: "vlandb.", Doc: "the same as the kernel tells it VLAN by VLAN (RTM_GETVLAN, Linux 5.6), and not with the link", Prefix: true, Rest: "PORT.VID"},
}

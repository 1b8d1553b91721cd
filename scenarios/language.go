package scenarios

import (
	"netverify/craft"
	"netverify/scenarios/internal/yamltree"
)

//go:generate go test -run ^(TestSchema|TestReferenceOfTheDocument|TestMacvlanTables|TestDifferencesOfTheDocument|TestAttributesOfTheDocument)$ -update .

// The types of this file are the language: decoder, JSON Schema and the key
// tables of docs/scenarios.md come from them and their tags. A key without
// `omitempty` must be written.

// scenarioDoc is a file.
type scenarioDoc struct {
	loc
	Name     text        `yaml:"name" jsonschema_description:"Topic and name in lower case, as in macvlan/vepa-reflective-relay; in the library also the path of the file."`
	Title    text        `yaml:"title" jsonschema_description:"What is verified, in one sentence."`
	Verifies []text      `yaml:"verifies,omitempty" jsonschema_description:"Ids of the observations that the scenario verifies: B8, E1."`
	Source   []text      `yaml:"source,omitempty" jsonschema:"minItems=1,pattern=^([A-Za-z_]+(/[A-Za-z0-9_.+-]+)+[.](c|h|S|rs|rst)(:[A-Za-z_][A-Za-z0-9_]*)?|RFC [1-9][0-9]*(\\, [0-9A-Z][0-9.]*)?|[a-z][a-z0-9_.-]*[(][1-8][)])$" jsonschema_description:"Where the rule is written down: places of the kernel (net/8021q/vlan_dev.c:vlan_dev_hard_start_xmit), sections of RFCs (RFC 4861, 7.2.2), pages of the manual (ip-link(8))."`
	Pins     text        `yaml:"pins,omitempty" jsonschema_description:"For a scenario that pins a surprising behaviour: the surprise in words, and the kernel's file and function behind it."`
	Since    *sinceDoc   `yaml:"since,omitempty" jsonschema_description:"Where a commit made the rule true: the Linux version from which on it holds. On older kernels the scenario is skipped."`
	Until    *sinceDoc   `yaml:"until,omitempty" jsonschema_description:"Where a commit ended the rule: the Linux version before which it holds. On newer kernels the scenario is skipped."`
	Limits   *limitsDoc  `yaml:"limits,omitempty" jsonschema_description:"What a step may take before its traffic counts as a storm, which is cut: the lab is taken down, and the scenario ends."`
	Topology topologyDoc `yaml:"topology" jsonschema_description:"The nodes and what connects them."`
	Steps    []stepDoc   `yaml:"steps" jsonschema:"minItems=1" jsonschema_description:"What is done, in this order, and what must come of it."`
	Matrix   *matrixDoc  `yaml:"matrix,omitempty" jsonschema_description:"Values of variables. The scenario is run once for each combination, with every ${variable} filled in."`
}

// sinceDoc is from, or before, which kernel a rule holds; see since.go.
type sinceDoc struct {
	loc
	Version text   `yaml:"version" jsonschema:"pattern=^[1-9][0-9]*[.][0-9]+$" jsonschema_description:"First release of Linux with the commit: 6.5."`
	Stable  []text `yaml:"stable,omitempty" jsonschema:"minItems=1,pattern=^[1-9][0-9]*[.][0-9]+[.][1-9][0-9]*$" jsonschema_description:"First releases of older stable series that took the commit over: 6.1.40."`
	Commit  text   `yaml:"commit" jsonschema:"pattern=^[0-9a-f]{12}[0-9a-f]* [(]\".+\"[)]$" jsonschema_description:"The commit as in a Fixes: tag: 12 digits or more and the subject in parentheses and quotes."`
	Reason  text   `yaml:"reason" jsonschema:"minLength=1" jsonschema_description:"What the kernels do where the rule does not hold."`
}

// topologyDoc are the nodes.
type topologyDoc struct {
	loc
	Loop       text `yaml:"loop,omitempty" jsonschema:"enum=intended" jsonschema_description:"intended: frames can go round for ever in the lab, and that is meant; netverify lint does not object."`
	Duplicates text `yaml:"duplicates,omitempty" jsonschema:"enum=intended" jsonschema_description:"intended: two interfaces of one segment may have the same address, as a test of address conflicts wants it; netverify lint does not object."`

	Switches table[switchDoc] `yaml:"switches,omitempty" jsonschema_description:"Switches by name. Each is a network namespace with a Linux bridge br0 in it."`
	Hosts    table[hostDoc]   `yaml:"hosts" jsonschema:"minProperties=1" jsonschema_description:"Hosts by name. Each is a network namespace."`

	VLANOffload flag `yaml:"vlan_offload,omitempty" jsonschema_description:"VLAN tags travel beside the frames, as between most network cards and their kernels: the offloads that insert and parse tags are on wherever an interface has them. What features says of an interface wins. Default: false, tags are bytes of the frames."`
}

// switchDoc is a bridge in a namespace of its own.
type switchDoc struct {
	loc
	Bridge     bridgeOptions  `yaml:",inline"`
	FDB        []fdbDoc       `yaml:"fdb,omitempty" jsonschema_description:"Entries of the forwarding database, as bridge-fdb(8) adds them."`
	Neighbours []neighbourDoc `yaml:"neighbours,omitempty" jsonschema_description:"Entries of the neighbour tables of br0: what neigh_suppress and proxy_arp answer from."`
	Ports      table[portDoc] `yaml:"ports" jsonschema:"minProperties=1" jsonschema_description:"Ports by name."`
}

// fdbDoc is an entry of a forwarding database.
type fdbDoc struct {
	loc
	MAC    text `yaml:"mac" jsonschema_description:"MAC of the station, or @node:interface."`
	Port   text `yaml:"port" jsonschema_description:"Port of the switch behind which it is."`
	State  text `yaml:"state,omitempty" jsonschema:"enum=static,enum=dynamic,enum=local" jsonschema_description:"As in bridge(8): static does not age, dynamic is as if learned, local is an address of the switch itself. Default: static."`
	Sticky flag `yaml:"sticky,omitempty" jsonschema_description:"The entry stays although the station is heard at another port. Default: false."`

	VLAN      number `yaml:"vlan,omitempty" jsonschema:"minimum=1,maximum=4094" jsonschema_description:"VLAN of the entry. Default: none where the switch filters no VLANs; where it does, the entry is made for none, and for each VLAN of the port."`
	Operation text   `yaml:"operation,omitempty" jsonschema:"enum=add,enum=append,enum=replace,enum=del" jsonschema_description:"In a set, the command of bridge-fdb(8). Default: replace."`
}

// bridgeOptions are ip-link(8)'s options of a bridge.
type bridgeOptions struct {
	STP           flag     `yaml:"stp,omitempty" jsonschema_description:"Spanning tree protocol. Default: false."`
	ForwardDelay  duration `yaml:"forward_delay,omitempty" jsonschema_description:"Spanning tree: how long a port listens, and then learns, before it forwards. While stp is on the kernel takes 2s to 30s. Kernel's default: 15s."`
	HelloTime     duration `yaml:"hello_time,omitempty" jsonschema_description:"Spanning tree: time between two BPDUs of the root, 1s to 10s. Kernel's default: 2s."`
	MaxAge        duration `yaml:"max_age,omitempty" jsonschema_description:"Spanning tree: how long a BPDU holds, 6s to 40s. Kernel's default: 20s."`
	Priority      number   `yaml:"priority,omitempty" jsonschema:"minimum=0,maximum=65535" jsonschema_description:"Spanning tree: the bridge with the least is the root. Kernel's default: 32768."`
	McastSnooping flag     `yaml:"mcast_snooping,omitempty" jsonschema_description:"IGMP and MLD snooping. Default: false, so that the switch sends nothing by itself."`
	VLANFiltering flag     `yaml:"vlan_filtering,omitempty" jsonschema_description:"VLANs of the ports count. Default: true where a port has trunk, native or access, else false."`
	VLANProtocol  text     `yaml:"vlan_protocol,omitempty" jsonschema:"enum=802.1Q,enum=802.1ad" jsonschema_description:"Which tag the switch goes by. Default: 802.1Q."`
	DefaultPVID   number   `yaml:"default_pvid,omitempty" jsonschema:"minimum=0,maximum=4094" jsonschema_description:"VLAN of ports that name none; 0 for no VLAN. Default: 0 where a port has trunk, native or access, else the kernel's, 1."`
	AgeingTime    duration `yaml:"ageing_time,omitempty" jsonschema:"minimum=0" jsonschema_description:"How long a learned address lives without traffic; with 0s none is learned. Kernel's default: 5m."`
	GroupFwdMask  number   `yaml:"group_fwd_mask,omitempty" jsonschema:"minimum=0,maximum=65535" jsonschema_description:"Bit n lets frames to 01:80:c2:00:00:0n through. Kernel's default: 0."`
	Quiet         flag     `yaml:"quiet,omitempty" jsonschema_description:"No spanning tree and no snooping where nothing else is asked for. false: the kernel's own defaults are left alone. Default: true."`

	NoLinkLocalLearn  flag `yaml:"no_linklocal_learn,omitempty" jsonschema_description:"Senders of frames to 01:80:c2:00:00:0x are not learned. Default: false."`
	McastVLANSnooping flag `yaml:"mcast_vlan_snooping,omitempty" jsonschema_description:"Snooping goes VLAN by VLAN, as vlan_global says, beside mcast_snooping. Default: false."`
	MSTEnabled        flag `yaml:"mst_enabled,omitempty" jsonschema_description:"Ports have a state in each instance of the spanning tree (mst), and VLANs belong to one (vlan_global: msti). The kernel takes it while the bridge has no VLANs. Default: false."`
	FDBLocalVLAN0     flag `yaml:"fdb_local_vlan_0,omitempty" jsonschema_description:"Addresses of the bridge itself stand in its forwarding database once, and not in each VLAN. Default: false."`

	VLANGlobal table[vlanGlobalDoc] `yaml:"vlan_global,omitempty" jsonschema_description:"Options of VLANs on the whole bridge, by VLAN id, as bridge(8) sets them (vlan global set). A port must be in the VLAN."`

	Attributes table[text] `yaml:"attributes,omitempty" jsonschema_description:"Attributes of a bridge by their names in linux/if_link.h (IFLA_BR_...), as numbers or MACs: what has no key here (docs/attributes.md)."`
}

// portDoc is a port of a switch.
type portDoc struct {
	loc
	Cable   text           `yaml:"cable,omitempty" jsonschema_description:"The other end, node:interface. One end of a cable names the other."`
	Link    linkAttributes `yaml:",inline"`
	Bridged portAttributes `yaml:",inline"`
}

// portAttributes are bridge(8)'s attributes of a bridge port.
type portAttributes struct {
	Hairpin        flag   `yaml:"hairpin,omitempty" jsonschema_description:"Frames may leave by the port they came in by (reflective relay). Default: false."`
	Isolated       flag   `yaml:"isolated,omitempty" jsonschema_description:"No frames to and from other isolated ports. Default: false."`
	Learning       flag   `yaml:"learning,omitempty" jsonschema_description:"Source addresses are learned. Default: true."`
	Flood          flag   `yaml:"flood,omitempty" jsonschema_description:"Unicast to unknown addresses leaves by this port. Default: true."`
	McastFlood     flag   `yaml:"mcast_flood,omitempty" jsonschema_description:"Multicast without a known listener leaves by this port. Default: true."`
	BcastFlood     flag   `yaml:"bcast_flood,omitempty" jsonschema_description:"Broadcast leaves by this port. Default: true."`
	Locked         flag   `yaml:"locked,omitempty" jsonschema_description:"Only frames from addresses in the forwarding database are let in. Default: false."`
	Guard          flag   `yaml:"guard,omitempty" jsonschema_description:"A BPDU disables the port. Default: false."`
	NeighSuppress  flag   `yaml:"neigh_suppress,omitempty" jsonschema_description:"ARP and ND requests are answered by the switch. Default: false."`
	ProxyARP       flag   `yaml:"proxy_arp,omitempty" jsonschema_description:"The switch answers ARP requests for addresses it knows. Default: false."`
	McastToUnicast flag   `yaml:"mcast_to_unicast,omitempty" jsonschema_description:"Multicast is sent to each listener as unicast. Default: false."`
	State          text   `yaml:"state,omitempty" jsonschema:"enum=disabled,enum=listening,enum=learning,enum=forwarding,enum=blocking" jsonschema_description:"Spanning tree state. Default: forwarding."`
	Cost           number `yaml:"cost,omitempty" jsonschema:"minimum=1,maximum=65535" jsonschema_description:"Spanning tree path cost."`
	Trunk          []text `yaml:"trunk,omitempty" jsonschema:"minItems=1" jsonschema_description:"VLANs that pass tagged: ids, or ranges such as 10-20."`
	Native         number `yaml:"native,omitempty" jsonschema:"minimum=1,maximum=4094" jsonschema_description:"VLAN of untagged frames on a trunk."`
	Access         number `yaml:"access,omitempty" jsonschema:"minimum=1,maximum=4094" jsonschema_description:"The one VLAN of an access port, untagged."`

	VLANs table[text] `yaml:"vlans,omitempty" jsonschema:"enum=tagged,enum=untagged,enum=pvid,enum=pvid untagged,enum=none" jsonschema_description:"VLANs by id, or by a range such as 10-20, each added as bridge(8) does, beside those that the port has: tagged or untagged on the way out, pvid if it is the one of frames that come in without a tag; none takes it away. A set may say it of a bridge itself, too."`

	VLANTunnel table[text] `yaml:"vlan_tunnel,omitempty" jsonschema:"pattern=^(none|[1-9][0-9]{0\\,7})$" jsonschema_description:"Tunnel ids by VLAN id, as bridge(8) adds them (tunnel_info id): frames of such a VLAN leave by this port without its tag, and with the id beside them. The port is in the VLAN, tagged. A range such as 10-12 has ids that rise by one from VLAN to VLAN. In a set, none takes the tunnel away."`

	VLANSet table[vlanSetDoc] `yaml:"vlan_set,omitempty" jsonschema_description:"Options of VLANs on this port, by VLAN id, as bridge(8) sets them (vlan set). A set may say them of a bridge itself, too."`

	MST table[text] `yaml:"mst,omitempty" jsonschema:"enum=disabled,enum=listening,enum=learning,enum=forwarding,enum=blocking" jsonschema_description:"State by instance of the spanning tree, as bridge(8) sets it (mst set), where mst_enabled is on."`
}

// hostDoc is a namespace with a network stack.
type hostDoc struct {
	loc
	Forwarding flag                `yaml:"forwarding,omitempty" jsonschema_description:"The host is a router, for IPv4 and IPv6. Default: false."`
	Stack      stackDoc            `yaml:",inline"`
	Interfaces table[interfaceDoc] `yaml:"interfaces" jsonschema_description:"Interfaces by name."`
}

// stackDoc is what a host has besides interfaces.
type stackDoc struct {
	Lo          text   `yaml:"lo,omitempty" jsonschema:"enum=up,enum=down" jsonschema_description:"The loopback interface. Default: up."`
	LoAddresses []text `yaml:"lo_addresses,omitempty" jsonschema_description:"Addresses of the loopback interface, as routers have them, beside 127.0.0.1 and ::1; with prefix length, mostly /32 and /128. Of the topology only."`

	Sysctls    table[text]    `yaml:"sysctls,omitempty" jsonschema_description:"Keys below net., as sysctl(8) writes them, and their values."`
	Routes     []routeDoc     `yaml:"routes,omitempty" jsonschema_description:"Routes of the main table."`
	Neighbours []neighbourDoc `yaml:"neighbours,omitempty" jsonschema_description:"Entries of the neighbour tables."`
	Firewall   *firewallDoc   `yaml:"firewall,omitempty" jsonschema_description:"Packet filter, as nft(8) sets it. Default: none."`
}

// routeDoc is a route; the words are netplan's.
type routeDoc struct {
	loc
	To    text `yaml:"to" jsonschema_description:"default, or a prefix."`
	Via   text `yaml:"via,omitempty" jsonschema_description:"Gateway. Without one the destination is on-link."`
	Iface text `yaml:"iface,omitempty" jsonschema_description:"Interface by which the destination or the gateway is reached. Default: the one whose subnet holds the gateway, or to which a route before this one leads."`

	Metric number `yaml:"metric,omitempty" jsonschema:"minimum=1,maximum=4294967295" jsonschema_description:"Of several routes to one destination the one of the smallest metric is taken, as in ip-route(8). Default: the kernel's, 0 for IPv4 and 1024 for IPv6."`
	OnLink flag   `yaml:"on-link,omitempty" jsonschema_description:"The gateway is on the link of iface although no subnet says so, as onlink of ip-route(8). Default: false."`
}

// neighbourDoc is an entry of a neighbour table.
type neighbourDoc struct {
	loc
	IP    text `yaml:"ip" jsonschema_description:"Address of the neighbour."`
	MAC   text `yaml:"mac,omitempty" jsonschema_description:"Its MAC, or @node:interface. Must be written, but for del and proxy."`
	Iface text `yaml:"iface,omitempty" jsonschema_description:"Interface. Default: the one whose subnet holds the address."`
	State text `yaml:"state,omitempty" jsonschema:"enum=permanent,enum=reachable,enum=stale" jsonschema_description:"State as in ip-neighbour(8). Default: permanent."`
	Proxy flag `yaml:"proxy,omitempty" jsonschema_description:"The host answers for the address at iface, as ip-neighbour(8) adds a proxy; there is no mac and no state. Of IPv6 that takes the sysctl proxy_ndp. Default: false."`

	Operation text `yaml:"operation,omitempty" jsonschema:"enum=add,enum=change,enum=replace,enum=del" jsonschema_description:"In a set, the command of ip-neighbour(8). Default: replace."`
}

// interfaceDoc is an interface of a host.
type interfaceDoc struct {
	loc
	Cable     text           `yaml:"cable,omitempty" jsonschema_description:"veth whose other end is this node:interface. One end of a cable names the other; the other end is written without a kind."`
	Macvlan   *macvlanDoc    `yaml:"macvlan,omitempty" jsonschema_description:"macvlan child."`
	Macvtap   *macvlanDoc    `yaml:"macvtap,omitempty" jsonschema_description:"macvtap child."`
	Ipvlan    *ipvlanDoc     `yaml:"ipvlan,omitempty" jsonschema_description:"ipvlan child."`
	VLAN      *vlanDoc       `yaml:"vlan,omitempty" jsonschema_description:"VLAN sub-interface."`
	Bond      *bondDoc       `yaml:"bond,omitempty" jsonschema_description:"Bond of other interfaces of this host."`
	Bridge    *bridgeDoc     `yaml:"bridge,omitempty" jsonschema_description:"Bridge over other interfaces of this host."`
	Dummy     *dummyDoc      `yaml:"dummy,omitempty" jsonschema_description:"Interface that leads nowhere."`
	Tun       *tunDoc        `yaml:"tun,omitempty" jsonschema_description:"Interface of tun(4) that no program has open. As tun it carries no Ethernet frames, and stays down."`
	IPIP      *tunnelDoc     `yaml:"ipip,omitempty" jsonschema_description:"Tunnel of IPv4 in IPv4. It carries no Ethernet frames, and stays down."`
	SIT       *tunnelDoc     `yaml:"sit,omitempty" jsonschema_description:"Tunnel of IPv6 in IPv4. It carries no Ethernet frames, and stays down."`
	VRF       *vrfDoc        `yaml:"vrf,omitempty" jsonschema_description:"Routing domain (ip-link(8) type vrf)."`
	Addresses []text         `yaml:"addresses,omitempty" jsonschema_description:"IPv4 and IPv6 addresses with their prefix length."`
	DAD       flag           `yaml:"dad,omitempty" jsonschema_description:"Duplicate address detection for its IPv6 addresses (RFC 4862 section 5.4), one probe without delay. Default: false, they are usable at once."`
	Groups    []text         `yaml:"groups,omitempty" jsonschema_description:"IPv4 and IPv6 multicast groups that a socket of the host has joined by this interface."`
	Link      linkAttributes `yaml:",inline"`
	Bridged   portAttributes `yaml:",inline"`
}

// linkAttributes are common to all interfaces.
type linkAttributes struct {
	MACAddress text        `yaml:"macaddress,omitempty" jsonschema_description:"MAC, or kernel to let the kernel choose. Default: one that is the same in every run, 02:00:00:00:<node>:<interface>; VLAN, ipvlan, bond and passthru interfaces take that of what they stand on."`
	MTU        number      `yaml:"mtu,omitempty" jsonschema:"minimum=1,maximum=4294967295" jsonschema_description:"Bytes without the Ethernet header. Default: the kernel's. Below 68 or above 65535 for a create that fails."`
	Up         flag        `yaml:"up,omitempty" jsonschema_description:"Administratively up. Default: true."`
	Features   table[flag] `yaml:"features,omitempty" jsonschema_description:"Offloads by ethtool(8) feature name. Default: all off."`
	MAddresses []text      `yaml:"maddresses,omitempty" jsonschema_description:"Group MACs that are joined besides those of the stack, as ip-maddress(8) adds them."`
	IfName     text        `yaml:"ifname,omitempty" jsonschema:"enum=kernel" jsonschema_description:"kernel: no name is asked for, and the kernel must choose the one that is written here. A cable takes it for both ends or for none. Default: the name is asked for."`
	Queues     text        `yaml:"queues,omitempty" jsonschema:"enum=kernel" jsonschema_description:"kernel: no number of queues is asked for. Default: one each way, in which frames keep their order."`
	Attributes table[text] `yaml:"attributes,omitempty" jsonschema_description:"Attributes of the kernel's interface for what this is, and for a port of a bridge, by their names in linux/if_link.h and as numbers, MACs, or @node:interface for an index: what has no key here (docs/attributes.md), or what a create or set that fails must try."`
}

// macvlanDoc is ip-link(8)'s type macvlan and macvtap.
type macvlanDoc struct {
	loc
	Link       text   `yaml:"link" jsonschema_description:"Parent, node:interface; of the same node also just its name. For a create that fails also lo, the interface itself, and none."`
	Mode       text   `yaml:"mode,omitempty" jsonschema:"enum=private,enum=vepa,enum=bridge,enum=passthru,enum=source" jsonschema_description:"Left out, no mode is asked for and the kernel's default shows."`
	NoPromisc  flag   `yaml:"nopromisc,omitempty" jsonschema_description:"passthru: the parent is not made promiscuous."`
	NoDst      flag   `yaml:"nodst,omitempty" jsonschema_description:"source: no copies by destination address."`
	Sources    []text `yaml:"sources,omitempty" jsonschema_description:"source: senders that are let in, MACs or @node:interface."`
	BCQueueLen number `yaml:"bcqueuelen,omitempty" jsonschema:"minimum=0,maximum=4294967295" jsonschema_description:"Length of the parent's broadcast queue, in frames."`
	BCLim      number `yaml:"bclim,omitempty" jsonschema:"minimum=-1,maximum=2147483647" jsonschema_description:"Receivers above which a multicast is queued (broadcast cutoff); -1 queues none."`
}

// ipvlanDoc is ip-link(8)'s type ipvlan.
type ipvlanDoc struct {
	loc
	Link text `yaml:"link" jsonschema_description:"Parent, node:interface; of the same node also just its name. For a create that fails also lo, the interface itself, and none."`
	Mode text `yaml:"mode,omitempty" jsonschema:"enum=l2,enum=l3,enum=l3s" jsonschema_description:"Kernel's default: l3."`
	Flag text `yaml:"flag,omitempty" jsonschema:"enum=bridge,enum=private,enum=vepa" jsonschema_description:"Kernel's default: bridge."`
}

// vlanDoc is ip-link(8)'s type vlan.
type vlanDoc struct {
	loc
	Link         text          `yaml:"link" jsonschema_description:"Parent, node:interface; of the same node also just its name. For a create that fails also lo, the interface itself, and none."`
	ID           number        `yaml:"id" jsonschema:"minimum=0,maximum=65535" jsonschema_description:"VLAN id, up to 4094. 4095 is reserved, and more there are none: for a create that fails."`
	Protocol     text          `yaml:"protocol,omitempty" jsonschema:"enum=802.1Q,enum=802.1ad" jsonschema_description:"Default: 802.1Q."`
	ReorderHdr   flag          `yaml:"reorder_hdr,omitempty" jsonschema_description:"The tag is hidden from those above. Kernel's default: true."`
	LooseBinding flag          `yaml:"loose_binding,omitempty" jsonschema_description:"The state does not follow the parent's. Default: false."`
	EgressQoS    table[number] `yaml:"egress_qos_map,omitempty" jsonschema:"minimum=0,maximum=7" jsonschema_description:"From priority of the packet (skb) to priority of the tag (PCP)."`
	IngressQoS   table[number] `yaml:"ingress_qos_map,omitempty" jsonschema:"minimum=0,maximum=4294967295" jsonschema_description:"From priority of the tag (PCP) to priority of the packet (skb)."`
}

// bondDoc is ip-link(8)'s type bond.
type bondDoc struct {
	loc
	Mode    text   `yaml:"mode,omitempty" jsonschema:"enum=balance-rr,enum=active-backup,enum=balance-xor,enum=broadcast,enum=802.3ad,enum=balance-tlb,enum=balance-alb" jsonschema_description:"Kernel's default: balance-rr."`
	Members []text `yaml:"members" jsonschema:"minItems=1" jsonschema_description:"Interfaces of this host."`
}

// bridgeDoc is ip-link(8)'s type bridge.
type bridgeDoc struct {
	loc
	Members []text        `yaml:"members,omitempty" jsonschema_description:"Interfaces of this host that become ports; their port attributes are written at them. Default: none."`
	Options bridgeOptions `yaml:",inline"`
}

// dummyDoc has no keys.
type dummyDoc struct{ loc }

// tunDoc is ip-tuntap(8)'s persistent interface.
type tunDoc struct {
	loc
	Mode text `yaml:"mode" jsonschema:"enum=tun,enum=tap" jsonschema_description:"tun: IP packets; tap: Ethernet frames."`
}

// tunnelDoc is ip-link(8)'s type ipip and sit.
type tunnelDoc struct {
	loc
	Local  text `yaml:"local" jsonschema_description:"IPv4 address of this end."`
	Remote text `yaml:"remote" jsonschema_description:"IPv4 address of the other end."`
}

// vrfDoc is ip-link(8)'s type vrf.
type vrfDoc struct {
	loc
	Table number `yaml:"table" jsonschema:"minimum=1,maximum=4294967295" jsonschema_description:"Routing table."`
}

// matrixDoc are the variables; see matrix.go.
type matrixDoc struct{ loc }

func (m *matrixDoc) decodeUnion(*decoder, *yamltree.Node, *fieldTag) bool { return true }

// frameDoc is a frame: craft's Spec with its place.
type frameDoc struct {
	loc
	Spec craft.Spec `yaml:",inline"`
}

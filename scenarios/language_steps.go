package scenarios

import (
	"strings"

	"netverify/scenarios/internal/yamltree"
)

// stepDoc is a step: one action and what must come of it.
type stepDoc struct {
	loc
	Name   text       `yaml:"name" jsonschema_description:"The step in words, as reports show it."`
	Each   *eachDoc   `yaml:"each,omitempty" jsonschema_description:"Values of variables, as in matrix; a value may also be 0-7 (each of these numbers), bits 12 (each of 12 bits alone: 1, 2, 4 to 2048) or flips 12 of 10 (10 with each of its 12 lowest bits changed; a MAC may stand there, too). A frame of a send, or an expectation, with variables in it stands for one for each combination of their values."`
	Ping   *pingDoc   `yaml:"ping,omitempty" jsonschema:"oneof_required=ping" jsonschema_description:"The kernel's stack of a host sends ICMP or ICMPv6 echo requests."`
	Arping *arpingDoc `yaml:"arping,omitempty" jsonschema:"oneof_required=arping" jsonschema_description:"ARP requests from an interface, past its IP stack."`
	Send   *sendDoc   `yaml:"send,omitempty" jsonschema:"oneof_required=send" jsonschema_description:"Crafted frames, put on the wire by an interface, below its IP stack."`
	Set    *setDoc    `yaml:"set,omitempty" jsonschema:"oneof_required=set" jsonschema_description:"Changes of nodes and interfaces, by name."`
	Create *createDoc `yaml:"create,omitempty" jsonschema:"oneof_required=create" jsonschema_description:"One new interface, by node:interface."`
	Remove text       `yaml:"remove,omitempty" jsonschema:"oneof_required=remove" jsonschema_description:"The interface that is deleted, node:interface."`
	Wait   *waitDoc   `yaml:"wait,omitempty" jsonschema:"oneof_required=wait" jsonschema_description:"Nothing is done; time passes, until all positive expectations are met."`

	Traceroute *tracerouteDoc `yaml:"traceroute,omitempty" jsonschema:"oneof_required=traceroute" jsonschema_description:"The kernel's stack of a host sends probes with a rising TTL or hop limit, until the target answers."`
	UDP        *udpDoc        `yaml:"udp,omitempty" jsonschema:"oneof_required=udp" jsonschema_description:"The kernel's stack of a host sends UDP datagrams."`

	Limits *limitsDoc       `yaml:"limits,omitempty" jsonschema_description:"As limits of the scenario, for this step."`
	Strict flag             `yaml:"strict,omitempty" jsonschema_description:"Frames that no step caused count too. Default: false."`
	Expect *expectationsDoc `yaml:"expect,omitempty" jsonschema_description:"What must come of it. All of it must hold."`
}

// eachDoc are the variables of one step; see each.go.
type eachDoc struct{ loc }

func (m *eachDoc) decodeUnion(*decoder, *yamltree.Node, *fieldTag) bool { return true }

// pingDoc is ping(8).
type pingDoc struct {
	loc
	From         text   `yaml:"from" jsonschema_description:"A host, or one of its interfaces, to which the socket is then bound."`
	To           text   `yaml:"to" jsonschema_description:"A host, an interface, or an address, which may be that of a group or a broadcast; the stack of a host then goes by its routes. An address of one link (fe80::1, ff02::1) is asked by the interface of from, or by the one written behind it: fe80::1%eth0."`
	Family       text   `yaml:"family,omitempty" jsonschema:"enum=ipv4,enum=ipv6" jsonschema_description:"Needed where both ends have addresses of both families."`
	Count        number `yaml:"count,omitempty" jsonschema:"minimum=1,maximum=10000" jsonschema_description:"Requests. Default: 1."`
	Size         number `yaml:"size,omitempty" jsonschema:"minimum=16,maximum=65500" jsonschema_description:"Data bytes after the ICMP header, at least 16: they carry the mark by which the frame is found. Default: 56."`
	TTL          number `yaml:"ttl,omitempty" jsonschema:"minimum=1,maximum=255" jsonschema_description:"TTL or hop limit. Default: the stack's."`
	DontFragment flag   `yaml:"dont_fragment,omitempty" jsonschema_description:"The request must not be fragmented. Default: false."`
}

// arpingDoc is arping(8).
type arpingDoc struct {
	loc
	From  text   `yaml:"from" jsonschema_description:"A host or one of its interfaces."`
	To    text   `yaml:"to" jsonschema_description:"A host, an interface, or an IPv4 address."`
	Count number `yaml:"count,omitempty" jsonschema:"minimum=1,maximum=10000" jsonschema_description:"Requests. Default: 1."`
	Probe flag   `yaml:"probe,omitempty" jsonschema_description:"The sender's address is 0.0.0.0 (RFC 5227); the interface needs none. Default: false."`
}

// tracerouteDoc is traceroute(8), with one probe a hop.
type tracerouteDoc struct {
	loc
	From     text   `yaml:"from" jsonschema_description:"A host, or one of its interfaces, to which the socket is then bound."`
	To       text   `yaml:"to" jsonschema_description:"A host, an interface, or an address; one of one link as of ping."`
	Family   text   `yaml:"family,omitempty" jsonschema:"enum=ipv4,enum=ipv6" jsonschema_description:"Needed where both ends have addresses of both families."`
	Protocol text   `yaml:"protocol,omitempty" jsonschema:"enum=udp,enum=icmp" jsonschema_description:"udp: datagrams to ports from 33434 on, which the target reports as closed; icmp: echo requests. Default: udp."`
	First    number `yaml:"first,omitempty" jsonschema:"minimum=1,maximum=255" jsonschema_description:"TTL or hop limit of the first probe. Default: 1."`
	Max      number `yaml:"max,omitempty" jsonschema:"minimum=1,maximum=255" jsonschema_description:"TTL or hop limit of the last probe, if nobody ends the trace before. Default: 8."`
}

// udpDoc are datagrams of a socket.
type udpDoc struct {
	loc
	From    text   `yaml:"from" jsonschema_description:"A host, or one of its interfaces, to which the socket is then bound."`
	To      text   `yaml:"to" jsonschema_description:"A host, an interface, or an address, which may be that of a group or a broadcast; of one link as of ping. The stack of a host reaches a group by its routes (net-unreachable where it has none), that of an interface by that interface."`
	Family  text   `yaml:"family,omitempty" jsonschema:"enum=ipv4,enum=ipv6" jsonschema_description:"Needed where both ends have addresses of both families."`
	DstPort number `yaml:"dstport" jsonschema:"minimum=1,maximum=65535" jsonschema_description:"Destination port."`
	SrcPort number `yaml:"srcport,omitempty" jsonschema:"minimum=1,maximum=65535" jsonschema_description:"Source port. Default: 49152."`
	Count   number `yaml:"count,omitempty" jsonschema:"minimum=1,maximum=10000" jsonschema_description:"Datagrams. Default: 1."`
	Size    number `yaml:"size,omitempty" jsonschema:"minimum=16,maximum=65500" jsonschema_description:"Data bytes after the UDP header, at least 16: they carry the mark by which the frame is found. Default: 16."`
	TTL     number `yaml:"ttl,omitempty" jsonschema:"minimum=1,maximum=255" jsonschema_description:"TTL or hop limit. Default: the stack's; 1 to a group."`
	GSO     flag   `yaml:"gso,omitempty" jsonschema_description:"All datagrams are given to the stack as one, which it divides as late as it can (UDP_SEGMENT, udp(7)). The interface by which they leave needs tx-checksum-ip-generic. Default: false."`
}

// sendDoc are crafted frames.
type sendDoc struct {
	loc
	From   text       `yaml:"from" jsonschema_description:"The interface that puts the frames on the wire, node:interface."`
	By     text       `yaml:"by,omitempty" jsonschema:"enum=socket,enum=queue" jsonschema_description:"socket: a packet socket at the interface; queue: the character device of a macvtap, as a virtual machine sends. Default: socket."`
	Frame  *frameDoc  `yaml:"frame,omitempty" jsonschema:"oneof_required=frame" jsonschema_description:"One frame, by its layers."`
	Frames []frameDoc `yaml:"frames,omitempty" jsonschema:"oneof_required=frames,minItems=1" jsonschema_description:"Several frames, sent in this order."`
	Hex    text       `yaml:"hex,omitempty" jsonschema:"oneof_required=hex" jsonschema_description:"One frame as hexadecimal digits, from the destination MAC on."`
	Count  number     `yaml:"count,omitempty" jsonschema:"minimum=1,maximum=100000" jsonschema_description:"How often the whole list is sent. Default: 1."`
}

// createDoc holds the one new interface.
type createDoc struct {
	loc
	Interfaces table[interfaceDoc]
}

func (c *createDoc) decodeUnion(d *decoder, n *yamltree.Node, tag *fieldTag) bool {
	c.node = n
	if !d.into(n, &c.Interfaces, tag) {
		return false
	}
	if len(c.Interfaces.Entries) != 1 {
		d.at(n, "create makes one interface, not %d: write a step for each", len(c.Interfaces.Entries))
		return false
	}
	return true
}

// setDoc are changes, of interfaces where the name has a colon, else of nodes.
type setDoc struct {
	loc
	Targets []setTarget
}

type setTarget struct {
	Name  text
	Iface *interfaceChange
	Node  *nodeChange
}

func (s *setDoc) decodeUnion(d *decoder, n *yamltree.Node, tag *fieldTag) bool {
	s.node = n
	if n.Kind != yamltree.Map || len(n.Pairs) == 0 {
		d.at(n, "set must be a map from nodes and interfaces to what is changed, not %s", n.What())
		return false
	}
	ok := true
	for _, p := range n.Pairs {
		t := setTarget{Name: text{loc{p.Key}, p.Key.Value}}
		var change any
		if strings.Contains(p.Key.Value, ":") {
			t.Iface = new(interfaceChange)
			change = t.Iface
		} else {
			t.Node = new(nodeChange)
			change = t.Node
		}
		ok = d.into(p.Value, change, &fieldTag{name: "set " + p.Key.Value}) && ok
		if p.Value.Kind == yamltree.Map && len(p.Value.Pairs) == 0 {
			d.at(p.Value, "set %s changes nothing", p.Key.Value)
			ok = false
		}
		s.Targets = append(s.Targets, t)
	}
	return ok
}

// interfaceChange is what can be changed of an interface.
type interfaceChange struct {
	loc
	Up         flag           `yaml:"up,omitempty" jsonschema_description:"Administratively up."`
	MACAddress text           `yaml:"macaddress,omitempty" jsonschema_description:"MAC."`
	MTU        number         `yaml:"mtu,omitempty" jsonschema:"minimum=1,maximum=4294967295" jsonschema_description:"Bytes without the Ethernet header. Below 68 or above 65535 for a set that fails."`
	Master     text           `yaml:"master,omitempty" jsonschema_description:"Bridge, bond or VRF of the same node that it becomes a port of; none: it leaves the one that it is in."`
	NetNS      text           `yaml:"netns,omitempty" jsonschema_description:"Node that it is moved to, for a set that fails; what can move is made where it is to live."`
	Addresses  *[]text        `yaml:"addresses,omitempty" jsonschema_description:"The whole list afterwards."`
	Groups     *[]text        `yaml:"groups,omitempty" jsonschema_description:"The whole list afterwards."`
	Promisc    flag           `yaml:"promisc,omitempty" jsonschema_description:"Promiscuous, as ip-link(8) sets it."`
	AllMulti   flag           `yaml:"allmulticast,omitempty" jsonschema_description:"Receives all multicast, as ip-link(8) sets it."`
	MAddresses *[]text        `yaml:"maddresses,omitempty" jsonschema_description:"Group MACs that are joined besides those of the stack, the whole list afterwards."`
	Features   table[flag]    `yaml:"features,omitempty" jsonschema_description:"Offloads by ethtool(8) feature name."`
	Mode       text           `yaml:"mode,omitempty" jsonschema:"enum=private,enum=vepa,enum=bridge,enum=passthru,enum=source" jsonschema_description:"macvlan mode."`
	Sources    *[]text        `yaml:"sources,omitempty" jsonschema_description:"macvlan source list, the whole of it afterwards."`
	MACAddr    *macaddrDoc    `yaml:"macaddr,omitempty" jsonschema_description:"macvlan source list, changed by one command of ip-link(8)."`
	NoPromisc  flag           `yaml:"nopromisc,omitempty" jsonschema_description:"macvlan flag."`
	NoDst      flag           `yaml:"nodst,omitempty" jsonschema_description:"macvlan flag."`
	BCQueueLen number         `yaml:"bcqueuelen,omitempty" jsonschema:"minimum=0,maximum=4294967295" jsonschema_description:"macvlan broadcast queue, in frames."`
	BCLim      number         `yaml:"bclim,omitempty" jsonschema:"minimum=-1,maximum=2147483647" jsonschema_description:"macvlan broadcast cutoff."`
	FlushFDB   flag           `yaml:"flush_fdb,omitempty" jsonschema_description:"true: what was learned behind a port of a bridge is forgotten (ip-link(8), type bridge_slave fdb_flush)."`
	FDBSelf    []selfDoc      `yaml:"fdb_self,omitempty" jsonschema_description:"MACs that the interface's own filter lets in besides its own, each added or deleted as bridge-fdb(8) does with self."`
	Attributes table[text]    `yaml:"attributes,omitempty" jsonschema_description:"Attributes of the kernel's interface for what this is, and for a port of a bridge, by their names in linux/if_link.h and as numbers, MACs, or @node:interface for an index: what has no key here (docs/attributes.md), or what a create or set that fails must try."`
	VLAN       vlanChange     `yaml:",inline"`
	Bridged    portAttributes `yaml:",inline"`
}

// macaddrDoc is "ip link set type macvlan macaddr ...".
type macaddrDoc struct {
	loc
	Add   []text  `yaml:"add,omitempty" jsonschema:"oneof_required=add,minItems=1" jsonschema_description:"Senders that are let in as well."`
	Del   []text  `yaml:"del,omitempty" jsonschema:"oneof_required=del,minItems=1" jsonschema_description:"Senders that are let in no more."`
	Flush flag    `yaml:"flush,omitempty" jsonschema:"oneof_required=flush" jsonschema_description:"true: nobody is let in any more."`
	Set   *[]text `yaml:"set,omitempty" jsonschema:"oneof_required=set" jsonschema_description:"The whole list afterwards, as sources."`
}

// vlanChange is what can be changed of a VLAN interface.
type vlanChange struct {
	ReorderHdr   flag          `yaml:"reorder_hdr,omitempty" jsonschema_description:"VLAN flag."`
	LooseBinding flag          `yaml:"loose_binding,omitempty" jsonschema_description:"VLAN flag."`
	EgressQoS    table[number] `yaml:"egress_qos_map,omitempty" jsonschema:"minimum=0,maximum=7" jsonschema_description:"VLAN entries that are added or replaced; a PCP of 0 clears one."`
	IngressQoS   table[number] `yaml:"ingress_qos_map,omitempty" jsonschema:"minimum=0,maximum=4294967295" jsonschema_description:"VLAN entries that are added or replaced; a priority of 0 clears one."`
}

// nodeChange is what can be changed of a node.
type nodeChange struct {
	loc
	Forwarding      flag           `yaml:"forwarding,omitempty" jsonschema_description:"The host is a router."`
	Lo              text           `yaml:"lo,omitempty" jsonschema:"enum=up,enum=down" jsonschema_description:"The loopback interface."`
	Sysctls         table[text]    `yaml:"sysctls,omitempty" jsonschema_description:"Keys below net. and their values."`
	Routes          *[]routeDoc    `yaml:"routes,omitempty" jsonschema_description:"The whole list afterwards."`
	Neighbours      []neighbourDoc `yaml:"neighbours,omitempty" jsonschema_description:"Entries that are added or replaced."`
	FlushNeighbours flag           `yaml:"flush_neighbours,omitempty" jsonschema_description:"First all entries go that are not permanent. Default: false."`
	FlushFDB        flag           `yaml:"flush_fdb,omitempty" jsonschema_description:"First the dynamic entries of a switch's forwarding database go. Default: false."`
	FDBFlush        *fdbFlushDoc   `yaml:"fdb_flush,omitempty" jsonschema_description:"Before what fdb says, those entries of a switch's forwarding database go of which all of this is true: bridge fdb flush (Linux 5.19)."`
	FDB             []fdbDoc       `yaml:"fdb,omitempty" jsonschema_description:"Entries of a switch's forwarding database that are added or replaced."`
	MDB             []mdbDoc       `yaml:"mdb,omitempty" jsonschema_description:"Memberships of a switch's multicast database, each by one command of bridge(8). The switch has mcast_snooping."`
	Firewall        *firewallDoc   `yaml:"firewall,omitempty" jsonschema_description:"The whole of it afterwards; {} for none."`
	Options         bridgeOptions  `yaml:",inline"`
}

// waitDoc is a time.
type waitDoc struct {
	loc
	For duration `yaml:"for" jsonschema_description:"How long at most."`
}

package scenarios

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"netverify/assert"
	"netverify/recording"
)

// Plan is a scenario with every name resolved and every default filled in:
// what a lab builds and a run does. It is pure data and holds no kernel state.
type Plan struct {
	Name      string      // "macvlan/vepa-reflective-relay"
	File      string      // for messages
	Title     string      // one sentence
	Rule      string      // Title as the file has it: the same for all plans of a matrix, with ${variables}
	Digest    string      // of what is done and expected; the same as long as that is the same
	Variables []Variable  // of the matrix, those that are text, in its order
	Verifies  []string    // ids of docs/observations.md
	Sources   []Reference // where the rule is written down
	Pins      string      // where the scenario pins a surprising behaviour: kernel file and function, and the surprise in words
	Since     *Since      // from which Linux on the rule holds; nil: from any
	Until     *Since      // before which Linux it holds; nil: in all that there are
	Nodes     []Node      // in the order of the file; built in this order, links before what stands on them
	Steps     []Step
	Limits    Limits // of all steps that have none of their own

	LoopIntended bool // that frames can go round for ever is meant
	Graph        recording.Graph

	VLANOffload bool      // tags travel beside the frames wherever an interface can do that
	Needs       []Feature // what the kernel must have, in a fixed order, each once
}

// Variable is a variable of a matrix and its value in one plan.
type Variable struct{ Name, Value string }

// Case returns what is to be judged of the plan.
func (p *Plan) Case() assert.Case {
	c := assert.Case{Name: p.Name, Digest: p.Digest, Graph: p.Graph, Trees: p.hasTrees()}
	for _, s := range p.Steps {
		c.Steps = append(c.Steps, assert.CaseStep{Name: s.Name, Strict: s.Strict, From: s.sender(), Sent: s.sent(), Ping: s.request(), Expect: s.Expect})
	}
	return c
}

// Result is what is reported of the plan whatever comes of it, without an
// outcome.
func (p *Plan) Result() assert.Result {
	return assert.Result{Name: p.Name, Title: p.Title, File: p.File, Verifies: p.Verifies, Digest: p.Digest, Graph: p.Graph}
}

// Position is where a thing of the plan was written: "file:line:col".
func (p *Plan) Position(at Pos) string { return fmt.Sprintf("%s:%d:%d", p.File, at.Line, at.Col) }

// Feature is something that a kernel may lack.
type Feature struct {
	Name   string // "macvlan", "vlan", "bridge-vlan-filtering", "ipvlan", ...
	Config string // the kernel option behind it: "CONFIG_VLAN_8021Q"
}

// Pos is where in its file a thing was written.
type Pos struct{ Line, Col int }

// Node is one network namespace: a host (a router where Forwarding is set) or
// a switch, whose interfaces are ports of the Linux bridge "br0".
type Node struct {
	Pos
	Name       string
	Switch     bool
	Bridge     *Bridge // options of br0; never nil for a switch
	Forwarding bool    // net.ipv4.ip_forward and net.ipv6.conf.all.forwarding
	LoDown     bool    // lo is left down

	LoAddresses []netip.Prefix // of lo, beside 127.0.0.1 and ::1

	Sysctls    []Sysctl
	Interfaces []Interface // in creation order: parents before children
	Routes     []Route
	Neighbours []Neighbour
	FDB        []FDBEntry // of a switch
	Firewall   *Firewall  // of a host; nil: none
}

// FDBEntry is an entry of a switch's forwarding database that is not learned.
type FDBEntry struct {
	Pos
	MAC    string // a MAC or "@node:interface"
	Port   string // interface of the switch
	State  string // bridge(8): "static", "dynamic", "local"
	Sticky bool   // NTF_STICKY: learning does not move it
	VLAN   int    // 0: none
	Op     string // bridge-fdb(8): "add", "append", "replace", "del"
}

// FDBFlush are the entries of a switch's forwarding database that
// `bridge fdb flush` is to take away: those of which all that is set is true.
type FDBFlush struct {
	Pos
	Port      string           // "": of any; br0: the bridge's own
	VLAN      int              // 0: of any, and of none
	Is, IsNot []FDBFlushReason // each by its word
}

// FDBFlushReason is a word of bridge(8) for what an entry is: "permanent",
// "static", "dynamic", "added_by_user", "extern_learn", "sticky".
type FDBFlushReason string

// MDBEntry is a membership of a switch's multicast database.
type MDBEntry struct {
	Pos
	Group string // an IPv4 or IPv6 address, or the MAC of a group of no IP
	Port  string // interface of the switch; br0: the switch itself listens
	VLAN  int    // 0: none
	State string // bridge(8): "permanent", "temp"
	Op    string // "add", "replace", "del"

	Source     netip.Addr   // of the frames that are meant; the zero Addr: any
	FilterMode string       // "include", "exclude"; "": nothing is said
	Sources    []netip.Addr // that are wanted, or not
}

// SelfEntry is a MAC of an interface's own filter.
type SelfEntry struct {
	Pos
	MAC string // a MAC or "@node:interface"
	Op  string // bridge-fdb(8): "add", "append", "replace", "del"
}

// Sysctl is one key below /proc/sys/net, written as sysctl(8) does.
type Sysctl struct {
	Pos
	Key, Value string // "net.ipv4.conf.all.arp_ignore", "1"
}

// Route is one line of a node's routing tables.
type Route struct {
	Pos
	To    netip.Prefix // 0.0.0.0/0 or ::/0 for "default"
	Via   netip.Addr   // the zero Addr: on-link
	Iface string       // "": whichever reaches Via

	Metric uint32 // of several routes the smallest is taken; 0: the kernel's default
	OnLink bool   // Via is on the link of Iface whatever the subnets are (RTNH_F_ONLINK)
}

// Neighbour is a permanent or given entry of a neighbour table.
type Neighbour struct {
	Pos
	Iface string
	IP    netip.Addr
	MAC   string // a MAC or "@node:interface"
	State string // ip-neighbour(8): "permanent", "reachable", "stale"
	Proxy bool   // the host answers for IP at Iface; no MAC, no State
	Op    string // ip-neighbour(8): "add", "change", "replace", "del"
}

// InterfaceKind is the sort of link.
type InterfaceKind string

// The kinds that a lab can build.
const (
	Veth    InterfaceKind = "veth" // one end of a cable
	Macvlan InterfaceKind = "macvlan"
	Macvtap InterfaceKind = "macvtap"
	Ipvlan  InterfaceKind = "ipvlan"
	VLAN    InterfaceKind = "vlan"
	Bond    InterfaceKind = "bond"
	BridgeK InterfaceKind = "bridge"
	Dummy   InterfaceKind = "dummy"
	Tun     InterfaceKind = "tun"
	IPIP    InterfaceKind = "ipip"
	SIT     InterfaceKind = "sit"
	VRF     InterfaceKind = "vrf"
)

// Interface is one link of a node. What does not apply to its Kind is nil.
type Interface struct {
	Pos
	Node, Name string
	Kind       InterfaceKind
	MAC        net.HardwareAddr // nil: the kernel chooses
	MTU        int              // bytes; 0: the kernel's default
	Down       bool             // left administratively down
	Addresses  []netip.Prefix
	Features   map[string]bool    // offloads by ethtool(8) feature name that differ from "all off"
	MAddresses []net.HardwareAddr // groups joined besides the stack's, as ip-maddress(8) does
	DAD        bool               // IPv6 addresses are probed for duplicates before they are used (RFC 4862 5.4)
	Groups     []netip.Addr       // multicast groups that a socket of the node has joined by this interface
	KernelName bool               // no name is asked for; that the kernel chooses Name is verified
	Queues     bool               // the kernel's number of queues; false: one each way
	Attributes []AttributeValue   // besides what the keys ask for

	Cable   *recording.Ref // Veth: the other end. The first end in plan order creates both.
	Link    *recording.Ref // Macvlan, Macvtap, Ipvlan, VLAN: the parent
	Macvlan *MacvlanSpec   // Macvlan, Macvtap
	Ipvlan  *IpvlanSpec
	VLAN    *VLANSpec
	Bond    *BondSpec
	Bridge  *Bridge // of Kind BridgeK, and of a switch's br0
	Tap     bool    // Tun: it carries Ethernet frames
	Tunnel  *TunnelSpec
	Table   uint32 // VRF: the routing table

	Master string // name of the bridge or bond of the same node that it is enslaved to
	Port   *Port  // bridge port attributes, where Master is a bridge
}

// MacvlanSpec is `ip link ... type macvlan`. An empty Mode leaves
// IFLA_MACVLAN_MODE out, so that the kernel's own default shows.
type MacvlanSpec struct {
	Mode       string   // private, vepa, bridge, passthru, source; "" kernel default
	NoPromisc  bool     // MACVLAN_FLAG_NOPROMISC
	NoDst      bool     // MACVLAN_FLAG_NODST
	Sources    []string // source mode: MACs or "@node:interface" that are listed
	BCQueueLen *uint32  // frames
	BCLim      *int32   // IFLA_MACVLAN_BC_CUTOFF
}

// IpvlanSpec is `ip link ... type ipvlan`.
type IpvlanSpec struct {
	Mode string // l2, l3, l3s
	Flag string // bridge, private, vepa
}

// VLANSpec is `ip link ... type vlan`.
type VLANSpec struct {
	ID           int    // 0 to 4094
	Protocol     string // "802.1Q" or "802.1ad"
	ReorderHdr   *bool
	LooseBinding bool
	EgressQoS    map[uint32]uint32 // skb priority to PCP
	IngressQoS   map[uint32]uint32 // PCP to skb priority
}

// BondSpec is `ip link ... type bond`.
type BondSpec struct {
	Mode    string // ip-link(8)'s names: active-backup, balance-rr, ...
	Members []string
}

// TunnelSpec is `ip link ... type ipip` and `type sit`.
type TunnelSpec struct{ Local, Remote netip.Addr }

// Ethernet tells whether what the interface carries are Ethernet frames.
func (i *Interface) Ethernet() bool {
	return i.Kind != IPIP && i.Kind != SIT && (i.Kind != Tun || i.Tap)
}

// Bridge are the options of a bridge device, as in ip-link(8) `type bridge`.
// nil: a lab's default (everything quiet: no STP, no multicast snooping).
type Bridge struct {
	STP               *bool
	MulticastSnooping *bool
	VLANFiltering     *bool
	VLANProtocol      string // "802.1Q" or "802.1ad"; ""
	DefaultPVID       *int
	AgeingTime        *time.Duration

	ForwardDelay, HelloTime, MaxAge                                *time.Duration // of the spanning tree
	Priority                                                       *uint16        // likewise
	GroupFwdMask                                                   *uint16
	NoLinkLocalLearn, McastVLANSnooping, MSTEnabled, FDBLocalVLAN0 *bool        // bits of IFLA_BR_MULTI_BOOLOPT
	VLANGlobal                                                     []VLANOption // of whole VLANs

	Loud       bool             // what is not asked for is left as the kernel has it
	Attributes []AttributeValue // besides what the fields above ask for
}

// Port are the attributes of a bridge port, as in bridge(8) `link set`.
// nil: the kernel's default.
type Port struct {
	Hairpin, Isolated, Learning, Flood, McastFlood, BcastFlood *bool
	Locked, Guard, NeighSuppress, ProxyARP, McastToUnicast     *bool
	State                                                      *string // disabled, listening, learning, forwarding, blocking
	Cost                                                       *int

	Trunk  []VIDRange // tagged VLANs
	Native *int       // untagged VLAN of a trunk (pvid, egress untagged)
	Access *int       // the one VLAN of an access port (pvid, egress untagged)
	VLANs  []PortVLAN // added to or taken from the others one by one, as `bridge vlan` does; ids rise

	VLANOptions []VLANOption // of VLANs of this port
	MST         []MSTState   // instances rise

	Tunnels []PortTunnel // added one by one; not empty: the port's flag vlan_tunnel is set, too
}

// VLANTunnel is the port's flag of that name: on where it has tunnels.
func (p *Port) VLANTunnel() *bool {
	if yes := slices.ContainsFunc(p.Tunnels, func(t PortTunnel) bool { return !t.Gone }); yes {
		return &yes
	}
	return nil
}

// PortTunnel is the tunnel of a VLAN on a port, or those of a range of VLANs.
type PortTunnel struct {
	VID  int
	ID   uint32 // up to 24 bits, as the VNI of VXLAN (RFC 7348); rises by one from VLAN to VLAN
	Last int    // of a range; 0: VID is the only one
	Gone bool   // deleted, not added
}

// Range are the VLANs that are meant.
func (t PortTunnel) Range() VIDRange { return VIDRange{t.VID, max(t.VID, t.Last)} }

// PortVLAN is one VLAN of a port, or of a bridge itself, or a range of them
// that is changed by one request.
type PortVLAN struct {
	VID   int    // 1 to 4094; 0 and 4095 where the kernel is to refuse them
	Last  int    // of a range; 0: VID is the only one
	Flags string // in the words of the state key "vlan.": "pvid untagged", "pvid", "untagged", "tagged"; "none": not in it
}

// Range are the VLANs that are meant.
func (v PortVLAN) Range() VIDRange { return VIDRange{v.VID, max(v.VID, v.Last)} }

// VIDRange is inclusive.
type VIDRange struct{ From, To int }

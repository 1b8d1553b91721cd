package scenarios

import (
	"net"
	"net/netip"
	"slices"
	"time"

	"netverify/assert"
	"netverify/craft"
	"netverify/recording"
)

// Step is one thing done and what must come of it. Exactly one of the action
// fields is set.
type Step struct {
	Pos
	Name   string
	Strict bool   // noise counts too
	Limits Limits // those of its own
	Expect []assert.Expectation

	Ping   *Ping
	Arping *Arping
	Send   *Send
	Set    []Setting
	Create *Create
	Remove *Remove
	Wait   *Wait

	Traceroute *Traceroute
	UDP        *UDP
}

// Ping asks the kernel's stack of From.Node to send ICMP or ICMPv6 echo
// requests; the payload carries the nonce.
type Ping struct {
	From         recording.Ref // Iface names the source interface; Bind says whether the socket is bound to it
	Bind         bool
	To           netip.Addr
	ToRef        *recording.Ref // where To came from "@"-less "node:interface" or a node's name
	Count        int            // requests, at least 1
	Size         int            // data bytes after the ICMP header (ping -s); 56 by default
	TTL          int            // 0: the stack's default
	DontFragment bool
}

// Arping sends ARP requests from From and takes the replies, by
// mdlayher/arp; From needs no IPv4 address where Probe is set (RFC 5227).
type Arping struct {
	From  recording.Ref
	To    netip.Addr
	Count int
	Probe bool // sender address 0.0.0.0
}

// Traceroute asks the kernel's stack of From.Node to send probes whose TTL or
// hop limit rises by one, until one is answered by other than a router on
// which it ran out.
type Traceroute struct {
	From  recording.Ref // as of Ping
	Bind  bool
	To    netip.Addr
	UDP   bool // datagrams to ports that count up from 33434; else echo requests
	First int  // TTL of the first probe
	Max   int  // TTL of the last one
}

// UDP asks the kernel's stack of From.Node to send datagrams; their data
// carries the nonce.
type UDP struct {
	From    recording.Ref // as of Ping
	Bind    bool
	To      netip.Addr
	DstPort int
	SrcPort int
	Count   int // at least 1
	Size    int // data bytes after the UDP header
	TTL     int // 0: the stack's default
	// GSO gives all of them to the stack as one: 64 at most, of no more
	// data than one datagram can have.
	GSO bool
}

// Send puts frames on the wire by From, below its IP stack.
type Send struct {
	From   recording.Ref
	Queue  bool         // by the macvtap's character device, not by a packet socket
	Frames []craft.Spec // in this order
	Count  int          // how often the whole list is sent
	Fails  string       // errno that the one frame must be refused with; "" must succeed
}

// Setting changes one node or interface while the lab runs.
type Setting struct {
	Pos
	Target string        // "sw:p1" or "router"
	Iface  *InterfaceSet // Target is an interface
	Node   *NodeSet      // Target is a node
	Fails  string        // errno that it must fail with; "" must succeed

	// Carriers are the interfaces ("node:interface") of whose carrier or
	// operational state the step itself judges.
	Carriers []string
}

// InterfaceSet is what `set` may change of an interface; nil is "leave it".
type InterfaceSet struct {
	Up        *bool
	MAC       net.HardwareAddr
	MTU       *int
	Addresses *[]netip.Prefix // the whole list afterwards
	Groups    *[]netip.Addr   // the whole list afterwards
	Port      *Port           // only the non-nil fields change
	Macvlan   *MacvlanChange
	VLAN      *VLANChange
	Features  map[string]bool
	Promisc   *bool
	AllMulti  *bool
	Master    *string // bridge, bond or VRF of the same node; "": none
	NetNS     string  // node that it is moved to; "": it stays

	FlushFDB   bool        // of a port: what was learned behind it goes
	FDBSelf    []SelfEntry // added or deleted
	Attributes []AttributeValue

	MAddresses *[]net.HardwareAddr // the whole list afterwards, of those that a scenario joins

	// Judged are the state keys of this interface that the step itself expects.
	// Its verdict is about them, so the lab does not insist that the kernel did
	// what was asked: that it does not may be what the scenario shows.
	Judged []string
}

// MacvlanChange is what the kernel lets one change of a living macvlan.
type MacvlanChange struct {
	Mode             string    // "": leave it
	Sources          *[]string // the whole list afterwards (MACVLAN_MACADDR_SET)
	AddSources       []string  // one by one (MACVLAN_MACADDR_ADD)
	DelSources       []string  // one by one (MACVLAN_MACADDR_DEL)
	FlushSources     bool      // MACVLAN_MACADDR_FLUSH
	NoPromisc, NoDst *bool
	BCQueueLen       *uint32
	BCLim            *int32
}

// SourcesAfter is a source list after the change.
func (c *MacvlanChange) SourcesAfter(list []string) []string {
	if c.Sources != nil {
		list = *c.Sources
	}
	if c.FlushSources {
		list = nil
	}
	gone := slices.Concat(c.AddSources, c.DelSources) // those that are added stand at the end, once
	list = slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(gone, s) })
	return append(list, c.AddSources...)
}

// VLANChange is what the kernel lets one change of a living VLAN interface.
type VLANChange struct {
	ReorderHdr, LooseBinding *bool
	EgressQoS, IngressQoS    map[uint32]uint32 // entries as in VLANSpec; to 0: cleared
}

// NodeSet is what `set` may change of a node; nil is "leave it".
type NodeSet struct {
	Forwarding      *bool
	Sysctls         []Sysctl
	Routes          *[]Route    // the whole list afterwards (of static routes)
	Neighbours      []Neighbour // added or replaced
	FlushNeighbours bool        // all entries that are not permanent go first
	LoUp            *bool
	Bridge          *Bridge    // of a switch
	FlushFDB        bool       // of a switch: its dynamic entries go first
	FDBFlush        *FDBFlush  // of a switch: these entries go before FDB
	FDB             []FDBEntry // of a switch: added or replaced
	MDB             []MDBEntry // of a switch: added or deleted
	Firewall        *Firewall  // the whole of it afterwards
}

// Create makes an interface while the lab runs.
type Create struct {
	Interface Interface
	Members   []string // of a bridge or bond: the interfaces of the node that it takes
	Fails     string   // errno: "EINVAL"; "" must succeed

	// Judged are the state keys of the interface that the step itself expects:
	// as InterfaceSet.Judged.
	Judged []string
}

// Remove deletes an interface while the lab runs.
type Remove struct {
	Target recording.Ref
	Fails  string
}

// Wait lets time pass, for things that no event ends (ageing); it ends as
// soon as the step's positive expectations are all met.
type Wait struct{ For time.Duration }

// sender is the interface by which the step's stimulus leaves, "" for steps
// that send nothing.
func (s *Step) sender() string {
	switch {
	case s.Ping != nil:
		return s.Ping.From.String()
	case s.Arping != nil:
		return s.Arping.From.String()
	case s.Send != nil:
		return s.Send.From.String()
	case s.Traceroute != nil:
		return s.Traceroute.From.String()
	case s.UDP != nil:
		return s.UDP.From.String()
	}
	return ""
}

// sent is the number of frames that a `send` puts on the wire, 0 for others.
func (s *Step) sent() int {
	if s.Send == nil {
		return 0
	}
	return max(s.Send.Count, 1) * len(s.Send.Frames)
}

func (s *Step) request() *assert.Request {
	switch {
	case s.Ping != nil:
		return &assert.Request{From: s.Ping.From.String(), Target: s.Ping.To, Count: s.Ping.Count, TTL: s.Ping.TTL, Size: said(s.Ping.Size, defaultSize)}
	case s.Arping != nil:
		return &assert.Request{From: s.Arping.From.String(), Target: s.Arping.To, Count: s.Arping.Count, ARP: true}
	case s.Traceroute != nil:
		t := s.Traceroute
		return &assert.Request{From: t.From.String(), Target: t.To, Count: t.Max - t.First + 1, UDP: t.UDP, Trace: true, First: t.First}
	case s.UDP != nil:
		u := s.UDP
		q := &assert.Request{
			From: u.From.String(), Target: u.To, Count: u.Count, UDP: true,
			TTL: u.TTL, Size: said(u.Size, defaultUDPSize), SrcPort: said(u.SrcPort, defaultSrcPort), DstPort: u.DstPort,
		}
		if u.GSO { // captured before it is divided
			q.Size = 0
		}
		return q
	}
	return nil
}

// said is a value that a scenario chose, 0 where it is the default: what others
// sent in the place of a step may differ in that.
func said(value, otherwise int) int {
	if value == otherwise {
		return 0
	}
	return value
}

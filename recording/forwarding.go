package recording

import "net/netip"

// Forwarding is what decides whether the frames of a lab are passed on, as the
// kernel had it at the end of a step that did not pass: so that a reason can
// name it.
type Forwarding struct {
	Interfaces []InterfaceState `json:",omitempty"` // bridge ports, macvlans, and what is down or has no carrier
	FDB        []FDBEntry       `json:",omitempty"` // of the MACs that the frames of the step bear
	Hosts      []HostState      `json:",omitempty"` // of those that packets of the step came in at
}

// InterfaceState is the state of one interface. Zero values are what lets a
// frame pass.
type InterfaceState struct {
	Point     string // "sw:p1"
	Down      bool   `json:",omitempty"` // administratively
	NoCarrier bool   `json:",omitempty"`

	// Of an interface of a router of IPv6: it has an address, but none of the link.
	NoLinkLocal bool `json:",omitempty"`

	// Of a bridge port.
	Bridge       string      `json:",omitempty"` // that it is a port of: "sw:br0"
	State        string      `json:",omitempty"` // "disabled", "listening", "learning", "blocking"; "": it forwards
	Isolated     bool        `json:",omitempty"`
	Locked       bool        `json:",omitempty"`
	Hairpin      bool        `json:",omitempty"`
	NoFlood      bool        `json:",omitempty"` // takes no frames to MACs that are not in the FDB
	NoMcastFlood bool        `json:",omitempty"`
	NoBcastFlood bool        `json:",omitempty"`
	FiltersVLANs uint16      `json:",omitempty"` // the TPID by whose tags its bridge filters: 0x8100 or 0x88a8; 0: it does not
	PVID         int         `json:",omitempty"` // the VLAN of frames without a tag; 0: there is none
	VLANs        []VLANRange `json:",omitempty"` // that the port is in, where its bridge filters

	// Of a macvlan or macvtap.
	Parent  string   `json:",omitempty"` // "host:eth0"
	Mode    string   `json:",omitempty"` // "private", "vepa", "bridge", "passthru", "source"
	MAC     string   `json:",omitempty"`
	Sources []string `json:",omitempty"` // MACs that mode source takes frames from
}

// VLANRange are VLAN ids in a row, both ends inclusive.
type VLANRange struct{ From, To int }

// FDBEntry is an entry of a bridge's forwarding database.
type FDBEntry struct {
	Bridge string // "sw:br0"
	MAC    string // "02:00:00:00:00:01"
	VLAN   int    `json:",omitempty"` // 0: of none
	Port   string // "sw:p1"; the bridge itself where the MAC is its own
	Locked bool   `json:",omitempty"` // learned at a locked port: it lets nothing through
}

// HostState is what decides what a host's stack does with packets. Zero values
// are those with which it answers, but for the two of routers.
type HostState struct {
	Node        string
	Routes      map[netip.Addr]string `json:",omitempty"` // the interface by which each address of the packets is reached; "": there is no route
	Inputs      []InputState          `json:",omitempty"` // interfaces whose settings are not zero
	ForwardsIP4 bool                  `json:",omitempty"` // net.ipv4.ip_forward
	ForwardsIP6 bool                  `json:",omitempty"` // net.ipv6.conf.all.forwarding
	FilterDrops bool                  `json:",omitempty"` // its packet filter drops what it was to pass on and no rule accepts
	IgnoresIP4  bool                  `json:",omitempty"` // net.ipv4.icmp_echo_ignore_all
	IgnoresIP6  bool                  `json:",omitempty"` // net.ipv6.icmp.echo_ignore_all
}

// InputState are settings of an interface for what comes in there, each the
// greater of its own and that of all.
type InputState struct {
	Point     string
	ARPIgnore int `json:",omitempty"`
	RPFilter  int `json:",omitempty"`
}

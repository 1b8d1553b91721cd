package assert

import (
	"reflect"
	"slices"

	"netverify/recording"
)

// Topology is a lab as it stood in the kernel: what was read back, not what
// was asked for. Names and values are those of scenarios.StateKeys, which are
// ip-link(8)'s and bridge(8)'s. The zero Topology is that of a lab that was
// never built.
type Topology struct {
	Planned bool   `json:"planned"` // made from a plan: nothing was built, and what the kernel chooses is left out
	Nodes   []Node `json:"nodes"`   // in plan order, before the first step
	Changed []Node `json:"changed"` // after the last step: those in which something had become different
}

// Node is one network namespace.
type Node struct {
	Name       string      `json:"name"`
	Kind       string      `json:"kind"` // "host", "router" (forwards IPv4 or IPv6) or "switch" (its interfaces are ports of the bridge br0)
	Forwards   []string    `json:"forwards,omitempty"`
	Interfaces []Interface `json:"interfaces,omitempty"` // lo where it is not as everywhere, the bridge of a switch, as in the plan, then what steps made
	Routes     []Route     `json:"routes,omitempty"`     // of the main table, without those that come with an address
	Firewall   string      `json:"firewall,omitempty"`   // as the state key "firewall"; "" for none
	Trouble    string      `json:"trouble,omitempty"`    // why this node could not be read
}

// Interface is one interface of a node.
type Interface struct {
	Name      string   `json:"name"`
	Kind      string   `json:"kind"` // of rtnetlink: "veth", "macvlan", "vlan", ...; "loopback" for lo
	Ifindex   int      `json:"ifindex,omitempty"`
	MAC       string   `json:"mac,omitempty"`
	MTU       int      `json:"mtu,omitempty"` // bytes, without the Ethernet header
	Up        bool     `json:"up"`            // administratively (IFF_UP)
	Carrier   bool     `json:"carrier"`       // IFF_LOWER_UP
	State     string   `json:"state"`         // RFC 2863: "up", "lowerlayerdown", ...
	Addresses []string `json:"addresses,omitempty"`

	Link   string `json:"link,omitempty"`   // "node:interface" that it stands on, possibly in another node
	Peer   string `json:"peer,omitempty"`   // "node:interface" at the other end of a veth
	Master string `json:"master,omitempty"` // bridge or bond of the same node that it is a port of

	Mode string `json:"mode,omitempty"` // of macvlan, macvtap, ipvlan and bond
	VLAN VLAN   `json:"vlan,omitzero"`  // of kind "vlan"

	// Options are further state keys: of a bridge what it is set to, of others
	// what differs from a new interface of its kind ("hairpin": "true").
	Options map[string]string `json:"options,omitempty"`

	VLANs    []PortVLAN `json:"vlans,omitempty"`   // of a port of a bridge that filters VLANs, and of that bridge itself; ids rise
	Offloads Offloads   `json:"offloads,omitzero"` // zero: all are off
}

// VLAN is what a VLAN interface takes out of its parent.
type VLAN struct {
	Protocol string `json:"protocol"` // "802.1Q" or "802.1ad"
	ID       int    `json:"id"`
}

// PortVLAN is a range of VLANs that a bridge port carries alike.
type PortVLAN struct {
	From  int    `json:"from"`
	To    int    `json:"to"`    // inclusive
	Flags string `json:"flags"` // bridge(8): "pvid untagged", "pvid", "untagged"; "tagged" for neither
}

// JoinVLANs joins neighbours that are alike in a list whose ids rise.
func JoinVLANs(list []PortVLAN) (joined []PortVLAN) {
	for _, v := range list {
		if last := len(joined) - 1; last >= 0 && joined[last].To == v.From-1 && joined[last].Flags == v.Flags {
			joined[last].To = v.To
			continue
		}
		joined = append(joined, v)
	}
	return joined
}

// Offloads are those that let a tap see a frame otherwise than it is on a wire.
type Offloads struct {
	On      []string `json:"on,omitempty"`      // by the kernel's names (ethtool -k); could be switched off
	Fixed   []string `json:"fixed,omitempty"`   // families that the kind keeps on: "checksum", "segmentation", ...
	Unknown bool     `json:"unknown,omitempty"` // the kernel would not tell
}

// Route is a route to a unicast prefix.
type Route struct {
	To  string `json:"to"` // prefix, or "default"
	Via string `json:"via,omitempty"`
	Dev string `json:"dev,omitempty"`
}

// Change keeps of a later reading the nodes that are no longer what they were.
func (t *Topology) Change(later Topology) {
	t.Changed = nil
	for i := range later.Nodes {
		if i >= len(t.Nodes) || !reflect.DeepEqual(t.Nodes[i], later.Nodes[i]) {
			t.Changed = append(t.Changed, later.Nodes[i])
		}
	}
}

// After is the lab after the last step.
func (t Topology) After() Topology {
	after := Topology{Planned: t.Planned, Nodes: slices.Clone(t.Nodes)}
	for _, n := range t.Changed {
		if i := slices.IndexFunc(after.Nodes, func(m Node) bool { return m.Name == n.Name }); i >= 0 {
			after.Nodes[i] = n
		}
	}
	return after
}

// Point finds an interface by the name that taps have, "node:interface"; nil
// where there is none.
func (t Topology) Point(name string) *Interface {
	ref, _ := recording.ParseRef(name)
	for i := range t.Nodes {
		for k := range t.Nodes[i].Interfaces {
			if t.Nodes[i].Name == ref.Node && t.Nodes[i].Interfaces[k].Name == ref.Iface {
				return &t.Nodes[i].Interfaces[k]
			}
		}
	}
	return nil
}

package assert

import (
	"fmt"
	"slices"
	"strings"

	"netverify/recording"
)

// Facts says in words what stands in a topology: one line an interface, and one
// a node that routes IPv4.
func (t Topology) Facts() []Fact {
	var facts []Fact
	for i := range t.Nodes {
		facts = append(facts, nodeFacts(&t.Nodes[i])...)
	}
	return facts
}

func nodeFacts(n *Node) []Fact {
	if n.Trouble != "" {
		return []Fact{{Key: n.Name, Value: "cannot be read: " + n.Trouble}}
	}
	var facts []Fact
	if slices.Contains(n.Forwards, "IPv4") {
		facts = append(facts, Fact{Key: n.Name, Value: "forwards IPv4"})
	}
	for i := range n.Interfaces {
		facts = append(facts, Fact{Key: recording.Ref{Node: n.Name, Iface: n.Interfaces[i].Name}.String(), Value: n.Interfaces[i].String()})
	}
	return facts
}

// String describes an interface: "macvlan vepa on host:eth0, MAC …, MTU 1500,
// up, 192.0.2.1/24, offloads off".
func (i *Interface) String() string {
	head := i.Kind
	if i.Mode != "" {
		head += " " + i.Mode
	}
	for _, key := range []string{"nopromisc", "nodst"} {
		if i.Options[key] == "true" {
			head += " " + key
		}
	}
	if i.Kind == "vlan" {
		head += fmt.Sprintf(" %s %d", i.VLAN.Protocol, i.VLAN.ID)
	}
	switch {
	case i.Peer != "":
		head += " to " + i.Peer
	case i.Link != "":
		head += " on " + i.Link
	}
	parts := []string{head}
	if i.Master != "" {
		parts = append(parts, "port of "+i.Master+portWords(i.Options))
	}
	for _, key := range []string{"stp", "multicast_snooping", "vlan_filtering"} {
		if v, ok := i.Options[key]; ok {
			parts = append(parts, key+" "+onOff(v))
		}
	}
	if s := i.Options["sources"]; s != "" {
		parts = append(parts, "sources "+s)
	}
	if i.MAC != "" {
		parts = append(parts, "MAC "+i.MAC)
	}
	parts = append(parts, fmt.Sprintf("MTU %d", i.MTU), i.State)
	parts = append(parts, i.Addresses...)
	if i.Kind != "loopback" {
		parts = append(parts, offloadWords(i.Offloads))
	}
	return strings.Join(parts, ", ")
}

// PortFlags are the state keys of a bridge port that are on or off, in the order
// in which they are told.
var PortFlags = []string{
	"hairpin", "isolated", "learning", "flood", "mcast_flood", "bcast_flood", "locked", "guard",
	"neigh_suppress", "proxyarp", "mcast_to_unicast", "vlan_tunnel",
}

// portWords lists the port flags that differ from those of a new port.
func portWords(options map[string]string) string {
	var b strings.Builder
	for _, key := range PortFlags {
		if v, ok := options[key]; ok {
			b.WriteString(" " + key + " " + onOff(v))
		}
	}
	if s, ok := options["port_state"]; ok {
		b.WriteString(" " + s)
	}
	return b.String()
}

func onOff(truth string) string {
	if truth == "true" {
		return "on"
	}
	return "off"
}

func offloadWords(o Offloads) string {
	if o.Unknown {
		return "offloads unknown"
	}
	words := "offloads off"
	if len(o.On) > 0 {
		words = "offloads on: " + strings.Join(o.On, " ")
	}
	if len(o.Fixed) > 0 {
		words += " (but for " + strings.Join(o.Fixed, ", ") + ", which cannot be changed)"
	}
	return words
}

package lab

import (
	"net"
	"net/netip"
	"slices"
	"strings"

	"netverify/assert"
	"netverify/frame"
	"netverify/scenarios"
)

// Interface is what the kernel says of one interface of a lab.
type Interface struct {
	Ref       scenarios.Ref
	Kind      string // rtnl kind; "loopback" for lo
	Ifindex   int    // unique in the lab, except lo, which is 1 everywhere
	MAC       net.HardwareAddr
	MTU       int // bytes, without the Ethernet header
	Up        bool
	OperState string         // "up", "lowerlayerdown", ...
	Parent    *scenarios.Ref // parent, or the other end of a cable; nil if there is none in the lab
	Mode      string         // of macvlan, macvtap, ipvlan and bond
	Master    string         // bridge or bond that it is a port of
	Addresses []netip.Prefix // in the kernel's order
}

// Interfaces reads all interfaces of the lab, node by node in plan order: lo,
// the bridge of a switch, then as in the plan, then what Create added. One
// that has vanished with its parent, or cannot be read, is left out.
func (l *Lab) Interfaces() []Interface {
	l.mu.RLock()
	defer l.mu.RUnlock()
	var all []Interface
	for _, n := range l.nodes {
		list, err := n.interfaces()
		if err == nil {
			all = append(all, list...)
		}
	}
	return all
}

func (n *node) interfaces() ([]Interface, error) {
	links, err := n.conn.links()
	if err != nil {
		return nil, err
	}
	return n.inventory(links)
}

func (n *node) inventory(links map[int]*link) ([]Interface, error) {
	addrs, err := n.conn.addresses()
	if err != nil {
		return nil, err
	}
	var list []Interface
	for _, i := range n.ifaces {
		got := links[i.index]
		if got == nil {
			continue
		}
		parent, err := n.parent(got)
		if err != nil {
			return nil, err
		}
		f := Interface{
			Ref: i.ref(), Kind: got.kind, Ifindex: got.index, MAC: got.mac, MTU: got.mtu(),
			Up: got.up(), OperState: got.operState(), Parent: parent, Addresses: addrs[i.index],
		}
		f.Mode, _ = mode(got)
		if m := got.master(); m != 0 {
			f.Master = n.nameOf(m)
		}
		list = append(list, f)
	}
	return list, nil
}

// Bindings returns what "@node:interface" stands for, for every interface of a
// list that Interfaces returned.
func Bindings(list []Interface) frame.Bindings {
	b := frame.Bindings{}
	for _, f := range list {
		var x frame.Binding
		copy(x.MAC[:], f.MAC)
		var linkLocal netip.Addr
		for _, p := range f.Addresses {
			switch a := p.Addr(); {
			case a.Is4():
				if !x.IPv4.IsValid() {
					x.IPv4 = a
				}
			case a.IsLinkLocalUnicast():
				if !linkLocal.IsValid() {
					linkLocal = a
				}
			case !x.IPv6.IsValid():
				x.IPv6 = a
			}
		}
		if !x.IPv6.IsValid() {
			x.IPv6 = linkLocal
		}
		b[f.Ref.String()] = x
	}
	return b
}

// Facts says in words what was built, as the kernel tells it now: one line an
// interface, and one a node that routes.
func (l *Lab) Facts() []assert.Fact {
	l.mu.RLock()
	defer l.mu.RUnlock()
	var facts []assert.Fact
	for _, n := range l.nodes {
		facts = append(facts, n.facts()...)
	}
	return facts
}

func (n *node) facts() []assert.Fact {
	links, err := n.conn.links()
	if err != nil {
		return []assert.Fact{{Key: n.name, Value: "cannot be read: " + err.Error()}}
	}
	list, err := n.inventory(links)
	if err != nil {
		return []assert.Fact{{Key: n.name, Value: "cannot be read: " + err.Error()}}
	}
	var facts []assert.Fact
	if v, err := n.sysctl("net.ipv4.ip_forward"); err == nil && v == "1" {
		facts = append(facts, assert.Fact{Key: n.name, Value: "forwards IPv4"})
	}
	for _, f := range list {
		if f.Kind == "loopback" && f.Up {
			continue // as everywhere
		}
		got := links[f.Ifindex]
		if got == nil {
			continue
		}
		facts = append(facts, assert.Fact{Key: f.Ref.String(), Value: n.sentence(f, got)})
	}
	return facts
}

// sentence describes an interface: "macvlan vepa on host:eth0, MAC …, MTU
// 1500, up, 192.0.2.1/24, offloads off".
func (n *node) sentence(f Interface, got *link) string {
	head := f.Kind
	if f.Mode != "" {
		head += " " + f.Mode
	}
	for _, key := range []string{"nopromisc", "nodst"} {
		if v, ok := values[key](got); ok && v == "true" {
			head += " " + key
		}
	}
	if f.Kind == "vlan" {
		id, _ := values["id"](got)
		proto, _ := values["protocol"](got)
		head += " " + proto + " " + id
	}
	if f.Parent != nil {
		head += map[bool]string{true: " to ", false: " on "}[f.Kind == "veth"] + f.Parent.String()
	}
	parts := []string{head}
	if f.Master != "" {
		parts = append(parts, "port of "+f.Master+n.portWords(got))
	}
	if f.Kind == "bridge" {
		parts = append(parts, bridgeWords(got)...)
	}
	if s, ok := sources(got); ok && s != "" {
		parts = append(parts, "sources "+s)
	}
	mtu, _ := values["mtu"](got)
	parts = append(parts, "MAC "+f.MAC.String(), "MTU "+mtu, f.OperState)
	for _, a := range f.Addresses {
		parts = append(parts, a.String())
	}
	return strings.Join(append(parts, n.offloadWords(f.Ref.Iface)), ", ")
}

// portWords lists the port flags that differ from those of a new port.
func (n *node) portWords(got *link) string {
	var b strings.Builder
	for _, f := range portFlags {
		v, ok := values[f.key](got)
		usual := "false"
		switch f.key {
		case "learning", "flood", "mcast_flood", "bcast_flood":
			usual = "true"
		}
		if ok && v != usual {
			b.WriteString(" " + f.key + " " + map[string]string{"true": "on", "false": "off"}[v])
		}
	}
	if s, ok := values["port_state"](got); ok && s != "forwarding" {
		b.WriteString(" " + s)
	}
	return b.String()
}

func bridgeWords(got *link) (list []string) {
	for _, key := range []string{"stp", "multicast_snooping", "vlan_filtering"} {
		if v, ok := values[key](got); ok {
			list = append(list, key+" "+map[string]string{"true": "on", "false": "off"}[v])
		}
	}
	return list
}

// offloadWords names the kinds of offload that are on. Some devices keep some
// on for good: a macvlan its checksum offload, whatever its parent has
// (drivers/net/macvlan.c:ALWAYS_ON_OFFLOADS).
func (n *node) offloadWords(name string) string {
	names, err := n.featureNames()
	if err != nil {
		return "offloads unknown"
	}
	changeable, active, err := n.conn.features(name)
	if err != nil {
		return "offloads unknown"
	}
	var kept, chosen []string
	for feature, number := range names {
		if !isOffload(feature) || !active.has(number) {
			continue
		}
		if changeable.has(number) {
			chosen = append(chosen, feature)
		} else {
			kept = append(kept, offloadClass(feature))
		}
	}
	slices.Sort(chosen)
	slices.Sort(kept)
	words := "offloads off"
	if len(chosen) > 0 {
		words = "offloads on: " + strings.Join(chosen, " ")
	}
	if len(kept) > 0 {
		words += " (but for " + strings.Join(slices.Compact(kept), ", ") + ", which cannot be changed)"
	}
	return words
}

// offloadClass is the family of an offload.
func offloadClass(feature string) string {
	for _, c := range []struct{ part, class string }{
		{"checksum", "checksum"}, {"-vlan-", "VLAN tag"}, {"scatter-gather", "scatter-gather"}, {"rx-gro", "GRO"}, {"rx-lro", "LRO"},
	} {
		if strings.Contains(feature, c.part) {
			return c.class
		}
	}
	return "segmentation"
}

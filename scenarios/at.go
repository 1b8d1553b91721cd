package scenarios

import (
	"bytes"
	"net"
	"net/netip"
	"slices"

	"netverify/recording"
)

// Present is an interface as a step of a plan leaves it, so far as the plan
// alone tells.
type Present struct {
	recording.Ref
	Kind      string           // rtnl kind; "loopback" for lo
	MAC       net.HardwareAddr // nil: the kernel chooses, or it changes with that of another interface
	MTU       int              // bytes; 0: the kernel's default
	Addresses []netip.Prefix
	Groups    []netip.Addr // that a scenario joined
	Hairpin   bool         // a port that sends back where a frame came from
}

// At returns the interfaces that there are once a step is over, by its index;
// -1 asks for the lab as it was built. What a step is to be refused is not done.
func (p *Plan) At(step int) []Present {
	t := timeline{by: map[recording.Ref]*Interface{}}
	for n := range p.Nodes {
		for i := range p.Nodes[n].Interfaces {
			t.add(p.Nodes[n].Interfaces[i])
		}
	}
	for i := 0; i <= step && i < len(p.Steps); i++ {
		t.play(&p.Steps[i])
	}
	var out []Present
	for n := range p.Nodes {
		name := p.Nodes[n].Name
		out = append(out, Present{Ref: recording.Ref{Node: name, Iface: "lo"}, Kind: "loopback", MAC: make(net.HardwareAddr, 6), Addresses: loopback})
		for _, ref := range t.order {
			if i := t.by[ref]; ref.Node == name && i != nil {
				hairpin := i.Port != nil && i.Port.Hairpin != nil && *i.Port.Hairpin
				out = append(out, Present{ref, string(i.Kind), t.mac(i, 0), i.MTU, i.Addresses, i.Groups, hairpin})
			}
		}
	}
	return out
}

// loopback is what lo has from the moment that it is up (net/ipv4/devinet.c:inetdev_event).
var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/8")}

// Bindings returns what "@node:interface" stands for among these interfaces,
// where the plan tells: those whose MAC only the kernel knows are left out. One
// without an IPv6 address has the link-local one that stacks make of a MAC
// (RFC 4291 appendix A).
func Bindings(list []Present) recording.Bindings {
	b := recording.Bindings{}
	for _, i := range list {
		if len(i.MAC) != 6 {
			continue
		}
		x := recording.Binding{MAC: [6]byte(i.MAC)}
		for _, p := range i.Addresses {
			switch a := p.Addr(); {
			case a.Is4() && !x.IPv4.IsValid():
				x.IPv4 = a
			case a.Is6() && (!x.IPv6.IsValid() || x.IPv6.IsLinkLocalUnicast() && !a.IsLinkLocalUnicast()):
				x.IPv6 = a
			}
		}
		if !x.IPv6.IsValid() && i.Kind != "loopback" {
			x.IPv6 = linkLocal(x.MAC)
		}
		b[i.String()] = x
	}
	return b
}

func linkLocal(m [6]byte) netip.Addr {
	return netip.AddrFrom16([16]byte{0: 0xfe, 1: 0x80, 8: m[0] ^ 2, 9: m[1], 10: m[2], 11: 0xff, 12: 0xfe, 13: m[3], 14: m[4], 15: m[5]})
}

// timeline is the interfaces of a lab at some time.
type timeline struct {
	order []recording.Ref
	by    map[recording.Ref]*Interface
}

func (t *timeline) add(i Interface) {
	ref := recording.Ref{Node: i.Node, Iface: i.Name}
	if !slices.Contains(t.order, ref) {
		t.order = append(t.order, ref)
	}
	t.by[ref] = &i
}

// play does what a step does to interfaces.
func (t *timeline) play(s *Step) {
	switch {
	case s.Create != nil && s.Create.Fails == "":
		t.add(s.Create.Interface)
	case s.Remove != nil && s.Remove.Fails == "":
		t.remove(s.Remove.Target)
	}
	for _, set := range s.Set {
		if set.Iface == nil || set.Fails != "" {
			continue
		}
		for ref, i := range t.by {
			if ref.String() == set.Target && i != nil {
				t.change(i, set.Iface)
			}
		}
	}
}

func (t *timeline) change(i *Interface, set *InterfaceSet) {
	if set.MAC != nil {
		if i.Macvlan != nil && i.Macvlan.Mode == "passthru" {
			if parent := t.by[*i.Link]; parent != nil {
				parent.MAC = net.HardwareAddr{}
			}
		}
		for _, o := range t.by { // what has taken this MAC over may follow, or not
			if o != i && o.Kind == VLAN && o.MAC == nil && bytes.Equal(t.mac(o, 0), t.mac(i, 0)) {
				o.MAC = net.HardwareAddr{}
			}
		}
		i.MAC = set.MAC
	}
	if set.MTU != nil {
		i.MTU = *set.MTU
	}
	if set.Addresses != nil {
		i.Addresses = *set.Addresses
	}
	if set.Groups != nil {
		i.Groups = *set.Groups
	}
	if set.Port != nil && set.Port.Hairpin != nil {
		port := Port{}
		if i.Port != nil {
			port = *i.Port // a plan is shared: it stays as it is
		}
		port.Hairpin = set.Port.Hairpin
		i.Port = &port
	}
}

// remove takes an interface away with all that stands on it, and a cable with
// its other end.
func (t *timeline) remove(ref recording.Ref) {
	gone := t.by[ref]
	if gone == nil {
		return
	}
	delete(t.by, ref)
	if gone.Cable != nil {
		t.remove(*gone.Cable)
	}
	for other, i := range t.by {
		if i.Link != nil && *i.Link == ref {
			t.remove(other)
		}
	}
}

// followsActive reports whether MACs go with the active member of a bond
// (fail_over_mac active and follow; Documentation/networking/bonding.rst).
func (i *Interface) followsActive() bool {
	return slices.ContainsFunc(i.Attributes, func(v AttributeValue) bool {
		return v.Name == "IFLA_BOND_FAIL_OVER_MAC" && v.Value != 0
	})
}

// mac is the MAC of an interface, or of the one whose MAC it takes over: that
// of its parent (VLAN, ipvlan, macvlan passthru), of its first member (a bond)
// or of its bond (a member).
func (t *timeline) mac(i *Interface, depth int) net.HardwareAddr {
	passthru := i.Macvlan != nil && i.Macvlan.Mode == "passthru"
	switch bond := t.by[recording.Ref{Node: i.Node, Iface: i.Master}]; {
	case i.followsActive(), bond != nil && bond.followsActive():
		return nil // the kernel gives the bond that of its active member, or the member that of the bond
	case bond != nil && bond.Bond != nil && bond.MAC != nil:
		return bond.MAC
	case bond != nil && bond.Bond != nil && len(bond.Bond.Members) > 0 && bond.Bond.Members[0] != i.Name:
		return t.mac(bond, depth+1)
	case passthru && i.MAC != nil:
		return nil // the kernel gives it that of its parent, or gives the parent this one
	case i.MAC != nil || depth > 100:
		return i.MAC
	case i.Link != nil && (i.Kind == VLAN || i.Kind == Ipvlan || passthru):
		if parent := t.by[*i.Link]; parent != nil {
			return t.mac(parent, depth+1)
		}
	case i.Bond != nil && len(i.Bond.Members) > 0:
		if m := t.by[recording.Ref{Node: i.Node, Iface: i.Bond.Members[0]}]; m != nil {
			return t.mac(m, depth+1)
		}
	}
	return nil
}

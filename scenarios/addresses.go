package scenarios

import (
	"cmp"
	"net/netip"
	"strings"

	"netverify/recording"
)

// prefixes reads the addresses of an interface.
func (r *resolver) prefixes(list []text) (addrs []netip.Prefix) {
	for _, t := range list {
		p, ok := r.address(t)
		if !ok {
			continue
		}
		for _, a := range addrs {
			if a.Addr() == p.Addr() {
				r.at(t.node, "%s is given twice", p.Addr())
				ok = false
			}
		}
		if ok {
			addrs = append(addrs, p)
		}
	}
	return addrs
}

func (r *resolver) address(t text) (netip.Prefix, bool) {
	if !t.set() {
		return netip.Prefix{}, false
	}
	p, err := netip.ParsePrefix(t.S)
	switch {
	case err != nil && !strings.Contains(t.S, "/"):
		r.at(t.node, "address %q lacks its prefix length, as in 192.0.2.1/24", t.S)
	case err != nil || p.Addr().Is4In6():
		r.at(t.node, "%q is not an address with a prefix length, as in 192.0.2.1/24 or 2001:db8::1/64", t.S)
	case p.Addr().IsMulticast() || p.Addr().IsUnspecified():
		r.at(t.node, "%s is no address that an interface can have", p.Addr())
	case p.Addr().Is4() && p.Bits() < 31 && p.Addr() == p.Masked().Addr():
		r.at(t.node, "%s is the address of the network itself", t.S)
	case p.Addr().Is4() && p.Bits() < 31 && p.Addr() == lastAddr(p):
		r.at(t.node, "%s is the broadcast address of its subnet", t.S)
	default:
		return p, true
	}
	return netip.Prefix{}, false
}

// lastAddr returns the last address of an IPv4 prefix.
func lastAddr(p netip.Prefix) netip.Addr {
	a := p.Masked().Addr().As4()
	for bit := p.Bits(); bit < 32; bit++ {
		a[bit/8] |= 1 << (7 - bit%8)
	}
	return netip.AddrFrom4(a)
}

// onLink returns the interface of a node (or the given one) whose longest
// subnet holds an address, and whether the address is the node's own.
func (r *resolver) onLink(node string, addr netip.Addr, only string) (iface string, own bool) {
	bits := -1
	for _, ref := range r.within[node] {
		i := r.live[ref]
		if i == nil || only != "" && ref.Iface != only {
			continue
		}
		for _, p := range i.Addresses {
			own = own || p.Addr() == addr
			if p.Contains(addr) && p.Bits() > bits {
				iface, bits = ref.Iface, p.Bits()
			}
		}
	}
	return iface, own
}

func (r *resolver) subnets(node string) string {
	var subnets []string
	for _, ref := range r.within[node] {
		if i := r.live[ref]; i != nil {
			for _, p := range i.Addresses {
				subnets = append(subnets, p.Masked().String())
			}
		}
	}
	if subnets == nil {
		return ", which has no address"
	}
	return ", which has " + strings.Join(subnets, ", ")
}

// ifaceOf checks that a node has an interface, where one is named.
func (r *resolver) ifaceOf(node string, t text) bool {
	if !t.set() || t.S == "lo" || r.live[recording.Ref{Node: node, Iface: t.S}] != nil {
		return true
	}
	r.at(t.node, "node %q has no interface %q%s", node, t.S, oneOf(t.S, r.namesIn(node)))
	return false
}

// neighbours reads entries of the neighbour tables.
func (r *resolver) neighbours(node string, docs []neighbourDoc, change bool) (list []Neighbour) {
	for i := range docs {
		doc := &docs[i]
		if doc.node == nil || r.bad[doc.node] {
			continue
		}
		ip, ok := r.ip(doc.IP)
		mac, macOK := r.macOrAt(doc.MAC)
		n := Neighbour{Pos: doc.pos(), Iface: doc.Iface.S, IP: ip, MAC: mac, State: cmp.Or(doc.State.S, "permanent"), Op: cmp.Or(doc.Operation.S, "replace")}
		if doc.Proxy.V {
			macOK = r.proxied(&n, doc)
		}
		switch {
		case doc.Operation.set() && !change:
			r.at(doc.Operation.node, "operation is for a set; entries of the topology are made anew")
		case n.Op == "del":
			macOK = true
		case !doc.MAC.set() && !n.Proxy:
			r.missing(doc.node, "the neighbour has no mac")
		}
		ok = r.ifaceOf(node, doc.Iface) && ok && macOK
		if n.Iface == "" && r.nodes[node].Switch {
			n.Iface = bridgeName // the only interface of a switch that has neighbours
		}
		if ok && n.Iface == "" {
			if n.Iface, _ = r.onLink(node, ip, ""); n.Iface == "" {
				r.at(doc.IP.node, "%s is in no subnet of %s%s: say by iface where the neighbour is", ip, node, r.subnets(node))
				continue
			}
		}
		if ok {
			list = append(list, n)
		}
	}
	return list
}

// proxied makes an entry one for whose address the host answers.
func (r *resolver) proxied(n *Neighbour, doc *neighbourDoc) bool {
	n.Proxy, n.MAC, n.State = true, "", ""
	for _, t := range []text{doc.MAC, doc.State} {
		if t.set() {
			r.at(t.node, "proxy: the host answers with the MAC of its own interface; there is no mac and no state")
			return false
		}
	}
	return true
}

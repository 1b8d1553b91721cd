package scenarios

import (
	"net/netip"
	"strings"
)

// Firewall is the packet filter of a host, in the words of nft(8): one table of
// the family inet, so that it is for IPv4 and IPv6.
type Firewall struct {
	Pos
	Forward *FilterChain // what the host routes; nil: no chain at that hook
}

// FilterChain is a base chain of type filter, at priority 0.
type FilterChain struct {
	Pos
	Policy string // "accept" or "drop": what becomes of packets that no rule accepts
	Accept []FilterMatch
}

// FilterMatch is one rule with the verdict accept: all that is set must match.
type FilterMatch struct {
	Pos
	IIF, OIF     string       // interfaces of the host; "" is any
	SAddr, DAddr netip.Prefix // of one family; the zero Prefix is any
}

// String returns the rule as nft(8) lists it: "iif eth0 ip daddr 192.0.2.0/24 accept".
func (m FilterMatch) String() string {
	var words []string
	add := func(key, value string) { words = append(words, key, value) }
	if m.IIF != "" {
		add("iif", m.IIF)
	}
	if m.OIF != "" {
		add("oif", m.OIF)
	}
	for _, a := range []struct {
		key string
		p   netip.Prefix
	}{{"saddr", m.SAddr}, {"daddr", m.DAddr}} {
		switch {
		case !a.p.IsValid():
		case a.p.Addr().Is4():
			add("ip "+a.key, prefixWord(a.p))
		default:
			add("ip6 "+a.key, prefixWord(a.p))
		}
	}
	return strings.Join(append(words, "accept"), " ")
}

// prefixWord writes an address without its length where that is all of it.
func prefixWord(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}

// String returns the chain in one line: "policy drop; iif eth0 accept".
func (c *FilterChain) String() string {
	lines := []string{"policy " + c.Policy}
	for _, m := range c.Accept {
		lines = append(lines, m.String())
	}
	return strings.Join(lines, "; ")
}

// String returns the firewall in one line, "none" where it has no chain.
func (f *Firewall) String() string {
	if f == nil || f.Forward == nil {
		return "none"
	}
	return "forward " + f.Forward.String()
}

// firewall reads the filter of a host, whose interfaces exist; nil where none
// is written.
func (r *resolver) firewall(node string, doc *firewallDoc) *Firewall {
	if doc == nil || doc.node == nil {
		return nil
	}
	f := &Firewall{Pos: doc.pos()}
	if c := doc.Forward; c != nil && c.node != nil {
		f.Forward = &FilterChain{Pos: c.pos(), Policy: c.Policy.S}
		if c.Policy.S == "accept" && len(c.Accept) > 0 {
			r.at(c.Policy.node, "with the policy accept the rules of accept change nothing: leave them out, or write policy: drop")
		}
		for i := range c.Accept {
			if m, ok := r.filterMatch(node, &c.Accept[i]); ok {
				f.Forward.Accept = append(f.Forward.Accept, m)
			}
		}
	}
	return f
}

func (r *resolver) filterMatch(node string, doc *acceptDoc) (FilterMatch, bool) {
	if doc.node == nil || r.bad[doc.node] {
		return FilterMatch{}, false
	}
	m := FilterMatch{Pos: doc.pos(), IIF: doc.IIF.S, OIF: doc.OIF.S}
	ok := r.ifaceOf(node, doc.IIF)
	ok = r.ifaceOf(node, doc.OIF) && ok
	for _, a := range []struct {
		t  text
		to *netip.Prefix
	}{{doc.SAddr, &m.SAddr}, {doc.DAddr, &m.DAddr}} {
		if a.t.set() {
			var good bool
			*a.to, good = r.subnet(a.t)
			ok = good && ok
		}
	}
	switch {
	case !ok:
	case len(doc.node.Pairs) == 0:
		r.missing(doc.node, "a rule of accept needs iif, oif, saddr or daddr; to accept everything write policy: accept")
		return m, false
	case m.SAddr.IsValid() && m.DAddr.IsValid() && m.SAddr.Addr().Is4() != m.DAddr.Addr().Is4():
		r.at(doc.DAddr.node, "%s is not of the family of %s: no packet is from the one to the other", m.DAddr, m.SAddr)
		return m, false
	}
	return m, ok
}

// subnet reads an address, or a prefix without bits behind its length.
func (r *resolver) subnet(t text) (netip.Prefix, bool) {
	if a, err := netip.ParseAddr(t.S); err == nil && a.Zone() == "" && !a.Is4In6() {
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	p, err := netip.ParsePrefix(t.S)
	switch {
	case err != nil || p.Addr().Is4In6():
		r.at(t.node, "%q is neither an address nor a prefix such as 192.0.2.0/24", t.S)
	case p != p.Masked():
		r.at(t.node, "%s has bits behind its prefix length; did you mean \"%s\"?", p, p.Masked())
	default:
		return p, true
	}
	return netip.Prefix{}, false
}

// firewallDoc is a packet filter; the words are those of nft(8).
type firewallDoc struct {
	loc
	Forward *chainDoc `yaml:"forward,omitempty" jsonschema_description:"What the host routes from one interface to another (nft(8): hook forward)."`
}

// chainDoc is a base chain.
type chainDoc struct {
	loc
	Policy text        `yaml:"policy" jsonschema:"enum=accept,enum=drop" jsonschema_description:"What becomes of packets that no rule accepts."`
	Accept []acceptDoc `yaml:"accept,omitempty" jsonschema_description:"Rules that let packets through: each packet that any of them matches."`
}

// acceptDoc is a rule that ends in accept.
type acceptDoc struct {
	loc
	IIF   text `yaml:"iif,omitempty" jsonschema_description:"Interface of this host by which the packet came."`
	OIF   text `yaml:"oif,omitempty" jsonschema_description:"Interface of this host by which it leaves."`
	SAddr text `yaml:"saddr,omitempty" jsonschema_description:"Source: an address or a prefix."`
	DAddr text `yaml:"daddr,omitempty" jsonschema_description:"Destination: an address or a prefix."`
}

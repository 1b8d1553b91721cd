package lab

import (
	"errors"
	"net/netip"
	"slices"
	"strings"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"netverify/scenarios"
)

// addAddresses gives an interface addresses. IPv6 is enabled for it (and for
// lo, by which the node talks to itself) with the first IPv6 address.
func (i *iface) addAddresses(list []netip.Prefix) error {
	for _, p := range list {
		if err := i.allowFamily(p.Addr()); err != nil {
			return i.node.lab.fail(i.spec.Pos, i.node.plan.Pos, "add address", p.String()+" to "+i.ref().String(), err)
		}
		if err := i.node.conn.changeAddress(unix.RTM_NEWADDR, i.index, p, i.spec.DAD); err != nil {
			return i.node.lab.fail(i.spec.Pos, i.node.plan.Pos, "add address", p.String()+" to "+i.ref().String(), err)
		}
	}
	return nil
}

// allowFamily enables IPv6 where an address wants it. The sysctls that the
// plan has for the interface then hold, not what silences it.
func (i *iface) allowFamily(a netip.Addr) error {
	if a.Is4() {
		return nil
	}
	enabled := false
	err := i.node.ns.Do(func() error {
		if _, err := i.node.proc.enableIPv6("lo", false, i.node.said); err != nil {
			return err
		}
		var err error
		enabled, err = i.node.proc.enableIPv6(i.name, i.spec.DAD, i.node.said)
		return err
	})
	i.node.six = true
	if err != nil || !enabled {
		return err
	}
	for _, s := range i.node.plan.Sysctls {
		if file, _ := sysctlPath(s.Key); strings.HasPrefix(file, ipv6Conf+i.name+"/") {
			if err := i.node.setSysctl(s); err != nil {
				return err
			}
		}
	}
	return nil
}

// askedFor leaves out of the addresses of an interface the link-local one that the
// kernel makes by itself where the scenario sets addr_gen_mode (net/ipv6/addrconf.c:
// addrconf_addr_gen).
func (i *iface) askedFor(addrs []netip.Prefix) []netip.Prefix {
	mode, set := i.node.said[ipv6Conf+i.name+"/addr_gen_mode"]
	if !set {
		mode, set = i.node.said[ipv6Conf+"default/addr_gen_mode"]
	}
	if !set || mode == "1" { // IN6_ADDR_GEN_MODE_NONE
		return addrs
	}
	return slices.DeleteFunc(slices.Clone(addrs), func(p netip.Prefix) bool {
		return p.Addr().Is6() && p.Addr().IsLinkLocalUnicast() && !slices.Contains(i.spec.Addresses, p)
	})
}

// changeAddress adds (RTM_NEWADDR) or removes (RTM_DELADDR) an address: IPv4
// with its broadcast address, as ip(8) does for "brd +", IPv6 without DAD
// unless it is asked for.
func (c *conn) changeAddress(typ, index int, p netip.Prefix, dad bool) error {
	head := nl.NewIfAddrmsg(family(p.Addr()))
	head.Index, head.Prefixlen = uint32(index), uint8(p.Bits())
	a := []*nl.RtAttr{attr(unix.IFA_LOCAL, p.Addr().AsSlice()), attr(unix.IFA_ADDRESS, p.Addr().AsSlice())}
	flags := 0
	if typ == unix.RTM_NEWADDR {
		flags = unix.NLM_F_CREATE | unix.NLM_F_EXCL
		if b, ok := broadcast(p); ok {
			a = append(a, attr(unix.IFA_BROADCAST, b.AsSlice()))
		}
		if p.Addr().Is6() && !dad {
			a = append(a, attr32(unix.IFA_FLAGS, unix.IFA_F_NODAD))
		}
	}
	return c.do(typ, flags, request(head, a)...)
}

func family(a netip.Addr) int {
	if a.Is4() {
		return unix.AF_INET
	}
	return unix.AF_INET6
}

// broadcast returns the last address of an IPv4 subnet; prefixes of 31 and 32
// bits have none (RFC 3021).
func broadcast(p netip.Prefix) (netip.Addr, bool) {
	if !p.Addr().Is4() || p.Bits() > 30 {
		return netip.Addr{}, false
	}
	b := p.Masked().Addr().As4()
	for bit := p.Bits(); bit < 32; bit++ {
		b[bit/8] |= 0x80 >> (bit % 8)
	}
	return netip.AddrFrom4(b), true
}

// addressEntry is an address that the kernel has.
type addressEntry struct {
	index  int // of its interface
	prefix netip.Prefix
	flags  uint32 // IFA_F_*
}

// addresses lists the addresses of the namespace by interface index, each
// list in the kernel's order.
func (c *conn) addresses() (map[int][]netip.Prefix, error) {
	list, err := c.addressEntries()
	if err != nil {
		return nil, err
	}
	all := map[int][]netip.Prefix{}
	for _, a := range list {
		all[a.index] = append(all[a.index], a.prefix)
	}
	return all, nil
}

func (c *conn) addressEntries() (all []addressEntry, err error) {
	msgs, err := c.dump(unix.RTM_GETADDR, nl.NewIfAddrmsg(unix.AF_UNSPEC))
	if err != nil {
		return nil, err
	}
	for _, m := range msgs {
		if len(m) < unix.SizeofIfAddrmsg {
			continue
		}
		head, a := nl.DeserializeIfAddrmsg(m), parseAttrs(m[unix.SizeofIfAddrmsg:])
		b, ok := a[unix.IFA_LOCAL]
		if !ok {
			b = a[unix.IFA_ADDRESS] // IPv6 without a peer
		}
		if ip, ok := netip.AddrFromSlice(b); ok {
			all = append(all, addressEntry{int(head.Index), netip.PrefixFrom(ip, int(head.Prefixlen)), a.u32(unix.IFA_FLAGS)})
		}
	}
	return all, nil
}

// setAddresses makes the list the interface's whole list. Surplus addresses
// go first: with a primary IPv4 address the kernel removes its secondaries.
func (i *iface) setAddresses(list []netip.Prefix, pos scenarios.Pos) error {
	c := i.node.conn
	have, err := c.addresses()
	if err != nil {
		return err
	}
	for _, p := range have[i.index] {
		if slices.Contains(list, p) {
			continue
		}
		if err := c.changeAddress(unix.RTM_DELADDR, i.index, p, i.spec.DAD); err != nil && !errors.Is(err, unix.EADDRNOTAVAIL) {
			return i.node.lab.fail(pos, i.spec.Pos, "remove address", p.String()+" from "+i.ref().String(), err)
		}
	}
	if have, err = c.addresses(); err != nil {
		return err
	}
	missing := slices.DeleteFunc(slices.Clone(list), func(p netip.Prefix) bool { return slices.Contains(have[i.index], p) })
	return i.addAddresses(missing)
}

func joinPrefixes(list []netip.Prefix) string {
	words := make([]string, len(list))
	for i, p := range list {
		words[i] = p.String()
	}
	slices.Sort(words)
	return strings.Join(words, ",")
}

package craft

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"slices"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// neighbourDiscovery returns the message (RFC 4861 section 4) behind the
// ICMPv6 header.
func (c *composer) neighbourDiscovery(m *ICMPv6, name string) gopacket.SerializableLayer {
	switch name {
	case "router-solicitation":
		return &layers.ICMPv6RouterSolicitation{Options: c.lladdr("source", m.SLLA)}
	case "router-advertisement":
		return c.routerAdvertisement(m)
	case "neighbour-solicitation":
		if m.Target == "" {
			c.errorf("icmpv6.target", "is missing")
		}
		return &layers.ICMPv6NeighborSolicitation{
			TargetAddress: c.ip6("icmpv6.target", m.Target).AsSlice(),
			Options:       c.lladdr("source", m.SLLA),
		}
	}
	target := c.source6()
	if m.Target != "" {
		target = c.ip6("icmpv6.target", m.Target).AsSlice()
	}
	return &layers.ICMPv6NeighborAdvertisement{
		Flags:         uint8(c.flags("icmpv6.flags", m.Flags, []named{{"router", 0x80}, {"solicited", 0x40}, {"override", 0x20}})),
		TargetAddress: target,
		Options:       c.lladdr("target", m.TLLA),
	}
}

// source6 returns the source of the IPv6 header, 16 bytes.
func (c *composer) source6() net.IP {
	if ip, ok := c.network.(*layers.IPv6); ok {
		return ip.SrcIP
	}
	return net.IP(anyIPv6.AsSlice())
}

// lladdr returns the source or target link-layer address option, if any. No
// source option may come from the unspecified address (RFC 4861 section 4.1).
func (c *composer) lladdr(which, s string) layers.ICMPv6Options {
	typ, mac := layers.ICMPv6OptSourceAddress, c.src
	if which == "target" {
		typ = layers.ICMPv6OptTargetAddress
	}
	switch {
	case s == "none":
		return nil
	case s != "":
		mac = c.mac("icmpv6."+which+"_lladdr", s)
	case which == "source" && c.source6().IsUnspecified():
		return nil
	}
	return layers.ICMPv6Options{{Type: typ, Data: mac}}
}

func (c *composer) routerAdvertisement(m *ICMPv6) gopacket.SerializableLayer {
	ra := &layers.ICMPv6RouterAdvertisement{
		HopLimit:       uint8(c.num("icmpv6.cur_hop_limit", m.CurHopLimit, 64, 0, 255)),
		Flags:          uint8(c.flags("icmpv6.flags", m.Flags, []named{{"managed", 0x80}, {"other", 0x40}})),
		RouterLifetime: uint16(c.num("icmpv6.router_lifetime", m.RouterLifetime, 1800, 0, 0xffff)),
		ReachableTime:  uint32(c.num("icmpv6.reachable_time", m.ReachableTime, 0, 0, 1<<32-1)),
		RetransTimer:   uint32(c.num("icmpv6.retrans_timer", m.RetransTimer, 0, 0, 1<<32-1)),
		Options:        c.lladdr("source", m.SLLA),
	}
	if m.MTU != nil {
		data := binary.BigEndian.AppendUint32([]byte{0, 0}, uint32(c.num("icmpv6.mtu", m.MTU, 0, 0, 1<<32-1)))
		ra.Options = append(ra.Options, layers.ICMPv6Option{Type: layers.ICMPv6OptMTU, Data: data})
	}
	for i, p := range m.Prefixes {
		ra.Options = append(ra.Options, c.prefix(fmt.Sprintf("icmpv6.prefixes[%d]", i), p))
	}
	slices.Reverse(ra.Options) // gopacket prepends the options one by one, the first one innermost
	return ra
}

// prefix returns a prefix information option (RFC 4861 section 4.6.2).
func (c *composer) prefix(path string, p Prefix) layers.ICMPv6Option {
	pre, err := netip.ParsePrefix(p.Prefix)
	if err != nil || !pre.Addr().Is6() {
		c.errorf(path+".prefix", "%q is not an IPv6 prefix such as 2001:db8::/64", p.Prefix)
		pre = netip.PrefixFrom(anyIPv6, 0)
	}
	flags := byte(0xc0) // on-link, autonomous
	if p.OnLink != nil && !*p.OnLink {
		flags &^= 0x80
	}
	if p.Autonomous != nil && !*p.Autonomous {
		flags &^= 0x40
	}
	b := []byte{byte(pre.Bits()), flags}
	b = binary.BigEndian.AppendUint32(b, uint32(c.num(path+".valid", p.Valid, 86400, 0, 1<<32-1)))
	b = binary.BigEndian.AppendUint32(b, uint32(c.num(path+".preferred", p.Preferred, 14400, 0, 1<<32-1)))
	b = append(b, 0, 0, 0, 0) // reserved
	return layers.ICMPv6Option{Type: layers.ICMPv6OptPrefixInfo, Data: append(b, pre.Masked().Addr().AsSlice()...)}
}

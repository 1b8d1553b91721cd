package craft

import (
	"net"
	"net/netip"
	"strings"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// protoExperimental is the protocol number of bare payload (RFC 3692).
const protoExperimental = 253

// Stand-ins for late-bound addresses in Validate: documentation addresses
// (RFC 5737, RFC 3849).
var (
	standInMAC  = [6]byte{0x02, 0, 0, 0, 0, 0x01}
	standInIPv4 = netip.AddrFrom4([4]byte{192, 0, 2, 1})
	standInIPv6 = netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, 15: 1})
)

var protocols = []named{{"icmp", 1}, {"igmp", 2}, {"tcp", 6}, {"udp", 17}, {"icmpv6", 58}}

// protocol returns the number of the next layer, unless s says another.
func (c *composer) protocol(path, s string) int {
	v := protoExperimental
	switch {
	case c.spec.ICMP != nil:
		v = int(layers.IPProtocolICMPv4)
	case c.spec.ICMPv6 != nil:
		v = int(layers.IPProtocolICMPv6)
	case c.spec.UDP != nil:
		v = int(layers.IPProtocolUDP)
	}
	if n, _, ok := c.code(path, s, protocols, 255); ok {
		v = n
	}
	return v
}

// failedBelow tells whether an error was reported under one of the layers, so
// that what follows from it is not reported again.
func (c *composer) failedBelow(layers ...string) bool {
	for _, err := range c.errs {
		for _, l := range layers {
			if strings.HasPrefix(err.Path, l+".") {
				return true
			}
		}
	}
	return false
}

// written returns s, or the reference that the Ethernet address beside it is,
// or "".
func written(s, eth string) string {
	if s == "" && strings.HasPrefix(eth, "@") {
		return eth
	}
	return s
}

func (c *composer) ethStrings() (src, dst string) {
	if c.spec.Eth == nil {
		return "", ""
	}
	return c.spec.Eth.Src, c.spec.Eth.Dst
}

// imply says what MACs the network addresses src and dst would have.
func (c *composer) imply(src, dst string, to netip.Addr) {
	c.impliedSrc = c.macOfRef(src)
	if c.impliedDst = groupMAC(to); c.impliedDst == nil {
		c.impliedDst = c.macOfRef(dst)
	}
}

func (c *composer) ip(h *IP) {
	c.etherType = int(layers.EthernetTypeIPv4)
	ethSrc, ethDst := c.ethStrings()
	src, dst := written(h.Src, ethSrc), written(h.Dst, ethDst)
	from, to := c.ip4("ip.src", src), c.ip4("ip.dst", dst)
	if src == "" {
		c.errorf("ip.src", "is missing")
	}
	if dst == "" {
		c.errorf("ip.dst", "is missing")
	}
	c.imply(src, dst, to)
	l := &layers.IPv4{
		Version:    uint8(c.num("ip.version", h.Version, 4, 0, 15)),
		IHL:        uint8(c.multiple("ip.hdr_len", h.HdrLen, 20, 60, 4) / 4),
		TOS:        uint8(c.num("ip.dsfield", h.DSField, 0, 0, 255)),
		Id:         uint16(c.num("ip.id", h.ID, 0, 0, 0xffff)),
		Flags:      layers.IPv4Flag(c.flags("ip.flags", h.Flags, []named{{"df", 2}, {"mf", 1}, {"rb", 4}})),
		FragOffset: uint16(c.num("ip.frag_offset", h.FragOffset, 0, 0, 8191)),
		TTL:        uint8(c.num("ip.ttl", h.TTL, 64, 0, 255)),
		Protocol:   layers.IPProtocol(c.protocol("ip.proto", h.Proto)),
		Length:     uint16(c.num("ip.len", h.Len, 0, 0, 0xffff)),
		Checksum:   uint16(c.num("ip.checksum", h.Checksum, 0, 0, 0xffff)),
		SrcIP:      net.IP(from.AsSlice()), DstIP: net.IP(to.AsSlice()),
	}
	c.network = l
	c.add("ip", l, h.Checksum == nil)
}

func (c *composer) ipv6(h *IPv6) {
	c.etherType = int(layers.EthernetTypeIPv6)
	ethSrc, ethDst := c.ethStrings()
	src, dst := written(h.Src, ethSrc), written(h.Dst, ethDst)
	from := c.ip6("ipv6.src", src)
	if src == "" {
		c.errorf("ipv6.src", "is missing")
	}
	msg := c.icmpv6Defaults()
	var to netip.Addr
	switch {
	case h.Dst == "" && msg.dst.IsValid():
		to, dst = msg.dst, ""
	case dst == "":
		c.errorf("ipv6.dst", "is missing")
	default:
		to = c.ip6("ipv6.dst", dst)
	}
	c.imply(src, dst, to)
	nxt := c.protocol("ipv6.nxt", h.Nxt)
	l := &layers.IPv6{
		Version:      uint8(c.num("ipv6.version", h.Version, 6, 0, 15)),
		TrafficClass: uint8(c.num("ipv6.tclass", h.TClass, 0, 0, 255)),
		FlowLabel:    uint32(c.num("ipv6.flow", h.Flow, 0, 0, 1<<20-1)),
		Length:       uint16(c.num("ipv6.plen", h.PLen, 0, 0, 0xffff)),
		NextHeader:   layers.IPProtocol(nxt),
		HopLimit:     uint8(c.num("ipv6.hlim", h.HLim, msg.hlim, 0, 255)),
		SrcIP:        net.IP(from.AsSlice()), DstIP: net.IP(to.AsSlice()),
	}
	c.network = l
	c.add("ipv6", l, false)
	if alert := h.RouterAlert; alert != nil && *alert || alert == nil && msg.alert {
		l.NextHeader = layers.IPProtocolIPv6HopByHop
		c.add("ipv6.router_alert", gopacket.Payload{
			byte(nxt), 0, // header length: 8 bytes
			5, 2, 0, 0, // router alert, MLD (RFC 2711 section 2.1)
			1, 0, // PadN
		}, false)
	}
}

// setLength fills in the computed length of l, which has n bytes behind it.
func (c *composer) setLength(l gopacket.SerializableLayer, n int) {
	fit := func(path string, written *int, n int) (uint16, bool) {
		if written != nil {
			return 0, false
		}
		if n > 0xffff {
			c.errorf(path, "%d bytes do not fit in the field: write the value to send", n)
		}
		return uint16(n), true
	}
	switch l := l.(type) {
	case *layers.IPv4:
		if v, ok := fit("ip.len", c.spec.IP.Len, n+20); ok {
			l.Length = v
		}
	case *layers.IPv6:
		if v, ok := fit("ipv6.plen", c.spec.IPv6.PLen, n); ok {
			l.Length = v
		}
	case *layers.UDP:
		if v, ok := fit("udp.length", c.spec.UDP.Length, n+8); ok {
			l.Length = v
		}
	}
}

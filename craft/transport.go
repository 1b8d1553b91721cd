package craft

import (
	"encoding/binary"

	"github.com/google/gopacket/layers"
)

var icmpTypes = []named{
	{"echo-request", 8}, {"echo-reply", 0}, {"destination-unreachable", 3},
	{"redirect", 5}, {"time-exceeded", 11}, {"parameter-problem", 12},
}

func (c *composer) icmp(m *ICMP) {
	typ, _, ok := c.code("icmp.type", m.Type, icmpTypes, 255)
	if !ok && m.Type == "" {
		c.errorf("icmp.type", "is missing")
	}
	one := bit(typ == 8 || typ == 0)
	c.add("icmp", &layers.ICMPv4{
		TypeCode: layers.CreateICMPv4TypeCode(uint8(typ), uint8(c.num("icmp.code", m.Code, 0, 0, 255))),
		Id:       uint16(c.num("icmp.ident", m.Ident, one, 0, 0xffff)),
		Seq:      uint16(c.num("icmp.seq", m.Seq, one, 0, 0xffff)),
		Checksum: uint16(c.num("icmp.checksum", m.Checksum, 0, 0, 0xffff)),
	}, m.Checksum == nil)
}

func (c *composer) udp(u *UDP) {
	l := &layers.UDP{
		SrcPort:  layers.UDPPort(c.num("udp.srcport", u.SrcPort, 49152, 0, 0xffff)),
		DstPort:  layers.UDPPort(c.inRange("udp.dstport", u.DstPort, 0, 0xffff)),
		Length:   uint16(c.num("udp.length", u.Length, 0, 0, 0xffff)),
		Checksum: uint16(c.num("udp.checksum", u.Checksum, 0, 0, 0xffff)),
	}
	if err := l.SetNetworkLayerForChecksum(c.network); err != nil {
		c.errorf("udp", "%v", err)
	}
	c.add("udp", l, u.Checksum == nil)
}

// nonzeroChecksum writes a computed UDP checksum of zero as ffff, as RFC 768
// wants and gopacket forgets: zero means that there is none.
func nonzeroChecksum(p part, b []byte) {
	if _, ok := p.layer.(*layers.UDP); ok && p.opts.ComputeChecksums && binary.BigEndian.Uint16(b[6:]) == 0 {
		binary.BigEndian.PutUint16(b[6:], 0xffff)
	}
}

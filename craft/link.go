package craft

import (
	"encoding/binary"
	"fmt"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// addresses resolves the MACs that are written.
func (c *composer) addresses() {
	if e := c.spec.Eth; e != nil {
		c.src, c.dst = c.mac("eth.src", e.Src), c.mac("eth.dst", e.Dst)
	}
}

// implyAddresses fills in the MACs that are not written.
func (c *composer) implyAddresses() {
	e := c.spec.Eth
	if e == nil {
		e = new(Eth)
	}
	if e.Src == "" {
		c.src = c.impliedSrc
		if c.src == nil && !c.failedBelow("arp", "ip", "ipv6") {
			c.errorf("eth.src", "is missing, and nothing else in the frame says it")
		}
	}
	if e.Dst == "" {
		c.dst = c.impliedDst
		if c.dst == nil && !c.failedBelow("arp", "ip", "ipv6") {
			c.errorf("eth.dst", "is missing, and nothing else in the frame says it")
		}
	}
}

// link returns the Ethernet header and the tags around n bytes.
func (c *composer) link(n int) []part {
	e := c.spec.Eth
	if e == nil {
		e = new(Eth)
	}
	typ := c.num("eth.type", e.Type, c.etherType, 0, 0xffff)
	switch {
	case e.Len != nil && e.Type != nil:
		c.errorf("eth.len", "cannot stand beside eth.type: both fill the same two bytes")
	case e.Type != nil && (c.spec.LLC != nil || c.spec.STP != nil):
		c.errorf("eth.type", "a frame with llc or stp has a length there: write eth.len")
	case e.Len != nil:
		typ = c.num("eth.len", e.Len, 0, 0, 0xffff)
	case c.spec.LLC != nil || c.spec.STP != nil:
		if typ = n; typ > 0xffff {
			c.errorf("eth.len", "%d bytes do not fit in the field: write the value to send", n)
		}
	}

	types := make([]int, len(c.spec.VLAN)+1) // types[i] announces tag i, the last one the content
	types[len(types)-1] = typ
	for i, v := range c.spec.VLAN {
		types[i] = c.num(fmt.Sprintf("vlan[%d].tpid", i), v.TPID, 0x8100, 0, 0xffff)
	}
	ps := []part{{"eth", ethernet(c, types[0]), gopacket.SerializeOptions{}}}
	for i, v := range c.spec.VLAN {
		path := fmt.Sprintf("vlan[%d]", i)
		ps = append(ps, part{path, &layers.Dot1Q{
			Priority:       uint8(c.inRange(path+".priority", v.Priority, 0, 7)),
			DropEligible:   v.DEI,
			VLANIdentifier: uint16(c.inRange(path+".id", v.ID, 0, 4095)),
			Type:           layers.EthernetType(c.num(path+".etype", v.EType, types[i+1], 0, 0xffff)),
		}, gopacket.SerializeOptions{}})
	}
	return ps
}

// ethernet returns the header; gopacket writes an ethertype below 0x600 (a
// length) as it stands as long as Length is 0.
func ethernet(c *composer, typ int) *layers.Ethernet {
	return &layers.Ethernet{SrcMAC: c.src, DstMAC: c.dst, EthernetType: layers.EthernetType(typ)}
}

// llc adds an IEEE 802.2 header.
func (c *composer) llc(l *LLC) {
	dsap, ssap := c.inRange("llc.dsap", l.DSAP, 0, 255), c.inRange("llc.ssap", l.SSAP, 0, 255)
	c.add("llc", &layers.LLC{
		DSAP: uint8(dsap &^ 1), IG: dsap&1 != 0,
		SSAP: uint8(ssap &^ 1), CR: ssap&1 != 0,
		Control: uint16(c.num("llc.control", l.Control, 3, 0, 0xffff)),
	}, false)
}

// stp adds a BPDU in its LLC header. gopacket cannot write one.
func (c *composer) stp(s *STP) {
	c.noRoom = true
	l := c.spec.LLC
	if l == nil {
		l = &LLC{DSAP: 0x42, SSAP: 0x42}
	}
	c.llc(l)
	bridge := c.src
	if s.Bridge != "" {
		bridge = c.mac("stp.bridge", s.Bridge)
	}
	root := bridge
	if s.Root != "" {
		root = c.mac("stp.root", s.Root)
	}
	typ := c.num("stp.type", s.Type, 0, 0, 255)
	be := binary.BigEndian
	b := be.AppendUint16(nil, 0) // protocol identifier
	b = append(b, byte(c.num("stp.version", s.Version, 0, 0, 255)))
	b = append(b, byte(typ))
	flags := c.num("stp.flags", s.Flags, 0, 0, 255)
	rootPrio := c.num("stp.root_prio", s.RootPrio, 32768, 0, 0xffff)
	cost := c.num("stp.cost", s.Cost, 0, 0, 1<<32-1)
	prio := c.num("stp.prio", s.Prio, 32768, 0, 0xffff)
	port := c.num("stp.port", s.Port, 0x8001, 0, 0xffff)
	if typ != 0x80 { // a topology change notification ends here
		b = append(b, byte(flags))
		b = append(be.AppendUint16(b, uint16(rootPrio)), root...)
		b = be.AppendUint32(b, uint32(cost))
		b = append(be.AppendUint16(b, uint16(prio)), bridge...)
		b = be.AppendUint16(b, uint16(port))
		b = be.AppendUint16(b, 0)     // message age, 1/256 s
		b = be.AppendUint16(b, 20<<8) // max age
		b = be.AppendUint16(b, 2<<8)  // hello time
		b = be.AppendUint16(b, 15<<8) // forward delay
	}
	c.add("stp", gopacket.Payload(b), false)
}

package frame

const (
	etherLen      = 14     // bytes
	maxLength     = 1500   // an IEEE 802.3 length is not above, IEEE Std 802.3-2018 3.2.6
	minEtherType  = 0x0600 // an EtherType is not below
	etIPv4        = 0x0800
	etARP         = 0x0806
	etRARP        = 0x8035 // the same layout with other opcodes, RFC 903; "arp" to Wireshark, too
	etVLAN        = 0x8100
	etIPv6        = 0x86dd
	etIEEE8021AD  = 0x88a8
	etOldQinQ     = 0x9100
	sapSNAP       = 0xaa
	sapBPDU       = 0x42
	llcControlUI  = 0x03 // unnumbered information; 0x10 is the P/F bit
	ouiEthernet   = 0x000000
	ouiTunneledBR = 0x0000f8 // RFC 1042 bridge tunnel: also an EtherType
)

func (p *parser) ethernet(end int) {
	if _, ok := p.begin(ProtoEthernet, 0, etherLen, end); !ok {
		return
	}
	p.cur.Dst, p.cur.Src = MAC(p.b[0:6]), MAC(p.b[6:12])
	if p.u16(12) == 0 { // Wireshark takes 0 for a type
		p.etherType(0, etherLen, end)
		return
	}
	p.typeOrLength(p.u16(12), etherLen, end)
}

// typeOrLength goes on behind a length/type field with the value v.
func (p *parser) typeOrLength(v uint16, off, end int) {
	switch {
	case v >= minEtherType:
		p.cur.EtherType = v
		p.etherType(v, off, end)
	case v <= maxLength && off+int(v) > end:
		p.llc(off, end)
		p.mark("eth: length above what is there", off, end)
	case v <= maxLength:
		p.llc(off, min(end, off+int(v)))
	default:
		p.data(off, end) // neither a length nor a type
	}
}

func (p *parser) etherType(v uint16, off, end int) {
	switch v {
	case etVLAN, etOldQinQ:
		p.tag(ProtoVLAN, v, off, end)
	case etIEEE8021AD:
		p.tag(ProtoIEEE8021AD, v, off, end)
	case etARP, etRARP:
		p.arp(off, end)
	case etIPv4:
		p.ip(off, end)
	case etIPv6:
		p.ipv6(off, end)
	default:
		p.data(off, end)
	}
}

func (p *parser) tag(proto Protocol, tpid uint16, off, end int) {
	i, ok := p.begin(proto, off, 2, end)
	if !ok {
		return
	}
	if !p.need(i, off, 4, end) {
		if proto == ProtoIEEE8021AD {
			p.layer(i).limit = off
		}
		return
	}
	tci := p.u16(off)
	p.cur.Tags = append(p.cur.Tags, VLANTag{TPID: tpid, PCP: uint8(tci >> 13), DEI: tci&0x1000 != 0, VID: tci & 0x0fff})
	p.cur.EtherType = 0
	if proto == ProtoIEEE8021AD && p.u16(off+2) == etIEEE8021AD {
		// Wireshark's dissect_ieee8021ad takes two service tags as one layer.
		p.layer(i).aux = 8
		p.serviceTag(i, off+4, end)
		return
	}
	p.behindTag(proto, off+4, end)
}

// behindTag goes on behind a tag that ends at off. Wireshark takes a length
// there for one in an 802.1Q tag only.
func (p *parser) behindTag(proto Protocol, off, end int) {
	v := p.u16(off - 2)
	if proto == ProtoVLAN {
		p.typeOrLength(v, off, end)
		return
	}
	p.cur.EtherType = v
	p.etherType(v, off, end)
}

// serviceTag reads the second of two service tags into layer i.
func (p *parser) serviceTag(i, off, end int) {
	if !p.need(i, off, 2, end) {
		p.layer(i).limit = off - 4
		return
	}
	if !p.need(i, off, 4, end) {
		return
	}
	tci := p.u16(off)
	p.cur.Tags = append(p.cur.Tags, VLANTag{TPID: etIEEE8021AD, PCP: uint8(tci >> 13), DEI: tci&0x1000 != 0, VID: tci & 0x0fff})
	p.behindTag(ProtoIEEE8021AD, off+4, end)
}

func (p *parser) llc(off, end int) {
	if off+2 <= min(end, len(p.b)) && p.u16(off) == 0xffff {
		p.data(off, end) // Novell raw 802.3: no LLC header
		return
	}
	i, ok := p.begin(ProtoLLC, off, 1, end)
	if !ok {
		return
	}
	if !p.need(i, off, 3, end) {
		return
	}
	h := &LLC{DSAP: p.u8(off), SSAP: p.u8(off + 1), Control: uint16(p.u8(off + 2))}
	n := 3
	p.layer(i).aux = 3
	if h.Control&3 != 3 { // information and supervisory frames have two bytes
		p.layer(i).aux = 4
		if !p.need(i, off, 4, end) {
			return
		}
		h.Control |= uint16(p.u8(off+3)) << 8
		n = 4
	}
	p.cur.LLC = h
	switch {
	case h.DSAP == sapSNAP && h.SSAP == sapSNAP:
		if !p.need(i, off, n+5, end) {
			return
		}
		h.OUI, h.PID = p.u32(off+n-1)&0xffffff, p.u16(off+n+3)
		if (h.OUI == ouiEthernet || h.OUI == ouiTunneledBR) && h.carries() {
			p.etherType(h.PID, off+n+5, end)
			return
		}
		p.data(off+n+5, end)
	case h.DSAP == sapBPDU && off+n < end && h.carries():
		p.stp(off+n, end)
	default:
		p.data(off+n, end)
	}
}

// carries tells whether the frame may have an upper layer: information and
// unnumbered information have, supervisory and other commands have not.
func (h *LLC) carries() bool {
	return h.Control&1 == 0 || h.Control&0xef == llcControlUI
}

// stp decodes a BPDU (IEEE Std 802.1D-2004 9.3):
//
//	0         2       3    4     5       13   17        25   27  29  31    33
//	|protocol |version|type|flags|root id|cost|bridge id|port|age|max|hello|delay|
func (p *parser) stp(off, end int) {
	fixed := 27 // up to the port identifier
	if _, ok := p.there(off, 4, end); !ok || p.u8(off+3) != 0x00 && p.u8(off+3) != 0x02 {
		fixed = 4
	}
	i, ok := p.begin(ProtoSTP, off, fixed, end)
	if !ok {
		return
	}
	s := &STP{Version: p.u8(off + 2), Type: p.u8(off + 3)}
	p.cur.STP = s
	if s.Type != 0x00 && s.Type != 0x02 {
		return
	}
	s.Flags = p.u8(off + 4)
	s.RootPriority, s.Root = p.u16(off+5), MAC(p.b[off+7:off+13])
	s.RootCost = p.u32(off + 13)
	s.BridgePriority, s.Bridge = p.u16(off+17), MAC(p.b[off+19:off+25])
	s.Port = p.u16(off + 25)
	n := 35
	if s.Type == 0x02 {
		n = 36 // with the version 1 length
	}
	p.need(i, off, n, end)
}

// arp decodes RFC 826:
//
//	0       2        4  5  6  8
//	|hw type|proto type|hs|ps|op|sender hw|sender proto|target hw|target proto|
func (p *parser) arp(off, end int) {
	i, ok := p.begin(ProtoARP, off, 2, end)
	if !ok {
		return
	}
	if !p.need(i, off, 8, end) {
		return
	}
	a := &ARP{
		HardwareType: p.u16(off), ProtocolType: p.u16(off + 2),
		HardwareSize: p.u8(off + 4), ProtocolSize: p.u8(off + 5), Op: p.u16(off + 6),
	}
	hs, ps := int(a.HardwareSize), int(a.ProtocolSize)
	p.cur.ARP = a
	if !p.need(i, off, 8+2*hs+2*ps, end) {
		if p.layer(i).Malformed != cutShort || off+8+a.readAhead(hs, ps) > len(p.b) {
			p.layer(i).limit = off + 8
		}
		return
	}
	at := off + 8
	take := func(n int) []byte { at += n; return p.b[at-n : at : at] }
	a.SenderHW, a.SenderProto, a.TargetHW, a.TargetProto = take(hs), take(ps), take(hs), take(ps)
	if etherARP(a.HardwareType, hs) {
		a.SenderMAC, a.TargetMAC = MAC(a.SenderHW), MAC(a.TargetHW)
	}
	if a.ProtocolType == etIPv4 && ps == 4 {
		a.SenderIP, a.TargetIP = ip4(a.SenderProto), ip4(a.TargetProto)
	}
	if ps == 4 {
		a.classify()
	}
}

// readAhead is how many bytes of addresses Wireshark reads for its summary,
// before it shows the first of them (packet-arp.c:dissect_arp).
func (a *ARP) readAhead(hs, ps int) int {
	switch a.Op {
	case 1, 2, 4:
		return 2*hs + 2*ps
	case 3, 8: // who is that hardware address?
		return 2*hs + ps
	}
	return hs + ps
}

// classify sets what Wireshark's packet-arp.c says of requests and replies:
// gratuitous if sender and target address are the same, a probe if a request
// with a target has no sender and no target hardware address, an announcement
// if a gratuitous request has no target hardware address.
func (a *ARP) classify() {
	if a.Op != 1 && a.Op != 2 {
		return
	}
	unset := number(a.TargetHW) == 0
	a.Gratuitous = string(a.SenderProto) == string(a.TargetProto)
	a.Probe = a.Op == 1 && !a.Gratuitous && number(a.SenderProto) == 0 && unset
	a.Announces = a.Op == 1 && a.Gratuitous && unset
}

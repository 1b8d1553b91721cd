package frame

// udp decodes RFC 768.
func (p *parser) udp(off, end int, sum uint32, part, v6 bool) {
	i, ok := p.begin(ProtoUDP, off, 4, end)
	if !ok {
		return
	}
	if !p.need(i, off, 8, end) {
		return
	}
	h := &UDP{SrcPort: p.u16(off), DstPort: p.u16(off + 2), Length: int(p.u16(off + 4)), Checksum: p.u16(off + 6)}
	if p.cur.UDP == nil {
		p.cur.UDP = h
	}
	if h.Length < 8 && !(h.Length == 0 && v6) {
		p.fail(i, off+6, "length below 8")
		return
	}
	whole := end
	if h.Length >= 8 {
		if h.Length > end-off {
			if !part && p.quoted == 0 {
				p.layer(i).Malformed = udpTooLong
				p.mark("udp: "+udpTooLong, off, end)
			}
			part = true
		}
		whole = min(end, off+h.Length) // udp.payload goes on to the end of IP's, as in Wireshark
	}
	l := p.layer(i)
	l.End = end
	switch {
	case h.Checksum == 0 && v6:
		l.aux = uint16(checksumIllegal)
	case h.Checksum == 0:
		l.aux = uint16(checksumAbsent)
	default:
		l.aux = uint16(p.verify(off, whole, sum+uint32(h.Length), part))
	}
	h.Payload = p.slice(off+8, whole)
	p.data(off+8, whole)
}

const udpTooLong = "length above what IP carries"

// tcp decodes the fixed header of RFC 9293 3.1.
func (p *parser) tcp(off, end int, sum uint32, part bool) {
	i, ok := p.begin(ProtoTCP, off, 4, end)
	if !ok {
		return
	}
	p.layer(i).aux = uint16(p.verify(off, end, sum+uint32(end-off), part))
	h := new(TCP)
	if _, ok := p.there(off, 8, end); ok { // RFC 792 quotes so much
		h.SrcPort, h.DstPort, h.Seq = p.u16(off), p.u16(off+2), p.u32(off+4)
		if p.cur.TCP == nil {
			p.cur.TCP = h
		}
	}
	if !p.need(i, off, 20, end) {
		return
	}
	h.Ack, h.Flags, h.Window = p.u32(off+8), p.u16(off+12)&0xfff, p.u16(off+14)
	h.HeaderLen = int(p.u8(off+12)>>4) * 4
	if h.HeaderLen < 20 {
		p.fail(i, off+16, "header length below 20")
		return
	}
	if !p.need(i, off, h.HeaderLen, end) {
		return
	}
	h.Payload = p.slice(off+h.HeaderLen, end)
	if h.Flags&tcpRST == 0 { // the text of a reset is no data to Wireshark
		p.data(off+h.HeaderLen, end)
	}
}

const tcpRST = 0x004

// igmp decodes RFC 2236 and the parts of RFC 3376 that name groups.
func (p *parser) igmp(off, end int, part bool) {
	least := 1
	query := false
	if _, ok := p.there(off, 1, end); ok && p.u8(off) == igmpQuery {
		query = true
		if end-off < 12 { // of version 1 or 2, which the second byte tells apart
			least = 2
		}
	}
	i, ok := p.begin(ProtoIGMP, off, least, end)
	if !ok {
		return
	}
	if _, ok := p.there(off, 1, end); ok && !igmpKnown(p.u8(off)) {
		p.layer(i).limit = off + 1
		return
	}
	p.layer(i).aux = uint16(p.verify(off, end, 0, part || end-off < 8 && p.u8(off) != igmpV3Report))
	if query && end-off >= 12 && !p.need(i, off, 12, end) {
		p.layer(i).limit = min(p.layer(i).limit, off+2) // Wireshark reads it whole before it goes on
		return
	}
	if !p.need(i, off, 8, end) {
		return
	}
	h := &IGMP{Type: p.u8(off), MaxResp: p.u8(off + 1), Checksum: p.u16(off + 2)}
	h.ChecksumOK = checksumStatus(p.layer(i).aux) == checksumGood
	if p.cur.IGMP == nil {
		p.cur.IGMP = h
	}
	if h.Type != igmpV3Report {
		h.Group = ip4(p.b[off+4 : off+8])
		if h.Type == igmpQuery && end-off >= 12 { // version 3, RFC 3376 7.1
			p.need(i, off, 12+4*int(p.u16(off+10)), end)
		}
		return
	}
	at := off + 8
	for n := p.u16(off + 6); n > 0; n-- {
		if !p.need(i, at, 8, end) {
			return
		}
		h.Groups = append(h.Groups, ip4(p.b[at+4:at+8]))
		h.RecordTypes = append(h.RecordTypes, p.b[at])
		at += 8 + 4*int(p.u16(at+2)) + 4*int(p.u8(at+1))
	}
}

// igmpKnown tells whether the type is one of RFC 2236 or RFC 3376.
func igmpKnown(t uint8) bool {
	switch t {
	case igmpQuery, 0x12, 0x16, 0x17, igmpV3Report:
		return true
	}
	return false
}

const (
	igmpQuery    = 0x11
	igmpV3Report = 0x22
)

package frame

// icmp decodes RFC 792.
func (p *parser) icmp(off, end int, part bool) {
	i, ok := p.begin(ProtoICMP, off, 6, end)
	if !ok {
		return
	}
	m := &ICMP{Type: p.u8(off), Code: p.u8(off + 1), Checksum: p.u16(off + 2)}
	status := p.verify(off, end, 0, part || p.quoted > 0)
	m.ChecksumOK = status == checksumGood
	p.layer(i).aux = uint16(status)
	if p.cur.ICMP == nil {
		p.cur.ICMP = m
	}
	if !p.need(i, off, 8, end) {
		return
	}
	m.Word, m.Body = p.u32(off+4), p.slice(off+8, end)
	switch m.Type {
	case 0, 8: // echo reply, echo request
		m.ID, m.Seq = p.u16(off+4), p.u16(off+6)
		p.data(off+8, end)
	case 13, 14: // timestamp
		p.need(i, off, 20, end)
	case 3, 4, 5, 11, 12: // errors, which quote
		if m.Type == 5 && !p.need(i, off, 9, end) {
			return
		}
		m.Quoted = p.quote(off+8, end, (*parser).ip)
	}
}

// quote decodes the packet that an error quotes.
func (p *parser) quote(off, end int, ip func(*parser, int, int)) *Decoded {
	if off >= end {
		return nil
	}
	outer := p.cur
	p.cur = &Decoded{b: p.b, wire: p.wire}
	p.quoted++
	first := len(p.root.Layers)
	ip(p, off, end)
	if l := p.root.Layers[first:]; len(l) > 0 && l[0].Malformed == wrongVersion6 {
		l[0].limit = off // Wireshark does not show the version
	}
	q := p.cur
	p.quoted--
	p.cur = outer
	return q
}

// icmpv6 decodes RFC 4443, RFC 4861, RFC 2710 and RFC 3810.
func (p *parser) icmpv6(off, end int, sum uint32, part bool) {
	i, ok := p.begin(ProtoICMPv6, off, 0, end)
	if !ok {
		return
	}
	if !p.need(i, off, 4, end) {
		return
	}
	m := &ICMPv6{Type: p.u8(off), Code: p.u8(off + 1), Checksum: p.u16(off + 2), Body: p.slice(off+4, end)}
	status := p.verify(off, end, sum+uint32(end-off), part || p.quoted > 0)
	m.ChecksumOK = status == checksumGood
	p.layer(i).aux = uint16(status)
	if p.cur.ICMPv6 == nil {
		p.cur.ICMPv6 = m
	}
	fixed, ok := icmpv6Fixed[m.Type]
	if !ok {
		return
	}
	if !p.need(i, off, fixed, end) {
		return
	}
	switch m.Type {
	case 1, 2, 3, 4:
		if p.need(i, off, 9, end) {
			m.Quoted = p.quote(off+8, end, (*parser).ipv6)
		}
	case 128, 129:
		m.ID, m.Seq = p.u16(off+4), p.u16(off+6)
		p.data(off+8, end)
	case 135, 136, 137:
		m.Target, m.Flags = ip6(p.b[off+8:off+24]), p.u8(off+4)
		if m.Type != 136 {
			m.Flags = 0
		}
	case 130, 131, 132:
		m.Group = ip6(p.b[off+8 : off+24])
	case 143:
		p.mldReport(i, m, off+8, end)
	}
	if m.Type >= 133 && m.Type <= 137 {
		p.ndOptions(i, m, off+fixed, end)
	}
}

// icmpv6Fixed is the number of bytes before options, records or the quoted
// packet, of the types that are decoded.
var icmpv6Fixed = map[uint8]int{
	1: 8, 2: 8, 3: 8, 4: 8, 128: 8, 129: 8, 130: 24, 131: 24, 132: 24,
	133: 8, 134: 16, 135: 24, 136: 24, 137: 40, 143: 8,
}

func (p *parser) ndOptions(i int, m *ICMPv6, off, end int) {
	for off < end {
		if !p.need(i, off, 2, end) {
			return
		}
		n := 8 * int(p.u8(off+1))
		if n == 0 {
			p.layer(i).Malformed = "option of length 0"
			p.mark("icmpv6: option of length 0", off, end)
			return
		}
		if !p.need(i, off, n, end) {
			return
		}
		m.Options = append(m.Options, NDOption{Type: p.u8(off), Data: p.slice(off+2, off+n)})
		off += n
	}
}

func (p *parser) mldReport(i int, m *ICMPv6, off, end int) {
	for n := p.u16(off - 2); n > 0; n-- {
		if !p.need(i, off, 20, end) {
			return
		}
		r := MLDRecord{Type: p.u8(off), Group: ip6(p.b[off+4 : off+20])}
		aux, sources := 4*int(p.u8(off+1)), int(p.u16(off+2))
		for off += 20; sources > 0; sources-- {
			if !p.need(i, off, 16, end) {
				return
			}
			r.Sources = append(r.Sources, ip6(p.b[off:off+16]))
			off += 16
		}
		off += aux
		m.Records = append(m.Records, r)
	}
}

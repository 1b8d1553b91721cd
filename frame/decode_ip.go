package frame

import "net/netip"

// wrongVersion6 is the fault of what is not IPv6 under IPv6's EtherType.
const wrongVersion6 = "version is not 6"

const (
	protoHopByHop = 0
	protoICMP     = 1
	protoIGMP     = 2
	protoIPIP     = 4
	protoTCP      = 6
	protoUDP      = 17
	protoIPv6     = 41
	protoRouting  = 43
	protoFragment = 44
	protoICMPv6   = 58
	protoNone     = 59
	protoDestOpts = 60
)

func ip4(b []byte) netip.Addr { return netip.AddrFrom4([4]byte(b)) }
func ip6(b []byte) netip.Addr { return netip.AddrFrom16([16]byte(b)) }

// ip decodes an IPv4 header (RFC 791 3.1) and what follows it.
func (p *parser) ip(off, end int) {
	i, ok := p.begin(ProtoIPv4, off, 1, end)
	if !ok {
		return
	}
	if p.u8(off)>>4 != 4 {
		p.notIPv4(i, off, end)
		return
	}
	hl := int(p.u8(off)&15) * 4
	if hl < 20 {
		p.fail(i, off+1, "header length below 20")
		return
	}
	p.layer(i).aux = uint16(hl)
	if n := off + int(p.totalLength(off, end)); n > off && n < off+hl {
		p.fail(i, off+4, "total length below header length")
		return
	}
	if !p.need(i, off, 20, end) {
		return
	}
	h := &IPv4{
		TOS: p.u8(off + 1), Len: int(p.u16(off + 2)), HeaderLen: hl, ID: p.u16(off + 4),
		DF: p.u8(off+6)&0x40 != 0, MF: p.u8(off+6)&0x20 != 0, FragOffset: int(p.u16(off+6)&0x1fff) * 8,
		TTL: p.u8(off + 8), Proto: p.u8(off + 9), Checksum: p.u16(off + 10),
		Src: ip4(p.b[off+12 : off+16]), Dst: ip4(p.b[off+16 : off+20]),
	}
	if p.cur.IPv4 == nil {
		p.cur.IPv4 = h
	}
	whole := true
	if h.Len > 0 { // else TSO: the device would have filled it in
		whole = off+h.Len <= end
		end = min(end, off+h.Len)
	}
	p.layer(i).End = end
	if !p.need(i, off, hl, end) {
		if !p.optionsThere(off+20, off+hl, end) {
			p.layer(i).limit = off + 16 // Wireshark looks for a source route before it shows the destination
		}
		return
	}
	defer func(before bool) { p.part = before }(p.part)
	p.part = h.MF || p.part || !whole && p.quoted > 0
	h.ChecksumOK = checksum(0, p.b[off:off+hl]) == 0
	h.Payload = p.slice(off+hl, end)
	if h.FragOffset > 0 {
		p.data(off+hl, end)
		return
	}
	pseudo := pseudoSum(p.b[off+12:off+20], h.Proto)
	p.transport(h.Proto, off+hl, end, pseudo, h.MF, false)
}

// notIPv4 ends layer i for another version. Wireshark's dissect_ip hands
// version 6 on.
func (p *parser) notIPv4(i, off, end int) {
	p.fail(i, off+1, "version is not 4")
	if p.u8(off)>>4 == 6 {
		if p.quoted > 0 {
			p.layer(i).limit = off
		}
		p.ipv6(off, end)
	}
}

// optionsThere tells whether type and length of all options are there.
func (p *parser) optionsThere(off, last, end int) bool {
	for off < last {
		if _, ok := p.there(off, 1, end); !ok {
			return false
		}
		switch p.u8(off) {
		case 0: // end of options, RFC 791 3.1
			return true
		case 1: // no operation
			off++
			continue
		}
		if _, ok := p.there(off, 2, end); !ok {
			return false
		}
		off += max(2, int(p.u8(off+1)))
	}
	return true
}

// totalLength reads the length of an IPv4 packet, 0 if it is not there.
func (p *parser) totalLength(off, end int) uint16 {
	if _, ok := p.there(off, 4, end); !ok {
		return 0
	}
	return p.u16(off + 2)
}

// ipv6 decodes an IPv6 header (RFC 8200 3) and what follows it.
func (p *parser) ipv6(off, end int) {
	i, ok := p.begin(ProtoIPv6, off, 0, end)
	if !ok {
		return
	}
	if !p.need(i, off, 1, end) {
		return
	}
	if p.u8(off)>>4 != 6 {
		p.fail(i, off+1, wrongVersion6)
		p.mark(ProtoIPv6.String()+": "+wrongVersion6, off, end)
		p.data(off, end) // Wireshark's dissect_ipv6 declines
		return
	}
	if !p.need(i, off, 40, end) {
		return
	}
	first := p.u32(off)
	h := &IPv6{
		TrafficClass: uint8(first >> 20), FlowLabel: first & 0xfffff, PayloadLen: int(p.u16(off + 4)),
		NextHeader: p.u8(off + 6), HopLimit: p.u8(off + 7), Src: ip6(p.b[off+8 : off+24]), Dst: ip6(p.b[off+24 : off+40]),
	}
	if p.cur.IPv6 == nil {
		p.cur.IPv6 = h
	}
	defer func(before bool) { p.part = before }(p.part)
	p.part = p.part || p.quoted > 0 && off+40+h.PayloadLen > end
	if h.PayloadLen > 0 || h.NextHeader != protoHopByHop {
		end = min(end, off+40+h.PayloadLen)
	}
	p.layer(i).End = end
	p.extensions(h, p.b[off+8:off+40], off+40, end)
}

// extensions decodes the extension headers of h (RFC 8200 4) and goes on
// behind them. addrs are source and destination for the pseudo header.
func (p *parser) extensions(h *IPv6, addrs []byte, off, end int) {
	next, more := h.NextHeader, false
	for {
		var proto Protocol
		switch next {
		case protoHopByHop:
			proto = ProtoIPv6HopByHop
		case protoRouting:
			proto = ProtoIPv6Routing
		case protoFragment:
			proto = ProtoIPv6Fragment
		case protoDestOpts:
			proto = ProtoIPv6DestOpts
		default:
			h.Upper, h.Payload = next, p.slice(off, end)
			p.transport(next, off, end, pseudoSum(addrs, next), more, true)
			return
		}
		first := 2
		if proto == ProtoIPv6Routing {
			first = 0
		}
		if proto == ProtoIPv6Fragment {
			first = 8
		}
		i, ok := p.begin(proto, off, first, end)
		if !ok || !p.need(i, off, 8, end) {
			return
		}
		n := 8 + 8*int(p.u8(off+1))
		if proto == ProtoIPv6Fragment {
			n = 8
		}
		if !p.need(i, off, n, end) {
			return
		}
		if proto != ProtoIPv6Routing {
			p.layer(i).End = off + n
		}
		if proto != ProtoIPv6Routing && proto != ProtoIPv6Fragment && !p.optionsFit(i, off+2, off+n, end) {
			return
		}
		h.Extensions = append(h.Extensions, next)
		if proto == ProtoIPv6Routing && p.u8(off+3) > 0 && n >= 24 {
			addrs = p.finalDestination(addrs, off, n)
		}
		next = p.u8(off)
		if proto == ProtoIPv6Fragment {
			v := p.u16(off + 2)
			h.Frag = &IPv6Fragment{ID: p.u32(off + 4), Offset: int(v &^ 7), More: v&1 != 0}
			if h.Frag.Offset > 0 {
				h.Upper, h.Payload = next, p.slice(off+n, end)
				p.data(off+n, end)
				return
			}
			more = h.Frag.More
			p.part = p.part || more
		}
		off += n
	}
}

// finalDestination puts the last stop of a routing header into the addresses
// of the pseudo header (RFC 8200 8.1).
func (p *parser) finalDestination(addrs []byte, off, n int) []byte {
	var last []byte
	switch p.u8(off + 2) {
	case 0, 2: // RFC 2460 4.4, RFC 6275 6.4
		last = p.b[off+n-16 : off+n]
	case 4: // RFC 8754 2
		last = p.b[off+8 : off+24]
	default:
		return addrs
	}
	return append(append(make([]byte, 0, 32), addrs[:16]...), last...)
}

// optionsFit tells whether the options of an extension header, RFC 8200 4.2,
// end where it does, and marks layer i if not. Like Wireshark it is content
// with an option that ends inside the packet.
func (p *parser) optionsFit(i, off, last, end int) bool {
	for off < last {
		n := 1 // Pad1
		if p.u8(off) != 0 {
			if off+2 > last {
				break
			}
			n = 2 + int(p.u8(off+1))
		}
		off += n
	}
	if off != last {
		p.layer(i).Malformed = "an option ends behind the header"
	}
	_, ok := p.there(last, off-last, end)
	return off <= last || ok
}

// transport goes on with the protocol number n. sum is the pseudo header's;
// part tells that the packet is only the first fragment of its datagram.
func (p *parser) transport(n uint8, off, end int, sum uint32, part, v6 bool) {
	if p.depth++; p.depth > maxDepth {
		p.data(off, end)
		return
	}
	defer func() { p.depth-- }()
	switch {
	case off >= end && (!v6 || p.quoted > 0):
		p.data(off, end)
	case n == protoICMP:
		p.icmp(off, end, part)
	case n == protoICMPv6:
		p.icmpv6(off, end, sum, part)
	case n == protoIGMP:
		p.igmp(off, end, part)
	case n == protoUDP:
		p.udp(off, end, sum, part, v6)
	case n == protoTCP:
		p.tcp(off, end, sum, part)
	case n == protoIPIP:
		p.ip(off, end)
	case n == protoIPv6:
		p.ipv6(off, end)
	default:
		p.data(off, end)
	}
}

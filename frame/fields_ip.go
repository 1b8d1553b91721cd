package frame

// upperNames are the protocol numbers that filters may write as words.
var upperNames = []ValueName{{1, "ICMP"}, {2, "IGMP"}, {6, "TCP"}, {17, "UDP"}, {58, "ICMPv6"}}

// etherTypeNames are the EtherTypes that filters may write as words.
var etherTypeNames = []ValueName{{etIPv4, "IPv4"}, {etARP, "ARP"}, {etIPv6, "IPv6"}}

// statusNames are those of Wireshark's proto.c.
var statusNames = []ValueName{{0, "Bad"}, {1, "Good"}, {2, "Unverified"}, {3, "Not present"}, {4, "Illegal"}}

// word reads an IPv4 address as a number.
func word(off int) getter { return at(off, 4) }

func ipFields() []Field {
	g := group{ProtoIPv4, "RFC 791 3.1"}
	status := func(dst []Value, d *Decoded, l *Layer) []Value {
		n := int(l.aux)
		if n == 0 || l.Off+12 > l.limit {
			return dst
		}
		s := checksumBad
		switch {
		case l.Off+n > l.limit:
			s = checksumUnverified
		case checksum(0, d.b[l.Off:l.Off+n]) == 0:
			s = checksumGood
		}
		return append(dst, Value{Num: uint64(s), Off: uint32(l.Off + 10), Len: 2})
	}
	total := func(dst []Value, d *Decoded, l *Layer) []Value {
		first := len(dst)
		if dst = at(2, 2)(dst, d, l); len(dst) > first && dst[first].Num == 0 {
			dst[first].Num = uint64(l.End - l.Off)
		}
		return dst
	}
	times := func(n uint64, get getter) getter {
		return func(dst []Value, d *Decoded, l *Layer) []Value {
			first := len(dst)
			dst = get(dst, d, l)
			for i := first; i < len(dst); i++ {
				dst[i].Num *= n
			}
			return dst
		}
	}
	return []Field{
		g.self("IPv4 header and what it carries"),
		versionField(g),
		g.uint("ip.hdr_len", 8, when(version4, times(4, masked(0, 1, 0x0f))), "header length").in("bytes").max(60),
		g.uint("ip.dsfield", 8, at(1, 1), "DSCP and ECN").hex().from("RFC 2474, RFC 3168"),
		g.uint("ip.dsfield.dscp", 8, masked(1, 1, 0xfc), "differentiated services codepoint").from("RFC 2474").max(63),
		g.uint("ip.dsfield.ecn", 8, masked(1, 1, 0x03), "explicit congestion notification").from("RFC 3168").max(3),
		g.uint("ip.len", 16, total, "total length; where it is 0 (segmentation left to a device), what is there").in("bytes"),
		g.uint("ip.id", 16, at(4, 2), "identification").hex(),
		g.uint("ip.flags", 8, masked(6, 2, 0xe000), "3 bits: 4 reserved, 2 don't fragment, 1 more fragments").hex().max(7),
		g.flag("ip.flags.rb", masked(6, 2, 0x8000), "reserved bit"),
		g.flag("ip.flags.df", masked(6, 2, 0x4000), "don't fragment"),
		g.flag("ip.flags.mf", masked(6, 2, 0x2000), "more fragments"),
		g.uint("ip.frag_offset", 16, masked(6, 2, 0x1fff), "fragment offset").in("8 bytes").max(8191),
		g.uint("ip.ttl", 8, at(8, 1), "time to live").in("hops"),
		g.uint("ip.proto", 8, at(9, 1), "protocol number of the payload").named(upperNames...),
		g.uint("ip.checksum", 16, at(10, 2), "header checksum").hex(),
		g.uint("ip.checksum.status", 8, status, "0 bad, 1 good, 2 unverified (cut)").named(statusNames...),
		g.ip4("ip.src", word(12), "source address"),
		g.ip4("ip.dst", word(16), "destination address"),
		g.ip4("ip.addr", each(word(12), word(16)), "source and destination address: occurs twice").again(),
	}
}

// version4 accepts headers that say so.
func version4(d *Decoded, l *Layer) bool { return d.b[l.Off]>>4 == 4 }

// versionField is a field of both protocols in Wireshark.
func versionField(g group) Field {
	get := masked(0, 1, 0xf0)
	f := g.uint("ip.version", 8, get, "4, or 6: occurs in IPv6 headers as well").max(15)
	f.Also = ProtoIPv6
	f.append = func(dst []Value, f *Field, v *View) []Value {
		d := v.Frame.Decode()
		for i := range d.Layers {
			if l := &d.Layers[i]; l.Proto == f.Protocol || l.Proto == f.Also {
				dst = get(dst, d, l)
			}
		}
		return dst
	}
	return f
}

func ipv6Fields() []Field {
	g := group{ProtoIPv6, "RFC 8200 3"}
	return []Field{
		g.self("IPv6 header and what it carries"),
		g.uint("ipv6.version", 8, masked(0, 1, 0xf0), "6").max(15),
		g.uint("ipv6.tclass", 32, masked(0, 4, 0x0ff00000), "traffic class").hex().max(255),
		g.uint("ipv6.tclass.dscp", 32, masked(0, 4, 0x0fc00000), "differentiated services codepoint").from("RFC 2474").max(63),
		g.uint("ipv6.tclass.ecn", 32, masked(0, 4, 0x00300000), "explicit congestion notification").from("RFC 3168").max(3),
		g.uint("ipv6.flow", 24, masked(1, 3, 0x0fffff), "flow label").hex().max(0xfffff),
		g.uint("ipv6.plen", 16, masked(4, 3, 0xffff00), "payload length, extension headers included").in("bytes"),
		g.uint("ipv6.nxt", 8, at(6, 1), "next header of the fixed header").named(upperNames...),
		g.uint("ipv6.hlim", 8, at(7, 1), "hop limit").in("hops"),
		g.ip6("ipv6.src", raw(8, 16), "source address"),
		g.ip6("ipv6.dst", raw(24, 16), "destination address"),
		g.ip6("ipv6.addr", each(raw(8, 16), raw(24, 16)), "source and destination address: occurs twice").again(),
	}
}

func ipv6ExtensionFields() []Field {
	hop := group{ProtoIPv6HopByHop, "RFC 8200 4.3"}
	routing := group{ProtoIPv6Routing, "RFC 8200 4.4"}
	frag := group{ProtoIPv6Fragment, "RFC 8200 4.5"}
	dest := group{ProtoIPv6DestOpts, "RFC 8200 4.6"}
	return []Field{
		hop.self("hop-by-hop options header"),
		hop.uint("ipv6.hopopts.nxt", 8, at(0, 1), "next header").named(upperNames...),
		routing.self("routing header"),
		routing.uint("ipv6.routing.nxt", 8, at(0, 1), "next header").named(upperNames...),
		routing.uint("ipv6.routing.type", 8, at(2, 1), "routing type"),
		routing.uint("ipv6.routing.segleft", 8, at(3, 1), "segments left"),
		frag.self("fragment header"),
		frag.uint("ipv6.fraghdr.nxt", 8, at(0, 1), "next header").named(upperNames...),
		frag.uint("ipv6.fraghdr.offset", 16, masked(2, 2, 0xfff8), "fragment offset").in("8 bytes").max(8191),
		frag.flag("ipv6.fraghdr.more", masked(2, 2, 0x0001), "more fragments"),
		frag.uint("ipv6.fraghdr.ident", 32, at(4, 4), "identification").hex(),
		dest.self("destination options header"),
		dest.uint("ipv6.dstopts.nxt", 8, at(0, 1), "next header").named(upperNames...),
	}
}

package frame

// status appends the checksumStatus that decoding found.
func status(dst []Value, d *Decoded, l *Layer) []Value {
	if l.Off+4 > l.limit {
		return dst
	}
	return append(dst, Value{Num: uint64(l.aux), Off: uint32(l.Off + 2), Len: 2})
}

func icmpFields() []Field {
	g := group{ProtoICMP, "RFC 792"}
	echo := first8(0, 8, 13, 14, 15, 16, 17, 18)
	ident := first8(0, 8, 13, 14, 15, 16, 17, 18, 42, 43)
	return []Field{
		g.self("ICMP message"),
		g.uint("icmp.type", 8, at(0, 1), "0 echo reply, 3 destination unreachable, 5 redirect, 8 echo request, 11 time exceeded"),
		g.uint("icmp.code", 8, at(1, 1), "code of the type"),
		g.uint("icmp.checksum", 16, at(2, 2), "checksum").hex(),
		g.uint("icmp.checksum.status", 8, status, "0 bad, 1 good, 2 unverified (quoted, cut or a fragment)").named(statusNames...),
		g.uint("icmp.ident", 16, when(ident, at(4, 2)), "identifier of an echo, timestamp, information or mask message").hex(),
		g.uint("icmp.ident_le", 16, when(ident, little(4)), "the same, read as little-endian").again(),
		g.uint("icmp.seq", 16, when(echo, at(6, 2)), "sequence number of the same"),
		g.uint("icmp.seq_le", 16, when(echo, little(6)), "the same, read as little-endian").again(),
		g.uint("icmp.mtu", 16, when(both(first8(3), byteAt(1, 4)), at(6, 2)), "MTU of the next hop (fragmentation needed)").in("bytes").from("RFC 1191 4"),
		g.ip4("icmp.redir_gw", when(first8(5), word(4)), "better gateway"),
	}
}

func icmpv6Fields() []Field {
	g := group{ProtoICMPv6, "RFC 4443"}
	nd := group{ProtoICMPv6, "RFC 4861 4"}
	echo, ra, ns, na, rd := first8(128, 129), first8(134), first8(135), first8(136), first8(137)
	return []Field{
		g.self("ICMPv6 message"),
		g.uint("icmpv6.type", 8, at(0, 1), "1-4 errors, 128/129 echo, 130-132 and 143 MLD, 133-137 neighbour discovery"),
		g.uint("icmpv6.code", 8, at(1, 1), "code of the type"),
		g.uint("icmpv6.checksum", 16, at(2, 2), "checksum").hex(),
		g.uint("icmpv6.checksum.status", 8, status, "0 bad, 1 good, 2 unverified (quoted, cut or a fragment)").named(statusNames...),
		g.uint("icmpv6.echo.identifier", 16, when(echo, at(4, 2)), "identifier of an echo"),
		g.uint("icmpv6.echo.sequence_number", 16, when(echo, at(6, 2)), "sequence number of an echo"),
		g.uint("icmpv6.mtu", 32, when(first8(2), at(4, 4)), "MTU of the next hop (packet too big)").in("bytes"),
		nd.uint("icmpv6.nd.ra.cur_hop_limit", 8, when(ra, at(4, 1)), "hop limit that hosts should use").in("hops"),
		nd.uint("icmpv6.nd.ra.flag", 8, when(ra, at(5, 1)), "flags of a router advertisement"),
		nd.flag("icmpv6.nd.ra.flag.m", when(ra, masked(5, 1, 0x80)), "managed address configuration"),
		nd.flag("icmpv6.nd.ra.flag.o", when(ra, masked(5, 1, 0x40)), "other configuration"),
		nd.uint("icmpv6.nd.ra.router_lifetime", 16, when(ra, at(6, 2)), "lifetime as default router").in("seconds"),
		nd.uint("icmpv6.nd.ra.reachable_time", 32, when(ra, at(8, 4)), "reachable time").in("milliseconds"),
		nd.uint("icmpv6.nd.ra.retrans_timer", 32, when(ra, at(12, 4)), "retransmission timer").in("milliseconds"),
		nd.ip6("icmpv6.nd.ns.target_address", when(ns, raw(8, 16)), "target of a neighbour solicitation"),
		nd.uint("icmpv6.nd.na.flag", 32, when(na, at(4, 4)), "flags of a neighbour advertisement"),
		nd.flag("icmpv6.nd.na.flag.r", when(na, masked(4, 4, 0x80000000)), "sent by a router"),
		nd.flag("icmpv6.nd.na.flag.s", when(na, masked(4, 4, 0x40000000)), "solicited"),
		nd.flag("icmpv6.nd.na.flag.o", when(na, masked(4, 4, 0x20000000)), "override"),
		nd.ip6("icmpv6.nd.na.target_address", when(na, raw(8, 16)), "target of a neighbour advertisement"),
		nd.ip6("icmpv6.nd.rd.target_address", when(rd, raw(8, 16)), "better first hop of a redirect"),
		nd.ip6("icmpv6.rd.na.destination_address", when(rd, raw(24, 16)), "destination of a redirect"),
	}
}

// ndOptions calls see with the offset in the frame and the length of each
// option of a neighbour discovery message.
func (l *Layer) ndOptions(d *Decoded, see func(off, n int)) {
	if l.Off+8 > l.limit || d.b[l.Off] < 133 || d.b[l.Off] > 137 {
		return
	}
	for off := l.Off + icmpv6Fixed[d.b[l.Off]]; off+2 <= l.limit; {
		n := 8 * int(d.b[off+1])
		see(off, n)
		if n == 0 || off+n > l.limit {
			return
		}
		off += n
	}
}

// option reads size bytes at off of each option of one of types; all types
// without any. Size 0 reads to the end of the option.
func option(off, size int, isNumber bool, types ...byte) getter {
	return func(dst []Value, d *Decoded, l *Layer) []Value {
		l.ndOptions(d, func(o, n int) {
			if len(types) > 0 && !contains(types, d.b[o]) {
				return
			}
			size := size
			if size == 0 {
				size = n - off
			}
			switch {
			case size <= 0 || n == 0 && off >= 2: // Wireshark does not mind a length too short for the fields
			case isNumber:
				dst = l.num(dst, d, o+off, size)
			default:
				dst = l.bytes(dst, d, o+off, size)
			}
		})
		return dst
	}
}

func contains(list []byte, x byte) bool {
	for _, y := range list {
		if x == y {
			return true
		}
	}
	return false
}

func icmpv6OptionFields() []Field {
	g := group{ProtoICMPv6, "RFC 4861 4.6"}
	return []Field{
		g.uint("icmpv6.opt.type", 8, option(0, 1, true), "type of each neighbour discovery option"),
		g.uint("icmpv6.opt.length", 8, option(1, 1, true), "length of each option").in("8 bytes"),
		g.bytes("icmpv6.opt.linkaddr", option(2, 0, false, 1, 2), "link-layer address of a source or target option").in("MAC"),
		g.bytes("icmpv6.opt.src_linkaddr", option(2, 0, false, 1), "source link-layer address").in("MAC"),
		g.bytes("icmpv6.opt.target_linkaddr", option(2, 0, false, 2), "target link-layer address").in("MAC"),
		g.uint("icmpv6.opt.prefix.length", 8, option(2, 1, true, 3), "length of an advertised prefix").in("bits"),
		g.ip6("icmpv6.opt.prefix", option(16, 16, false, 3), "advertised prefix"),
		g.uint("icmpv6.opt.mtu", 32, option(4, 4, true, 5), "advertised MTU").in("bytes"),
	}
}

// records calls see with the offset of each whole record of an MLDv2 report.
func (l *Layer) records(d *Decoded, see func(off, sources int)) {
	if l.Off+8 > l.limit || d.b[l.Off] != 143 {
		return
	}
	off := l.Off + 8
	for off < l.limit { // Wireshark does not count
		if off+4 > l.limit {
			see(off, 0)
			return
		}
		sources := int(be16(d.b[off+2:]))
		see(off, sources)
		off += 20 + 16*sources + 4*int(d.b[off+1])
	}
}

func mldFields() []Field {
	v1, v2 := group{ProtoICMPv6, "RFC 2710 3"}, group{ProtoICMPv6, "RFC 3810 5"}
	record := func(off, n int, number bool) getter {
		return func(dst []Value, d *Decoded, l *Layer) []Value {
			l.records(d, func(o, _ int) {
				if number {
					dst = l.num(dst, d, o+off, n)
				} else {
					dst = l.bytes(dst, d, o+off, n)
				}
			})
			return dst
		}
	}
	sources := func(dst []Value, d *Decoded, l *Layer) []Value {
		l.records(d, func(o, n int) {
			for i := range n {
				dst = l.bytes(dst, d, o+20+16*i, 16)
			}
		})
		return dst
	}
	long := func(d *Decoded, l *Layer) bool { return l.limit-l.Off >= 28 } // RFC 3810 8.1
	responseCode := func(dst []Value, d *Decoded, l *Layer) []Value {      // RFC 3810 5.1.3
		first := len(dst)
		if dst = at(4, 2)(dst, d, l); len(dst) > first && dst[first].Num >= 0x8000 {
			v := dst[first].Num
			dst[first].Num = (v&0xfff | 0x1000) << (v>>12&7 + 3)
		}
		return dst
	}
	query2 := both(first8(130), long)
	query1 := both(first8(130, 131, 132), func(d *Decoded, l *Layer) bool { return !query2(d, l) })
	return []Field{
		v1.uint("icmpv6.mld.maximum_response_delay", 16, when(query1, at(4, 2)), "maximum response delay (MLDv1)").in("milliseconds"),
		v2.uint("icmpv6.mld.maximum_response_code", 16, when(query2, responseCode), "maximum response code (MLDv2 query), a floating-point code spelled out").in("milliseconds"),
		v1.ip6("icmpv6.mld.multicast_address", when(first8(130, 131, 132), raw(8, 16)), "group of a query, or of an MLDv1 report or done"),
		v2.uint("icmpv6.mld.nb_sources", 16, when(query2, at(26, 2)), "number of sources of an MLDv2 query"),
		v2.uint("icmpv6.mldr.nb_mcast_records", 16, when(first8(143), at(6, 2)), "number of records of an MLDv2 report"),
		v2.uint("icmpv6.mldr.mar.record_type", 8, record(0, 1, true), "1 include, 2 exclude, 3 to include, 4 to exclude, 5 allow, 6 block"),
		v2.uint("icmpv6.mldr.mar.nb_sources", 16, record(2, 2, true), "number of sources of a record"),
		v2.ip6("icmpv6.mldr.mar.multicast_address", record(4, 16, false), "group of a record"),
		v2.ip6("icmpv6.mldr.mar.source_address", sources, "sources of a record"),
	}
}

package frame

// pendingStatus is checksum.status of UDP and TCP: nothing can be said of a
// checksum that a device was to compute.
func pendingStatus(name string, g group) Field {
	f := g.uint(name, 8, nil, "0 bad, 1 good, 2 unverified (cut, a fragment, or left to a device), 3 not present, 4 not present though IPv6 demands it").named(statusNames...)
	f.append = func(dst []Value, f *Field, v *View) []Value {
		d := v.Frame.Decode()
		for i := range d.Layers {
			l := &d.Layers[i]
			if l.Proto != f.Protocol {
				continue
			}
			first := len(dst)
			if l.Proto == ProtoTCP && l.Off+18 > l.limit {
				continue
			}
			if l.Off+8 <= l.limit {
				dst = status(dst, d, l)
			}
			if len(dst) > first {
				dst[first].Off = uint32(l.Off + checksumAt(l.Proto))
			}
			if v.ChecksumPending && len(dst) > first && checksumStatus(l.aux) < checksumAbsent {
				dst[first].Num = uint64(checksumUnverified)
			}
		}
		return dst
	}
	return f
}

// checksumAt is the place of the checksum in a header.
func checksumAt(p Protocol) int {
	if p == ProtoTCP {
		return 16
	}
	return 6
}

func udpFields() []Field {
	g := group{ProtoUDP, "RFC 768"}
	payload := func(dst []Value, d *Decoded, l *Layer) []Value {
		return l.tail(dst, d, 8)
	}
	return []Field{
		g.self("UDP datagram"),
		g.uint("udp.srcport", 16, at(0, 2), "source port"),
		g.uint("udp.dstport", 16, at(2, 2), "destination port"),
		g.uint("udp.port", 16, each(at(0, 2), at(2, 2)), "source and destination port: occurs twice").again(),
		g.uint("udp.length", 16, at(4, 2), "length with header").in("bytes"),
		g.uint("udp.checksum", 16, at(6, 2), "checksum, 0 for none").hex(),
		pendingStatus("udp.checksum.status", g),
		g.bytes("udp.payload", payload, "payload"),
	}
}

// tail appends the captured bytes of the layer behind its first n, if any.
func (l *Layer) tail(dst []Value, d *Decoded, n int) []Value {
	end := min(l.End, l.limit)
	if l.Off+n >= end {
		return dst
	}
	return l.bytes(dst, d, l.Off+n, end-l.Off-n)
}

func tcpFields() []Field {
	g := group{ProtoTCP, "RFC 9293 3.1"}
	hdrLen := func(d *Decoded, l *Layer) int { return int(d.b[l.Off+12]>>4) * 4 }
	head := func(_ *Decoded, l *Layer) bool { return l.Off+16 <= l.limit } // Wireshark reads so far before it shows these
	full := func(d *Decoded, l *Layer) bool { return head(d, l) && hdrLen(d, l) >= 20 }
	flag := func(name string, mask uint64, doc string) Field {
		return g.flag("tcp.flags."+name, when(full, masked(12, 2, mask)), doc)
	}
	own := func(_ *Decoded, l *Layer) bool { return l.Quoted == 0 && l.Off+16 <= l.limit } // Wireshark shows none of a quoted segment
	return []Field{
		g.self("TCP segment"),
		g.uint("tcp.srcport", 16, at(0, 2), "source port"),
		g.uint("tcp.dstport", 16, at(2, 2), "destination port"),
		g.uint("tcp.port", 16, each(at(0, 2), at(2, 2)), "source and destination port: occurs twice").again(),
		g.uint("tcp.seq_raw", 32, when(own, at(4, 4)), "sequence number as in the segment"),
		g.uint("tcp.ack_raw", 32, when(full, at(8, 4)), "acknowledgment number as in the segment"),
		g.uint("tcp.hdr_len", 8, func(dst []Value, d *Decoded, l *Layer) []Value {
			if !head(d, l) {
				return dst
			}
			return append(dst, Value{Num: uint64(hdrLen(d, l)), Off: uint32(l.Off + 12), Len: 1, Mask: 0xf0})
		}, "header length").in("bytes").max(60),
		g.uint("tcp.flags", 16, when(full, masked(12, 2, 0x0fff)), "all flags, 12 bits").hex().max(4095),
		flag("res", 0xe00, "reserved bits"), flag("ae", 0x100, "accurate ECN"), flag("cwr", 0x080, "congestion window reduced"),
		flag("ece", 0x040, "ECN echo"), flag("urg", 0x020, "urgent"), flag("ack", 0x010, "acknowledgment"), flag("push", 0x008, "push"),
		flag("reset", 0x004, "reset"), flag("syn", 0x002, "synchronize"), flag("fin", 0x001, "finish"),
		g.uint("tcp.window_size_value", 16, when(full, at(14, 2)), "window as in the segment").in("bytes"),
		g.uint("tcp.checksum", 16, at(16, 2), "checksum").hex(),
		pendingStatus("tcp.checksum.status", g),
		g.uint("tcp.urgent_pointer", 16, at(18, 2), "urgent pointer"),
		g.bytes("tcp.payload", func(dst []Value, d *Decoded, l *Layer) []Value {
			if l.Off+20 > l.limit || d.b[l.Off+13]&tcpRST != 0 { // tcp.reset_cause, RFC 9293 3.5.3
				return dst
			}
			return l.tail(dst, d, hdrLen(d, l))
		}, "payload"),
	}
}

func igmpFields() []Field {
	g := group{ProtoIGMP, "RFC 3376 4"}
	report := first8(igmpV3Report)
	return []Field{
		g.self("IGMP message"),
		g.uint("igmp.type", 8, at(0, 1), "0x11 query, 0x12 0x16 0x22 report of version 1, 2, 3, 0x17 leave").hex(),
		g.uint("igmp.checksum", 16, at(2, 2), "checksum").hex(),
		g.uint("igmp.checksum.status", 8, status, "0 bad, 1 good, 2 unverified").named(statusNames...),
		g.uint("igmp.num_grp_recs", 16, when(report, at(6, 2)), "number of records of a version 3 report"),
		g.uint("igmp.record_type", 8, igmpRecord(0, 1), "1 include, 2 exclude, 3 to include, 4 to exclude, 5 allow, 6 block"),
		g.ip4("igmp.maddr", each(when(first8(0x11, 0x12, 0x16, 0x17), word(4)), igmpRecord(4, 4)), "group"),
	}
}

// igmpRecord reads a number of each record of a version 3 report.
func igmpRecord(at, size int) getter {
	return func(dst []Value, d *Decoded, l *Layer) []Value {
		if l.Off+8 > l.limit || d.b[l.Off] != igmpV3Report {
			return dst
		}
		off := l.Off + 8
		for n := be16(d.b[l.Off+6:]); n > 0 && off+8 <= l.limit; n-- {
			dst = l.num(dst, d, off+at, size)
			off += 8 + 4*int(be16(d.b[off+2:])) + 4*int(d.b[off+1])
		}
		return dst
	}
}

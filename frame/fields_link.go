package frame

// fieldGroups are the parts of the table in the order of docs/fields.md.
var fieldGroups = [...]func() []Field{
	frameFields, ethFields, vlanFields, ieee8021adFields, llcFields, stpFields, arpFields,
	ipFields, ipv6Fields, ipv6ExtensionFields, icmpFields, icmpv6Fields, icmpv6OptionFields, mldFields,
	igmpFields, udpFields, tcpFields, dataFields,
}

// lengthOrType reads a length/type field at off if it is a type, or a length.
func lengthOrType(off int, isType bool) getter {
	return when(func(d *Decoded, l *Layer) bool {
		if l.Off+off+2 > l.limit {
			return false
		}
		v := be16(d.b[l.Off+off:])
		if v == 0 && off == 12 {
			return isType // Wireshark takes 0 for a type right behind the addresses
		}
		return isType && v >= minEtherType || !isType && v <= maxLength
	}, at(off, 2))
}

func ethFields() []Field {
	g := group{ProtoEthernet, "IEEE Std 802.3-2018 3.2"}
	const lg, ig = 0x020000, 0x010000 // of the first three bytes, as Wireshark shows them
	return []Field{
		g.self("Ethernet header and all that follows it"),
		g.mac("eth.dst", raw(0, 6), "destination address"),
		g.mac("eth.src", raw(6, 6), "source address"),
		g.mac("eth.addr", each(raw(0, 6), raw(6, 6)), "destination and source address: occurs twice").again(),
		g.flag("eth.dst.lg", masked(0, 3, lg), "destination is administered locally (U/L bit)"),
		g.flag("eth.dst.ig", masked(0, 3, ig), "destination is a group (multicast or broadcast)"),
		g.flag("eth.src.lg", masked(6, 3, lg), "source is administered locally"),
		g.flag("eth.src.ig", masked(6, 3, ig), "source is a group, which is invalid"),
		g.flag("eth.lg", each(masked(0, 3, lg), masked(6, 3, lg)), "U/L bit of destination and source").again(),
		g.flag("eth.ig", each(masked(0, 3, ig), masked(6, 3, ig)), "I/G bit of destination and source").again(),
		g.uint("eth.type", 16, lengthOrType(12, true), "EtherType directly behind the addresses: 0x8100 of a tagged frame").named(etherTypeNames...).hex(),
		g.uint("eth.len", 16, lengthOrType(12, false), "length of an IEEE 802.3 frame").in("bytes"),
	}
}

func vlanFields() []Field {
	g := group{ProtoVLAN, "IEEE Std 802.1Q-2018 9.6"}
	return []Field{
		g.self("802.1Q tag (TPID 0x8100, 0x9100)"),
		g.uint("vlan.priority", 16, masked(0, 2, 0xe000), "PCP, 0 to 7").max(7),
		g.flag("vlan.dei", masked(0, 2, 0x1000), "drop eligible indicator"),
		g.uint("vlan.id", 16, masked(0, 2, 0x0fff), "VLAN identifier, 0 (priority tag) to 4095").max(4095),
		g.uint("vlan.etype", 16, lengthOrType(2, true), "EtherType behind the tag").named(etherTypeNames...).hex(),
		g.uint("vlan.len", 16, lengthOrType(2, false), "IEEE 802.3 length behind the tag").in("bytes"),
	}
}

func ieee8021adFields() []Field {
	g := group{ProtoIEEE8021AD, "IEEE Std 802.1Q-2018 9.6"}
	pair := func(_ *Decoded, l *Layer) bool { return l.aux == 8 } // header length: Wireshark takes two at once
	single := func(_ *Decoded, l *Layer) bool { return l.aux != 8 }
	tags := func(mask uint64) getter {
		return each(masked(0, 2, mask), when(pair, masked(4, 2, mask)))
	}
	return []Field{
		g.self("802.1ad service tag (TPID 0x88a8)"),
		g.uint("ieee8021ad.priority", 16, tags(0xe000), "PCP, 0 to 7").max(7),
		g.uint("ieee8021ad.dei", 16, tags(0x1000), "drop eligible indicator").max(1),
		g.uint("ieee8021ad.id", 16, when(single, masked(0, 2, 0x0fff)), "VLAN identifier, unless a second service tag follows").max(4095),
		g.uint("ieee8021ad.svid", 16, when(pair, masked(0, 2, 0x0fff)), "outer VLAN identifier of two service tags").max(4095),
		g.uint("ieee8021ad.cvid", 16, when(pair, masked(4, 2, 0x0fff)), "inner VLAN identifier of two service tags").max(4095),
	}
}

func llcFields() []Field {
	g := group{ProtoLLC, "IEEE Std 802.2-1998 3"}
	const any, ether, other = 0, 1, 2
	snap := func(off, n, oui int) getter { // behind the control field, for some organizations
		isSNAP := both(byteAt(0, sapSNAP), byteAt(1, sapSNAP))
		carries := func(d *Decoded, l *Layer) bool {
			return d.b[l.Off+2]&1 == 0 || d.b[l.Off+2]&0xef == llcControlUI
		}
		return func(dst []Value, d *Decoded, l *Layer) []Value {
			o := l.Off + int(l.aux)
			if !isSNAP(d, l) || o+5 > l.limit || oui == ether && !carries(d, l) {
				return dst
			}
			v := number(d.b[o : o+3])
			if isEther := v == ouiEthernet || v == ouiTunneledBR; oui == any || isEther == (oui == ether) {
				return l.num(dst, d, o+off, n)
			}
			return dst
		}
	}
	control := func(dst []Value, d *Decoded, l *Layer) []Value {
		o := l.Off + 2
		if o+int(l.aux)-2 > l.limit || l.aux == 0 {
			return dst
		}
		if l.aux == 4 {
			return append(dst, Value{Num: uint64(d.b[o]) | uint64(d.b[o+1])<<8, Off: uint32(o), Len: 2})
		}
		return l.num(dst, d, o, 1)
	}
	return []Field{
		g.self("IEEE 802.2 logical link control"),
		g.uint("llc.dsap", 8, at(0, 1), "destination service access point").hex(),
		g.uint("llc.ssap", 8, at(1, 1), "source service access point").hex(),
		g.uint("llc.control", 16, control, "control field").hex(),
		g.uint("llc.oui", 24, snap(0, 3, any), "SNAP organization code").hex(),
		g.uint("llc.type", 16, snap(3, 2, ether), "SNAP EtherType").named(etherTypeNames...).hex(),
		g.uint("llc.pid", 16, snap(3, 2, other), "SNAP protocol of an organization").hex(),
	}
}

func stpFields() []Field {
	g := group{ProtoSTP, "IEEE Std 802.1D-2004 9.3"}
	bpdu := func(get getter) getter { return when(byteAt(3, 0x00, 0x02), get) }
	top4 := func(off int) getter { // not shifted down, as bridges count in steps of 4096
		return func(dst []Value, d *Decoded, l *Layer) []Value {
			first := len(dst)
			if dst = at(off, 2)(dst, d, l); len(dst) > first {
				dst[first].Num &= 0xf000
				dst[first].Len = 1
			}
			return dst
		}
	}
	return []Field{
		g.self("spanning tree BPDU"),
		g.uint("stp.protocol", 16, at(0, 2), "protocol identifier, 0"),
		g.uint("stp.version", 8, at(2, 1), "0 STP, 2 RSTP, 3 MSTP"),
		g.uint("stp.type", 8, at(3, 1), "0 configuration, 0x02 RST or MST, 0x80 topology change notification"),
		g.uint("stp.flags", 8, bpdu(at(4, 1)), "all flags").hex(),
		g.flag("stp.flags.tc", bpdu(masked(4, 1, 0x01)), "topology change"),
		g.flag("stp.flags.tcack", bpdu(masked(4, 1, 0x80)), "topology change acknowledgment"),
		g.uint("stp.root.prio", 16, bpdu(top4(5)), "priority of the root bridge"),
		g.uint("stp.root.ext", 16, bpdu(masked(5, 2, 0x0fff)), "system ID extension of the root bridge"),
		g.mac("stp.root.hw", bpdu(raw(7, 6)), "address of the root bridge"),
		g.uint("stp.root.cost", 32, bpdu(at(13, 4)), "path cost to the root"),
		g.uint("stp.bridge.prio", 16, bpdu(top4(17)), "priority of the sending bridge"),
		g.uint("stp.bridge.ext", 16, bpdu(masked(17, 2, 0x0fff)), "system ID extension of the sending bridge"),
		g.mac("stp.bridge.hw", bpdu(raw(19, 6)), "address of the sending bridge"),
		g.uint("stp.port", 16, bpdu(at(25, 2)), "port identifier").hex(),
	}
}

// etherARP tells whether ARP hardware addresses are MAC addresses: of type
// Ethernet or IEEE 802 (RFC 5342 names both), as Wireshark's ARP_HW_IS_ETHER.
func etherARP(hardware uint16, size int) bool {
	return size == 6 && (hardware == 1 || hardware == 6)
}

func arpFields() []Field {
	g := group{ProtoARP, "RFC 826"}
	whose := func(sender bool, proto bool) getter {
		return func(dst []Value, d *Decoded, l *Layer) []Value {
			if l.Off+8 > l.limit {
				return dst
			}
			hs, ps := int(d.b[l.Off+4]), int(d.b[l.Off+5])
			if proto && (be16(d.b[l.Off+2:]) != etIPv4 || ps != 4) || !proto && !etherARP(be16(d.b[l.Off:]), hs) {
				return dst
			}
			off, n := l.Off+8, hs
			if !sender {
				off += hs + ps
			}
			if proto {
				off, n = off+hs, 4
				if !sender && be16(d.b[l.Off+6:]) == 7 { // DRARP error: a status stands there
					return dst
				}
				return l.num(dst, d, off, n)
			}
			return l.bytes(dst, d, off, n)
		}
	}
	is := func(what func(a *ARP) bool) getter {
		return func(dst []Value, d *Decoded, l *Layer) []Value {
			if d.ARP != nil && what(d.ARP) {
				return append(dst, Value{Num: 1})
			}
			return dst
		}
	}
	return []Field{
		g.self("address resolution protocol"),
		g.uint("arp.hw.type", 16, at(0, 2), "1 for Ethernet"),
		g.uint("arp.proto.type", 16, at(2, 2), "0x0800 for IPv4").named(etherTypeNames...).hex(),
		g.uint("arp.hw.size", 8, at(4, 1), "length of a hardware address").in("bytes"),
		g.uint("arp.proto.size", 8, at(5, 1), "length of a protocol address").in("bytes"),
		g.uint("arp.opcode", 16, at(6, 2), "1 request, 2 reply").named(ValueName{1, "request"}, ValueName{2, "reply"}),
		g.flag("arp.isgratuitous", is(func(a *ARP) bool { return a.Gratuitous }), "sender and target protocol address are the same; absent otherwise").from("RFC 5227"),
		g.flag("arp.isprobe", is(func(a *ARP) bool { return a.Probe }), "request with sender 0.0.0.0; absent otherwise").from("RFC 5227"),
		g.flag("arp.isannouncement", is(func(a *ARP) bool { return a.Announces }), "gratuitous request with an all-zero target hardware address; absent otherwise").from("RFC 5227"),
		g.mac("arp.src.hw_mac", whose(true, false), "sender hardware address"),
		g.ip4("arp.src.proto_ipv4", whose(true, true), "sender protocol address"),
		g.mac("arp.dst.hw_mac", whose(false, false), "target hardware address"),
		g.ip4("arp.dst.proto_ipv4", whose(false, true), "target protocol address"),
	}
}

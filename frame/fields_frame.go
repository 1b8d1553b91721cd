package frame

import "strings"

// frameFields are not of a layer but of the capture.
func frameFields() []Field {
	const source = "pcapng (draft-ietf-opsawg-pcapng)"
	ask := func(t Type, bits int, name, unit, doc string, get func(v *View) (Value, bool)) Field {
		var most uint64
		if t == TypeUint {
			most = 1<<bits - 1
		}
		return Field{Max: most, Name: name, Type: t, Bits: bits, Unit: unit, Doc: doc, Source: source, Protocol: ProtoFrame,
			append: func(dst []Value, _ *Field, v *View) []Value {
				if x, ok := get(v); ok {
					return append(dst, x)
				}
				return dst
			}}
	}
	num := func(n int) (Value, bool) { return Value{Num: uint64(n)}, true }
	return []Field{
		ask(TypeNone, 0, "frame", "", "every frame: its captured bytes", func(v *View) (Value, bool) { return Value{Bytes: v.Frame.Bytes()}, true }),
		ask(TypeUint, 32, "frame.len", "bytes", "length on the wire, with VLAN tags, without FCS", func(v *View) (Value, bool) { return num(v.Frame.Len()) }),
		ask(TypeUint, 32, "frame.cap_len", "bytes", "captured length", func(v *View) (Value, bool) { return num(v.Frame.CapLen()) }),
		ask(TypeUint, 32, "frame.number", "", "number in the evidence file, from 1", func(v *View) (Value, bool) { return num(v.Number) }),
		ask(TypeString, 0, "frame.interface_name", "", "the tapped interface, node:interface", func(v *View) (Value, bool) { return Value{Str: v.Interface}, v.Interface != "" }),
		ask(TypeTime, 0, "frame.time_epoch", "seconds", "arrival, since 1970-01-01 UTC", func(v *View) (Value, bool) { return Value{Num: uint64(v.At)}, true }),
		ask(TypeString, 0, "frame.protocols", "", "names of the layers, joined by colons", func(v *View) (Value, bool) { return Value{Str: v.Frame.Decode().protocols()}, true }),
		ask(TypeInt, 8, "frame.p2p_dir", "", "0 sent, 1 received by the tapped interface", func(v *View) (Value, bool) {
			switch v.Dir {
			case Out:
				return num(0)
			case In:
				return num(1)
			}
			return Value{}, false
		}),
		ask(TypeUint, 32, "frame.packet_flags_reception_type", "", "to whom the receiver took the frame to be addressed: 1 itself, 2 multicast, 3 broadcast, 4 another station (PACKET_OTHERHOST); 0 where it was sent", func(v *View) (Value, bool) {
			if v.Dir != In || v.Type > ToOther {
				return Value{}, v.Dir == Out
			}
			return num([...]int{ToHost: 1, ToMulticast: 2, ToBroadcast: 3, ToOther: 4}[v.Type])
		}),
	}
}

// protocols writes the layers as Wireshark's frame.protocols does: the
// dissector that looks at an EtherType is listed like a layer.
func (d *Decoded) protocols() string {
	var b strings.Builder
	for i := range d.Layers {
		l := &d.Layers[i]
		proto := l.Proto
		if proto.isMark() {
			proto = Protocol(l.aux) // the one that could not begin
		}
		if proto == 0 || l.Malformed == wrongVersion6 {
			continue // taken back from Wireshark's list
		}
		if i > 0 {
			b.WriteByte(':')
			if followsEtherType(d, i) {
				b.WriteString("ethertype:")
			}
		}
		b.WriteString(proto.String())
		if proto == ProtoIGMP && l.Off < min(l.End, len(d.b)) && igmpKnown(d.b[l.Off]) {
			b.WriteString(":igmp") // the dissectors of its versions have the same name
		}
	}
	return b.String()
}

func followsEtherType(d *Decoded, i int) bool {
	l := &d.Layers[i]
	for i--; i > 0 && (d.Layers[i].Proto.isMark() || d.Layers[i].Malformed == wrongVersion6); i-- {
	}
	outer := &d.Layers[i]
	if outer.Quoted != l.Quoted {
		return false
	}
	switch outer.Proto {
	case ProtoIEEE8021AD:
		return true
	case ProtoEthernet, ProtoVLAN:
		if l.Off == etherLen && be16(d.b[12:]) == 0 {
			return true
		}
		return l.Off >= 2 && l.Off <= len(d.b) && be16(d.b[l.Off-2:]) >= minEtherType
	}
	return false
}

func dataFields() []Field {
	g := group{ProtoData, "Wireshark packet-data.c"}
	return []Field{
		g.self("bytes that no other layer claims: echo data, UDP and TCP payload, the body of an unknown EtherType"),
		g.bytes("data.data", whole, "the bytes"),
		{Name: "data.len", Type: TypeInt, Bits: 32, Unit: "bytes", Doc: "number of captured bytes", Source: g.source, Protocol: ProtoData,
			get: func(dst []Value, d *Decoded, l *Layer) []Value {
				return append(dst, Value{Num: uint64(min(l.End, len(d.b)) - l.Off)})
			}},
	}
}

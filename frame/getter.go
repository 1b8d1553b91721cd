package frame

// The getters that the field table is made of. Offsets are bytes from the
// start of the layer. A field that the layer's captured bytes do not hold in
// full does not occur.

// at reads an unsigned number of n bytes.
func at(off, n int) getter { return masked(off, n, 0) }

// masked reads an unsigned number of n bytes and returns the bits of mask,
// shifted down to bit 0. Mask 0 means all bits.
func masked(off, n int, mask uint64) getter {
	shift := 0
	for m := mask; m != 0 && m&1 == 0; m >>= 1 {
		shift++
	}
	return func(dst []Value, d *Decoded, l *Layer) []Value {
		o := l.Off + off
		if o+n > l.limit {
			return dst
		}
		v := number(d.b[o : o+n])
		if mask != 0 {
			v = v & mask >> shift
		}
		return append(dst, Value{Num: v, Off: uint32(o), Len: uint32(n), Mask: uint32(mask)})
	}
}

func number(b []byte) uint64 {
	var v uint64
	for _, x := range b {
		v = v<<8 | uint64(x)
	}
	return v
}

// raw reads n bytes: an address or a byte string.
func raw(off, n int) getter {
	return func(dst []Value, d *Decoded, l *Layer) []Value {
		return l.bytes(dst, d, l.Off+off, n)
	}
}

// bytes appends n bytes at an offset of the frame.
func (l *Layer) bytes(dst []Value, d *Decoded, off, n int) []Value {
	if off+n > l.limit {
		return dst
	}
	return append(dst, Value{Bytes: d.b[off : off+n : off+n], Off: uint32(off), Len: uint32(n)})
}

// num appends a number of n bytes at an offset of the frame.
func (l *Layer) num(dst []Value, d *Decoded, off, n int) []Value {
	if off+n > l.limit {
		return dst
	}
	return append(dst, Value{Num: number(d.b[off : off+n]), Off: uint32(off), Len: uint32(n)})
}

// little reads a little-endian number of two bytes.
func little(off int) getter {
	return func(dst []Value, d *Decoded, l *Layer) []Value {
		o := l.Off + off
		if o+2 > l.limit {
			return dst
		}
		return append(dst, Value{Num: uint64(d.b[o]) | uint64(d.b[o+1])<<8, Off: uint32(o), Len: 2})
	}
}

// each appends what several getters find, in their order.
func each(gs ...getter) getter {
	return func(dst []Value, d *Decoded, l *Layer) []Value {
		for _, g := range gs {
			dst = g(dst, d, l)
		}
		return dst
	}
}

// when asks g only of layers that cond accepts.
func when(cond func(d *Decoded, l *Layer) bool, g getter) getter {
	return func(dst []Value, d *Decoded, l *Layer) []Value {
		if cond(d, l) {
			return g(dst, d, l)
		}
		return dst
	}
}

// first8 accepts layers whose first byte, a message type, is one of types.
func first8(types ...byte) func(d *Decoded, l *Layer) bool { return byteAt(0, types...) }

// byteAt accepts layers whose byte at off is one of values.
func byteAt(off int, values ...byte) func(d *Decoded, l *Layer) bool {
	return func(d *Decoded, l *Layer) bool {
		if l.Off+off >= l.limit {
			return false
		}
		for _, v := range values {
			if d.b[l.Off+off] == v {
				return true
			}
		}
		return false
	}
}

// both accepts layers that a and b accept.
func both(a, b func(d *Decoded, l *Layer) bool) func(d *Decoded, l *Layer) bool {
	return func(d *Decoded, l *Layer) bool { return a(d, l) && b(d, l) }
}

// whole returns the layer and all that it carries as bytes.
func whole(dst []Value, d *Decoded, l *Layer) []Value {
	off, end := min(l.Off, len(d.b)), min(l.End, len(d.b))
	return append(dst, Value{Bytes: d.b[off:end:end], Off: uint32(off), Len: uint32(end - off)})
}

// group makes the fields of one protocol.
type group struct {
	proto  Protocol
	source string
}

func (g group) field(t Type, name string, get getter, doc string) Field {
	return Field{Name: name, Type: t, Doc: doc, Source: g.source, Protocol: g.proto, get: get}
}

// self is the protocol as a field.
func (g group) self(doc string) Field {
	return g.field(TypeNone, g.proto.String(), whole, doc)
}

func (g group) uint(name string, bits int, get getter, doc string) Field {
	f := g.field(TypeUint, name, get, doc)
	f.Bits, f.Max = bits, 1<<bits-1
	return f
}

func (g group) flag(name string, get getter, doc string) Field {
	return g.field(TypeBool, name, func(dst []Value, d *Decoded, l *Layer) []Value {
		first := len(dst)
		dst = get(dst, d, l)
		for i := first; i < len(dst); i++ {
			dst[i].Num = min(dst[i].Num, 1)
		}
		return dst
	}, doc)
}

func (g group) mac(name string, get getter, doc string) Field {
	return g.field(TypeEther, name, get, doc)
}

func (g group) ip4(name string, get getter, doc string) Field {
	return g.field(TypeIPv4, name, get, doc)
}

func (g group) ip6(name string, get getter, doc string) Field {
	return g.field(TypeIPv6, name, get, doc)
}

func (g group) bytes(name string, get getter, doc string) Field {
	return g.field(TypeBytes, name, get, doc)
}

// max sets the greatest value where the field has fewer bits than its type.
func (f Field) max(v uint64) Field { f.Max = v; return f }

// in sets the unit.
func (f Field) in(unit string) Field { f.Unit = unit; return f }

// from sets a source that differs from the group's.
func (f Field) from(source string) Field { f.Source = source; return f }

// hex makes people read the values in hexadecimal.
func (f Field) hex() Field { f.Hex = true; return f }

// again marks a field that repeats what others of its layer say.
func (f Field) again() Field { f.Again = true; return f }

// named sets the names of values.
func (f Field) named(names ...ValueName) Field { f.Names = names; return f }

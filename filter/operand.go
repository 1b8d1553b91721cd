package filter

import (
	"netverify/frame"
)

// operand is a field, sliced and masked.
type operand struct {
	field  *frame.Field
	typ    frame.Type // after slicing
	slices []slice
	masked bool
	mask   uint64
}

// describe names the type for messages.
func (o *operand) describe() string {
	switch o.typ {
	case frame.TypeNone:
		return "a protocol"
	case frame.TypeBool:
		return "a boolean"
	case frame.TypeUint, frame.TypeInt:
		return "a number"
	case frame.TypeEther:
		return "a MAC address"
	case frame.TypeIPv4:
		return "an IPv4 address"
	case frame.TypeIPv6:
		return "an IPv6 address"
	case frame.TypeBytes:
		return "a byte string"
	case frame.TypeString:
		return "a string"
	}
	return "a time"
}

// values appends what the operand is in v.
func (o *operand) values(dst []frame.Value, v *frame.View) []frame.Value {
	dst = o.field.AppendValues(dst, v)
	if o.slices != nil {
		for i := range dst {
			dst[i].Bytes = o.cut(dst[i].Bytes)
		}
	}
	if !o.masked {
		return dst
	}
	kept := dst[:0]
	for _, x := range dst {
		if o.slices != nil {
			if len(x.Bytes) == 0 {
				continue
			}
			x = frame.Value{Bytes: oneByte[x.Bytes[0]&byte(o.mask):][:1]}
		} else {
			x.Num &= o.mask
		}
		kept = append(kept, x)
	}
	return kept
}

// oneByte holds every byte, so that masked bytes need no allocation.
var oneByte = func() (b [256]byte) {
	for i := range b {
		b[i] = byte(i)
	}
	return
}()

func (o *operand) cut(b []byte) []byte {
	if len(o.slices) == 1 {
		return o.slices[0].cut(b)
	}
	var all []byte
	for _, s := range o.slices {
		all = append(all, s.cut(b)...)
	}
	return all
}

// isBytes tells whether values are compared as byte strings.
func isBytes(t frame.Type) bool {
	switch t {
	case frame.TypeNone, frame.TypeEther, frame.TypeIPv6, frame.TypeBytes:
		return true
	}
	return false
}

// compatible tells whether Wireshark compares fields of the two types.
func compatible(a, b frame.Type) bool {
	bytes := func(t frame.Type) bool { return t == frame.TypeEther || t == frame.TypeBytes }
	return a == b || bytes(a) && bytes(b)
}

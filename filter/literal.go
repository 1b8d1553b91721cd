package filter

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"netverify/frame"
	"netverify/recording"
)

// literal is a value in the text, or stands for one.
type literal struct {
	frame.Value
	prefix int       // bits of an address that count; -1: all
	ref    *refValue // resolved by Bind
}

// literal reads the current token as a value to compare with o.
func (p *parser) literal(o *operand) (literal, error) {
	t := p.tok
	l := literal{prefix: -1}
	var err error
	switch {
	case t.kind == tokRef:
		l.ref, err = p.reference(o, t)
	case t.kind == tokWord || t.kind == tokString:
		if l, err = p.value(o, t); err == nil && o.typ == frame.TypeBool && t.kind == tokWord {
			p.subs = append(p.subs, substitution{off: t.off, n: t.n, text: fmt.Sprint(l.Num)})
		}
	default:
		return l, p.unexpected("a value")
	}
	if err != nil {
		return l, err
	}
	return l, p.next()
}

// reference checks that the field can be compared with an interface's address.
func (p *parser) reference(o *operand, t token) (*refValue, error) {
	typ := o.typ
	if o.field.Unit == "MAC" && o.slices == nil {
		typ = frame.TypeEther
	}
	switch typ {
	case frame.TypeEther, frame.TypeIPv4, frame.TypeIPv6:
	default:
		return nil, errorAt(t.off, t.n, "@%s stands for an address, and %s is %s", t.text, o.field.Name, o.describe())
	}
	if _, ok := recording.ParseRef(t.text); !ok {
		return nil, errorAt(t.off, t.n, `%s is not an interface such as "@c1:eth0"`, shorten("@"+t.text))
	}
	r := &refValue{name: t.text, off: t.off, typ: typ}
	p.refs = append(p.refs, Ref{Name: t.text, Offset: t.off})
	p.subs = append(p.subs, substitution{off: t.off, n: t.n, ref: r})
	return r, nil
}

// value reads a literal of the operand's type.
func (p *parser) value(o *operand, t token) (literal, error) {
	l := literal{prefix: -1}
	var err error
	if t.kind == tokString {
		switch o.typ {
		case frame.TypeString:
			l.Str = t.text
		case frame.TypeBytes, frame.TypeNone:
			l.Bytes = []byte(t.text)
		case frame.TypeUint, frame.TypeInt:
			if v, ok := named(o.field, t.text); ok {
				l.Num = v
				return l, nil
			}
			err = errorAt(t.off, t.n, "%s is not a value of %s%s", shorten(t.text), o.field.Name, suggestNamed(o.field, t.text))
		default:
			err = errorAt(t.off, t.n, "%s is %s: write it without quotes", o.field.Name, o.describe())
		}
		return l, err
	}
	switch o.typ {
	case frame.TypeBool:
		l.Num, err = parseBool(o.field, t)
	case frame.TypeUint, frame.TypeInt:
		l.Num, err = parseNumber(o, t)
	case frame.TypeEther:
		l.Value, err = parseEther(t)
	case frame.TypeIPv4, frame.TypeIPv6:
		return parseAddress(o.typ, t)
	case frame.TypeBytes, frame.TypeNone:
		l.Value, err = parseBytes(t, 0)
	case frame.TypeTime:
		l.Num, err = parseTime(t)
	case frame.TypeString:
		err = errorAt(t.off, t.n, "%s is a string: write %q", o.field.Name, t.text)
	}
	return l, err
}

func parseBool(f *frame.Field, t token) (uint64, error) {
	switch strings.ToLower(t.text) {
	case "0", "false":
		return 0, nil
	case "1", "true":
		return 1, nil
	}
	return 0, errorAt(t.off, t.n, "%s is a boolean: 0, 1, true or false, not %s", f.Name, shorten(t.text))
}

// named finds a value by its name, as Wireshark without regard to case.
func named(f *frame.Field, s string) (uint64, bool) {
	for _, n := range f.Names {
		if strings.EqualFold(n.Name, s) {
			return n.Value, true
		}
	}
	return 0, false
}

func suggestNamed(f *frame.Field, s string) string {
	names := make([]string, len(f.Names))
	for i, n := range f.Names {
		names[i] = n.Name
	}
	return suggest(s, names, "")
}

// parseNumber reads a number that the field can have, or the name of one.
func parseNumber(o *operand, t token) (uint64, error) {
	if v, ok := named(o.field, t.text); ok {
		return v, nil
	}
	c := strings.TrimLeft(t.text, "+-")
	if c == "" || c[0] < '0' || c[0] > '9' {
		return 0, errorAt(t.off, t.n, "%s is not a number; %s is %s%s", shorten(t.text), o.field.Name, o.describe(), suggestNamed(o.field, t.text))
	}
	if o.typ == frame.TypeInt {
		v, err := strconv.ParseInt(t.text, 0, o.field.Bits)
		if err != nil || strings.Contains(t.text, "_") {
			return 0, errorAt(t.off, t.n, "%s is not a value of %s, a signed number of %d bits", shorten(t.text), o.field.Name, o.field.Bits)
		}
		return uint64(v), nil
	}
	v, err := parseUint(t, 64)
	if err != nil {
		return 0, errorAt(t.off, t.n, "%s is not a number; %s is %s", shorten(t.text), o.field.Name, o.describe())
	}
	if v > o.field.Max {
		return 0, errorAt(t.off, t.n, "%s cannot be %s: it is at most %d", o.field.Name, t.text, o.field.Max)
	}
	return v, nil
}

// parseUint reads a decimal, 0x, 0b or, with a leading 0, octal number.
func parseUint(t token, bits int) (uint64, error) {
	s := strings.TrimPrefix(t.text, "+")
	if strings.ContainsAny(s, "_oO+") {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseUint(s, 0, bits)
}

// parseEther reads 02:00:00:00:00:01, with '-' as well, 0200.0000.0001 and
// 020000000001.
func parseEther(t token) (frame.Value, error) {
	v, err := parseBytes(t, 0)
	if likeProtocol(t.text) {
		return v, err
	}
	if err != nil || len(v.Bytes) != 6 {
		return v, errorAt(t.off, t.n, "%s is not a MAC address such as 02:00:00:00:00:01", shorten(t.text))
	}
	return v, nil
}

// parseBytes reads hexadecimal bytes, separated by one of ':', '-' and '.' or
// not at all; a single byte may be written with one digit or with 0x. A want
// other than 0 is the number of bytes there must be.
func parseBytes(t token, want int) (frame.Value, error) {
	bad := errorAt(t.off, t.n, "%s is not a byte string such as 02:00:0a", shorten(t.text))
	s := t.text
	if h, ok := strings.CutPrefix(s, "0x"); ok && (len(h) == 1 || len(h) == 2) {
		s = h
	}
	switch {
	case likeProtocol(t.text):
		return frame.Value{}, errorAt(t.off, t.n, "%s may be the name of a protocol in Wireshark; write 0xff for one byte, ff:ff for more", shorten(s))
	case len(s) == 1:
		s = "0" + s
	}
	group := 2
	for _, sep := range ":-." {
		if !strings.ContainsRune(s, sep) {
			continue
		}
		if strings.IndexRune(s, sep) == 4 {
			group = 4
		}
		parts := strings.Split(s, string(sep))
		for _, part := range parts {
			if len(part) != group {
				return frame.Value{}, bad
			}
		}
		s = strings.Join(parts, "")
		break
	}
	b, err := hex.DecodeString(s)
	if err != nil || len(b) == 0 || want > 0 && len(b) != want {
		return frame.Value{}, bad
	}
	return frame.Value{Bytes: b}, nil
}

// likeProtocol tells whether Wireshark may take hexadecimal digits for the
// name of a protocol, as it does "ff" and "e164".
func likeProtocol(s string) bool {
	c := s[0] | 0x20
	return c >= 'a' && c <= 'f' && strings.Trim(s, "0123456789abcdefABCDEF") == ""
}

// parseAddress reads an address or a prefix.
func parseAddress(typ frame.Type, t token) (literal, error) {
	l := literal{prefix: -1}
	example, bits := "192.0.2.1", 32
	if typ == frame.TypeIPv6 {
		example, bits = "2001:db8::1", 128
	}
	text, prefix, cidr := strings.Cut(t.text, "/")
	a, err := netip.ParseAddr(text)
	if err != nil || a.BitLen() != bits || a.Zone() != "" {
		return l, errorAt(t.off, t.n, "%s is not an %v address such as %s", shorten(t.text), typ, example)
	}
	if cidr {
		n, err := strconv.ParseUint(prefix, 10, 8)
		if err != nil || int(n) > bits {
			return l, errorAt(t.off+len(text)+1, len(prefix), "%s is not a prefix length of 0 to %d", shorten(prefix), bits)
		}
		l.prefix = int(n)
	}
	if typ == frame.TypeIPv4 {
		b := a.As4()
		l.Num = uint64(b[0])<<24 | uint64(b[1])<<16 | uint64(b[2])<<8 | uint64(b[3])
	} else {
		b := a.As16()
		l.Bytes = b[:]
	}
	return l, nil
}

// parseTime reads seconds with at most nine decimals as nanoseconds.
func parseTime(t token) (uint64, error) {
	bad := errorAt(t.off, t.n, "%s is not a time in seconds such as 1700000000.25", shorten(t.text))
	whole, part, _ := strings.Cut(t.text, ".")
	if len(part) > 9 || strings.HasSuffix(t.text, ".") {
		return 0, bad
	}
	s, err := strconv.ParseUint(whole, 10, 33)
	if err != nil {
		return 0, bad
	}
	ns, err := strconv.ParseUint((part + "000000000")[:9], 10, 32)
	if err != nil {
		return 0, bad
	}
	return s*1e9 + ns, nil
}

// addressText writes a resolved reference as Wireshark reads it.
func addressText(typ frame.Type, v frame.Value) string {
	switch typ {
	case frame.TypeIPv4:
		n := v.Num
		return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}).String()
	case frame.TypeIPv6:
		return netip.AddrFrom16([16]byte(v.Bytes)).String()
	}
	return frame.MAC(v.Bytes).String()
}

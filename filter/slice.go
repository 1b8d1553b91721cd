package filter

import (
	"strconv"
	"strings"

	"netverify/frame"
)

// slice is one range of a byte string. A negative from counts from the end.
type slice struct {
	from   int
	length int // bytes; 0: to the end
}

// slice parses "[...]" behind the field t.
func (p *parser) slice(o *operand, t token) error {
	open := p.tok
	switch o.typ {
	case frame.TypeEther, frame.TypeIPv6, frame.TypeBytes, frame.TypeNone:
	default:
		return errorAt(t.off, t.n, "%s is %s and cannot be sliced", t.text, o.describe())
	}
	end := strings.IndexByte(p.src[open.off:], ']')
	if end < 0 {
		return errorAt(open.off, 1, `"[" without its "]"`)
	}
	size := fixedSize(o.typ)
	at := open.off + 1
	for _, part := range strings.Split(p.src[at:open.off+end], ",") {
		s, why := parseSlice(strings.TrimSpace(part))
		if why == "" && size > 0 && (s.from < -size || s.from >= size || s.length > size-(s.from+size)%size) {
			why = "a " + o.typ.String() + " address has " + strconv.Itoa(size) + " bytes"
		}
		if why != "" {
			return errorAt(at, len(part), "%s is not a slice of %s: %s", shorten(part), t.text, why)
		}
		o.slices = append(o.slices, s)
		if n, ok := headerLen[o.field.Protocol]; ok && o.typ == frame.TypeNone && (s.from < 0 || s.length == 0 || s.from+s.length > n) {
			return errorAt(at, len(part), "%s is not a slice of %s: of protocols other than frame and data only the header may be sliced, %d bytes", shorten(part), t.text, n)
		}
		at += len(part) + 1
	}
	o.typ = frame.TypeBytes
	p.tok = token{off: open.off, n: end + 1}
	return p.next()
}

// headerLen is how far a protocol may be sliced: Wireshark's extent of a
// protocol is sometimes its header and sometimes all that follows, but each
// has these bytes.
var headerLen = map[frame.Protocol]int{
	frame.ProtoEthernet: 14, frame.ProtoVLAN: 4, frame.ProtoIEEE8021AD: 4, frame.ProtoLLC: 3, frame.ProtoSTP: 4, frame.ProtoARP: 28,
	frame.ProtoIPv4: 20, frame.ProtoIPv6: 40, frame.ProtoIPv6HopByHop: 8, frame.ProtoIPv6Routing: 8, frame.ProtoIPv6Fragment: 8,
	frame.ProtoIPv6DestOpts: 8, frame.ProtoICMP: 8, frame.ProtoICMPv6: 8, frame.ProtoIGMP: 8, frame.ProtoUDP: 8, frame.ProtoTCP: 20,
}

// fixedSize is the length of values of t in bytes, 0 if they vary.
func fixedSize(t frame.Type) int {
	switch t {
	case frame.TypeEther:
		return 6
	case frame.TypeIPv6:
		return 16
	}
	return 0
}

// parseSlice reads n, n:length, n-last, :length or n: and says what is wrong.
func parseSlice(s string) (slice, string) {
	const form = "write [n], [n:length], [n-last], [:length] or [n:]"
	if from, length, ok := strings.Cut(s, ":"); ok {
		from, length = strings.TrimSpace(from), strings.TrimSpace(length)
		if from == "" && length == "" {
			return slice{}, form
		}
		var r slice
		if from != "" {
			n, ok := sliceNumber(from)
			if !ok {
				return slice{}, form
			}
			r.from = n
		}
		if length != "" {
			n, ok := sliceNumber(length)
			if !ok || n <= 0 {
				return slice{}, "its length must be positive"
			}
			r.length = n
		}
		return r, endsInside(r)
	}
	if i := strings.LastIndexByte(s, '-'); i > 0 {
		from, ok1 := sliceNumber(strings.TrimSpace(s[:i]))
		last, ok2 := sliceNumber(strings.TrimSpace(s[i+1:]))
		switch {
		case !ok1 || !ok2 || from < 0:
			return slice{}, form
		case last <= from:
			return slice{}, "it ends before it begins"
		}
		return slice{from: from, length: last - from + 1}, ""
	}
	n, ok := sliceNumber(s)
	if !ok {
		return slice{}, form
	}
	return slice{from: n, length: 1}, ""
}

// endsInside complains of [-2:3], which ends behind the end.
func endsInside(s slice) string {
	if s.from < 0 && s.length > -s.from {
		return "it ends behind the end"
	}
	return ""
}

// sliceNumber reads a number of at most 65535.
func sliceNumber(s string) (int, bool) {
	n, err := strconv.ParseInt(s, 0, 32)
	return int(n), err == nil && n > -65536 && n < 65536
}

// cut returns the part of b, and nothing if b is too short for it: that is
// what Wireshark compares then.
func (s slice) cut(b []byte) []byte {
	from := s.from
	if from < 0 {
		from += len(b)
	}
	if from < 0 || from > len(b) {
		return nil
	}
	if s.length == 0 {
		return b[from:]
	}
	if from+s.length > len(b) {
		return nil
	}
	return b[from : from+s.length]
}

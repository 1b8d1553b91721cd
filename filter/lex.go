package filter

import "strings"

// kind is the sort of a token.
type kind uint8

const (
	_ kind = iota
	tokEnd
	tokWord   // field, keyword, number, address
	tokString // "..." or r"..."
	tokRef    // @node:interface
	tokPunct  // operators and brackets
)

type token struct {
	kind   kind
	off, n int    // in the source, bytes
	text   string // of a string: its contents
}

// maxSource bounds the text of a filter, in bytes.
const maxSource = 64 << 10

// puncts are the operators, longer ones first.
var puncts = [...]string{"===", "!==", "==", "!=", "~=", "<=", ">=", "&&", "||", "..", "<", ">", "!", "&", "(", ")", "{", "}", "[", "]", ","}

func wordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == ':' || c == '.' || c == '-' || c == '/' || c == '+'
}

// lex reads the token at off.
func lex(src string, off int) (token, error) {
	for off < len(src) && (src[off] == ' ' || src[off] == '\t' || src[off] == '\n' || src[off] == '\r') {
		off++
	}
	if off == len(src) {
		return token{kind: tokEnd, off: off}, nil
	}
	switch c := src[off]; {
	case c == '"':
		return lexString(src, off, off+1, false)
	case (c == 'r' || c == 'R') && strings.HasPrefix(src[off+1:], `"`):
		return lexString(src, off, off+2, true)
	case c == '@':
		n := 1
		for off+n < len(src) && (wordByte(src[off+n]) || src[off+n] == '@') {
			n++
		}
		if n == 1 {
			return token{}, errorAt(off, 1, `"@" needs an interface, as in @c1:eth0`)
		}
		return token{tokRef, off, n, src[off+1 : off+n]}, nil
	}
	for _, p := range puncts {
		if strings.HasPrefix(src[off:], p) {
			return token{tokPunct, off, len(p), p}, nil
		}
	}
	n := 0
	for off+n < len(src) && wordByte(src[off+n]) && !strings.HasPrefix(src[off+n:], "..") {
		n++
	}
	switch {
	case n > 0:
		return token{tokWord, off, n, src[off : off+n]}, nil
	case src[off] == '\'':
		return token{}, errorAt(off, 1, `characters in single quotes are not supported; write "..." for text, or a number`)
	case src[off] == '#':
		return token{}, errorAt(off, 1, `"#" (layer number) is not supported`)
	case src[off] == '=':
		return token{}, errorAt(off, 1, `"=" is not an operator; did you mean "=="?`)
	case src[off] == '|':
		return token{}, errorAt(off, 1, `"|" is not an operator; did you mean "||"?`)
	}
	for n = 1; off+n < len(src) && src[off+n]&0xc0 == 0x80; n++ { // the rest of a UTF-8 character
	}
	return token{}, errorAt(off, n, "%q does not belong into a filter", src[off:off+n])
}

// lexString reads a string whose contents begin at start.
func lexString(src string, off, start int, raw bool) (token, error) {
	var b []byte
	for i := start; i < len(src); {
		switch c := src[i]; {
		case c == '"':
			return token{tokString, off, i + 1 - off, string(b)}, nil
		case c == '\\' && raw:
			b = append(b, c)
			if i++; i < len(src) {
				b = append(b, src[i])
				i++
			}
		case c == '\\':
			x, n := escape(src[i+1:])
			if n == 0 {
				return token{}, errorAt(i, min(2, len(src)-i), `unknown escape in a string; write "\\" for a backslash, or r"..." for a regular expression`)
			}
			b = append(b, x)
			i += 1 + n
		default:
			b = append(b, c)
			i++
		}
	}
	return token{}, errorAt(off, len(src)-off, "string without its closing quote")
}

// escape reads what follows a backslash and returns the byte and the number of
// characters that it took, 0 if it is none of Wireshark's.
func escape(s string) (byte, int) {
	if s == "" {
		return 0, 0
	}
	const letters, values = `abfnrtv\"'`, "\a\b\f\n\r\t\v\\\"'"
	if i := strings.IndexByte(letters, s[0]); i >= 0 {
		return values[i], 1
	}
	base, n, limit := 8, 0, 3
	if s[0] == 'x' {
		base, n, limit = 16, 1, 3
	}
	v, from := 0, n
	for ; n < limit && n < len(s); n++ {
		d := strings.IndexByte("0123456789abcdef", s[n]|0x20)
		if s[n] >= '0' && s[n] <= '9' {
			d = int(s[n] - '0')
		}
		if d < 0 || d >= base || v*base+d > 255 {
			break
		}
		v = v*base + d
	}
	if n == from {
		return 0, 0
	}
	return byte(v), n
}

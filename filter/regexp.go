package filter

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"

	"netverify/frame"
	"netverify/recording"
)

// regexpNode is `field matches "..."`.
type regexpNode struct {
	left operand
	all  bool
	re   *regexp.Regexp
}

// regexp parses the pattern. Wireshark's PCRE2 works on bytes and folds the
// case of ASCII letters; Go's regexp works on UTF-8. So that a byte is a
// character for both, bytes from 0x80 are moved to the private use area,
// where nothing has another case, in the pattern and in what it is matched
// against.
func (p *parser) regexp(left operand, op operator) (node, error) {
	t := p.tok
	if t.kind != tokString {
		return nil, p.unexpected(`a regular expression in double quotes`)
	}
	pattern := "(?i)" + widenPattern(t.text)
	if tree, err := syntax.Parse(pattern, syntax.Perl); err == nil {
		if p.places += places(tree); p.places > maxPlaces {
			return nil, errorAt(t.off, t.n, "the regular expressions of this filter are too large: their repetitions written out have %d places, at most %d are allowed; write * or +", p.places, maxPlaces)
		}
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, errorAt(t.off, t.n, "%s is not a regular expression: %s", shorten(t.text), whatIsWrong(err))
	}
	return &regexpNode{left, op.all, re}, p.next()
}

// whatIsWrong leaves out a part of the pattern that is too long to be read.
func whatIsWrong(err error) string {
	var e *syntax.Error
	if errors.As(err, &e) && len(e.Expr) > 60 {
		return e.Code.String()
	}
	return strings.TrimPrefix(err.Error(), "error parsing regexp: ")
}

// maxPlaces bounds the regular expressions of a filter: a frame has 9,000 bytes at
// most that anything could be said of one by one.
const maxPlaces = 20_000

// places is how many a pattern has when each {n} is written out, as compiling does.
func places(re *syntax.Regexp) int {
	n := 1
	if re.Op == syntax.OpLiteral {
		n = len(re.Rune)
	}
	for _, sub := range re.Sub {
		n += places(sub)
	}
	if re.Op == syntax.OpRepeat {
		n *= max(re.Min, re.Max, 1)
	}
	return n
}

func (n *regexpNode) match(v *frame.View, s *scratch) bool {
	s.left = n.left.values(s.left[:0], v)
	for i := range s.left {
		if n.holds(&s.left[i]) != n.all {
			return !n.all
		}
	}
	return n.all && len(s.left) > 0
}

func (n *regexpNode) holds(x *frame.Value) bool {
	if n.left.typ == frame.TypeString {
		return n.re.MatchString(widen(x.Str))
	}
	for _, c := range x.Bytes {
		if c >= 0x80 {
			return n.re.MatchString(widen(string(x.Bytes)))
		}
	}
	return n.re.Match(x.Bytes)
}

func (n *regexpNode) bind(recording.Bindings) (node, error) { return n, nil }

const privateUse = 0xe000

// widen moves bytes from 0x80 to the private use area.
func widen(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if s[i] < 0x80 {
			b.WriteByte(s[i])
		} else {
			b.WriteRune(privateUse + rune(s[i]))
		}
	}
	return b.String()
}

// widenPattern does the same in a pattern, in its \xHH escapes as well.
func widenPattern(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+3 < len(s) && s[i+1] == 'x':
			if v, err := strconv.ParseUint(s[i+2:i+4], 16, 8); err == nil && v >= 0x80 {
				fmt.Fprintf(&b, `\x{%x}`, privateUse+v)
				i += 3
				continue
			}
			b.WriteString(s[i : i+2])
			i++
		case s[i] == '\\' && i+1 < len(s) && s[i+1] < 0x80:
			b.WriteString(s[i : i+2])
			i++
		case s[i] >= 0x80:
			b.WriteRune(privateUse + rune(s[i]))
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

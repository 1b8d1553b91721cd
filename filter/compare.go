package filter

import (
	"bytes"
	"cmp"
	"strings"

	"netverify/frame"
	"netverify/recording"
)

// relation is what an operator asks of two values.
type relation uint8

const (
	_ relation = iota
	equal
	different
	less
	lessEqual
	greater
	greaterEqual
	contains
	matches
)

// operator is a relation and how many of the pairs must be in it.
type operator struct {
	rel relation
	all bool
}

var operators = map[string]operator{
	"==": {equal, false}, "eq": {equal, false}, "any_eq": {equal, false},
	"===": {equal, true}, "all_eq": {equal, true},
	"!=": {different, true}, "ne": {different, true}, "all_ne": {different, true},
	"!==": {different, false}, "~=": {different, false}, "any_ne": {different, false},
	"<": {less, false}, "lt": {less, false}, "<=": {lessEqual, false}, "le": {lessEqual, false},
	">": {greater, false}, "gt": {greater, false}, ">=": {greaterEqual, false}, "ge": {greaterEqual, false},
	"contains": {contains, false}, "matches": {matches, false},
}

// comparison parses what follows the left operand.
func (p *parser) comparison(left operand, start token, op operator) (node, error) {
	opTok := p.tok
	if err := p.next(); err != nil {
		return nil, err
	}
	if op.rel == contains || op.rel == matches {
		switch {
		case left.masked || left.typ == frame.TypeIPv6 && left.slices == nil || !isBytes(left.typ) && left.typ != frame.TypeString:
			return nil, errorAt(opTok.off, opTok.n, "%q works on strings, byte strings and protocols, and %s is %s", opTok.text, left.field.Name, left.describe())
		case op.rel == matches:
			return p.regexp(left, op)
		}
	}
	if _, ok := headerLen[left.field.Protocol]; ok && left.typ == frame.TypeNone && op.rel != contains {
		return nil, errorAt(start.off, start.n, `%s is a protocol: slice it, as in "%s[0:2] == 00:01", or use "contains"`, left.field.Name, left.field.Name)
	}
	c := &compareNode{left: left, op: op}
	if right, ok := p.fieldOnTheRight(&left); ok {
		o, err := p.operand()
		if err != nil {
			return nil, err
		}
		if !compatible(left.typ, o.typ) {
			return nil, errorAt(start.off, p.tok.off-start.off, "%s (%s) cannot be compared with %s (%s)", left.field.Name, left.describe(), right.Name, o.describe())
		}
		c.right = &o
		return c, nil
	}
	if op.rel == contains && left.typ == frame.TypeEther && p.tok.kind == tokWord {
		left.typ = frame.TypeBytes // a part of an address is no address
	}
	l, err := p.literal(&left)
	if err != nil {
		return nil, err
	}
	c.lit = l
	return c, nil
}

// fieldOnTheRight tells whether the current token is a field rather than a
// value of the left operand.
func (p *parser) fieldOnTheRight(left *operand) (*frame.Field, bool) {
	if p.tok.kind != tokWord {
		return nil, false
	}
	return frame.Lookup(p.tok.text)
}

// compareNode compares every occurrence on the left with every one on the
// right.
type compareNode struct {
	left  operand
	op    operator
	right *operand // nil: lit
	lit   literal
}

func (c *compareNode) match(v *frame.View, s *scratch) bool {
	s.left = c.left.values(s.left[:0], v)
	if c.right == nil {
		for i := range s.left {
			if c.holds(&s.left[i], &c.lit.Value) != c.op.all {
				return !c.op.all
			}
		}
		return c.op.all && len(s.left) > 0
	}
	s.right = c.right.values(s.right[:0], v)
	for i := range s.left {
		for j := range s.right {
			if c.holds(&s.left[i], &s.right[j]) != c.op.all {
				return !c.op.all
			}
		}
	}
	return c.op.all && len(s.left) > 0 && len(s.right) > 0
}

// holds tells whether a and b are in the relation.
func (c *compareNode) holds(a, b *frame.Value) bool {
	if c.op.rel == contains {
		if c.left.typ == frame.TypeString {
			return b.Str != "" && strings.Contains(a.Str, b.Str)
		}
		return len(b.Bytes) > 0 && bytes.Contains(a.Bytes, b.Bytes)
	}
	return c.op.rel.of(order(c.left.typ, c.lit.prefix, c.right == nil, a, b))
}

// of tells whether the order n of two values is what r asks.
func (r relation) of(n int) bool {
	switch r {
	case equal:
		return n == 0
	case different:
		return n != 0
	case less:
		return n < 0
	case lessEqual:
		return n <= 0
	case greater:
		return n > 0
	}
	return n >= 0
}

// order compares two values of type t as Wireshark does: numbers by value,
// byte strings by length first. Of addresses only the first prefix bits count,
// if that is meant.
func order(t frame.Type, prefix int, cidr bool, a, b *frame.Value) int {
	switch t {
	case frame.TypeInt:
		return cmp.Compare(int64(a.Num), int64(b.Num))
	case frame.TypeString:
		return strings.Compare(a.Str, b.Str)
	case frame.TypeIPv4:
		if cidr && prefix >= 0 {
			shift := 32 - prefix
			return cmp.Compare(a.Num>>shift, b.Num>>shift)
		}
		return cmp.Compare(a.Num, b.Num)
	case frame.TypeBool, frame.TypeUint, frame.TypeTime:
		return cmp.Compare(a.Num, b.Num)
	case frame.TypeIPv6:
		if cidr && prefix >= 0 {
			return comparePrefix(a.Bytes, b.Bytes, prefix)
		}
	}
	if n := cmp.Compare(len(a.Bytes), len(b.Bytes)); n != 0 {
		return n
	}
	return bytes.Compare(a.Bytes, b.Bytes)
}

// comparePrefix compares the first n bits of two IPv6 addresses.
func comparePrefix(a, b []byte, n int) int {
	whole := n / 8
	if d := bytes.Compare(a[:whole], b[:whole]); d != 0 || n%8 == 0 {
		return d
	}
	shift := 8 - n%8
	return cmp.Compare(a[whole]>>shift, b[whole]>>shift)
}

func (c *compareNode) bind(b recording.Bindings) (node, error) {
	if c.lit.ref == nil {
		return c, nil
	}
	v, err := c.lit.ref.resolve(b)
	if err != nil {
		return nil, err
	}
	bound := *c
	bound.lit = literal{Value: v, prefix: -1}
	return &bound, nil
}

package filter

import (
	"netverify/frame"
	"netverify/recording"
)

// memberNode is `field in {a, b, c..d}`.
type memberNode struct {
	field operand
	set   []element
	all   bool
}

// element is one value, or the values from..to.
type element struct {
	from, to literal
	span     bool
}

func (p *parser) membership(left operand, start token, all bool) (node, error) {
	if left.slices != nil || left.masked {
		return nil, errorAt(start.off, p.tok.off-start.off, `only a field may stand before "in"`)
	}
	if _, ok := headerLen[left.field.Protocol]; ok && left.typ == frame.TypeNone {
		return nil, errorAt(start.off, start.n, "%s is a protocol and has no values", left.field.Name)
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	if !p.is("{") {
		return nil, p.unexpected(`"{"`)
	}
	open := p.tok
	m := &memberNode{field: left, all: all}
	for {
		if err := p.next(); err != nil {
			return nil, err
		}
		e, err := p.element(&left)
		if err != nil {
			return nil, err
		}
		m.set = append(m.set, e)
		switch {
		case p.is("}"):
			return m, p.next()
		case p.tok.kind == tokEnd:
			return nil, errorAt(open.off, 1, `"{" without its "}"`)
		case !p.is(","):
			return nil, p.unexpected(`"," or "}"`)
		}
	}
}

func (p *parser) element(left *operand) (element, error) {
	if p.is("}") {
		return element{}, p.unexpected("a value")
	}
	start := p.tok
	from, err := p.literal(left)
	if err != nil || !p.is("..") {
		return element{from: from}, err
	}
	if err := p.next(); err != nil {
		return element{}, err
	}
	to, err := p.literal(left)
	if err != nil {
		return element{}, err
	}
	switch {
	case from.prefix >= 0 || to.prefix >= 0:
		err = errorAt(start.off, start.n, "a range has single addresses as its ends")
	case from.ref == nil && to.ref == nil && order(left.typ, -1, false, &from.Value, &to.Value) > 0:
		err = errorAt(start.off, start.n, "the range ends before it begins")
	}
	return element{from, to, true}, err
}

func (m *memberNode) match(v *frame.View, s *scratch) bool {
	s.left = m.field.values(s.left[:0], v)
	for i := range s.left {
		if m.has(&s.left[i]) != m.all {
			return !m.all
		}
	}
	return m.all && len(s.left) > 0
}

func (m *memberNode) has(x *frame.Value) bool {
	for i := range m.set {
		e := &m.set[i]
		n := order(m.field.typ, e.from.prefix, true, x, &e.from.Value)
		if n == 0 || e.span && n > 0 && order(m.field.typ, -1, false, x, &e.to.Value) <= 0 {
			return true
		}
	}
	return false
}

func (m *memberNode) bind(b recording.Bindings) (node, error) {
	bound := *m
	bound.set = append([]element(nil), m.set...)
	for i := range bound.set {
		for _, l := range [...]*literal{&bound.set[i].from, &bound.set[i].to} {
			if l.ref == nil {
				continue
			}
			v, err := l.ref.resolve(b)
			if err != nil {
				return nil, err
			}
			*l = literal{Value: v, prefix: -1}
		}
	}
	return &bound, nil
}

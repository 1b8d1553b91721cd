package filter

import (
	"slices"

	"netverify/frame"
)

// Outline is what is known of a frame before anybody has seen it.
type Outline struct {
	Has    []frame.Protocol    // layers that it surely has
	May    []frame.Protocol    // layers that it may have as well; it has no others
	Values map[string][]uint64 // by the name of a numeric field, which is there exactly once: one of these
	Source []byte              // eth.src; nil: not known
}

// truth is what is known of a filter, or of a part of it.
type truth uint8

const (
	isFalse truth = iota
	isOpen        // it depends on what an outline does not say
	isTrue
)

// MayMatch tells whether the filter may be true of a frame of which no more is
// known than this. What it calls impossible is; addresses that are not bound yet
// may be any.
func (f *Filter) MayMatch(o *Outline) bool { return outlined(f.root, o) != isFalse }

// MayMatch is that of a filter whose addresses are bound.
func (m *Matcher) MayMatch(o *Outline) bool { return outlined(m.root, o) != isFalse }

func outlined(n node, o *Outline) truth {
	switch n := n.(type) {
	case *termNode:
		return outlined(n.node, o)
	case andNode:
		all := isTrue
		for _, part := range n {
			all = min(all, outlined(part, o))
		}
		return all
	case orNode:
		any := isFalse
		for _, part := range n {
			any = max(any, outlined(part, o))
		}
		return any
	case notNode:
		return isTrue - outlined(n.n, o)
	case protocolNode:
		return o.has(n.field.Protocol)
	case presentNode:
		if _, known := o.Values[n.field.Name]; known {
			return isTrue
		}
	case *compareNode:
		if n.right == nil && n.lit.ref == nil {
			return o.compared(n)
		}
		if n.right != nil && !o.mayHave(n.right.field) {
			return isFalse // it takes a pair
		}
	case *memberNode:
		return o.member(n)
	}
	// A field of a layer that is not there has no values, and of none nothing is true.
	if f := fieldOf(n); f != nil && !o.mayHave(f) {
		return isFalse
	}
	return isOpen
}

// has tells whether the frame has a layer of the protocol.
func (o *Outline) has(p frame.Protocol) truth {
	switch {
	case p == frame.ProtoFrame || slices.Contains(o.Has, p):
		return isTrue
	case slices.Contains(o.May, p):
		return isOpen
	}
	return isFalse
}

// mayHave tells whether the frame may have a layer in which the field occurs.
func (o *Outline) mayHave(f *frame.Field) bool {
	return o.has(f.Protocol) != isFalse || f.Also != 0 && o.has(f.Also) != isFalse
}

// compared is a comparison with a value.
func (o *Outline) compared(c *compareNode) truth {
	return o.each(&c.left, func(x *frame.Value) bool { return c.holds(x, &c.lit.Value) })
}

// member is a look into a set.
func (o *Outline) member(m *memberNode) truth {
	for _, e := range m.set {
		if e.from.ref != nil || e.to.ref != nil {
			return o.each(&m.field, nil)
		}
	}
	return o.each(&m.field, m.has)
}

// each asks something of every value that a field may have; without a question
// that can be asked it only matters whether the field can be there.
func (o *Outline) each(f *operand, holds func(*frame.Value) bool) truth {
	if !o.mayHave(f.field) {
		return isFalse
	}
	if holds == nil || f.slices != nil || f.masked {
		return isOpen
	}
	if f.field.Name == "eth.src" && o.Source != nil {
		if holds(&frame.Value{Bytes: o.Source}) {
			return isTrue
		}
		return isFalse
	}
	values, known := o.Values[f.field.Name]
	if !known {
		return isOpen
	}
	yes := 0
	for _, x := range values {
		if holds(&frame.Value{Num: x}) {
			yes++
		}
	}
	switch yes {
	case 0:
		return isFalse
	case len(values):
		return isTrue
	}
	return isOpen
}

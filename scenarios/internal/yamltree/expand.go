package yamltree

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// variable is "${name}"; "$${name}" stands for the text "${name}".
var variable = regexp.MustCompile(`\$?\$\{([^{}]*)\}`)

// Expand returns a copy of the tree with every ${name} filled in. A scalar
// that is nothing but ${name} becomes a copy of the variable's value, whatever
// its shape; within longer text and in keys the value must be a scalar.
func (n *Node) Expand(lookup func(name string) (*Node, error)) (*Node, []Error) {
	e := expander{lookup: lookup}
	out := e.copy(n, true)
	return out, e.errs
}

// Variables calls f for every ${name} of the tree.
func (n *Node) Variables(f func(name string, at Pos)) {
	for _, p := range n.Pairs {
		p.Key.Variables(f)
		p.Value.Variables(f)
	}
	for _, item := range n.Items {
		item.Variables(f)
	}
	if n.Kind != Scalar {
		return
	}
	for _, m := range variables(n.Value) {
		if n.Value[m[0]+1] != '$' {
			f(n.Value[m[2]:m[3]], n.At(m[0]))
		}
	}
}

// variables finds "${name}" and "$${name}" in a text. Few texts have any: what
// tells that is much faster than the expression.
func variables(text string) [][]int {
	if !strings.Contains(text, "${") {
		return nil
	}
	return variable.FindAllStringSubmatchIndex(text, -1)
}

type expander struct {
	lookup func(string) (*Node, error)
	partly bool // what lookup does not know stays, and so do escapes
	errs   []Error
}

func (e *expander) copy(n *Node, fill bool) *Node {
	out := *n
	out.Parent, out.Pairs, out.Items = nil, nil, nil
	var seen map[string]Pos
	if len(n.Pairs) > 0 {
		seen = make(map[string]Pos, len(n.Pairs))
	}
	for _, p := range n.Pairs {
		key, value := e.copy(p.Key, fill), e.copy(p.Value, fill)
		out.adopt(key, key.Value)
		out.adopt(value, key.Value)
		first, twice := seen[key.Value]
		if twice {
			e.errs = append(e.errs, Error{Pos: key.Pos, Node: key, Msg: fmt.Sprintf("%q is given twice; the first stands in line %d", key.Value, first.Line)})
			continue
		}
		seen[key.Value] = key.Pos
		out.Pairs = append(out.Pairs, Pair{key, value})
	}
	for i, item := range n.Items {
		child := e.copy(item, fill)
		out.adopt(child, "["+strconv.Itoa(i)+"]")
		out.Items = append(out.Items, child)
	}
	if n.Kind == Scalar && fill {
		return e.scalar(&out)
	}
	return &out
}

// scalar fills in the variables of a scalar's text, and remembers for each
// piece of the result where it comes from.
func (e *expander) scalar(n *Node) *Node {
	found := variables(n.Value)
	if found == nil {
		return n
	}
	var text []byte
	var marks []mark
	last := 0
	piece := func(to int) {
		if to > last {
			marks = append(marks, n.slice(len(text), last, to)...)
			text = append(text, n.Value[last:to]...)
		}
	}
	for _, m := range found {
		piece(m[0])
		last = m[1]
		marks = append(marks, mark{len(text), n.At(m[0]), true})
		if escaped := n.Value[m[0]+1] == '$'; escaped && e.partly {
			text = append(text, n.Value[m[0]:m[1]]...)
			continue
		} else if escaped {
			text = append(text, n.Value[m[0]+1:m[1]]...)
			continue
		}
		value := e.value(n, n.Value[m[2]:m[3]], n.At(m[0]))
		switch {
		case value == nil:
			text = append(text, n.Value[m[0]:m[1]]...)
		case m[0] == 0 && m[1] == len(n.Value):
			out := e.copy(value, false)
			out.Parent, out.Name = n.Parent, n.Name
			return out
		case value.Kind != Scalar || value.Null:
			e.errs = append(e.errs, Error{Pos: n.At(m[0]), Node: n, Msg: fmt.Sprintf("${%s} is %s here and cannot stand within text", n.Value[m[2]:m[3]], value.What())})
		default:
			text = append(text, value.Value...)
		}
	}
	piece(len(n.Value))
	n.Value, n.marks = string(text), marks
	return n
}

func (e *expander) value(n *Node, name string, at Pos) *Node {
	value, err := e.lookup(name)
	if err != nil {
		e.errs = append(e.errs, Error{Pos: at, Node: n, Msg: err.Error()})
	}
	return value
}

// slice returns the marks of Value[from:to], moved to offset off.
func (n *Node) slice(off, from, to int) []mark {
	marks := []mark{{off, n.At(from), false}}
	for _, m := range n.marks {
		if m.off > from && m.off < to {
			m.off += off - from
			marks = append(marks, m)
		}
	}
	return marks
}

// Fill returns a copy of the tree with those ${name} filled in that lookup
// knows, as Expand does; all else, "$${name}" among it, stays as it is.
func (n *Node) Fill(lookup func(name string) *Node) (*Node, []Error) {
	e := expander{lookup: func(name string) (*Node, error) { return lookup(name), nil }, partly: true}
	out := e.copy(n, true)
	out.Parent, out.Name = n.Parent, n.Name
	return out, e.errs
}

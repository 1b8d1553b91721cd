package filter

import (
	"strings"

	"netverify/frame"
	"netverify/recording"
)

// termNode is one test in the text of a filter: what people call a term.
type termNode struct {
	node
	text string
}

func (n *termNode) bind(b recording.Bindings) (node, error) {
	bound, err := n.node.bind(b)
	return &termNode{bound, n.text}, err
}

// Miss is a term that a frame does not fulfil.
type Miss struct {
	Term  string // as it is written: "ip.ttl == 6", "!vlan"
	Field string // that it is about: "ip.ttl"
	Value string // what the frame has there, several with commas between them; "" where it has nothing
}

// Misses are the terms for which the filter is not true of v, and how many terms
// had a say in that; of alternatives those of the one that comes closest. None
// where the filter is true.
func (m *Matcher) Misses(v *frame.View) (misses []Miss, terms int) {
	s := scratchPool.Get().(*scratch)
	defer scratchPool.Put(s)
	return missesOf(m.root, v, s)
}

func missesOf(n node, v *frame.View, s *scratch) (misses []Miss, terms int) {
	switch n := n.(type) {
	case andNode:
		for _, part := range n {
			more, k := missesOf(part, v, s)
			misses, terms = append(misses, more...), terms+k
		}
		return misses, terms
	case orNode:
		best := -1
		for _, part := range n {
			more, k := missesOf(part, v, s)
			if best < 0 || len(more) < best {
				best, misses, terms = len(more), more, k
			}
		}
		return misses, terms
	}
	if n.match(v, s) {
		return nil, 1
	}
	return []Miss{missed(n, v)}, 1
}

// missed is the miss that a term or a negation is.
func missed(n node, v *frame.View) Miss {
	prefix := ""
	for {
		not, ok := n.(notNode)
		if !ok {
			break
		}
		prefix, n = prefix+"!", not.n
	}
	t, ok := n.(*termNode)
	if !ok {
		return Miss{Term: prefix + "(...)"}
	}
	miss := Miss{Term: prefix + t.text}
	f := fieldOf(t.node)
	if f == nil {
		return miss
	}
	miss.Field = f.Name
	if f.Type == frame.TypeNone {
		return miss
	}
	var texts []string
	for _, x := range f.AppendValues(nil, v) {
		texts = append(texts, f.Text(x))
	}
	miss.Value = strings.Join(texts, ", ")
	return miss
}

// fieldOf is the field on the left of a term.
func fieldOf(n node) *frame.Field {
	switch n := n.(type) {
	case *compareNode:
		return n.left.field
	case *memberNode:
		return n.field.field
	case *regexpNode:
		return n.left.field
	case *maskNode:
		return n.o.field
	case presentNode:
		return n.field
	case protocolNode:
		return n.field
	case notNode:
		return fieldOf(n.n)
	}
	return nil
}

// Impossible is a term without which the filter cannot be true and that nothing
// speaks for: about a protocol or an address that the caller has never seen; ""
// where each term has something. Where the filter has alternatives, each of them
// must have such a term.
func (m *Matcher) Impossible(seen func(frame.Protocol) bool, known func(address []byte) bool) string {
	return impossible(m.root, seen, known)
}

func impossible(n node, seen func(frame.Protocol) bool, known func([]byte) bool) string {
	switch n := n.(type) {
	case andNode:
		for _, part := range n {
			if text := impossible(part, seen, known); text != "" {
				return text
			}
		}
	case orNode:
		first := ""
		for _, part := range n {
			text := impossible(part, seen, known)
			if text == "" {
				return ""
			}
			if first == "" {
				first = text
			}
		}
		return first
	case *termNode:
		f := fieldOf(n.node)
		if _, negated := n.node.(notNode); negated || f == nil {
			return ""
		}
		if !seen(f.Protocol) && (f.Also == 0 || !seen(f.Also)) {
			return n.text
		}
		if c, ok := n.node.(*compareNode); ok && c.op.rel == equal && c.right == nil && c.lit.prefix < 0 && c.left.slices == nil && !c.left.masked {
			if a := addressOf(f.Type, &c.lit.Value); a != nil && !known(a) {
				return n.text
			}
		}
	}
	return ""
}

// addressOf is the unicast address that a value is, nil of anything else.
func addressOf(t frame.Type, v *frame.Value) []byte {
	switch {
	case t == frame.TypeIPv4 && v.Num != 0 && v.Num>>28 != 0xe && uint32(v.Num) != 0xffffffff:
		return []byte{byte(v.Num >> 24), byte(v.Num >> 16), byte(v.Num >> 8), byte(v.Num)}
	case t == frame.TypeEther && len(v.Bytes) == 6 && v.Bytes[0]&1 == 0:
		return v.Bytes
	case t == frame.TypeIPv6 && len(v.Bytes) == 16 && v.Bytes[0] != 0xff:
		return v.Bytes
	}
	return nil
}

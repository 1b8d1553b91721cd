package filter

import (
	"netverify/frame"
	"netverify/recording"
)

// node is a part of a filter. bind returns it with all references resolved.
type node interface {
	match(v *frame.View, s *scratch) bool
	bind(b recording.Bindings) (node, error)
}

type (
	andNode      []node
	orNode       []node
	notNode      struct{ n node }
	presentNode  struct{ field *frame.Field }
	protocolNode struct{ field *frame.Field }
	maskNode     struct{ o operand } // `tcp.flags & 2` alone: any value that is not zero
)

func (l andNode) match(v *frame.View, s *scratch) bool {
	for _, n := range l {
		if !n.match(v, s) {
			return false
		}
	}
	return true
}

func (l orNode) match(v *frame.View, s *scratch) bool {
	for _, n := range l {
		if n.match(v, s) {
			return true
		}
	}
	return false
}

func (n notNode) match(v *frame.View, s *scratch) bool { return !n.n.match(v, s) }

func (n presentNode) match(v *frame.View, s *scratch) bool {
	s.left = n.field.AppendValues(s.left[:0], v)
	return len(s.left) > 0
}

func (n protocolNode) match(v *frame.View, s *scratch) bool {
	return n.field.Protocol == frame.ProtoFrame || v.Frame.Decode().Has(n.field.Protocol)
}

func (n *maskNode) match(v *frame.View, s *scratch) bool {
	s.left = n.o.values(s.left[:0], v)
	for _, x := range s.left {
		if x.Num != 0 || len(x.Bytes) > 0 && x.Bytes[0] != 0 {
			return true
		}
	}
	return false
}

func bindAll(l []node, b recording.Bindings) ([]node, error) {
	bound := make([]node, len(l))
	for i, n := range l {
		var err error
		if bound[i], err = n.bind(b); err != nil {
			return nil, err
		}
	}
	return bound, nil
}

func (l andNode) bind(b recording.Bindings) (node, error) {
	bound, err := bindAll(l, b)
	return andNode(bound), err
}

func (l orNode) bind(b recording.Bindings) (node, error) {
	bound, err := bindAll(l, b)
	return orNode(bound), err
}

func (n notNode) bind(b recording.Bindings) (node, error) {
	bound, err := n.n.bind(b)
	return notNode{bound}, err
}

func (n presentNode) bind(recording.Bindings) (node, error)  { return n, nil }
func (n protocolNode) bind(recording.Bindings) (node, error) { return n, nil }
func (n *maskNode) bind(recording.Bindings) (node, error)    { return n, nil }

package yamltree

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Pos is a place in the file: line and column, both from 1.
type Pos struct{ Line, Col int }

// Kind is the shape of a Node.
type Kind uint8

// The shapes.
const (
	_ Kind = iota
	Scalar
	Map
	List
)

// Node is a value of the file.
type Node struct {
	Pos
	Kind  Kind
	Value string // of a Scalar: its text, escapes resolved
	Plain bool   // of a Scalar: written without quotes, so that null, numbers and truth values are what they look like
	Null  bool   // of a Scalar: null, ~ or nothing at all
	Pairs []Pair // of a Map, in the order of the file
	Items []*Node

	Parent *Node
	Name   string // key or "[index]" in Parent

	marks []mark
}

// Pair is a key with its value.
type Pair struct{ Key, Value *Node }

// mark says that Value[off:] up to the next mark stands at Pos; where fixed,
// all of it stands for that one place (a variable that was filled in).
type mark struct {
	off int
	Pos
	fixed bool
}

// Get returns the value of a key, or nil.
func (n *Node) Get(key string) *Node {
	if n == nil {
		return nil
	}
	for _, p := range n.Pairs {
		if p.Key.Value == key {
			return p.Value
		}
	}
	return nil
}

// Size is the number of nodes of the tree, keys not counted.
func (n *Node) Size() int {
	size := 1
	for _, p := range n.Pairs {
		size += p.Value.Size()
	}
	for _, i := range n.Items {
		size += i.Size()
	}
	return size
}

// At returns where the byte Value[off] stands in the file.
func (n *Node) At(off int) Pos {
	if off < 0 || off > len(n.Value) {
		return n.Pos
	}
	at := mark{Pos: n.Pos, fixed: true}
	for _, m := range n.marks {
		if m.off > off {
			break
		}
		at = m
	}
	if at.fixed {
		return at.Pos
	}
	return Pos{at.Line, at.Col + utf8.RuneCountInString(n.Value[at.off:off])}
}

// Path returns the way from the root: "topology.hosts.c1.interfaces.eth0".
func (n *Node) Path() string {
	var names []string
	for ; n != nil && n.Parent != nil; n = n.Parent {
		names = append(names, n.Name)
	}
	var b strings.Builder
	for i := len(names) - 1; i >= 0; i-- {
		if b.Len() > 0 && !strings.HasPrefix(names[i], "[") {
			b.WriteByte('.')
		}
		b.WriteString(names[i])
	}
	return b.String()
}

// Find follows a path below n ("arp.opcode", "vlan[1].id") as far as it
// exists and returns the deepest node that it met.
func (n *Node) Find(path string) *Node {
	for _, name := range strings.FieldsFunc(strings.ReplaceAll(path, "[", ".["), func(r rune) bool { return r == '.' }) {
		next := n.Get(name)
		if i, err := strconv.Atoi(strings.Trim(name, "[]")); err == nil && n.Kind == List && i >= 0 && i < len(n.Items) {
			next = n.Items[i]
		}
		if next == nil {
			return n
		}
		n = next
	}
	return n
}

// What returns the kind in words, for messages.
func (n *Node) What() string {
	switch {
	case n.Kind == Map:
		return "a map"
	case n.Kind == List:
		return "a list"
	case n.Null:
		return "nothing"
	case len(n.Value) > 60:
		return strconv.Quote(strings.ToValidUTF8(n.Value[:40], "") + "...")
	}
	return strconv.Quote(n.Value)
}

func (n *Node) adopt(child *Node, name string) {
	child.Parent, child.Name = n, name
}

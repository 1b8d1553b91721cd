package recording

import "strings"

// Ref names an interface of a node: "c1:eth0".
type Ref struct{ Node, Iface string }

// ParseRef reads "node:interface". It reports whether both are there; where there
// is no interface, Node is the whole text.
func ParseRef(s string) (r Ref, ok bool) {
	r.Node, r.Iface, ok = strings.Cut(s, ":")
	return r, ok && r.Node != "" && r.Iface != ""
}

// NodeOf returns the node of "node:interface", and of a node's own name that name.
func NodeOf(s string) string {
	r, _ := ParseRef(s)
	return r.Node
}

// String returns "node:interface".
func (r Ref) String() string { return r.Node + ":" + r.Iface }

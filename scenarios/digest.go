package scenarios

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"netverify/scenarios/internal/yamltree"
)

// explaining are the keys of a file that change nothing about what is done and
// what is expected.
var explaining = map[string]bool{"title": true, "verifies": true, "source": true, "pins": true}

// digest is what Plan.Digest holds: the beginning of a SHA-256 of what the
// file says to do and to expect, its variables filled in. Comments, layout,
// quotes and the keys that only explain are no part of it.
func digest(root *yamltree.Node) string {
	h := sha256.New()
	for _, p := range root.Pairs {
		if !explaining[p.Key.Value] {
			fmt.Fprintf(h, "%q", p.Key.Value)
			digestNode(h, p.Value)
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:6])
}

// digestNode writes a node in a form in which no two different ones are alike.
func digestNode(w io.Writer, n *yamltree.Node) {
	switch n.Kind {
	case yamltree.Map:
		io.WriteString(w, "{")
		for _, p := range n.Pairs {
			fmt.Fprintf(w, "%q", p.Key.Value)
			digestNode(w, p.Value)
		}
		io.WriteString(w, "}")
	case yamltree.List:
		io.WriteString(w, "[")
		for _, i := range n.Items {
			digestNode(w, i)
		}
		io.WriteString(w, "]")
	default:
		fmt.Fprintf(w, "%q,%t;", n.Value, n.Null)
	}
}

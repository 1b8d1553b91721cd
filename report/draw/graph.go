package draw

import (
	"slices"

	"netverify/assert"
	"netverify/internal/cells"
	"netverify/internal/plain"
	"netverify/recording"
)

// drawing is a topology on its way to a drawing: boxes of nodes, each with
// a row an interface, in columns; lines run in the gutters between them.
type drawing struct {
	top    assert.Topology
	before *assert.Topology // as in Options
	nodes  []*node
	rows   map[string]*row // by point
	edges  []*edge
	vlans  map[int]int // number of the colour of a VLAN
	w, h   float64
	paths  []path
	legend []key
}

// node is the box of a node. Its place is absolute, that of its rows as
// well once all is placed.
type node struct {
	node       *assert.Node
	rows       []*row
	tops       []*row // those that stand on no other row of the node
	bar        *row   // the bridge of a switch, drawn as a bar with its ports at both sides
	west, east []*row // the ports of the bar
	head, foot lines

	column     int
	kids       []*node // in the next column; of a root also in the one before
	x, y, w, h float64
	met        bool
}

// row is the box of an interface.
type row struct {
	node     *node
	iface    *assert.Interface
	point    string
	lines    lines
	below    *row   // that it stands on, in the same node
	above    []*row // that stand on it, in the same node
	members  []*row // of a bridge or bond: drawn inside
	master   *row
	labelled bool // the line to its parent tells its mode
	edges    []*edge

	x, y, w, h float64
	frame      float64 // height with its members
}

// edge is a cable, or what a child in another node stands on.
type edge struct {
	from, to *row // from the parent to the child
	stack    bool
	label    string
}

func (e *edge) other(r *row) *row {
	if e.from == r {
		return e.to
	}
	return e.from
}

// newDrawing finds out what hangs together.
func newDrawing(t assert.Topology) *drawing {
	d := &drawing{top: t, rows: map[string]*row{}, vlans: map[int]int{}}
	for i := range t.Nodes {
		n := &node{node: &t.Nodes[i]}
		for k := range n.node.Interfaces {
			r := &row{node: n, iface: &n.node.Interfaces[k]}
			r.point = recording.Ref{Node: n.node.Name, Iface: r.iface.Name}.String()
			n.rows = append(n.rows, r)
			if d.rows[r.point] == nil {
				d.rows[r.point] = r
			}
		}
		d.nodes = append(d.nodes, n)
	}
	d.colourVLANs()
	for _, n := range d.nodes {
		for _, r := range n.rows {
			d.cable(r)
			d.stand(r)
		}
	}
	for _, n := range d.nodes {
		n.sort()
	}
	return d
}

func (d *drawing) colourVLANs() {
	var ids []int
	for _, n := range d.nodes {
		for _, r := range n.rows {
			for _, v := range r.iface.VLANs {
				if v.From == v.To {
					ids = append(ids, v.From)
				}
			}
			if r.iface.Kind == "vlan" {
				ids = append(ids, r.iface.VLAN.ID)
			}
		}
	}
	slices.Sort(ids)
	for i, id := range slices.Compact(ids) {
		d.vlans[id] = i
	}
}

func (d *drawing) join(e *edge) {
	d.edges = append(d.edges, e)
	e.from.edges = append(e.from.edges, e)
	e.to.edges = append(e.to.edges, e)
}

// cable draws one line for the two ends of a veth.
func (d *drawing) cable(r *row) {
	peer := d.rows[r.iface.Peer]
	if peer == nil || peer == r || d.rows[r.point] != r {
		return
	}
	for _, e := range r.edges {
		if !e.stack && e.other(r) == peer {
			return
		}
	}
	d.join(&edge{from: r, to: peer})
}

// stand puts a row on its parent, or into its bridge or bond.
func (d *drawing) stand(r *row) {
	if m := d.rows[r.node.node.Name+":"+r.iface.Master]; r.iface.Master != "" && m != nil && m.node == r.node && !m.within(r) {
		r.master = m
		m.members = append(m.members, r)
	}
	parent := d.rows[r.iface.Link]
	switch {
	case parent == nil || parent == r:
	case parent.node != r.node:
		r.labelled = true
		d.join(&edge{from: parent, to: r, stack: true, label: r.standing()})
	case r.master == nil && !parent.within(r):
		r.below = parent
		parent.above = append(parent.above, r)
	}
}

// within tells whether a row is drawn in, or below, another one: nothing can
// be its own parent, whatever a file says.
func (r *row) within(other *row) bool {
	for ; r != nil; r = r.holder() {
		if r == other {
			return true
		}
	}
	return false
}

func (r *row) holder() *row {
	if r.master != nil {
		return r.master
	}
	return r.below
}

// standing is what the line from a parent to its child says.
func (r *row) standing() string {
	switch {
	case r.iface.Kind == "vlan":
		return ""
	case r.iface.Mode != "":
		return cells.Cut(plain.Line(r.iface.Mode), 12)
	}
	return cells.Cut(plain.Line(r.iface.Kind), 12)
}

// sort finds the rows that stand on no other, and what is special of a switch.
func (n *node) sort() {
	if n.node.Kind == "switch" {
		for _, r := range n.rows {
			// One that has lines of its own (a macvlan on br0) is drawn as a box
			// with its ports inside, as that of a host.
			if r.iface.Kind == "bridge" && r.holder() == nil && len(r.edges) == 0 {
				n.bar = r
				break
			}
		}
	}
	for _, r := range n.rows {
		if n.bar != nil && (r == n.bar || r.master == n.bar) {
			continue
		}
		for r.holder() != nil && r.holder() != n.bar { // a bridge stands where its first port would
			r = r.holder()
		}
		if r != n.bar && !slices.Contains(n.tops, r) {
			n.tops = append(n.tops, r)
		}
	}
}

package report

import (
	"slices"

	"netverify/assert"
	"netverify/recording"
)

// topoDrawing is a topology on its way to a drawing: boxes of nodes, each with
// a row an interface, in columns; lines run in the gutters between them.
type topoDrawing struct {
	top    Topology
	before *Topology // as in TopologyOptions
	nodes  []*topoNode
	rows   map[string]*topoRow // by point
	edges  []*topoEdge
	vlans  map[int]int // number of the colour of a VLAN
	w, h   float64
	paths  []topoPath
	legend []topoKey
}

// topoNode is the box of a node. Its place is absolute, that of its rows as
// well once all is placed.
type topoNode struct {
	node       *assert.Node
	rows       []*topoRow
	tops       []*topoRow // those that stand on no other row of the node
	bar        *topoRow   // the bridge of a switch, drawn as a bar with its ports at both sides
	west, east []*topoRow // the ports of the bar
	head, foot topoLines

	column     int
	kids       []*topoNode // in the next column; of a root also in the one before
	x, y, w, h float64
	met        bool
}

// topoRow is the box of an interface.
type topoRow struct {
	node     *topoNode
	iface    *assert.Interface
	point    string
	lines    topoLines
	below    *topoRow   // that it stands on, in the same node
	above    []*topoRow // that stand on it, in the same node
	members  []*topoRow // of a bridge or bond: drawn inside
	master   *topoRow
	labelled bool // the line to its parent tells its mode
	edges    []*topoEdge

	x, y, w, h float64
	frame      float64 // height with its members
}

// topoEdge is a cable, or what a child in another node stands on.
type topoEdge struct {
	from, to *topoRow // from the parent to the child
	stack    bool
	label    string
}

func (e *topoEdge) other(r *topoRow) *topoRow {
	if e.from == r {
		return e.to
	}
	return e.from
}

// newTopoDrawing finds out what hangs together.
func newTopoDrawing(t Topology) *topoDrawing {
	d := &topoDrawing{top: t, rows: map[string]*topoRow{}, vlans: map[int]int{}}
	for i := range t.Nodes {
		n := &topoNode{node: &t.Nodes[i]}
		for k := range n.node.Interfaces {
			r := &topoRow{node: n, iface: &n.node.Interfaces[k]}
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

func (d *topoDrawing) colourVLANs() {
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

func (d *topoDrawing) join(e *topoEdge) {
	d.edges = append(d.edges, e)
	e.from.edges = append(e.from.edges, e)
	e.to.edges = append(e.to.edges, e)
}

// cable draws one line for the two ends of a veth.
func (d *topoDrawing) cable(r *topoRow) {
	peer := d.rows[r.iface.Peer]
	if peer == nil || peer == r || d.rows[r.point] != r {
		return
	}
	for _, e := range r.edges {
		if !e.stack && e.other(r) == peer {
			return
		}
	}
	d.join(&topoEdge{from: r, to: peer})
}

// stand puts a row on its parent, or into its bridge or bond.
func (d *topoDrawing) stand(r *topoRow) {
	if m := d.rows[r.node.node.Name+":"+r.iface.Master]; r.iface.Master != "" && m != nil && m.node == r.node && !m.within(r) {
		r.master = m
		m.members = append(m.members, r)
	}
	parent := d.rows[r.iface.Link]
	switch {
	case parent == nil || parent == r:
	case parent.node != r.node:
		r.labelled = true
		d.join(&topoEdge{from: parent, to: r, stack: true, label: r.standing()})
	case r.master == nil && !parent.within(r):
		r.below = parent
		parent.above = append(parent.above, r)
	}
}

// within tells whether a row is drawn in, or below, another one: nothing can
// be its own parent, whatever a file says.
func (r *topoRow) within(other *topoRow) bool {
	for ; r != nil; r = r.holder() {
		if r == other {
			return true
		}
	}
	return false
}

func (r *topoRow) holder() *topoRow {
	if r.master != nil {
		return r.master
	}
	return r.below
}

// standing is what the line from a parent to its child says.
func (r *topoRow) standing() string {
	switch {
	case r.iface.Kind == "vlan":
		return ""
	case r.iface.Mode != "":
		return cut(clean(r.iface.Mode), 12)
	}
	return cut(clean(r.iface.Kind), 12)
}

// sort finds the rows that stand on no other, and what is special of a switch.
func (n *topoNode) sort() {
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

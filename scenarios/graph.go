package scenarios

import (
	"netverify/assert"
	"netverify/frame"
)

// grapher collects edges, each once, in the order in which they are found.
type grapher struct {
	*resolver
	edges assert.Graph
	seen  map[assert.Edge]bool
	all   []*Interface // of the topology and of create steps
	by    map[Ref]*Interface
}

// graph is the adjacency of all taps: where a frame that was seen at one may
// be seen next. It covers all that exists at any time, so that it holds for
// every step.
func (r *resolver) graph() assert.Graph {
	g := &grapher{resolver: r, seen: map[assert.Edge]bool{}, by: map[Ref]*Interface{}}
	for i := range r.plan.Nodes {
		for j := range r.plan.Nodes[i].Interfaces {
			g.all = append(g.all, &r.plan.Nodes[i].Interfaces[j])
		}
	}
	g.all = append(g.all, r.made...)
	for _, i := range g.all {
		g.by[Ref{i.Node, i.Name}] = i
	}
	for _, i := range g.all {
		g.links(i)
	}
	for _, i := range g.all {
		g.siblings(i)
	}
	for i := range r.plan.Nodes {
		g.stack(&r.plan.Nodes[i])
	}
	return g.edges
}

func out(point string) assert.Hop { return assert.Hop{Point: point, Dir: frame.Out} }
func in(point string) assert.Hop  { return assert.Hop{Point: point, Dir: frame.In} }

func (g *grapher) edge(from, to assert.Hop, routed bool) {
	e := assert.Edge{From: from, To: to, Routed: routed}
	if !g.seen[e] {
		g.seen[e] = true
		g.edges = append(g.edges, e)
	}
}

// links adds the edges between an interface and what it is connected with.
func (g *grapher) links(i *Interface) {
	point := describe(i)
	if i.Cable != nil {
		g.edge(out(point), in(i.Cable.String()), false)
	}
	if parent := realParent(g.by, i); parent != nil {
		g.edge(out(point), out(describe(parent)), false)
		g.edge(in(describe(parent)), in(point), false)
	}
	master := g.by[Ref{i.Node, i.Master}]
	if i.Master == "" || master == nil {
		return
	}
	g.edge(in(point), in(describe(master)), false)
	g.edge(out(describe(master)), out(point), false)
	if master.Kind != BridgeK {
		return
	}
	for _, other := range g.all { // also itself: a hairpin port reflects
		if other.Node == i.Node && other.Master == i.Master {
			g.edge(in(point), out(describe(other)), false)
		}
	}
}

// siblings adds the edges between children of one parent that need no wire.
// Unicast in bridge mode passes by the parent, where it shows as incoming
// (drivers/net/macvlan.c:macvlan_queue_xmit, dev_forward_skb to the lower
// device); a broadcast goes to the siblings directly (macvlan_broadcast), as
// all of ipvlan does (ipvlan_rcv_frame).
func (g *grapher) siblings(i *Interface) {
	parent := realParent(g.by, i)
	if parent == nil || i.VLAN != nil {
		return
	}
	for _, s := range g.all {
		if s == i || s.VLAN != nil || realParent(g.by, s) != parent {
			continue
		}
		a, b := Ref{i.Node, i.Name}, Ref{s.Node, s.Name}
		if g.modes[a]["bridge"] && g.modes[b]["bridge"] {
			g.edge(out(describe(i)), in(describe(parent)), false)
			g.edge(out(describe(i)), in(describe(s)), false)
		}
		if i.Ipvlan != nil && s.Ipvlan != nil {
			g.edge(out(describe(i)), in(describe(s)), false)
		}
	}
}

// stack adds the ways through the IP stack of a node: its loopback, and from
// any interface to any where it forwards.
func (g *grapher) stack(n *Node) {
	lo := Ref{n.Name, "lo"}.String()
	g.edge(out(lo), in(lo), false)
	if !g.routers[n.Name] {
		return
	}
	var ports []string
	for _, i := range g.all {
		if i.Node == n.Name && i.Master == "" {
			ports = append(ports, describe(i))
		}
	}
	for _, a := range ports {
		for _, b := range ports {
			g.edge(in(a), out(b), true)
		}
	}
}

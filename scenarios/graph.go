package scenarios

import (
	"netverify/frame"
	"netverify/recording"
)

// manyAlike is the number up to which ways from every one to every one are so many
// edges; beyond it they lead over a hub.
const manyAlike = 8

// grapher collects edges, each once, in the order in which they are found.
type grapher struct {
	*resolver
	edges recording.Graph
	seen  map[recording.Edge]bool
	all   []*Interface // of the topology and of create steps
	by    map[recording.Ref]*Interface

	ports    map[recording.Ref][]*Interface // by bridge or bond
	children map[*Interface]*brood          // by parent
	free     map[string][]*Interface        // of a node: those that are nobody's port
}

// brood are the children of one parent between which frames need no wire.
type brood struct{ bridged, ipvlans []*Interface }

// graph is the adjacency of all taps: where a frame that was seen at one may
// be seen next. It covers all that exists at any time, so that it holds for
// every step.
func (r *resolver) graph() recording.Graph {
	g := &grapher{
		resolver: r, seen: map[recording.Edge]bool{}, by: map[recording.Ref]*Interface{},
		ports: map[recording.Ref][]*Interface{}, children: map[*Interface]*brood{}, free: map[string][]*Interface{},
	}
	for i := range r.plan.Nodes {
		for j := range r.plan.Nodes[i].Interfaces {
			g.all = append(g.all, &r.plan.Nodes[i].Interfaces[j])
		}
	}
	g.all = append(g.all, r.made...)
	for _, i := range g.all {
		g.by[recording.Ref{Node: i.Node, Iface: i.Name}] = i
	}
	for _, i := range g.all {
		g.group(i)
	}
	for _, i := range g.all {
		g.links(i)
	}
	for _, i := range r.mastered {
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

// group puts an interface to those that it shares something with.
func (g *grapher) group(i *Interface) {
	if i.Master == "" {
		g.free[i.Node] = append(g.free[i.Node], i)
	} else {
		master := recording.Ref{Node: i.Node, Iface: i.Master}
		g.ports[master] = append(g.ports[master], i)
	}
	parent := realParent(g.by, i)
	if parent == nil || i.VLAN != nil {
		return
	}
	b := g.children[parent]
	if b == nil {
		b = &brood{}
		g.children[parent] = b
	}
	if g.modes[recording.Ref{Node: i.Node, Iface: i.Name}]["bridge"] {
		b.bridged = append(b.bridged, i)
	}
	if i.Ipvlan != nil {
		b.ipvlans = append(b.ipvlans, i)
	}
}

func out(point string) recording.Hop { return recording.Hop{Point: point, Dir: frame.Out} }
func in(point string) recording.Hop  { return recording.Hop{Point: point, Dir: frame.In} }

func (g *grapher) edge(from, to recording.Hop, routed bool) {
	g.put(recording.Edge{From: from, To: to, Routed: routed})
}

func (g *grapher) put(e recording.Edge) {
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
	master := g.by[recording.Ref{Node: i.Node, Iface: i.Master}]
	if i.Master == "" || master == nil {
		return
	}
	g.edge(in(point), in(describe(master)), false)
	g.edge(out(describe(master)), out(point), false)
	if master.Kind != BridgeK {
		return
	}
	ports := g.ports[recording.Ref{Node: i.Node, Iface: i.Master}]
	if len(ports) > manyAlike {
		hub := recording.Hub(describe(master), "ports")
		g.edge(in(point), hub, false)
		g.edge(hub, out(point), false)
		return
	}
	for _, other := range ports { // also itself: a hairpin port reflects
		g.edge(in(point), out(describe(other)), false)
	}
}

// siblings adds the edges between children of one parent that need no wire.
// Unicast in bridge mode passes by the parent, where it shows as incoming
// (drivers/net/macvlan.c:macvlan_queue_xmit, dev_forward_skb to the lower
// device); a broadcast goes to the siblings directly (macvlan_broadcast), as
// all of ipvlan does (ipvlan_rcv_frame).
func (g *grapher) siblings(i *Interface) {
	parent := realParent(g.by, i)
	b := g.children[parent]
	if b == nil || i.VLAN != nil {
		return
	}
	if g.modes[recording.Ref{Node: i.Node, Iface: i.Name}]["bridge"] {
		if len(b.bridged) > 1 {
			g.edge(out(describe(i)), in(describe(parent)), false)
		}
		g.toOthers(i, b.bridged, recording.Hub(describe(parent), "children"))
	}
	if i.Ipvlan != nil {
		g.toOthers(i, b.ipvlans, recording.Hub(describe(parent), "ipvlans"))
	}
}

// toOthers adds the edges from one of a brood to all others.
func (g *grapher) toOthers(i *Interface, all []*Interface, hub recording.Hop) {
	if len(all) > manyAlike {
		g.edge(out(describe(i)), hub, false)
		g.put(recording.Edge{From: hub, To: in(describe(i)), Others: true})
		return
	}
	for _, s := range all {
		if s != i {
			g.edge(out(describe(i)), in(describe(s)), false)
		}
	}
}

// stack adds the ways through the IP stack of a node: its loopback, and from
// any interface to any where it forwards.
func (g *grapher) stack(n *Node) {
	lo := recording.Ref{Node: n.Name, Iface: "lo"}.String()
	g.edge(out(lo), in(lo), false)
	if !g.routers[n.Name] {
		return
	}
	ports := g.free[n.Name]
	if len(ports) > manyAlike {
		hub := recording.Hub(n.Name, "routes")
		for _, a := range ports {
			g.edge(in(describe(a)), hub, true)
			g.edge(hub, out(describe(a)), true)
		}
		return
	}
	for _, a := range ports {
		for _, b := range ports {
			g.edge(in(describe(a)), out(describe(b)), true)
		}
	}
}

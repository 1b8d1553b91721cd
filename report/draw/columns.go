package draw

import "slices"

// neighbours are the nodes at the other ends of a node's lines, in the order of
// its rows.
func (n *node) neighbours() (list []*node) {
	for _, r := range n.rows {
		for _, e := range r.edges {
			if o := e.other(r).node; o != n && !slices.Contains(list, o) {
				list = append(list, o)
			}
		}
	}
	return list
}

// components are the nodes that hang together, each in plan order.
func (d *drawing) components() (all [][]*node) {
	seen := map[*node]bool{}
	var visit func(n *node, c map[*node]bool)
	visit = func(n *node, c map[*node]bool) {
		if c[n] {
			return
		}
		c[n], seen[n] = true, true
		for _, o := range n.neighbours() {
			visit(o, c)
		}
	}
	for _, n := range d.nodes {
		if seen[n] {
			continue
		}
		c := map[*node]bool{}
		visit(n, c)
		var list []*node
		for _, m := range d.nodes {
			if c[m] {
				list = append(list, m)
			}
		}
		all = append(all, list)
	}
	return all
}

// root is where a drawing begins: the switch with the most lines, or a station
// on which nothing stands.
func root(nodes []*node) *node {
	var best *node
	lines := func(n *node) int { return len(n.neighbours()) }
	for _, n := range nodes {
		if n.node.Kind == "switch" && (best == nil || lines(n) > lines(best)) {
			best = n
		}
	}
	if best != nil {
		return best
	}
	for _, n := range nodes {
		if !slices.ContainsFunc(n.rows, func(r *row) bool {
			return slices.ContainsFunc(r.edges, func(e *edge) bool { return e.stack })
		}) {
			return n
		}
	}
	return nodes[0]
}

// columns gives each node of a component its column: how far it is from the
// root. A line then joins neighbouring columns or stays in one. Where all
// stations hang on the root itself, half of them stand at its other side.
func column(nodes []*node) *node {
	first := root(nodes)
	first.met = true
	deepest := 0
	for queue := []*node{first}; len(queue) > 0; queue = queue[1:] {
		n := queue[0]
		for _, o := range n.neighbours() {
			if !o.met {
				o.met, o.column = true, n.column+1
				n.kids = append(n.kids, o)
				queue = append(queue, o)
				deepest = max(deepest, o.column)
			}
		}
	}
	if deepest == 1 && first.bar != nil && len(first.kids) > 1 && !slices.ContainsFunc(first.kids, func(n *node) bool { return len(n.neighbours()) > 1 }) {
		for _, n := range first.kids[:len(first.kids)/2] {
			n.column = -1
		}
	}
	return first
}

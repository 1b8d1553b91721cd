package draw

import (
	"math"
	"slices"
)

// span is a gutter: its lanes, and the room for labels at both sides.
type span struct{ x, lanes, left, right float64 }

func (s span) width() float64 {
	return max(gutter, s.left+s.right+s.lanes+20)
}

// laneX is the middle of a lane; lanes are centred in what labels leave.
func (s span) laneX(lane int) float64 {
	free := s.width() - s.left - s.right - s.lanes
	return s.x + s.left + free/2 + (float64(lane)+0.5)*laneGap
}

// spread gives the nodes of a component their columns' places and widths, and
// the lines their ways; it returns where the component ends.
func (d *drawing) spread(c []*node) float64 {
	low, high := 0, 0
	for _, n := range c {
		low, high = min(low, n.column), max(high, n.column)
	}
	hubs := d.hubs(c)
	x := margin
	gaps := map[int]span{}
	for column := low; column <= high; column++ {
		x = widen(c, column, x)
		here := slices.DeleteFunc(slices.Clone(hubs), func(h *hub) bool { return h.gap != column })
		gap := spanOf(here, x)
		gaps[column] = gap
		if column < high || len(here) > 0 { // some may come back to the last column
			x += gap.width()
		}
	}
	for _, h := range hubs {
		d.route(h, gaps[h.gap])
	}
	return x
}

// widen places the nodes of a column at x, all as wide as the widest, and
// returns where they end.
func widen(c []*node, column int, x float64) float64 {
	widest := 0.0
	for _, n := range c {
		if n.column == column {
			widest = max(widest, n.w)
		}
	}
	for _, n := range c {
		if n.column == column {
			n.x, n.w = x, widest
			n.arrange()
		}
	}
	return x + widest
}

// spanOf finds the room that the lines of a gutter and their labels take.
func spanOf(hubs []*hub, x float64) span {
	gap := span{x: x, lanes: float64(lanes(hubs)) * laneGap}
	for _, h := range hubs {
		for _, e := range h.ends {
			w := width(e.edge.label, small)
			switch {
			case w == 0:
			case e.west:
				gap.left = max(gap.left, w+14)
			default:
				gap.right = max(gap.right, w+14)
			}
		}
	}
	return gap
}

// route draws the lines of a hub: from the row into its lane, and from there to
// each end.
func (d *drawing) route(h *hub, gap span) {
	lane := gap.laneX(h.lane)
	for _, e := range h.ends {
		p := path{edge: e.edge, stack: h.stack}
		p.points = append(p.points, [2]float64{h.row.edge(h.west()), h.y})
		if math.Abs(h.y-e.y) >= 0.5 || h.west() == e.west {
			p.points = append(p.points, [2]float64{lane, h.y}, [2]float64{lane, e.y})
		}
		p.points = append(p.points, [2]float64{e.row.edge(e.west), e.y})
		if e.edge.label != "" {
			w := width(e.edge.label, small)
			p.label, p.labelY = gap.x+gap.width()-7-w, e.y-4
			if e.west {
				p.label = gap.x + 7
			}
		}
		d.paths = append(d.paths, p)
	}
}

// edge is the side of a row where a line leaves it.
func (r *row) edge(right bool) float64 {
	if right {
		return r.node.x + r.x + r.w
	}
	return r.node.x + r.x
}

// path is a line as it is drawn.
type path struct {
	edge          *edge
	stack         bool
	points        [][2]float64
	label, labelY float64 // where the label begins
}

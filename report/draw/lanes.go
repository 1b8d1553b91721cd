package draw

import (
	"math"
	"slices"
)

const (
	laneGap = 9.0  // between vertical lines of a gutter
	gutter  = 46.0 // least width of a gutter
	socket  = 22.0 // height of that part of a row to which lines are plugged
)

// hub is what leaves one row at one side together: a cable, or the lines to
// all the children in the next column.
type hub struct {
	row   *row
	gap   int // gutter: that to the right of column gap
	stack bool
	ends  []end
	lane  int
	y     float64 // where it leaves the row
}

// end is where a hub arrives, and the line that does.
type end struct {
	edge *edge
	row  *row
	west bool // it comes from the left of the gutter
	y    float64
}

// gutterOf tells by which gutter a row reaches another one, and whether the row
// is at the left of it.
func gutterOf(r, other *row) (gap int, left bool) {
	a, b := r.node.column, other.node.column
	switch {
	case b > a || b == a && a >= 0:
		return a, true
	default:
		return a - 1, false
	}
}

// middle is the height at which lines leave a row: that of its name.
func (r *row) middle() float64 { return r.node.y + r.y + min(r.h, socket)/2 }

// hubs are those of the lines of one component.
func (d *drawing) hubs(c []*node) (list []*hub) {
	for _, e := range d.edges {
		if !slices.Contains(c, e.from.node) {
			continue
		}
		gap, _ := gutterOf(e.from, e.to)
		_, left := gutterOf(e.to, e.from)
		end := end{edge: e, row: e.to, west: left, y: e.to.middle()}
		i := slices.IndexFunc(list, func(h *hub) bool { return e.stack && h.stack && h.row == e.from && h.gap == gap })
		if i < 0 {
			i = len(list)
			list = append(list, &hub{row: e.from, gap: gap, stack: e.stack, y: e.from.middle()})
		}
		list[i].ends = append(list[i].ends, end)
	}
	for _, h := range list {
		// A cable and children at one side of a row leave it side by side.
		for _, o := range list {
			if o != h && o.row == h.row && o.gap == h.gap && o.stack != h.stack {
				h.y += map[bool]float64{true: 3, false: -3}[h.stack]
			}
		}
	}
	return list
}

func (h *hub) west() bool {
	return h.gap == h.row.node.column
}

// points are the heights at which a hub touches the left and the right of its
// gutter.
func (h *hub) points() (left, right []float64) {
	add := func(west bool, y float64) {
		if west {
			left = append(left, y)
		} else {
			right = append(right, y)
		}
	}
	add(h.west(), h.y)
	for _, e := range h.ends {
		add(e.west, e.y)
	}
	return left, right
}

func (h *hub) interval() (low, high float64) {
	left, right := h.points()
	all := append(left, right...)
	return slices.Min(all), slices.Max(all)
}

// straight hubs need no lane.
func (h *hub) straight() bool {
	low, high := h.interval()
	return high-low < 0.5 && len(h.ends) == 1 && h.west() != h.ends[0].west
}

// crossings counts the lines that cross, or run into each other, where the lane
// of a is to the left of that of b.
func crossings(a, b *hub) int {
	n := 0
	_, right := a.points()
	left, _ := b.points()
	alow, ahigh := a.interval()
	blow, bhigh := b.interval()
	for _, y := range right {
		if y > blow-1 && y < bhigh+1 {
			n++
		}
		for _, z := range left {
			if math.Abs(y-z) < 4 {
				n += 10
			}
		}
	}
	for _, y := range left {
		if y > alow-1 && y < ahigh+1 {
			n++
		}
	}
	return n
}

// lanes gives each hub of a gutter a lane, so that few lines cross and no two
// verticals touch; it returns how many lanes there are.
func lanes(list []*hub) int {
	var order []*hub
	for _, h := range list {
		if h.straight() {
			continue
		}
		best, at := math.MaxInt, 0
		for i := 0; i <= len(order); i++ {
			cost := 0
			for k, o := range order {
				if k < i {
					cost += crossings(o, h)
				} else {
					cost += crossings(h, o)
				}
			}
			if cost < best {
				best, at = cost, i
			}
		}
		order = slices.Insert(order, at, h)
	}
	count := 0
	for i, h := range order {
		low, high := h.interval()
		for _, o := range order[:i] {
			l, u := o.interval()
			if low < u+8 && l < high+8 {
				h.lane = max(h.lane, o.lane+1)
			}
		}
		count = max(count, h.lane+1)
	}
	return count
}

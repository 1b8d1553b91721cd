package report

import (
	"math"
	"slices"
)

const (
	topoLane   = 9.0  // between vertical lines of a gutter
	topoGutter = 46.0 // least width of a gutter
	topoSocket = 22.0 // height of that part of a row to which lines are plugged
)

// topoHub is what leaves one row at one side together: a cable, or the lines to
// all the children in the next column.
type topoHub struct {
	row   *topoRow
	gap   int // gutter: that to the right of column gap
	stack bool
	ends  []topoEnd
	lane  int
	y     float64 // where it leaves the row
}

// topoEnd is where a hub arrives, and the line that does.
type topoEnd struct {
	edge *topoEdge
	row  *topoRow
	west bool // it comes from the left of the gutter
	y    float64
}

// topoGutterOf tells by which gutter a row reaches another one, and whether the row
// is at the left of it.
func topoGutterOf(r, other *topoRow) (gap int, left bool) {
	a, b := r.node.column, other.node.column
	switch {
	case b > a || b == a && a >= 0:
		return a, true
	default:
		return a - 1, false
	}
}

// middle is the height at which lines leave a row: that of its name.
func (r *topoRow) middle() float64 { return r.node.y + r.y + min(r.h, topoSocket)/2 }

// hubs are those of the lines of one component.
func (d *topoDrawing) hubs(c []*topoNode) (list []*topoHub) {
	for _, e := range d.edges {
		if !slices.Contains(c, e.from.node) {
			continue
		}
		gap, _ := topoGutterOf(e.from, e.to)
		_, left := topoGutterOf(e.to, e.from)
		end := topoEnd{edge: e, row: e.to, west: left, y: e.to.middle()}
		i := slices.IndexFunc(list, func(h *topoHub) bool { return e.stack && h.stack && h.row == e.from && h.gap == gap })
		if i < 0 {
			i = len(list)
			list = append(list, &topoHub{row: e.from, gap: gap, stack: e.stack, y: e.from.middle()})
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

func (h *topoHub) west() bool {
	return h.gap == h.row.node.column
}

// points are the heights at which a hub touches the left and the right of its
// gutter.
func (h *topoHub) points() (left, right []float64) {
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

func (h *topoHub) interval() (low, high float64) {
	left, right := h.points()
	all := append(left, right...)
	return slices.Min(all), slices.Max(all)
}

// straight hubs need no lane.
func (h *topoHub) straight() bool {
	low, high := h.interval()
	return high-low < 0.5 && len(h.ends) == 1 && h.west() != h.ends[0].west
}

// topoCrossings counts the lines that cross, or run into each other, where the lane
// of a is to the left of that of b.
func topoCrossings(a, b *topoHub) int {
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

// topoLanes gives each hub of a gutter a lane, so that few lines cross and no two
// verticals touch; it returns how many lanes there are.
func topoLanes(list []*topoHub) int {
	var order []*topoHub
	for _, h := range list {
		if h.straight() {
			continue
		}
		best, at := math.MaxInt, 0
		for i := 0; i <= len(order); i++ {
			cost := 0
			for k, o := range order {
				if k < i {
					cost += topoCrossings(o, h)
				} else {
					cost += topoCrossings(h, o)
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

package draw

import (
	"cmp"
	"math"
	"slices"
)

// ports deals the ports of a switch out to the two sides of its bar.
func (n *node) ports() {
	n.west, n.east = nil, nil
	if n.bar == nil {
		return
	}
	for _, r := range n.bar.members {
		if o := r.partner(); o != nil && o.node.column < n.column {
			n.west = append(n.west, r)
		} else {
			n.east = append(n.east, r)
		}
	}
}

// partner is the other end of the first line of a row, or of what is drawn with
// it; nil where it has none.
func (r *row) partner() *row {
	if len(r.edges) > 0 {
		return r.edges[0].other(r)
	}
	for _, m := range append(slices.Clone(r.members), r.above...) {
		if o := m.partner(); o != nil {
			return o
		}
	}
	return nil
}

// sides are the ports at the left and at the right of the bar.
func (n *node) sides() [2][]*row { return [2][]*row{n.west, n.east} }

// stretch makes a switch so tall that its ports stand beside what is plugged
// into them. What hangs on it is placed already, and kids high; it returns how
// high all is then.
func (n *node) stretch(kids float64) float64 {
	ww, _ := spans(n.west)
	ew, _ := spans(n.east)
	tw, th := spans(n.tops)
	n.w = max(ww+bar+ew, n.head.width()+2*pad, n.foot.width()+2*pad, tw+2*pad)
	head := n.headHeight()
	top, first := 0.0, true
	for _, side := range n.sides() {
		if n.beside(side) && (first || side[0].y-head < top) {
			top, first = side[0].y-head, false
		}
	}
	bottom := top + head
	for _, side := range n.sides() {
		if !n.beside(side) {
			stack(side, top+head)
		}
		for _, r := range side {
			_, h := r.span()
			bottom = max(bottom, r.y+h)
			r.y -= top
		}
	}
	n.y, n.h = top, bottom-top+pad+th+n.foot.height()
	if top < 0 {
		n.y = 0
		for _, k := range n.kids {
			shift(k, -top)
		}
		kids -= top
	}
	n.arrange()
	return max(kids, n.y+n.h)
}

// stack places rows below each other.
func stack(side []*row, y float64) {
	for _, r := range side {
		_, h := r.span()
		r.y = y
		y += h + gap
	}
}

// beside gives the ports of one side the heights of what is plugged into them,
// as far as they have room, in the order of these; those without come last. It
// returns false where nothing is plugged in.
func (n *node) beside(side []*row) bool {
	want := map[*row]float64{}
	for _, r := range side {
		if o := r.partner(); o != nil && slices.Contains(n.kids, o.node) {
			want[r] = o.middle() - min(r.h, socket)/2
		} else {
			want[r] = math.Inf(1)
		}
	}
	slices.SortStableFunc(side, func(a, b *row) int { return cmp.Compare(want[a], want[b]) })
	if len(side) == 0 || math.IsInf(want[side[0]], 1) {
		return false
	}
	next := want[side[0]]
	for _, r := range side {
		_, h := r.span()
		r.y = next
		if !math.IsInf(want[r], 1) {
			r.y = max(want[r], next)
		}
		next = r.y + h + gap
	}
	return true
}

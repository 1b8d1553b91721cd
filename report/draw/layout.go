package draw

import (
	"slices"

	"netverify/internal/cells"
	"netverify/internal/plain"
)

const (
	pad    = 9.0  // between the edge of a node and its rows
	apart  = 14.0 // between nodes of a column
	bar    = 34.0 // width of the bar of a switch
	margin = 10.0 // around the drawing
)

// layout places everything.
func (d *drawing) layout() {
	for _, n := range d.nodes {
		d.measure(n)
	}
	y, widest := margin, 0.0
	var alone []*node
	for _, c := range d.components() {
		if len(c) == 1 {
			alone = append(alone, c[0])
			continue
		}
		first := column(c)
		h := tower(first)
		shift(first, y)
		widest = max(widest, d.spread(c))
		y += h + 28
	}
	x, tall := margin, 0.0
	for _, n := range alone {
		tower(n)
		if x > margin && x+n.w > max(widest, 640) {
			x, y, tall = margin, y+tall+apart, 0
		}
		shift(n, y)
		n.x = x
		n.arrange()
		x += n.w + apart
		tall = max(tall, n.h)
		widest = max(widest, x-apart)
	}
	if tall > 0 {
		y += tall + 28
	}
	d.w = max(widest, 380) + margin
	d.h = d.key(y-10) + margin
}

// measure finds the sizes of a node and of its rows.
func (d *drawing) measure(n *node) {
	title := []piece{{text: cells.Cut(plain.Line(n.node.Name), columns), class: "t-title"}}
	if kind := n.node.Kind; kind != "host" {
		if len(n.node.Forwards) == 1 {
			kind += " " + n.node.Forwards[0]
		}
		if n.bar != nil {
			kind += " " + n.bar.iface.Name
		}
		title = append(title, piece{text: cells.Cut(plain.Line(kind), columns), class: "t-dim"})
	}
	n.head = lines{title}
	for _, r := range n.rows {
		r.lines = d.rowText(r)
	}
	if n.bar != nil {
		n.head = n.head.flow(optionChips(n.bar.iface))
		n.head = n.head.few("t-addr", "", n.bar.iface.Addresses)
		n.head = n.head.flow(d.vlanChips(n.bar.iface))
		n.head = n.head.flow(stateChips(n.bar.iface))
	}
	n.foot = foot(n.node)
}

// span is the size of a row with all that is drawn with it.
func (r *row) span() (w, h float64) {
	w, h = r.lines.width()+2*inset, r.lines.height()+5
	r.h, r.frame = h, h
	for _, m := range r.members {
		mw, mh := m.span()
		w, h = max(w, mw+2*gap), h+mh+gap
	}
	r.frame = h
	for _, a := range r.above {
		aw, ah := a.span()
		w, h = max(w, aw+indent), h+ah+gap
	}
	return w, h
}

func spans(list []*row) (w, h float64) {
	for _, r := range list {
		rw, rh := r.span()
		w, h = max(w, rw), h+rh+gap
	}
	return w, h
}

// put places a row and all that is drawn with it, and returns where that ends.
func (r *row) put(x, y, right float64) float64 {
	r.x, r.y, r.w = x, y, right-x
	y += r.h
	for _, m := range r.members {
		y = m.put(x+gap, y, right-gap) + gap
	}
	for _, a := range r.above {
		y = a.put(x+indent, y+gap, right)
	}
	return y
}

func (n *node) headHeight() float64 { return n.head.height() + 12 }

// tower places a node and those that hang on it above each other, from zero,
// and returns their height.
func tower(n *node) float64 {
	n.ports()
	east, west := 0.0, 0.0
	for _, k := range n.kids {
		h := tower(k)
		at := &east
		if k.column < n.column {
			at = &west
		}
		shift(k, *at)
		*at += h + apart
	}
	east, west = max(0, east-apart), max(0, west-apart)
	all := max(east, west)
	for _, k := range n.kids {
		if k.column < n.column {
			shift(k, (all-west)/2)
		} else {
			shift(k, (all-east)/2)
		}
	}
	if n.bar != nil {
		return n.stretch(all)
	}
	n.size()
	n.arrange()
	n.y = n.level(all)
	if n.y < 0 {
		for _, k := range n.kids {
			shift(k, -n.y)
		}
		all -= n.y
		n.y = 0
	}
	return max(all, n.y+n.h)
}

// level is the height at which the lines to what hangs on a node are straight,
// as far as one height can be that for all; that of the middle where there are
// none.
func (n *node) level(all float64) float64 {
	sum, count := 0.0, 0.0
	for _, r := range n.rows {
		for _, e := range r.edges {
			if o := e.other(r); slices.Contains(n.kids, o.node) {
				sum, count = sum+o.middle()-(r.middle()-n.y), count+1
			}
		}
	}
	if count == 0 {
		return (all - n.h) / 2
	}
	return sum / count
}

// size is that of a node that is no switch.
func (n *node) size() {
	w, h := spans(n.tops)
	n.w = max(w, n.head.width(), n.foot.width()) + 2*pad
	n.h = n.headHeight() + h + n.foot.height() + 4
}

// arrange places the rows of a node inside of it.
func (n *node) arrange() {
	y := n.headHeight()
	if n.bar != nil {
		ww, _ := spans(n.west)
		if len(n.east) == 0 {
			ww = n.w - bar
		}
		for _, r := range n.west {
			r.put(0, r.y, ww)
		}
		for _, r := range n.east {
			r.put(ww+bar, r.y, n.w)
		}
		n.bar.x, n.bar.y, n.bar.w = ww, y, bar
		_, th := spans(n.tops)
		n.bar.h = n.h - y - pad - th - n.foot.height()
		y = n.h - pad - th - n.foot.height() + gap
	}
	for _, r := range n.tops {
		y = r.put(pad, y, n.w-pad) + gap
	}
}

// shift moves a node and those that hang on it down.
func shift(n *node, dy float64) {
	n.y += dy
	for _, k := range n.kids {
		shift(k, dy)
	}
}

package report

import "slices"

const (
	topoPad    = 9.0  // between the edge of a node and its rows
	topoApart  = 14.0 // between nodes of a column
	topoBar    = 34.0 // width of the bar of a switch
	topoMargin = 10.0 // around the drawing
)

// layout places everything.
func (d *topoDrawing) layout() {
	for _, n := range d.nodes {
		d.measure(n)
	}
	y, widest := topoMargin, 0.0
	var alone []*topoNode
	for _, c := range d.components() {
		if len(c) == 1 {
			alone = append(alone, c[0])
			continue
		}
		first := topoColumn(c)
		h := topoTower(first)
		topoShift(first, y)
		widest = max(widest, d.spread(c))
		y += h + 28
	}
	x, tall := topoMargin, 0.0
	for _, n := range alone {
		topoTower(n)
		if x > topoMargin && x+n.w > max(widest, 640) {
			x, y, tall = topoMargin, y+tall+topoApart, 0
		}
		topoShift(n, y)
		n.x = x
		n.arrange()
		x += n.w + topoApart
		tall = max(tall, n.h)
		widest = max(widest, x-topoApart)
	}
	if tall > 0 {
		y += tall + 28
	}
	d.w = max(widest, 380) + topoMargin
	d.h = d.key(y-10) + topoMargin
}

// measure finds the sizes of a node and of its rows.
func (d *topoDrawing) measure(n *topoNode) {
	title := []topoPiece{{text: cut(clean(n.node.Name), topoColumns), class: "t-title"}}
	if kind := n.node.Kind; kind != "host" {
		if len(n.node.Forwards) == 1 {
			kind += " " + n.node.Forwards[0]
		}
		if n.bar != nil {
			kind += " " + n.bar.iface.Name
		}
		title = append(title, topoPiece{text: cut(clean(kind), topoColumns), class: "t-dim"})
	}
	n.head = topoLines{title}
	for _, r := range n.rows {
		r.lines = d.rowText(r)
	}
	if n.bar != nil {
		n.head = n.head.flow(topoOptionChips(n.bar.iface))
		n.head = n.head.few("t-addr", "", n.bar.iface.Addresses)
		n.head = n.head.flow(d.vlanChips(n.bar.iface))
		n.head = n.head.flow(topoStateChips(n.bar.iface))
	}
	n.foot = topoFoot(n.node)
}

// span is the size of a row with all that is drawn with it.
func (r *topoRow) span() (w, h float64) {
	w, h = r.lines.width()+2*topoInset, r.lines.height()+5
	r.h, r.frame = h, h
	for _, m := range r.members {
		mw, mh := m.span()
		w, h = max(w, mw+2*topoGap), h+mh+topoGap
	}
	r.frame = h
	for _, a := range r.above {
		aw, ah := a.span()
		w, h = max(w, aw+topoIndent), h+ah+topoGap
	}
	return w, h
}

func topoSpans(list []*topoRow) (w, h float64) {
	for _, r := range list {
		rw, rh := r.span()
		w, h = max(w, rw), h+rh+topoGap
	}
	return w, h
}

// put places a row and all that is drawn with it, and returns where that ends.
func (r *topoRow) put(x, y, right float64) float64 {
	r.x, r.y, r.w = x, y, right-x
	y += r.h
	for _, m := range r.members {
		y = m.put(x+topoGap, y, right-topoGap) + topoGap
	}
	for _, a := range r.above {
		y = a.put(x+topoIndent, y+topoGap, right)
	}
	return y
}

func (n *topoNode) headHeight() float64 { return n.head.height() + 12 }

// topoTower places a node and those that hang on it above each other, from zero,
// and returns their height.
func topoTower(n *topoNode) float64 {
	n.ports()
	east, west := 0.0, 0.0
	for _, k := range n.kids {
		h := topoTower(k)
		at := &east
		if k.column < n.column {
			at = &west
		}
		topoShift(k, *at)
		*at += h + topoApart
	}
	east, west = max(0, east-topoApart), max(0, west-topoApart)
	all := max(east, west)
	for _, k := range n.kids {
		if k.column < n.column {
			topoShift(k, (all-west)/2)
		} else {
			topoShift(k, (all-east)/2)
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
			topoShift(k, -n.y)
		}
		all -= n.y
		n.y = 0
	}
	return max(all, n.y+n.h)
}

// level is the height at which the lines to what hangs on a node are straight,
// as far as one height can be that for all; that of the middle where there are
// none.
func (n *topoNode) level(all float64) float64 {
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
func (n *topoNode) size() {
	w, h := topoSpans(n.tops)
	n.w = max(w, n.head.width(), n.foot.width()) + 2*topoPad
	n.h = n.headHeight() + h + n.foot.height() + 4
}

// arrange places the rows of a node inside of it.
func (n *topoNode) arrange() {
	y := n.headHeight()
	if n.bar != nil {
		ww, _ := topoSpans(n.west)
		if len(n.east) == 0 {
			ww = n.w - topoBar
		}
		for _, r := range n.west {
			r.put(0, r.y, ww)
		}
		for _, r := range n.east {
			r.put(ww+topoBar, r.y, n.w)
		}
		n.bar.x, n.bar.y, n.bar.w = ww, y, topoBar
		_, th := topoSpans(n.tops)
		n.bar.h = n.h - y - topoPad - th - n.foot.height()
		y = n.h - topoPad - th - n.foot.height() + topoGap
	}
	for _, r := range n.tops {
		y = r.put(topoPad, y, n.w-topoPad) + topoGap
	}
}

// topoShift moves a node and those that hang on it down.
func topoShift(n *topoNode, dy float64) {
	n.y += dy
	for _, k := range n.kids {
		topoShift(k, dy)
	}
}

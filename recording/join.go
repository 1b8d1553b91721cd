package recording

import (
	"cmp"
	"slices"

	"netverify/frame"
)

// joiner knows the adjacency of a recording's taps.
type joiner struct {
	rec  *Recording
	hops []Hop    // by hop number; hubs after the sides of all points
	in   [][]edge // by the hop that they lead to
	out  [][]edge // by the hop that they come from
	w    waiting  // of the frame that is being joined
}

type edge struct {
	n        int // index into the graph; for an edge to or from a hub, one number for all of the hub's
	from, to int // hop numbers
	routed   bool
	hub      bool // comes from a hub
	others   bool
}

// sides of a point: neither, where a foreign capture does not tell, in, out. The
// hop number is that of the point times these, and one more for each.
const sides = 3

func hopOf(o *Observation) int {
	side := o.Dir
	if side > frame.Out {
		side = 0
	}
	return sides*o.Point + int(side)
}

func newJoiner(g Graph, rec *Recording) *joiner {
	j := &joiner{rec: rec}
	number := make(map[Hop]int, sides*len(rec.Points))
	for i := range rec.Points {
		for _, d := range []frame.Direction{0, frame.In, frame.Out} {
			h := Hop{rec.Points[i].Name(), d}
			number[h] = len(j.hops)
			j.hops = append(j.hops, h)
		}
	}
	numberOf := func(h Hop) (int, bool) {
		n, ok := number[h]
		if !ok && h.IsHub() {
			n, ok = len(j.hops), true
			number[h] = n
			j.hops = append(j.hops, h)
		}
		return n, ok
	}
	var edges []edge
	for n, e := range g {
		from, ok1 := numberOf(e.From)
		to, ok2 := numberOf(e.To)
		if !ok1 || !ok2 {
			continue
		}
		x := edge{n: n, from: from, to: to, routed: e.Routed, hub: e.From.IsHub(), others: e.Others}
		if e.From.IsHub() {
			x.n = len(g) + from
		} else if e.To.IsHub() {
			x.n = len(g) + to
		}
		edges = append(edges, x)
	}
	j.in, j.out = make([][]edge, len(j.hops)), make([][]edge, len(j.hops))
	for _, e := range edges {
		j.in[e.to], j.out[e.from] = append(j.in[e.to], e), append(j.out[e.from], e)
	}
	return j
}

// waiting are the stops of one frame that may be followed over an edge.
type waiting struct {
	lanes map[lane][]int  // those at which the frame had one lifetime, oldest first
	views map[view]*spans // what a hop has left of a hub's lane
	went  map[passage]bool
	hops  []int // of the stops, by number
}

// lane is an edge of the graph, or a hub, together with a lifetime.
type lane int

func laneOf(e edge, lifetime int) lane { return lane(e.n<<9 | (lifetime + 1)) }

// view is one hop's own look at the lane of a hub, which many look at.
type view struct {
	lane lane
	hop  int
}

// passage says that a stop went on to a hop.
type passage struct{ stop, hop int }

// join finds for each observation of one frame the one that it came from: the
// latest earlier one at a hop next to it that did not go there already.
func (j *joiner) join(indexes []int) []JourneyStop {
	stops := make([]JourneyStop, 0, len(indexes))
	w := &j.w
	w.reset()
	for _, i := range j.inOrder(indexes) {
		o := &j.rec.Observations[i]
		hop, life := hopOf(o), lifetime(o)
		n := len(stops)
		stops = append(stops, JourneyStop{Observation: i, Hop: j.hops[hop], Parent: j.parent(hop, life), Root: n})
		w.hops = append(w.hops, hop)
		if p := stops[n].Parent; p >= 0 {
			stops[p].Next = append(stops[p].Next, n)
			stops[n].Root = stops[p].Root
			w.went[passage{p, hop}] = true
		}
		for _, e := range j.out[hop] {
			l := laneOf(e, life)
			w.lanes[l] = append(w.lanes[l], n)
		}
	}
	return stops
}

func (w *waiting) reset() {
	if w.lanes == nil || len(w.lanes) > manyLanes { // clearing takes as long as there once was something
		*w = waiting{lanes: map[lane][]int{}, views: map[view]*spans{}, went: map[passage]bool{}}
	}
	clear(w.lanes)
	clear(w.views)
	clear(w.went)
	w.hops = w.hops[:0]
}

const manyLanes = 256

func (j *joiner) parent(hop, life int) int {
	best := -1
	for _, e := range j.in[hop] {
		if !e.routed {
			best = max(best, j.w.last(e, life))
			continue
		}
		// A router takes one from the lifetime (RFC 1812 5.3.1, RFC 8200 3); one
		// that takes more is still the one that the packet came through.
		for more := life + 1; life >= 0 && more <= 255; more++ {
			if p := j.w.last(e, more); p >= 0 {
				best = max(best, p)
				break
			}
		}
	}
	return best
}

// last is the latest stop that waits for the edge and did not go where it leads
// yet, -1 if there is none. Those that did are forgotten: they never will again.
func (w *waiting) last(e edge, life int) int {
	l := laneOf(e, life)
	line := w.lanes[l]
	if len(line) == 0 {
		return -1
	}
	if e.hub {
		v := view{l, e.to}
		left := w.views[v]
		if left == nil {
			left = &spans{}
			w.views[v] = left
		}
		left.upTo(len(line))
		for n := left.last(); n >= 0; n = left.last() {
			if w.open(line[n], e) {
				return line[n]
			}
			left.drop()
		}
		return -1
	}
	for len(line) > 0 {
		top := line[len(line)-1]
		if w.open(top, e) {
			w.lanes[l] = line
			return top
		}
		line = line[:len(line)-1]
	}
	w.lanes[l] = line
	return -1
}

// open tells whether a stop may go where an edge leads.
func (w *waiting) open(stop int, e edge) bool {
	return !w.went[passage{stop, e.to}] && !(e.others && w.hops[stop]/sides == e.to/sides)
}

// spans are numbers from 0 on without those that were dropped from their end.
type spans struct {
	known int
	list  [][2]int // from and past the last, rising
}

// upTo adds the numbers that are new since it was called last.
func (s *spans) upTo(n int) {
	if n <= s.known {
		return
	}
	if k := len(s.list) - 1; k >= 0 && s.list[k][1] == s.known {
		s.list[k][1] = n
	} else {
		s.list = append(s.list, [2]int{s.known, n})
	}
	s.known = n
}

// last is the greatest number, -1 if there is none.
func (s *spans) last() int {
	if len(s.list) == 0 {
		return -1
	}
	return s.list[len(s.list)-1][1] - 1
}

// drop takes the greatest number away.
func (s *spans) drop() {
	k := len(s.list) - 1
	if s.list[k][1]--; s.list[k][0] == s.list[k][1] {
		s.list = s.list[:k]
	}
}

// lifetime is the TTL or hop limit that routers count down, -1 for frames that
// no router passes on.
func lifetime(o *Observation) int {
	switch d := o.Frame.Decode(); {
	case d.IPv4 != nil:
		return int(d.IPv4.TTL)
	case d.IPv6 != nil:
		return int(d.IPv6.HopLimit)
	}
	return -1
}

// inOrder sorts observations by the kernel's clock. Where several share a
// timestamp (a clone has that of its original) the order within a node is that
// of its tap, and between nodes that of adjacency: nothing depends on the
// order in which the taps of different nodes were read.
func (j *joiner) inOrder(indexes []int) []int {
	at := func(i int) int64 { return j.rec.Observations[i].At }
	sorted := slices.Clone(indexes)
	slices.SortStableFunc(sorted, func(a, b int) int { return cmp.Compare(at(a), at(b)) })
	for a := 0; a < len(sorted); {
		b := a + 1
		for b < len(sorted) && at(sorted[b]) == at(sorted[a]) {
			b++
		}
		if b-a > 1 {
			j.untie(sorted[a:b])
		}
		a = b
	}
	return sorted
}

// untie orders observations of one timestamp in place.
func (j *joiner) untie(run []int) {
	u := untier{j: j, left: make(map[int]int), here: make(map[[2]int]int), node: make(map[string]int)}
	for _, i := range run {
		u.add(i)
	}
	slices.SortFunc(u.queues, func(a, b *queue) int { return cmp.Compare(a.name, b.name) })
	for n := range run {
		run[n] = u.next()
	}
}

// untier holds the observations that are still to be placed.
type untier struct {
	j      *joiner
	left   map[int]int    // by hop, and by hub those at the hops that lead to it
	here   map[[2]int]int // the same by hub and node
	node   map[string]int // numbers of the nodes
	queues []*queue       // by name of the node; those that are empty are gone
}

// queue is what one node's tap saw, in its order.
type queue struct {
	name   string
	number int // of the node
	list   []int
}

func (u *untier) add(i int) {
	name := u.j.rec.Points[u.j.rec.Observations[i].Point].Node
	n, ok := u.node[name]
	if !ok {
		n = len(u.queues)
		u.node[name] = n
		u.queues = append(u.queues, &queue{name: name, number: n})
	}
	u.queues[n].list = append(u.queues[n].list, i)
	u.count(i, n, 1)
}

// count changes how many are left at the hop of an observation, and at its hubs.
func (u *untier) count(i, node, by int) {
	hop := hopOf(&u.j.rec.Observations[i])
	u.left[hop] += by
	for _, e := range u.j.out[hop] {
		if e.to >= sides*len(u.j.rec.Points) {
			u.left[e.to] += by
			u.here[[2]int{e.to, node}] += by
		}
	}
}

// next takes the oldest observation of the first node whose oldest cannot have
// come from one that is still to be placed; in a circle, of the first node.
func (u *untier) next() int {
	at := max(0, slices.IndexFunc(u.queues, u.free))
	q := u.queues[at]
	head := q.list[0]
	if q.list = q.list[1:]; len(q.list) == 0 {
		u.queues = slices.Delete(u.queues, at, at+1)
	}
	u.count(head, q.number, -1)
	return head
}

func (u *untier) free(q *queue) bool {
	for _, e := range u.j.in[hopOf(&u.j.rec.Observations[q.list[0]])] {
		switch {
		case e.hub:
			if u.left[e.from] != u.here[[2]int{e.from, q.number}] {
				return false
			}
		case u.j.rec.Points[e.from/sides].Node != q.name && u.left[e.from] != 0:
			return false
		}
	}
	return true
}

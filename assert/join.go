package assert

import (
	"cmp"
	"slices"

	"netverify/frame"
)

// joiner knows the adjacency of a recording's taps.
type joiner struct {
	rec  *frame.Recording
	hops []Hop    // by hop number
	in   [][]edge // by the hop that they lead to
	out  [][]edge // by the hop that they come from
	w    waiting  // of the frame that is being joined
}

type edge struct {
	n        int // index into the graph
	from, to int // hop numbers
	routed   bool
}

// sides of a point: neither, where a foreign capture does not tell, in, out. The
// hop number is that of the point times these, and one more for each.
const sides = 3

func hopOf(o *frame.Observation) int {
	side := o.Dir
	if side > frame.Out {
		side = 0
	}
	return sides*o.Point + int(side)
}

func newJoiner(g Graph, rec *frame.Recording) *joiner {
	j := &joiner{rec: rec, w: make(waiting)}
	number := make(map[Hop]int, sides*len(rec.Points))
	for i := range rec.Points {
		for _, d := range []frame.Direction{0, frame.In, frame.Out} {
			h := Hop{rec.Points[i].Name(), d}
			number[h] = len(j.hops)
			j.hops = append(j.hops, h)
		}
	}
	j.in, j.out = make([][]edge, len(j.hops)), make([][]edge, len(j.hops))
	for n, e := range g {
		from, ok1 := number[e.From]
		to, ok2 := number[e.To]
		if ok1 && ok2 {
			e := edge{n, from, to, e.Routed}
			j.in[to], j.out[from] = append(j.in[to], e), append(j.out[from], e)
		}
	}
	return j
}

// waiting are the stops that may be followed over an edge: those at which the
// frame had one lifetime, oldest first.
type waiting map[lane][]int

// lane is an edge of the graph together with a lifetime.
type lane int

func laneOf(e edge, lifetime int) lane { return lane(e.n<<9 | (lifetime + 1)) }

// join finds for each observation of one frame the one that it came from: the
// latest earlier one at a hop next to it that did not go there already.
func (j *joiner) join(indexes []int) []Stop {
	stops := make([]Stop, 0, len(indexes))
	w := j.w
	clear(w)
	for _, i := range j.inOrder(indexes) {
		o := &j.rec.Observations[i]
		hop, life := hopOf(o), lifetime(o)
		n := len(stops)
		stops = append(stops, Stop{Observation: i, Hop: j.hops[hop], Parent: j.parent(w, stops, hop, life), root: n})
		if p := stops[n].Parent; p >= 0 {
			stops[p].Next = append(stops[p].Next, n)
			stops[n].root = stops[p].root
		}
		for _, e := range j.out[hop] {
			l := laneOf(e, life)
			w[l] = append(w[l], n)
		}
	}
	return stops
}

func (j *joiner) parent(w waiting, stops []Stop, hop, life int) int {
	best := -1
	for _, e := range j.in[hop] {
		if !e.routed {
			best = max(best, w.last(laneOf(e, life), stops, j.hops[hop]))
			continue
		}
		// A router takes one from the lifetime (RFC 1812 5.3.1, RFC 8200 3); one
		// that takes more is still the one that the packet came through.
		for more := life + 1; life >= 0 && more <= 255; more++ {
			if p := w.last(laneOf(e, more), stops, j.hops[hop]); p >= 0 {
				best = max(best, p)
				break
			}
		}
	}
	return best
}

// last is the latest stop of a lane that did not go to the hop yet, -1 if
// there is none. Those that did are forgotten: they never will again.
func (w waiting) last(l lane, stops []Stop, to Hop) int {
	line := w[l]
	for len(line) > 0 {
		top := line[len(line)-1]
		if !slices.ContainsFunc(stops[top].Next, func(n int) bool { return stops[n].Hop == to }) {
			w[l] = line
			return top
		}
		line = line[:len(line)-1]
	}
	if w[l] != nil {
		w[l] = line
	}
	return -1
}

// lifetime is the TTL or hop limit that routers count down, -1 for frames that
// no router passes on.
func lifetime(o *frame.Observation) int {
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
	left := make(map[int]int)        // by hop: observations that are still to be placed
	queues := make(map[string][]int) // by node, in the order of its tap
	var nodes []string
	for _, i := range run {
		o := &j.rec.Observations[i]
		left[hopOf(o)]++
		node := j.rec.Points[o.Point].Node
		if queues[node] == nil {
			nodes = append(nodes, node)
		}
		queues[node] = append(queues[node], i)
	}
	slices.Sort(nodes)
	for n := range run {
		next := j.next(nodes, queues, left)
		head := queues[next][0]
		queues[next] = queues[next][1:]
		left[hopOf(&j.rec.Observations[head])]--
		run[n] = head
	}
}

// next is the first node whose oldest observation cannot have come from one
// that is still to be placed; in a circle, the first node that has any.
func (j *joiner) next(nodes []string, queues map[string][]int, left map[int]int) string {
	first := ""
	for _, node := range nodes {
		if len(queues[node]) == 0 {
			continue
		}
		if first == "" {
			first = node
		}
		hop := hopOf(&j.rec.Observations[queues[node][0]])
		free := true
		for _, e := range j.in[hop] {
			here := j.rec.Points[e.from/sides].Node == node
			free = free && (here || left[e.from] == 0)
		}
		if free {
			return node
		}
	}
	return first
}

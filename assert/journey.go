package assert

import (
	"strings"

	"netverify/frame"
)

// Journey is the way of one frame through the taps: a tree, because bridges
// and macvlan hand out clones.
type Journey struct {
	Key   string // frame.Frame.Key: equal wherever the same frame was seen
	Seq   int    // number in the tag of a marked frame
	Stops []Stop // in order of observation
}

// Stop is one observation of a journey.
type Stop struct {
	Observation int // index into Recording.Observations
	Hop         Hop
	Parent      int   // index into Journey.Stops of where the frame was just before; -1 where it appears out of nothing
	Next        []int // indexes into Journey.Stops
}

// Journeys joins observations into journeys, in order of first appearance.
// Only the observations at the given indexes are looked at.
func Journeys(g Graph, rec *frame.Recording, indexes []int) []Journey {
	type id struct {
		key string
		seq int
	}
	var order []id
	groups := make(map[id][]int)
	for _, i := range indexes {
		o := &rec.Observations[i]
		k := id{o.Frame.Key(), o.Seq}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], i)
	}
	edges := g.into()
	out := make([]Journey, 0, len(order))
	for _, k := range order {
		out = append(out, Journey{Key: k.key, Seq: k.seq, Stops: join(edges, rec, groups[k])})
	}
	return out
}

// into indexes a graph by where its edges end.
func (g Graph) into() map[Hop][]Edge {
	m := make(map[Hop][]Edge, len(g))
	for _, e := range g {
		m[e.To] = append(m[e.To], e)
	}
	return m
}

// join finds for each observation the one it came from: the latest earlier one
// at a hop next to it that did not go there already. Order: within a node as
// the tap saw it, between nodes by the kernel's clock, and where a clone shares
// its timestamp with the original, by adjacency.
func join(edges map[Hop][]Edge, rec *frame.Recording, indexes []int) []Stop {
	stops := make([]Stop, 0, len(indexes))
	for _, i := range indexes {
		o := &rec.Observations[i]
		hop := Hop{rec.Points[o.Point].Name(), o.Dir}
		stop := Stop{Observation: i, Hop: hop, Parent: parent(edges[hop], stops, hop, rec, o)}
		stops = append(stops, stop)
		if stop.Parent >= 0 {
			p := &stops[stop.Parent]
			p.Next = append(p.Next, len(stops)-1)
		}
	}
	return stops
}

func parent(edges []Edge, stops []Stop, hop Hop, rec *frame.Recording, o *frame.Observation) int {
	best := -1
	for j := range stops {
		p := &rec.Observations[stops[j].Observation]
		if p.At > o.At || wentTo(stops, j, hop) {
			continue
		}
		for _, e := range edges {
			if e.From == stops[j].Hop && rewritten(p, o) == e.Routed {
				best = j
			}
		}
	}
	return best
}

func wentTo(stops []Stop, j int, hop Hop) bool {
	for _, n := range stops[j].Next {
		if stops[n].Hop == hop {
			return true
		}
	}
	return false
}

// rewritten tells whether a router stood between two observations of one
// packet: it has lost some of its lifetime.
func rewritten(p, o *frame.Observation) bool {
	a, b := p.Frame.Decode(), o.Frame.Decode()
	switch {
	case a.IPv4 != nil && b.IPv4 != nil:
		return a.IPv4.TTL != b.IPv4.TTL
	case a.IPv6 != nil && b.IPv6 != nil:
		return a.IPv6.HopLimit != b.IPv6.HopLimit
	}
	return false
}

// Branches returns every way from where the frame first appeared to where it
// was seen last, as indexes into Stops.
func (j *Journey) Branches() [][]int {
	var out [][]int
	for i := range j.Stops {
		if len(j.Stops[i].Next) > 0 {
			continue
		}
		var branch []int
		for k := i; k >= 0; k = j.Stops[k].Parent {
			branch = append(branch, k)
		}
		for a, b := 0, len(branch)-1; a < b; a, b = a+1, b-1 {
			branch[a], branch[b] = branch[b], branch[a]
		}
		out = append(out, branch)
	}
	return out
}

// journeyOf renders the journey of the frame of one observation, a line a tap.
// Clones are indented below the stop that they left from.
func (s *scope) journeyOf(i int) []string {
	for _, j := range Journeys(s.c.Graph, s.rec, s.obs) {
		for _, stop := range j.Stops {
			if stop.Observation == i {
				return s.render(&j)
			}
		}
	}
	return []string{s.line(i)}
}

func (s *scope) render(j *Journey) []string {
	var lines []string
	var walk func(i, depth int)
	walk = func(i, depth int) {
		lines = append(lines, strings.Repeat("  ", depth)+s.line(j.Stops[i].Observation))
		next := j.Stops[i].Next
		if len(next) > 1 {
			depth++
		}
		for _, n := range next {
			walk(n, depth)
		}
	}
	for i := range j.Stops {
		if j.Stops[i].Parent < 0 {
			walk(i, 0)
		}
	}
	return lines
}

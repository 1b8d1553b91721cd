package recording

import (
	"slices"

	"netverify/frame"
)

// Journey is the way of one frame through the taps: a tree, because bridges
// and macvlan hand out clones. A frame that was sent again, identical to the
// last bit, grows a second tree.
type Journey struct {
	Key   string        // frame.Frame.Key: equal wherever the same frame was seen
	Seq   int           // number in the tag of a marked frame
	Stops []JourneyStop // in order of time, parents first
}

// JourneyStop is one observation of a journey.
type JourneyStop struct {
	Observation int // index into Recording.Observations
	Hop         Hop
	Parent      int   // index into Journey.Stops of where the frame was just before; -1 where it appears out of nothing
	Next        []int // indexes into Journey.Stops

	Root int // index into Journey.Stops of where its tree begins
}

// Journeys joins observations into journeys, in order of first appearance.
// Only the observations at the given indexes are looked at, which must exist.
func Journeys(g Graph, rec *Recording, indexes []int) []Journey {
	type id struct {
		key string
		seq int
	}
	var order []id
	groups := make(map[id][]int)
	keys := KeyCache{}
	for _, i := range indexes {
		o := &rec.Observations[i]
		k := id{keys.Of(o.Frame), o.Seq}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], i)
	}
	j := newJoiner(g, rec)
	out := make([]Journey, 0, len(order))
	for _, k := range order {
		out = append(out, Journey{Key: k.key, Seq: k.seq, Stops: j.join(groups[k])})
	}
	return out
}

// KeyCache spares the digest of frames that are equal to the last bit, as they
// are at most taps that one passes.
type KeyCache map[string]string

func (c KeyCache) Of(f frame.Frame) string {
	if f.CapLen() < f.Len() {
		return f.Key()
	}
	key, ok := c[string(f.Bytes())]
	if !ok {
		key = f.Key()
		c[string(f.Bytes())] = key
	}
	return key
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
		slices.Reverse(branch)
		out = append(out, branch)
	}
	return out
}

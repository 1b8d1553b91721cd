package foreign

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"netverify/assert"
	"netverify/frame"
)

// seen is a frame at its place.
type seen struct {
	frame.Observation
	number int // in its file
	hop    assert.Hop
}

// mostTied bounds the frames of one timestamp whose order is looked for.
const mostTied = 64

// inOrder sorts frames by time. Those of one timestamp are put into the order
// that the links of the lab leave: where a frame came from stands first.
func (c *compass) inOrder(list []seen) {
	slices.SortStableFunc(list, func(a, b seen) int { return cmp.Compare(a.At, b.At) })
	for from := 0; from < len(list); {
		to := from + 1
		for to < len(list) && list[to].At == list[from].At {
			to++
		}
		if n := to - from; n > 1 && n <= mostTied {
			c.untie(list[from:to])
		}
		from = to
	}
}

// untie orders frames of one timestamp in place: next is the first one that
// cannot have come from one that is still to be placed; in a circle, the first.
func (c *compass) untie(list []seen) {
	keys := make([]string, len(list))
	for i := range list {
		keys[i] = list[i].Frame.Key()
	}
	for n := range list {
		next := n
		for i := n; i < len(list); i++ {
			free := true
			for j := n; j < len(list) && free; j++ {
				free = j == i || keys[i] != keys[j] || !c.leads(list[j].hop, list[i].hop) || c.leads(list[i].hop, list[j].hop)
			}
			if free {
				next = i
				break
			}
		}
		s, k := list[next], keys[next]
		copy(list[n+1:next+1], list[n:next])
		copy(keys[n+1:next+1], keys[n:next])
		list[n], keys[n] = s, k
	}
}

// contradictions are the links over which a frame arrived before it had left.
// Only frames are compared that were seen once at either end, unchanged, and
// could have come over no other link: which sighting belongs to which is then
// certain. unit is the resolution of the times, ns.
func (c *compass) contradictions(g assert.Graph, list []seen, unit int64) (lines []string) {
	at := map[assert.Hop]map[string][]int{} // sightings by hop and bytes
	for i := range list {
		h, b := list[i].hop, string(list[i].Frame.Bytes())
		if at[h] == nil {
			at[h] = map[string][]int{}
		}
		at[h][b] = append(at[h][b], i)
	}
	for _, e := range g {
		if e.Routed || c.leads(e.To, e.From) || !c.onlyWay(e) {
			continue
		}
		if a, b := early(list, at[e.From], at[e.To], unit); a != nil {
			lines = append(lines, fmt.Sprintf("%s came to %s %s %v before it left %s %s", a.Frame.Summary(),
				e.To.Point, e.To.Dir, time.Duration(a.At-b.At), e.From.Point, e.From.Dir))
		}
	}
	return lines
}

// onlyWay tells whether nothing comes to the end of a link but over it.
func (c *compass) onlyWay(e assert.Edge) bool {
	for from, next := range c.next {
		if slices.Contains(next, e.To) && from != e.From {
			return false
		}
	}
	return true
}

// early finds a frame that arrived before it had left.
func early(list []seen, left, came map[string][]int, unit int64) (a, b *seen) {
	first := -1
	for bytes, i := range left {
		if k := came[bytes]; len(i) == 1 && len(k) == 1 && list[i[0]].At-list[k[0]].At > unit && (first < 0 || i[0] < first) {
			first = i[0]
			a, b = &list[i[0]], &list[k[0]]
		}
	}
	return a, b
}

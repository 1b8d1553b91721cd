package foreign

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"
	"time"

	"netverify/recording"
)

// seen is a frame at its place.
type seen struct {
	recording.Observation
	number int // in its file
	hop    recording.Hop
}

// mostTied bounds the frames of one timestamp whose order is looked for: there is a
// bit for each in a word.
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
	// What each still waits for: a bit for each that it may have come from.
	waits := make([]uint64, len(list))
	for i := range list {
		for j := range list {
			if i != j && keys[i] == keys[j] && c.leads(list[j].hop, list[i].hop) && !c.leads(list[i].hop, list[j].hop) {
				waits[i] |= 1 << j
			}
		}
	}
	old := slices.Clone(list)
	left := ^uint64(0) >> (64 - len(list))
	for n := range list {
		next := bits.TrailingZeros64(left)
		for rest := left; rest != 0; rest &= rest - 1 {
			if i := bits.TrailingZeros64(rest); waits[i]&left == 0 {
				next = i
				break
			}
		}
		left &^= 1 << next
		list[n] = old[next]
	}
}

// contradictions are the links over which a frame arrived before it had left.
// Only frames are compared that were seen once at either end, unchanged, and
// could have come over no other link: which sighting belongs to which is then
// certain. unit is the resolution of the times, ns.
func (c *compass) contradictions(g recording.Graph, list []seen, unit int64) (lines []string) {
	at := map[recording.Hop]map[int]sighting{} // by hop and number of the frame
	numbers := map[string]int{}                // of frames, by their bytes
	for i := range list {
		h, b := list[i].hop, list[i].Frame.Bytes()
		n, known := numbers[string(b)]
		if !known {
			n = len(numbers)
			numbers[string(b)] = n
		}
		if at[h] == nil {
			at[h] = map[int]sighting{}
		}
		_, again := at[h][n]
		at[h][n] = sighting{i, again}
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
func (c *compass) onlyWay(e recording.Edge) bool {
	for from, next := range c.next {
		if slices.Contains(next, e.To) && from != e.From {
			return false
		}
	}
	return true
}

// sighting is where in a list a frame was seen at a place.
type sighting struct {
	index int
	again bool // not only there
}

// early finds a frame that arrived before it had left.
func early(list []seen, left, came map[int]sighting, unit int64) (a, b *seen) {
	first := -1
	for n, l := range left {
		c, there := came[n]
		if there && !l.again && !c.again && list[l.index].At-list[c.index].At > unit && (first < 0 || l.index < first) {
			first = l.index
			a, b = &list[l.index], &list[c.index]
		}
	}
	return a, b
}

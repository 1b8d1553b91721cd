package scenarios

import (
	"slices"
	"strings"
)

// didYouMean returns `; did you mean "x"?` for the candidate nearest to what
// was written, or "" where none is near.
func didYouMean(written string, candidates []string) string {
	if best := nearest(written, candidates); best != "" {
		return `; did you mean "` + best + `"?`
	}
	return ""
}

// DidYouMean is the suggestion of this package's messages for other names that a
// user writes: `; did you mean "x"?`, or "" where no candidate is near.
func DidYouMean(written string, candidates []string) string { return didYouMean(written, candidates) }

// oneOf lists candidates after a suggestion, for sets small enough to be read.
func oneOf(written string, candidates []string) string {
	if s := didYouMean(written, candidates); s != "" {
		return s
	}
	if len(candidates) == 0 || len(candidates) > 24 {
		return ""
	}
	return "; known: " + strings.Join(candidates, ", ")
}

func nearest(written string, candidates []string) string {
	best, bestCost := "", 1+max(1, len(written)/3)
	for _, c := range candidates {
		cost := distance(strings.ToLower(written), strings.ToLower(c), bestCost)
		if cost < bestCost && cost < len(written) {
			best, bestCost = c, cost
		}
	}
	return best
}

// distance is the number of insertions, deletions, substitutions and swaps of
// neighbours that turn a into b (optimal string alignment), at most limit.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit || len(a) > 200 {
		return limit
	}
	prev2, prev, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(prev[j]+1, row[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], prev2[j-2]+1)
			}
		}
		prev2, prev, row = prev, row, prev2
	}
	return min(prev[len(b)], limit)
}

func keysOf[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

package foreign

import (
	"fmt"
	"slices"
	"strings"

	"netverify/assert"
)

// Lacks sums up which legs of a proof captures did not have, a line each, with
// the checks that stayed open for want of it; none where nothing did.
func Lacks(checks []assert.Check) (lines []string) {
	var legs []assert.Leg
	open := map[assert.Leg][]string{}
	for i := range checks {
		for _, l := range checks[i].Lacks {
			if open[l] == nil {
				legs = append(legs, l)
			}
			text := checks[i].Kind.String()
			if text = fmt.Sprintf("step %d %s", checks[i].Step+1, text); !slices.Contains(open[l], text) {
				open[l] = append(open[l], text)
			}
		}
	}
	slices.Sort(legs)
	for _, l := range legs {
		lines = append(lines, fmt.Sprintf("%s: %s (%s)", l, l.Meaning(), strings.Join(open[l], ", ")))
	}
	return lines
}

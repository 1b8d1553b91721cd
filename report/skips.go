package report

import (
	"cmp"
	"fmt"
	"strings"
)

// skipped are the scenarios that were skipped for one reason.
type skipped struct {
	reason  string
	kernels []string
	names   []string
}

// skipsOf lists what was skipped, each reason once. What lacks the same of
// the kernel has one reason, in whichever words the kernel refused.
func skipsOf(runs []Run) []skipped {
	var out []skipped
	index := map[string]int{}
	for _, run := range runs {
		for _, g := range group(run.Scenarios) {
			if g.outcome() != "skip" {
				continue
			}
			key := cmp.Or(g[0].Lacks, g[0].Reason)
			i, known := index[key]
			if !known {
				i = len(out)
				index[key], out = i, append(out, skipped{reason: g[0].Reason})
			}
			out[i].kernels = with1(out[i].kernels, name(run))
			out[i].names = with1(out[i].names, clean(g[0].Name))
		}
	}
	return out
}

// head is the reason with the number of scenarios, and the kernels where there
// are several.
func (s skipped) head(several bool) string {
	if several {
		return fmt.Sprintf("%s (%d on %s)", s.reason, len(s.names), strings.Join(s.kernels, ", "))
	}
	return fmt.Sprintf("%s (%d)", s.reason, len(s.names))
}

func countSkips(all []skipped) (n int) {
	for _, s := range all {
		n += len(s.names)
	}
	return n
}

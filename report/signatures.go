package report

import (
	"fmt"
	"slices"
	"strings"

	"netverify/internal/cells"
)

// States of a Signature.
const (
	Signed     = "signed"
	Verified   = "verified"
	Unverified = "unverified"
)

// signaturesOf sums up who has vouched for the evidence of a run: a line a key,
// then a line for each file that nobody has. None where nobody asked.
func signaturesOf(run Run) (lines []string) {
	type group struct{ state, key string }
	count := map[group]int{}
	var order []group
	for _, s := range run.Signatures {
		g := group{s.State, s.Key}
		if s.State == Unverified {
			continue
		}
		if count[g] == 0 {
			order = append(order, g)
		}
		count[g]++
	}
	slices.SortStableFunc(order, func(a, b group) int { return count[b] - count[a] })
	for _, g := range order {
		by := "signed by "
		if g.state == Verified {
			by = "verified: signed by "
		}
		lines = append(lines, fmt.Sprintf("%d of %d evidence files %s%s", count[g], len(run.Signatures), by, g.key))
	}
	for _, s := range run.Signatures {
		if s.State == Unverified {
			lines = append(lines, fmt.Sprintf("%s is NOT VERIFIED: %s", s.File, s.Reason))
		}
	}
	return lines
}

// signatures of the text report.
func (p *page) signatures(run Run) {
	lines := signaturesOf(run)
	for i, text := range lines {
		if p.large && i == mostTroubles {
			p.line(p.paint("error", fmt.Sprintf("and %d more lines on signatures", len(lines)-i)))
			return
		}
		for j, l := range cells.Wrap("signatures: "+text, p.width-2) {
			if l = strings.Repeat(" ", 2*min(j, 1)) + l; strings.Contains(text, "NOT VERIFIED") {
				l = p.paint("error", l)
			}
			p.line(l)
		}
	}
}

package report

import (
	"fmt"
	"slices"
)

// repetitions are the runs of one scenario.
type repetitions []Scenario

// group brings the repetitions of a scenario together, in the order of the
// first of each.
func group(all []Scenario) []repetitions {
	index := map[string]int{}
	var out []repetitions
	for _, s := range all {
		i, ok := index[s.Name]
		if !ok || s.Repeat == 0 {
			i = len(out)
			index[s.Name] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], s)
	}
	return out
}

func (g repetitions) summary() (sum Summary) {
	for _, s := range g {
		sum.add(s.Outcome)
	}
	return sum
}

func (g repetitions) outcome() string { return g.summary().worst() }

// bad is the first repetition with the outcome that the group goes by, unless
// that is a pass.
func (g repetitions) bad() (Scenario, bool) {
	o := g.outcome()
	if o == "pass" {
		return Scenario{}, false
	}
	for _, s := range g {
		if s.Outcome == o {
			return s, true
		}
	}
	return g[0], true
}

// took is the time of a single run, or the median of the repetitions.
func (g repetitions) took() string {
	all := make([]int64, len(g))
	for i, s := range g {
		all[i] = s.DurationNS
	}
	slices.Sort(all)
	t := duration(all[len(all)/2])
	if len(g) > 1 {
		return fmt.Sprintf("%d x %s", len(g), t)
	}
	return t
}

// sum is the time of all repetitions, in ns.
func (g repetitions) sum() (ns int64) {
	for _, s := range g {
		ns += s.DurationNS
	}
	return ns
}

// says of repetitions that do not agree how many did not pass, as well.
func (g repetitions) says() string {
	bad, _ := g.bad()
	if g.flaky() {
		return "flaky, " + g.disagreement() + ": " + says(bad)
	}
	return says(bad)
}

// flaky tells whether the repetitions do not agree.
func (g repetitions) flaky() bool { return g.summary().kinds() > 1 }

// disagreement is "3 of 50 fail, 1 of 50 inconclusive".
func (g repetitions) disagreement() string {
	return ofRuns(Repeat{Runs: len(g), Summary: g.summary()})
}

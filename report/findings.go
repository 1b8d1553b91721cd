package report

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// finding is a scenario that neither passed nor was skipped, on the kernels where
// the same of its checks did not pass.
type finding struct {
	run     Run // the first of them
	g       repetitions
	bad     Scenario
	kernels []string
}

// findingsOf lists what did not pass, in the order of the scenarios.
func findingsOf(runs []Run) []finding {
	var out []finding
	index := map[string]int{}
	for _, run := range runs {
		for _, g := range group(run.Scenarios) {
			bad, ok := g.bad()
			if !ok || g.outcome() == "skip" {
				continue
			}
			key := signature(g, bad)
			i, known := index[key]
			if !known {
				i = len(out)
				index[key], out = i, append(out, finding{run: run, g: g, bad: bad})
			}
			out[i].kernels = append(out[i].kernels, name(run))
		}
	}
	return out
}

// signature is the same where the same of a scenario's checks did not pass.
func signature(g repetitions, bad Scenario) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q %s", bad.Name, g.outcome())
	checks := 0
	for _, c := range bad.Checks {
		if c.Outcome != "pass" {
			checks++
			fmt.Fprintf(&b, " %d %s %q", c.StepIndex, c.Outcome, c.Text)
		}
	}
	if checks == 0 {
		fmt.Fprintf(&b, " %q", bad.Reason)
	}
	return b.String()
}

// cause is what several findings have in common.
type cause struct {
	findings []finding
	runs     int // findings times kernels
}

const (
	mostDetails = 10 // so many findings are told in full; of more, the first of each of the most common causes
	mostCauses  = 4
)

// causesOf groups findings by what went wrong, the most common first. It is nil
// where all findings can be told in full.
func causesOf(all []finding) []cause {
	if len(all) <= mostDetails {
		return nil
	}
	var out []cause
	index := map[string]int{}
	for _, f := range all {
		key := causeKey(f)
		i, known := index[key]
		if !known {
			i = len(out)
			index[key], out = i, append(out, cause{})
		}
		out[i].findings = append(out[i].findings, f)
		out[i].runs += len(f.kernels)
	}
	slices.SortStableFunc(out, func(a, b cause) int { return cmp.Compare(b.runs, a.runs) })
	return out
}

// toldOf are the findings that are told in full.
func toldOf(all []finding) []finding {
	causes := causesOf(all)
	if causes == nil {
		return all
	}
	var out []finding
	for _, c := range causes[:min(mostCauses, len(causes))] {
		out = append(out, c.findings[0])
	}
	return out
}

// particulars differ from scenario to scenario where the cause is one.
var particulars = regexp.MustCompile(`(?i)[0-9a-f]{2}(:[0-9a-f]{2}){5}|[0-9a-f]*(:[0-9a-f]*){2,}|[\w.@-]+:[\w.-]+|#?[0-9]+(\.[0-9]+)*|"[^"]*"`)

// causeKey is a reason without its particulars: of an error what the kernel said,
// of the rest the beginning.
func causeKey(f finding) string {
	text := brief(says(f.bad))
	switch f.g.outcome() {
	case "fail", "inconclusive":
		text, _, _ = strings.Cut(text, ";")
	default:
		text = text[strings.LastIndex(text, ": ")+1:]
	}
	return f.g.outcome() + " " + particulars.ReplaceAllString(text, "N")
}

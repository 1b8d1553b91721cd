package report

import (
	"fmt"
	"strings"
)

// skips lists what the kernel cannot do, each reason once.
func (p *page) skips(run Run) {
	var reasons []string
	names := map[string][]string{}
	for _, g := range group(run.Scenarios) {
		if g.outcome() != "skip" {
			continue
		}
		r := g[0].Reason
		if names[r] == nil {
			reasons = append(reasons, r)
		}
		names[r] = append(names[r], clean(g[0].Name))
	}
	if len(reasons) == 0 {
		return
	}
	p.line("")
	p.line(p.paint("skip", "skipped, for this kernel cannot do it:"))
	for _, r := range reasons {
		for i, l := range wrap(fmt.Sprintf("%s (%d)", r, len(names[r])), p.width-4) {
			p.line(strings.Repeat(" ", 2+2*min(i, 1)) + l)
		}
		for _, l := range wrap(strings.Join(names[r], " "), p.width-4) {
			p.line("    " + l)
		}
	}
}

// flaky lists the scenarios whose repetitions do not agree.
func (p *page) flaky(run Run) {
	head := false
	for _, r := range run.Repeats {
		if !r.Flaky {
			continue
		}
		if !head {
			p.line("")
			p.line(p.paint("fail", "flaky, for the repetitions do not agree:"))
			head = true
		}
		p.line(fmt.Sprintf("  %s: %s", clean(r.Name), ofRuns(r)))
	}
}

// ofRuns is "3 of 50 fail, 1 of 50 inconclusive".
func ofRuns(r Repeat) string {
	var out []string
	for _, c := range r.Summary.counts() {
		if c.word != "pass" && c.n > 0 {
			out = append(out, fmt.Sprintf("%d of %d %s", c.n, r.Runs, c.word))
		}
	}
	return strings.Join(out, ", ")
}

type count struct {
	word string
	n    int
}

// counts are the five outcomes in the order of reports.
func (s Summary) counts() []count {
	return []count{{"pass", s.Pass}, {"fail", s.Fail}, {"inconclusive", s.Inconclusive}, {"skip", s.Skip}, {"error", s.Error}}
}

// last sums the run up.
func (p *page) last(run Run, scenarios int) {
	p.line("")
	for _, t := range run.Trouble {
		for i, l := range wrap("trouble: "+t, p.width-2) {
			p.line(strings.Repeat(" ", 2*min(i, 1)) + p.paint("error", l))
		}
	}
	total := run.Summary.Total()
	switch {
	case total == 0:
		p.line(p.paint("error", "NOTHING WAS RUN"))
	case total == run.Summary.Skip:
		p.line(p.paint("error", "NOTHING WAS VERIFIED: every scenario was skipped"))
	}
	what := fmt.Sprintf("%d scenarios", scenarios)
	if scenarios == 1 {
		what = "1 scenario"
	}
	if total > scenarios {
		what = fmt.Sprintf("%s, %d runs", what, total)
	}
	var parts []string
	for _, c := range run.Summary.counts() {
		part := fmt.Sprintf("%d %s", c.n, c.word)
		if c.n > 0 {
			part = p.paint(c.word, part)
		}
		parts = append(parts, part)
	}
	p.line(what + ": " + strings.Join(parts, ", "))
	where := duration(run.DurationNS)
	if run.Kernel.Release != "" {
		where += ", Linux " + clean(run.Kernel.Release)
	}
	if run.Evidence != "" {
		where += ", evidence in " + strings.TrimSuffix(quote(run.Evidence), "/") + "/"
	}
	p.line(where)
}

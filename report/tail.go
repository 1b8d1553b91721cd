package report

import (
	"fmt"
	"slices"
	"strings"

	"netverify/internal/cells"
)

// Of many scenarios so many reasons of skips, flaky scenarios and troubles are told.
const (
	mostReasons  = 2
	mostFlaky    = 2
	mostTroubles = 3
)

// skips lists what was skipped, each reason once, with the kernels where there
// are several.
func (p *page) skips(runs ...Run) {
	all := skipsOf(runs)
	if len(all) == 0 {
		return
	}
	p.line("")
	p.line(p.paint("skip", "skipped:"))
	most := mostReasons
	if len(runs) == 1 { // with room for more
		most *= 3
	}
	for i, s := range all {
		if p.large {
			if i == most {
				p.line(fmt.Sprintf("  and %d for other reasons", countSkips(all[i:])))
				break
			}
			p.line("  " + cells.Cut(brief(s.head(len(runs) > 1)), p.width-2))
			p.line("    " + listed(s.names, p.width-4))
			continue
		}
		for i, l := range cells.Wrap(s.head(len(runs) > 1), p.width-4) {
			p.line(strings.Repeat(" ", 2+2*min(i, 1)) + l)
		}
		for _, l := range cells.Wrap(strings.Join(s.names, " "), p.width-4) {
			p.line("    " + l)
		}
	}
	for _, run := range runs {
		if run.Hint != "" {
			p.line("  to run them in a guest: " + clean(run.Hint))
			return
		}
	}
}

// with1 is list with text in it once.
func with1(list []string, text string) []string {
	if slices.Contains(list, text) {
		return list
	}
	return append(list, text)
}

// flaky lists the scenarios whose repetitions do not agree.
func (p *page) flaky(runs ...Run) {
	var told []string
	for _, run := range runs {
		for _, r := range run.Repeats {
			if !r.Flaky {
				continue
			}
			where := ""
			if len(runs) > 1 {
				where = " on " + name(run)
			}
			told = append(told, fmt.Sprintf("  %s%s: %s", clean(r.Name), where, ofRuns(r)))
		}
	}
	if len(told) == 0 {
		return
	}
	p.line("")
	p.line(p.paint("fail", "flaky, for the repetitions do not agree:"))
	for i, line := range told {
		if p.large && i == mostFlaky && len(told) > mostFlaky+1 {
			p.line(fmt.Sprintf("  and %d more", len(told)-i))
			return
		}
		p.line(line)
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
	p.troubles([]Run{run}, func(Run) string { return "" })
	total := run.Summary.Total()
	switch {
	case total == 0:
		p.line(p.paint("error", "NOTHING WAS RUN"))
	case total == run.Summary.Skip:
		p.line(p.paint("error", "NOTHING WAS VERIFIED: every scenario was skipped"))
	}
	p.line(p.counts(run, scenarios))
	p.line(p.where(run))
	p.signatures(run)
}

// inAll sums up what is told in several parts.
func (p *page) inAll(rep Report) {
	if len(rep.Runs) < 2 {
		return
	}
	var all Run
	for _, run := range rep.Runs {
		all.Scenarios = append(all.Scenarios, run.Scenarios...)
	}
	for _, s := range all.Scenarios {
		all.Summary.add(s.Outcome)
	}
	p.line("")
	p.line("in all " + p.counts(all, len(group(all.Scenarios))))
}

// troubles are what kept runs from being whole, each headed by whose it is.
func (p *page) troubles(runs []Run, whose func(Run) string) {
	n := 0
	for _, run := range runs {
		for _, t := range run.Trouble {
			if n++; p.large && n > mostTroubles {
				continue
			}
			lines := cells.Wrap(whose(run)+"trouble: "+t, p.width-2)
			if p.large && len(runs) > 1 {
				lines = []string{cells.Cut(clean(whose(run)+"trouble: "+t), p.width)}
			}
			for i, l := range lines {
				p.line(strings.Repeat(" ", 2*min(i, 1)) + p.paint("error", l))
			}
		}
	}
	if p.large && n > mostTroubles {
		p.line(p.paint("error", fmt.Sprintf("and %d more troubles", n-mostTroubles)))
	}
}

// counts is "4 scenarios: 3 pass, 1 fail, ...".
func (p *page) counts(run Run, scenarios int) string {
	what := fmt.Sprintf("%d scenarios", scenarios)
	if scenarios == 1 {
		what = "1 scenario"
	}
	if total := run.Summary.Total(); total > scenarios {
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
	return what + ": " + strings.Join(parts, ", ")
}

// where is the time, the kernel, and where the evidence is.
func (p *page) where(run Run) string {
	where := duration(run.DurationNS)
	if n := len(run.Sessions); n > 1 {
		where += fmt.Sprintf(" in %d runs", n)
	}
	if run.Kernel.Release != "" {
		where += ", Linux " + clean(run.Kernel.Release)
	}
	if run.Kernel.Where == "qemu" {
		where += " in QEMU"
		if run.Kernel.Accel != "" {
			where += " (" + strings.ToUpper(run.Kernel.Accel) + ")"
		}
	}
	if run.Evidence != "" {
		where += ", evidence in " + strings.TrimSuffix(quote(run.Evidence), "/") + "/"
	}
	return where
}

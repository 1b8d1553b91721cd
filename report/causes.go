package report

import (
	"fmt"
	"path"
	"strings"

	"netverify/internal/cells"
)

// causes sums up findings that are too many to be told one by one: a page of them
// would hide what they have in common.
func (p *page) causes(all []finding) {
	causes := causesOf(all)
	if causes == nil {
		return
	}
	p.gap()
	p.line(p.paint("fail", fmt.Sprintf("%d scenarios did not pass; by cause, the most common first:", countNames(all))))
	rest := 0
	for i, c := range causes {
		if i >= mostCauses {
			rest += c.runs
			continue
		}
		first := c.findings[0]
		head := fmt.Sprintf("  %s %s: ", cells.Pad(fmt.Sprintf("%dx", c.runs), 5), first.g.outcome())
		p.line(head + cells.Cut(brief(says(first.bad)), p.width-cells.Count(head)))
		p.line(strings.Repeat(" ", 8) + listed(namesOf(c.findings), p.width-8))
	}
	if rest > 0 {
		p.line(fmt.Sprintf("  %s of %d more causes", cells.Pad(fmt.Sprintf("%dx", rest), 5), len(causes)-mostCauses))
	}
	p.line("  all of it is in the " + p.elsewhere())
}

// elsewhere is where all is told that has no room here: in the reports that were
// written, or in those that can still be made from the evidence.
func (p *page) elsewhere() string {
	if len(p.files) > 0 {
		return "report: " + strings.Join(p.files, ", ")
	}
	if p.dir == "" {
		return "files that --report writes"
	}
	return "report: netverify report " + quote(p.dir) + " --report report.html"
}

// evidenceOf is the folder below which all evidence of a report is; "" where
// there is none.
func evidenceOf(rep Report) string {
	dir := ""
	for i, run := range rep.Runs {
		switch {
		case run.Evidence == "":
			return ""
		case i == 0 || run.Evidence == dir:
			dir = run.Evidence
		case path.Dir(run.Evidence) == path.Dir(dir):
			return path.Dir(dir)
		default:
			return ""
		}
	}
	return dir
}

func countNames(all []finding) int {
	names := map[string]bool{}
	for _, f := range all {
		names[f.bad.Name] = true
	}
	return len(names)
}

// namesOf are the scenarios of findings, each once.
func namesOf(all []finding) (out []string) {
	for _, f := range all {
		out = with1(out, clean(f.bad.Name))
	}
	return out
}

// listed is as much of a list as fits into so many cells, and the number of the rest.
func listed(list []string, n int) string {
	out := strings.Join(list, " ")
	if cells.Count(out) <= n {
		return out
	}
	out = ""
	for i, one := range list {
		rest := fmt.Sprintf(" and %d more", len(list)-1-i)
		if i == len(list)-1 {
			rest = ""
		}
		next := strings.TrimPrefix(out+" "+one, " ")
		if cells.Count(next+rest) > n {
			if i == 0 {
				return cells.Cut(next, n-cells.Count(rest)) + rest
			}
			return out + fmt.Sprintf(" and %d more", len(list)-i)
		}
		out = next
	}
	return out
}

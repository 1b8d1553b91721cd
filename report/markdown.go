package report

import (
	"fmt"
	"io"
	"strings"

	"netverify/internal/cells"
)

// mostMarkdown is how long a summary may be, in bytes: GitHub takes 1 MiB for each
// step, and none of it where there is more (docs.github.com, "Adding a job
// summary"). What else a step writes there has some room.
const mostMarkdown = 1<<20 - 16<<10

// mostOfDetail is how much of that one scenario may take, in bytes.
const mostOfDetail = 32 << 10

// Markdown writes the report as a page of GitHub's dialect (GFM), for the summary
// of a CI job: each kernel in a row, scenario by kernel what did not pass, the
// details of that folded, and the skips by reason. Of what has no room a notice
// tells the number. The error is the writer's.
func Markdown(w io.Writer, rep Report, _ Options) error {
	m := &markdown{}
	m.add("## netverify: " + headline(rep) + "\n")
	m.kernels(rep)
	m.table(rep)
	m.details(rep)
	m.skips(rep)
	if m.left > 0 {
		fmt.Fprintf(&m.b, "\n**Cut here**: %d more parts have no room in a summary (%d KiB); the other reports have all of it.\n", m.left, mostMarkdown>>10)
	}
	_, err := io.WriteString(w, m.b.String())
	return err
}

// markdown collects the parts of a page until it is full.
type markdown struct {
	b    strings.Builder
	left int // parts that had no room
}

func (m *markdown) add(part string) {
	if m.b.Len()+len(part) > mostMarkdown {
		m.left++
		return
	}
	m.b.WriteString(part)
}

// headline is the verdict in a few words.
func headline(rep Report) string {
	var all []Scenario
	unshown := 0
	for _, run := range rep.Runs {
		all = append(all, run.Scenarios...)
		unshown += len(unwhole(run))
	}
	var sum Summary
	for _, s := range all {
		sum.add(s.Outcome)
	}
	switch {
	case sum.Total() == 0:
		return "nothing was run"
	case sum.Fail > 0:
		return fmt.Sprintf("%d of %d failed", sum.Fail, sum.Total())
	case sum.Error+sum.Inconclusive > 0:
		return fmt.Sprintf("nothing failed, %d of %d could not be shown", sum.Error+sum.Inconclusive, sum.Total())
	case unshown > 0:
		return "nothing failed, the run is not whole"
	case sum.Pass == 0:
		return "nothing was verified, all was skipped"
	case sum.Skip > 0:
		return fmt.Sprintf("%d passed, %d skipped", sum.Pass, sum.Skip)
	}
	return fmt.Sprintf("all %d passed", sum.Pass)
}

// kernels is a row for each kernel, and what kept its run from being whole.
func (m *markdown) kernels(rep Report) {
	if len(rep.Runs) == 0 {
		return
	}
	m.add("\n| kernel | pass | fail | inconclusive | skip | error | time |\n|---|--:|--:|--:|--:|--:|--:|\n")
	for _, run := range rep.Runs {
		row := "| " + cell(code(name(run)))
		if r := clean(run.Kernel.Release); r != "" && r != name(run) {
			row += " " + cell(escape(r))
		}
		for _, c := range run.Summary.counts() {
			n := fmt.Sprint(c.n)
			if c.n > 0 && c.word != "pass" && c.word != "skip" {
				n = "**" + n + "**"
			}
			row += " | " + n
		}
		m.add(row + " | " + duration(run.DurationNS) + " |\n")
	}
	for _, run := range rep.Runs {
		for i, text := range signaturesOf(run) {
			part := "- signatures on " + code(name(run)) + ": " + escape(cells.Cut(clean(text), 4*briefly)) + "\n"
			if i == 0 {
				part = "\n" + part
			}
			m.add(part)
		}
		for i, text := range unwhole(run) {
			part := "- **trouble** on " + code(name(run)) + ": " + escape(cells.Cut(clean(text), 4*briefly)) + "\n"
			if i == 0 {
				part = "\n" + part
			}
			m.add(part)
		}
	}
}

// table is scenario by kernel, of what neither passed nor was skipped on one of them.
func (m *markdown) table(rep Report) {
	var order []string
	cells := map[string][]string{}
	bad := map[string]bool{}
	for i, run := range rep.Runs {
		for _, g := range group(run.Scenarios) {
			n := g[0].Name
			if cells[n] == nil {
				order, cells[n] = append(order, n), make([]string, len(rep.Runs))
			}
			cells[n][i] = g.outcome()
			if o := g.outcome(); o != "pass" && o != "skip" {
				bad[n], cells[n][i] = true, "**"+o+"**"
			}
			if g.flaky() {
				bad[n] = true
				cells[n][i] += " (flaky: " + g.disagreement() + ")"
			}
		}
	}
	if len(bad) == 0 {
		return
	}
	head, rule := "\n| did not pass |", "|---|"
	for _, run := range rep.Runs {
		head, rule = head+" "+cell(code(name(run)))+" |", rule+"---|"
	}
	m.add(head + "\n" + rule + "\n")
	for _, n := range order {
		if !bad[n] {
			continue
		}
		row := "| " + cell(code(n)) + " |"
		for _, c := range cells[n] {
			row += " " + c + " |"
		}
		m.add(row + "\n")
	}
}

// details are the scenarios that did not pass, failures first.
func (m *markdown) details(rep Report) {
	for _, outcome := range []string{"fail", "error", "inconclusive"} {
		for _, run := range rep.Runs {
			for _, g := range group(run.Scenarios) {
				if bad, ok := g.bad(); ok && g.outcome() == outcome {
					m.add(detailsOf(run, g, bad))
				}
			}
		}
	}
}

func detailsOf(run Run, g repetitions, bad Scenario) string {
	text := cutBytes(detailText(run, bad), mostOfDetail)
	return fmt.Sprintf("\n<details><summary>%s: <code>%s</code> on <code>%s</code>: %s</summary>\n\nRule: %s\n\n%s</details>\n",
		g.outcome(), entities(cells.Cut(clean(g[0].Name), briefly)), entities(name(run)), entities(brief(g.says())),
		escape(cells.Cut(clean(bad.Title), 4*briefly)), fenced(text))
}

func (m *markdown) skips(rep Report) {
	for _, s := range skipsOf(rep.Runs) {
		var names []string
		for _, n := range s.names {
			names = append(names, code(n))
		}
		m.add(fmt.Sprintf("\n<details><summary>skipped: %s</summary>\n\nScenarios: %s\n</details>\n", entities(brief(s.head(len(rep.Runs) > 1))), strings.Join(names, " ")))
	}
}

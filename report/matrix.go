package report

import (
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
)

// mostRows is how many scenarios a matrix lists one by one. Of more than these
// it lists the ones that did not pass everywhere.
const mostRows = 40

// compared tells whether kernels ran the same scenarios: then the report is one
// of scenario by kernel. Runs that share none are parts of one.
func compared(rep Report) bool {
	first := map[string]int{}
	for i, run := range rep.Runs {
		for _, s := range run.Scenarios {
			if n, seen := first[s.Name]; seen && n != i {
				return true
			}
			first[s.Name] = i
		}
	}
	return false
}

// matrix tells of each kernel what did not pass there, then scenario by kernel,
// then each kernel in a line.
func (p *page) matrix(rep Report) {
	for _, run := range rep.Runs {
		p.failures(run)
	}
	p.cells(rep)
	p.skips(rep.Runs...)
	for _, run := range rep.Runs {
		p.flaky(run)
	}
	p.line("")
	for _, run := range rep.Runs {
		p.trouble(run, name(run)+": ")
	}
	for _, run := range rep.Runs {
		p.line(name(run))
		p.line("  " + p.counts(run, len(group(run.Scenarios))))
		p.line("  " + p.where(run))
	}
}

// name is what the columns and paragraphs of a kernel are headed with.
func name(run Run) string {
	if run.Kernel.Name != "" {
		return clean(run.Kernel.Name)
	}
	return clean(run.Kernel.Release)
}

// failures are the scenarios of one kernel that neither passed nor were skipped.
func (p *page) failures(run Run) {
	head := false
	for _, g := range group(run.Scenarios) {
		bad, ok := g.bad()
		if !ok || g.outcome() == "skip" {
			continue
		}
		if !head {
			p.line(p.paint(g.outcome(), name(run)+":"))
			head = true
		}
		p.row(g, columns(clean(g[0].Name)))
		p.detail(run, bad)
	}
	if head {
		p.line("")
	}
}

// cells is the table of scenario by kernel.
func (p *page) cells(rep Report) {
	var order []string
	outcomes := map[string]map[int]string{}
	for i, run := range rep.Runs {
		for _, g := range group(run.Scenarios) {
			n := clean(g[0].Name)
			if outcomes[n] == nil {
				order, outcomes[n] = append(order, n), map[int]string{}
			}
			outcomes[n][i] = g.outcome()
		}
	}
	var rows []table.Row
	alike := 0
	for _, n := range order {
		if len(order) > mostRows && passedEverywhere(outcomes[n], len(rep.Runs)) {
			alike++
			continue
		}
		rows = append(rows, p.cellsOf(n, outcomes[n], len(rep.Runs)))
	}
	if len(rows) > 0 {
		p.table(rep.Runs, rows)
	}
	if alike > 0 {
		p.line(p.paint("pass", fmt.Sprintf("%d of %d scenarios pass on each of these %d kernels", alike, len(order), len(rep.Runs))))
	}
}

func passedEverywhere(outcomes map[int]string, kernels int) bool {
	for i := range kernels {
		if outcomes[i] != "pass" {
			return false
		}
	}
	return true
}

// cellsOf is one row. What did not run on a kernel has a dash there.
func (p *page) cellsOf(name string, outcomes map[int]string, kernels int) table.Row {
	row := table.Row{name}
	for i := range kernels {
		word := outcomes[i]
		if word == "" {
			word = "-"
		}
		row = append(row, p.paint(word, word))
	}
	return row
}

// table heads the columns with the kernels' names where that fits, else with
// numbers, which are told beside the names.
func (p *page) table(runs []Run, rows []table.Row) {
	for _, numbered := range []bool{false, true} {
		head := table.Row{""}
		for i, run := range runs {
			label := name(run)
			if numbered {
				label = fmt.Sprintf("[%d]", i+1)
			}
			head = append(head, label)
		}
		lines := strings.Split(drawn(head, rows), "\n")
		if !numbered && columns(lines[0]) > p.width {
			continue
		}
		for i, run := range runs {
			if numbered {
				p.line(fmt.Sprintf("[%d] %s", i+1, name(run)))
			}
		}
		for _, l := range lines {
			p.line(l)
		}
		return
	}
}

func drawn(head table.Row, rows []table.Row) string {
	t := table.NewWriter()
	t.SetStyle(table.StyleDefault)
	t.Style().Options = table.OptionsNoBordersAndSeparators
	t.Style().Box.PaddingLeft, t.Style().Box.PaddingRight = "", "  "
	t.Style().Format.Header = 0 // as it is
	t.AppendHeader(head)
	t.AppendRows(rows)
	return t.Render()
}

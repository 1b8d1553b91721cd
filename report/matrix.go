package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"netverify/internal/cells"

	"github.com/jedib0t/go-pretty/v6/table"
)

const (
	mostRows   = 40 // so many scenarios are listed one by one
	mostOfMany = 4  // of more than these, so many that did not pass everywhere
)

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
	all := findingsOf(rep.Runs)
	for _, f := range toldOf(all) {
		p.row(f.g, cells.Count(clean(f.g[0].Name)))
		p.line("  on " + strings.Join(f.kernels, ", "))
		p.detail(f.run, f.bad)
		p.line("")
	}
	p.causes(all)
	p.gap()
	numbered := p.cells(rep)
	p.skips(rep.Runs...)
	p.flaky(rep.Runs...)
	p.line("")
	p.troubles(rep.Runs, func(run Run) string { return name(run) + ": " })
	for i, run := range rep.Runs {
		head := name(run)
		if numbered {
			head = fmt.Sprintf("[%d] %s", i+1, head)
		}
		p.line(head + ": " + p.counts(run, len(group(run.Scenarios))))
		p.line("  " + p.where(run))
		p.signatures(run)
	}
}

// name is what the columns and paragraphs of a kernel are headed with.
func name(run Run) string {
	if run.Kernel.Name != "" {
		return clean(run.Kernel.Name)
	}
	return clean(run.Kernel.Release)
}

// cells is the table of scenario by kernel. It tells whether the kernels are
// numbered there.
func (p *page) cells(rep Report) (numbered bool) {
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
	shown, alike, rest := order, 0, 0
	if p.large {
		shown = slices.DeleteFunc(slices.Clone(order), func(n string) bool { return !notable(outcomes[n], len(rep.Runs)) })
		// What kernels do not agree about is what a table is for.
		slices.SortStableFunc(shown, func(a, b string) int {
			return cmp.Compare(len(distinct(outcomes[a])), len(distinct(outcomes[b]))) * -1
		})
		rest = len(shown) - min(len(shown), mostOfMany)
		shown = shown[:len(shown)-rest]
	}
	var rows []table.Row
	for _, n := range shown {
		rows = append(rows, p.cellsOf(n, outcomes[n], len(rep.Runs)))
	}
	for _, n := range order {
		if passedEverywhere(outcomes[n], len(rep.Runs)) {
			alike++
		}
	}
	if len(rows) > 0 {
		numbered = p.table(rep.Runs, rows)
	}
	if rest > 0 {
		p.line(fmt.Sprintf("and %d more scenarios that did not pass everywhere", rest))
	}
	if p.large && alike > 0 {
		p.line(p.paint("pass", fmt.Sprintf("%d of %d scenarios pass on each of these %d kernels", alike, len(order), len(rep.Runs))))
	}
	return numbered
}

// notable is what belongs into the table of many: what did not pass somewhere,
// unless it was but skipped there, for the skips are told by reason.
func notable(outcomes map[int]string, kernels int) bool {
	for i := range kernels {
		if o := outcomes[i]; o != "pass" && o != "skip" {
			return true
		}
	}
	return false
}

func distinct(outcomes map[int]string) map[string]bool {
	out := map[string]bool{}
	for _, o := range outcomes {
		out[o] = true
	}
	return out
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
// numbers, which stand before the names below.
func (p *page) table(runs []Run, rows []table.Row) (numbered bool) {
	head, numbers := table.Row{""}, table.Row{""}
	for i, run := range runs {
		head, numbers = append(head, name(run)), append(numbers, fmt.Sprintf("[%d]", i+1))
	}
	lines := strings.Split(drawn(head, rows), "\n")
	if numbered = cells.Count(lines[0]) > p.width; numbered {
		lines = strings.Split(drawn(numbers, rows), "\n")
	}
	for _, l := range lines {
		p.line(l)
	}
	return numbered
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

package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"netverify/internal/cells"
)

// Options are what a renderer must know of its surroundings; each looks at its own.
type Options struct {
	Width int  // columns; taken as at least 80 and at most 200
	Color bool // mark outcomes with ANSI colours (ECMA-48 SGR)

	// Path is where a scenario's file is in the repository that annotations are
	// for; "" where it is in none. nil: annotations name no file.
	Path func(Scenario) string

	Files []string // the reports that are written besides: a text that leaves something out says where it is

	// Recordings reads the evidence for the formats that show frames. nil: there
	// is none to be shown.
	Recordings Recordings
}

// Text writes the report for a reader at a terminal: a line for a scenario
// that passed; for any other the step, what was expected, what was seen, the
// frame's journey, its number in the evidence and the command that opens it;
// skips grouped by reason; a last line that sums up. Where several kernels ran
// the same scenarios, what passed is told in a table of scenario by kernel. Lines are broken to the
// width, except for names and commands, which must survive being copied.
//
// Of many scenarios ([mostRows]) the passed ones are told topic by topic, and of
// many that did not pass ([mostDetails]) those of the most common causes, so that
// what stands at the end fits a screen. The error is the writer's.
func Text(w io.Writer, rep Report, opt Options) error {
	p := &page{width: min(max(opt.Width, 80), 200), color: opt.Color, files: opt.Files, dir: evidenceOf(rep)}
	for _, run := range rep.Runs {
		p.large = p.large || len(group(run.Scenarios)) > mostRows
	}
	switch {
	case len(rep.Runs) == 0:
		p.line(p.paint("error", "NOTHING WAS RUN"))
	case compared(rep):
		p.matrix(rep)
	default:
		for i, run := range rep.Runs {
			if i > 0 {
				p.line("")
			}
			p.run(run)
		}
		p.inAll(rep)
	}
	_, err := io.WriteString(w, p.b.String())
	return err
}

// page collects the lines of a text.
type page struct {
	b     strings.Builder
	width int
	color bool
	large bool     // of so many scenarios that not each has a line
	files []string // Options.Files
	dir   string   // of all evidence
}

func (p *page) line(s string) {
	p.b.WriteString(strings.TrimRight(s, " "))
	p.b.WriteByte('\n')
}

// gap separates what follows from what stands above, if anything does.
func (p *page) gap() {
	if s := p.b.String(); s != "" && !strings.HasSuffix(s, "\n\n") {
		p.line("")
	}
}

// field writes a label and its text, the continuation lines below the text.
func (p *page) field(indent int, label, text string) {
	const labelWidth = 10
	head := strings.Repeat(" ", indent) + cells.Pad(label, labelWidth)
	for _, l := range cells.Wrap(text, p.width-indent-labelWidth) {
		p.line(head + l)
		head = strings.Repeat(" ", indent+labelWidth)
	}
}

// colours of outcomes: SGR parameters.
var colours = map[string]string{
	"pass": "32", "fail": "1;31", "inconclusive": "33", "skip": "36", "error": "35",
}

func (p *page) paint(outcome, s string) string {
	c, ok := colours[outcome]
	if !p.color || !ok {
		return s
	}
	return "\x1b[" + c + "m" + s + "\x1b[0m"
}

func (p *page) run(run Run) {
	if run.Because != "" {
		for _, l := range cells.Wrap(run.Because, p.width) {
			p.line(l)
		}
		p.line("")
	}
	groups := group(run.Scenarios)
	names := 0
	for _, g := range groups {
		if g.outcome() != "skip" && !p.large {
			names = max(names, cells.Count(clean(g[0].Name)))
		}
	}
	all := findingsOf([]Run{run})
	told := map[string]bool{}
	for _, f := range toldOf(all) {
		told[f.bad.Name] = true
	}
	if p.large {
		p.topics(groups)
	}
	for _, g := range groups {
		bad, notPassed := g.bad()
		if g.outcome() == "skip" || p.large && !told[g[0].Name] {
			continue
		}
		p.row(g, min(names, p.width/2))
		if notPassed && told[g[0].Name] {
			p.detail(run, bad)
		}
	}
	p.causes(all)
	p.skips(run)
	p.flaky(run)
	p.last(run, len(groups))
}

// row is the line of one scenario.
func (p *page) row(g repetitions, nameWidth int) {
	const outcomeWidth = len("inconclusive")
	o, took := g.outcome(), g.took()
	name := cells.Pad(clean(g[0].Name), nameWidth)
	room := p.width - outcomeWidth - 2 - cells.Count(name) - 2 - 2 - cells.Count(took)
	middle := "  "
	if room >= 8 {
		middle = "  " + cells.Pad(cells.Cut(clean(g[0].Title), room), room) + "  "
	}
	p.line(p.paint(o, cells.Pad(o, outcomeWidth)) + "  " + name + middle + took)
}

// duration is a time to three digits at most: "0.42 ms", "12 ms", "3.1 s".
func duration(ns int64) string {
	d := time.Duration(ns)
	switch ms := float64(d) / float64(time.Millisecond); {
	case ms < 9.995:
		return fmt.Sprintf("%.2f ms", ms)
	case ms < 999.5:
		return fmt.Sprintf("%.0f ms", ms)
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}

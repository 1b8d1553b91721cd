package report

import (
	"fmt"
	"slices"
	"strings"

	"netverify/recording"
)

// Recordings reads one file of a run's evidence; its name is relative to the
// run's evidence_dir.
type Recordings func(run *Run, file string) (*recording.Recording, error)

// document is the page as its templates see it.
type document struct {
	Assets   assetsOf
	Title    string
	Total    Summary // of all results
	Columns  []column
	Topics   []topic
	Troubled []*section // did not pass somewhere, and were not skipped either
	Sections []*section
	Compared bool // there are several kernels to compare

	blocks []block
}

// column is one run: a kernel.
type column struct {
	Run   *Run
	Index int
	Label string // different from every other column's
	Slow  *instance
}

// topic is the part of the matrix with the scenarios of one folder.
type topic struct {
	Name string
	Rows []*section
}

// section is one scenario in all its runs.
type section struct {
	ID       string
	Name     string
	Topic    string
	Rest     string // Name without Topic
	Title    string
	Verifies []string
	Cells    []matrixCell // one a column
	Variants []*variant
	Order    int // place in the report
}

// matrixCell is what came of a scenario in one column.
type matrixCell struct {
	Column    *column
	Instances []*instance // none: it was not run there
	Outcome   string      // of all repetitions
	Shown     *instance   // the one that shows Outcome
	Passed    int
	Took      int64 // ns, the median of the repetitions
}

// instance is one result.
type instance struct {
	ID       string
	Label    string // the kernel, and the number of the repetition
	Scenario *Scenario
	Column   *column
	Block    string // id of its data; "" where there is none
	pack     *pack
}

// variant are the results of a scenario that say the same.
type variant struct {
	Outcome   string
	Reason    string
	Instances []*instance
	Steps     []stepChecks
	Bad       []htmlCheck
}

// Bad tells whether it must be looked at.
func (c matrixCell) Bad() bool { return bad(c.Outcome) }

func bad(outcome string) bool { return outcome != "pass" && outcome != "skip" && outcome != "" }

func newDocument(rep Report, recordings Recordings) (*document, error) {
	d := &document{Assets: assetsOf{}.load(), Compared: len(rep.Runs) > 1}
	d.columns(rep)
	d.sections()
	if err := d.evidence(recordings); err != nil {
		return nil, err
	}
	for _, s := range d.Sections {
		s.variants()
		if s.Bad() {
			d.Troubled = append(d.Troubled, s)
		}
	}
	d.Title = title(d)
	return d, nil
}

func title(d *document) string {
	what := "all pass"
	switch {
	case len(d.Sections) == 0:
		what = "nothing was run"
	case len(d.Troubled) > 0:
		what = plural(len(d.Troubled), "scenario needs", "scenarios need") + " a look"
	case d.Total.Pass == 0:
		what = "all skipped"
	case d.Total.Skip > 0:
		what = "none failed"
	}
	return "netverify: " + what
}

func (d *document) columns(rep Report) {
	used := map[string]int{}
	for i := range rep.Runs {
		label := rep.Runs[i].Kernel.Name
		if label == "" {
			label = rep.Runs[i].Kernel.Release
		}
		if used[label]++; used[label] > 1 {
			label = fmt.Sprintf("%s (%d)", label, used[label])
		}
		d.Columns = append(d.Columns, column{Run: &rep.Runs[i], Index: i, Label: label})
	}
}

// sections brings the results of a scenario together, in the order in which
// scenarios first occur.
func (d *document) sections() {
	by := map[string]*section{}
	for i := range d.Columns {
		c := &d.Columns[i]
		for k := range c.Run.Scenarios {
			s := &c.Run.Scenarios[k]
			sec := by[s.Name]
			if sec == nil {
				sec = newSection(s, len(d.Columns), len(d.Sections))
				by[s.Name] = sec
				d.Sections = append(d.Sections, sec)
			}
			in := sec.Cells[i].add(s, c)
			d.Total.add(s.Outcome)
			if c.Slow == nil || s.DurationNS > c.Slow.Scenario.DurationNS {
				c.Slow = in
			}
		}
	}
	where := map[string]int{}
	for _, s := range d.Sections {
		for i := range s.Cells {
			s.Cells[i].close()
		}
		n, ok := where[s.Topic]
		if !ok {
			n = len(d.Topics)
			where[s.Topic] = n
			d.Topics = append(d.Topics, topic{Name: s.Topic})
		}
		d.Topics[n].Rows = append(d.Topics[n].Rows, s)
	}
}

func newSection(s *Scenario, columns, order int) *section {
	dir, rest, ok := strings.Cut(s.Name, "/")
	if !ok {
		dir, rest = "", s.Name
	}
	return &section{
		ID: fragment(s.Name, "/:"), Name: s.Name, Topic: dir, Rest: rest, Title: s.Title, Verifies: s.Verifies,
		Cells: make([]matrixCell, columns), Order: order,
	}
}

func (c *matrixCell) add(s *Scenario, col *column) *instance {
	in := &instance{ID: fragment(s.Name, "/:") + "@" + fragment(col.Label, ":"), Label: col.Label, Scenario: s, Column: col}
	if n := len(c.Instances); s.Repeat > 0 || n > 0 {
		in.ID += fmt.Sprintf("~%d", n+1)
		in.Label += fmt.Sprintf(", repetition %d", n+1)
	}
	c.Column, c.Instances = col, append(c.Instances, in)
	return in
}

func (c *matrixCell) close() {
	var sum Summary
	var took []int64
	for _, in := range c.Instances {
		sum.add(in.Scenario.Outcome)
		took = append(took, in.Scenario.DurationNS)
	}
	if len(took) == 0 {
		return
	}
	slices.Sort(took)
	c.Outcome, c.Passed, c.Took, c.Shown = sum.worst(), sum.Pass, took[len(took)/2], c.Instances[0]
	for _, in := range c.Instances {
		if known(in.Scenario.Outcome) == c.Outcome {
			c.Shown = in
			break
		}
	}
}

// known is an outcome that exists: anything else shows nothing.
func known(outcome string) string {
	switch outcome {
	case "pass", "fail", "inconclusive", "skip":
		return outcome
	}
	return "error"
}

// Differs tells whether the kernels that ran the scenario do not agree.
func (s *section) Differs() bool {
	one := ""
	for _, c := range s.Cells {
		if c.Outcome == "" {
			continue
		}
		if one != "" && c.Outcome != one {
			return true
		}
		one = c.Outcome
	}
	return false
}

// Outcomes are those of the columns, for the program to filter by.
func (s *section) Outcomes() string {
	var out []string
	for _, c := range s.Cells {
		out = append(out, c.Outcome)
	}
	return strings.Join(out, " ")
}

// Longest is the longest time that it took anywhere, in ns.
func (s *section) Longest() int64 {
	var most int64
	for _, c := range s.Cells {
		most = max(most, c.Took)
	}
	return most
}

// Outcome is the result's, as a word that exists.
func (in *instance) Outcome() string { return known(in.Scenario.Outcome) }

// Bad tells whether the scenario must be looked at.
func (s *section) Bad() bool { return slices.ContainsFunc(s.Cells, matrixCell.Bad) }

// Width is the number of columns of the matrix, names included.
func (d *document) Width() int { return 1 + len(d.Columns) }

// outcomeCount is an outcome and how many scenarios have it somewhere.
type outcomeCount struct {
	Outcome string
	Count   int
}

// Outcomes counts the scenarios by outcome, the worst first.
func (d *document) Outcomes() []outcomeCount {
	var out []outcomeCount
	for _, o := range []string{"fail", "error", "inconclusive", "skip", "pass"} {
		c := outcomeCount{Outcome: o}
		for _, s := range d.Sections {
			if slices.ContainsFunc(s.Cells, func(c matrixCell) bool { return c.Outcome == o }) {
				c.Count++
			}
		}
		out = append(out, c)
	}
	return out
}

// Signatures says who has vouched for the evidence of the kernel.
func (c column) Signatures() []string { return signaturesOf(*c.Run) }

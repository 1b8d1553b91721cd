package report

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
)

// stepChecks are the checks of one step.
type stepChecks struct {
	Index  int // from 0
	Name   string
	Checks []htmlCheck
}

// htmlCheck is a check as a page shows it.
type htmlCheck struct {
	Check
	Number  int    // in the scenario, from 1
	Fence   string // how long the proof of an absence took
	Frames  []sight
	More    int // deciding frames that are not among Frames
	Way     []stop
	Outcome string
}

// stop is a line of a journey.
type stop struct {
	Depth int
	Frame int // number in the evidence; 0 where the line names none
	Text  string
}

// sight is a frame of the evidence in a line.
type sight struct {
	Number int
	Where  string // "sw:p1 in"
	Text   string

	frame int // index into the pack's Bytes
}

// Bad tells whether the check must be looked at.
func (c htmlCheck) Bad() bool { return bad(c.Outcome) }

// Seen heads the reason of a check.
func (c htmlCheck) Seen() string {
	if l, ok := labels[c.Outcome]; ok {
		return l
	}
	return c.Outcome
}

// mostSights is how many deciding frames are told without the program.
const mostSights = 6

// variants brings the results that say the same together.
func (s *section) variants() {
	by := map[string]*variant{}
	for _, c := range s.Cells {
		for _, in := range c.Instances {
			key := in.says()
			v := by[key]
			if v == nil {
				v = newVariant(in)
				by[key] = v
				s.Variants = append(s.Variants, v)
			}
			v.Instances = append(v.Instances, in)
		}
	}
	for _, v := range s.Variants {
		v.fences()
	}
}

// says is all of a result that a page tells of its verdict.
func (in *instance) says() string {
	var b strings.Builder
	s := in.Scenario
	fmt.Fprintf(&b, "%q %q %q %q", s.Outcome, s.Reason, s.Lacks, s.Trouble)
	for i, c := range s.Checks {
		fmt.Fprintf(&b, "\n%d %q %q %q %q %d %q %q %q %q", c.StepIndex, c.Step, c.Kind, c.Text, c.Filter, c.Line, c.Outcome, c.Reason, c.Quiet, c.Journey)
		if bad(known(c.Outcome)) {
			fmt.Fprintf(&b, " %v", in.deciding(i))
		}
	}
	return b.String()
}

func newVariant(in *instance) *variant {
	v := &variant{Outcome: known(in.Scenario.Outcome), Reason: in.Scenario.Reason}
	for i, c := range in.Scenario.Checks {
		h := htmlCheck{Check: c, Number: i + 1, Outcome: known(c.Outcome), Way: way(c.Journey)}
		if h.Bad() {
			h.Frames = in.deciding(i)
			h.More = len(c.Evidence) - len(h.Frames)
			v.Bad = append(v.Bad, h)
		}
		if n := len(v.Steps); n == 0 || v.Steps[n-1].Index != c.StepIndex {
			v.Steps = append(v.Steps, stepChecks{Index: c.StepIndex, Name: c.Step})
		}
		last := &v.Steps[len(v.Steps)-1]
		last.Checks = append(last.Checks, h)
	}
	return v
}

// deciding are the first frames that decided a check, from the evidence or, for
// want of that, by their numbers.
func (in *instance) deciding(check int) []sight {
	var out []sight
	for _, f := range in.Scenario.Checks[check].Evidence {
		if len(out) == mostSights {
			break
		}
		s := sight{Number: f.Frame}
		if f.Frame > 0 && f.Frame <= len(in.pack.sights) {
			s = in.pack.sights[f.Frame-1]
			s.Text = in.pack.line(s.frame)
		}
		out = append(out, s)
	}
	return out
}

// fences tells of each check how long the proof took in the results of the
// variant.
func (v *variant) fences() {
	for i := range v.Steps {
		for k := range v.Steps[i].Checks {
			c := &v.Steps[i].Checks[k]
			least, most := int64(0), int64(0)
			for _, in := range v.Instances {
				ns := in.Scenario.Checks[c.Number-1].FenceNS
				if ns > 0 && (least == 0 || ns < least) {
					least = ns
				}
				most = max(most, ns)
			}
			switch {
			case most == 0:
			case duration(least) == duration(most):
				c.Fence = duration(most)
			default:
				c.Fence = duration(least) + " to " + duration(most)
			}
		}
	}
}

// Told tells whether the reason of the result is that of one of its checks,
// which is shown anyway.
func (v *variant) Told() bool {
	for _, c := range v.Bad {
		if c.Reason != "" && strings.HasSuffix(v.Reason, c.Reason) {
			return true
		}
	}
	return v.Reason == ""
}

// way reads the lines of a journey: how deep a clone stands below the stop that
// it left from, and the number of the frame.
func way(lines []string) []stop {
	var out []stop
	for _, l := range lines {
		text := strings.TrimLeft(l, " ")
		s := stop{Depth: (len(l) - len(text)) / 2, Text: text}
		if rest, ok := strings.CutPrefix(text, "#"); ok {
			number, _, _ := strings.Cut(rest, " ")
			if n, err := strconv.Atoi(number); err == nil && n > 0 {
				s.Frame, s.Text = n, strings.TrimSpace(rest[len(number):])
			}
		}
		out = append(out, s)
	}
	return out
}

// Link leads to a check of the first result of a variant.
func (v *variant) Link(number int) template.URL {
	return template.URL(fmt.Sprintf("#%s/c%d", v.Instances[0].ID, number))
}

// FrameLink leads to a frame of the first result of a variant.
func (v *variant) FrameLink(number int) template.URL {
	return template.URL(fmt.Sprintf("#%s/f%d", v.Instances[0].ID, number))
}

// Number1 is the step's number, from 1.
func (c htmlCheck) Number1() int { return c.StepIndex + 1 }

// Number is the step's number, from 1.
func (s stepChecks) Number() int { return s.Index + 1 }

// Indent is how deep a stop is drawn: what is deeper is drawn no deeper.
func (s stop) Indent() int { return min(s.Depth, 6) }

// Troubling tells whether the variant must be looked at.
func (v *variant) Troubling() bool { return bad(v.Outcome) }

// First is the first check that must be looked at; nil if there is none.
func (v *variant) First() *htmlCheck {
	if len(v.Bad) == 0 {
		return nil
	}
	return &v.Bad[0]
}

// mostWhere is how many results of a variant are named.
const mostWhere = 8

// Further is the number of results that are not named.
func (v *variant) Further() int { return max(0, len(v.Instances)-mostWhere) }

// Names are the results of the variant in words.
func (v *variant) Names() string {
	var names []string
	for _, in := range v.Instances[:min(len(v.Instances), mostWhere)] {
		names = append(names, in.Label)
	}
	if n := v.Further(); n > 0 {
		names = append(names, fmt.Sprintf("%d more", n))
	}
	return strings.Join(names, ", ")
}

// Blocks are the ids of the results' data.
func (v *variant) Blocks() string {
	var ids []string
	for _, in := range v.Instances {
		ids = append(ids, in.Block)
	}
	return strings.Join(ids, " ")
}

// Count is the number of checks.
func (v *variant) Count() int {
	n := 0
	for _, s := range v.Steps {
		n += len(s.Checks)
	}
	return n
}

// Trouble is what kept the evidence of the first result from being written.
func (v *variant) Trouble() string { return v.Instances[0].Scenario.Trouble }

// checkOf is a check together with the variant that it is told in.
type checkOf struct {
	Variant *variant
	Check   htmlCheck
}

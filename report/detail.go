package report

import (
	"fmt"
	"path"
	"strings"

	"netverify/internal/cells"
)

// mostChecks is how many checks of one scenario are told in full; one cause
// often breaks many, and the JSON has them all.
const mostChecks = 5

// detail tells why a scenario did not pass.
func (p *page) detail(run Run, s Scenario) {
	if s.Repeat > 0 {
		p.line(fmt.Sprintf("  repetition %d:", s.Repeat))
	}
	told := s.Reason == ""
	shown, more := 0, 0
	for _, c := range s.Checks {
		if c.Outcome == "pass" || c.Outcome == "skip" {
			continue
		}
		told = told || c.Reason != "" && strings.HasSuffix(s.Reason, c.Reason)
		if shown == mostChecks {
			more++
			continue
		}
		shown++
		p.check(run, s, c)
	}
	if more > 0 {
		p.line(fmt.Sprintf("  and %d more checks that did not pass, in the %s", more, p.elsewhere()))
	}
	if !told {
		p.field(4, "because", s.Reason)
	}
}

// labels tell what the reason of a check is about.
var labels = map[string]string{"fail": "seen", "inconclusive": "missing", "error": "trouble"}

func (p *page) check(run Run, s Scenario, c Check) {
	head := fmt.Sprintf("step %d: %s", c.StepIndex+1, c.Step)
	if c.Line > 0 {
		head += fmt.Sprintf(" (line %d)", c.Line)
	}
	for i, l := range cells.Wrap(head, p.width-4) {
		p.line(strings.Repeat(" ", 2+2*min(i, 1)) + l)
	}
	p.field(4, "expected", c.Text)
	if c.Reason != "" {
		label, ok := labels[c.Outcome]
		if !ok {
			label = clean(c.Outcome)
		}
		p.field(4, label, c.Reason)
	}
	label := "journey"
	for _, stop := range c.Journey {
		p.field(4, label, stop)
		label = ""
	}
	p.evidence(run, s, c)
}

// evidence names the frames that decided and how to look at them.
func (p *page) evidence(run Run, s Scenario, c Check) {
	file := capture(s.Evidence)
	if len(c.Evidence) == 0 {
		if file != "" {
			p.undecided(c, quote(path.Join(run.Evidence, file)))
		}
		return
	}
	first := c.Evidence[0]
	text := "frame " + numbers(c.Evidence)
	if first.File == "" {
		p.field(4, "evidence", text+" (no evidence was kept)")
		return
	}
	name := path.Join(run.Evidence, first.File)
	p.field(4, "evidence", text)
	p.line(fmt.Sprintf("              tshark -r %s -Y 'frame.number==%d' -V", quote(name), first.Frame))
	p.line(fmt.Sprintf("              wireshark -r %s -g %d", quote(name), first.Frame))
}

// undecided tells where to look if no frame decided: what the check's filter
// selects, at whichever interface.
func (p *page) undecided(c Check, file string) {
	text, command := "no single frame decided; ", "tshark -r "+file
	if len(c.Journey) > 0 {
		text += "#N above is the number of a frame; "
	}
	if c.Filter == "" {
		text += "all that was seen:"
	} else {
		text += "what its filter selects, at any interface:"
		command += " -Y " + quote(c.Filter)
	}
	p.field(4, "evidence", text)
	p.line(strings.Repeat(" ", 14) + command)
}

// numbers lists the first frames by number; those of another file than the
// first with its name.
func numbers(frames []Frame) string {
	const most = 8
	var out []string
	for i, f := range frames {
		if i == most {
			out = append(out, fmt.Sprintf("and %d more", len(frames)-most))
			break
		}
		text := fmt.Sprint(f.Frame)
		if f.File != frames[0].File {
			text += " of " + f.File
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

// quote makes a file name one word of sh(1), and never an option.
func quote(name string) string {
	name = clean(name)
	if strings.HasPrefix(name, "-") {
		name = "./" + name
	}
	plain := func(r rune) bool {
		return r < 128 && !strings.ContainsRune("/._-+,:@%", r) &&
			(r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}
	if name != "" && !strings.ContainsFunc(name, plain) {
		return name
	}
	return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
}

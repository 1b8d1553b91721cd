package report

import (
	"fmt"
	"io"
	"strings"

	"netverify/internal/cells"
)

// KTAP writes the report as the kernel's own test results
// (Documentation/dev-tools/ktap.rst, version 1): a test for each kernel, in it one
// for each scenario, in that one for each check; of a repeated scenario one for
// each repetition between. Each level has its version line and its plan, and the
// "# Subtest:" line that KUnit writes. What is told of a test stands before its
// result line.
//
// A skip is "ok # SKIP reason"; what is inconclusive or could not be run is "not
// ok # ERROR reason". No other directive is used: what fails is not expected to.
// The error is the writer's.
func KTAP(w io.Writer, rep Report, _ Options) error {
	top := ktapTest{}
	for _, run := range rep.Runs {
		top.tests = append(top.tests, ktapOfRun(run))
	}
	if len(rep.Runs) == 0 {
		top.tests = []ktapTest{ktapOfRun(Run{Kernel: Kernel{Name: "netverify"}})}
	}
	var b strings.Builder
	top.writeBelow(&b, "")
	_, err := io.WriteString(w, b.String())
	return err
}

// ktapTest is one test with those that it consists of.
type ktapTest struct {
	name   string
	bad    bool
	after  string   // what stands behind " # " in the result line
	about  []string // diagnostic lines
	tests  []ktapTest
	header string // of the "# Subtest:" line; "" for none
}

func (t *ktapTest) writeBelow(b *strings.Builder, indent string) {
	fmt.Fprintf(b, "%sKTAP version 1\n", indent)
	if t.header != "" {
		fmt.Fprintf(b, "%s# Subtest: %s\n", indent, t.header)
	}
	fmt.Fprintf(b, "%s1..%d\n", indent, len(t.tests))
	for i, one := range t.tests {
		one.write(b, indent, i+1)
	}
}

func (t *ktapTest) write(b *strings.Builder, indent string, number int) {
	if len(t.tests) > 0 {
		t.writeBelow(b, indent+"  ")
	}
	for _, line := range t.about {
		b.WriteString(indent + strings.TrimRight("# "+line, " ") + "\n")
	}
	result := "ok"
	if t.bad {
		result = "not ok"
	}
	fmt.Fprintf(b, "%s%s %d %s", indent, result, number, t.name)
	if t.after != "" {
		b.WriteString(" # " + t.after)
	}
	b.WriteByte('\n')
}

// newKTAP is a test with its outcome. A test is as bad as what it consists of.
func newKTAP(name, outcome, reason string, tests ...ktapTest) ktapTest {
	t := ktapTest{name: ktapName(name), tests: tests, header: ktapName(name)}
	switch outcome {
	case "pass":
	case "fail":
		t.bad = true
	case "skip":
		t.after = "SKIP " + ktapData(reason)
	case "inconclusive":
		t.bad, t.after = true, "ERROR inconclusive: "+ktapData(reason)
	default:
		t.bad, t.after = true, "ERROR "+ktapData(reason)
	}
	for _, sub := range tests {
		if sub.bad && !t.bad {
			t.bad, t.after = true, ""
		}
		if sub.name == t.name {
			t.header = "" // kunit_parser.py would take that test's result for this one's
		}
	}
	t.after = strings.TrimRight(t.after, " ")
	return t
}

func ktapOfRun(run Run) ktapTest {
	var tests []ktapTest
	var sum Summary
	for _, g := range group(run.Scenarios) {
		tests = append(tests, ktapOfGroup(run, g))
		sum.add(g.outcome())
	}
	outcome, reason := sum.worst(), ""
	unwhole := unwhole(run)
	for _, text := range unwhole { // kunit.py counts only what has no parts
		whole := newKTAP(runIsWhole, "error", text)
		whole.tell("trouble: ", text)
		tests = append(tests, whole)
	}
	switch {
	case outcome == "fail":
	case len(unwhole) > 0:
		outcome, reason = "error", unwhole[0]
	case outcome == "skip":
		reason = "every scenario was skipped"
	case outcome != "pass":
		reason = fmt.Sprintf("%d inconclusive, %d error", sum.Inconclusive, sum.Error)
		outcome = "error"
	}
	t := newKTAP(name(run), outcome, reason, tests...)
	t.tell("", run.Because)
	p := &page{width: detailWidth}
	t.tell("", p.counts(run, len(tests)-len(unwhole)))
	t.tell("", p.where(run))
	for _, text := range signaturesOf(run) {
		t.tell("signatures: ", text)
	}
	t.tell("to run what was skipped: ", run.Hint)
	return t
}

func ktapOfGroup(run Run, g repetitions) ktapTest {
	if len(g) == 1 {
		return ktapOfScenario(run, g[0].Name, g[0])
	}
	var tests []ktapTest
	for _, s := range g {
		tests = append(tests, ktapOfScenario(run, fmt.Sprintf("repetition %d", s.Repeat), s))
	}
	bad, _ := g.bad()
	t := newKTAP(g[0].Name, g.outcome(), says(bad), tests...)
	if g.flaky() {
		t.after = strings.TrimPrefix(t.after+"; flaky: "+g.disagreement(), "; ")
	}
	return t
}

func ktapOfScenario(run Run, name string, s Scenario) ktapTest {
	var tests []ktapTest
	for _, c := range s.Checks {
		tests = append(tests, ktapOfCheck(run, s, c))
	}
	t := newKTAP(name, s.Outcome, says(s), tests...)
	if s.Outcome != "pass" {
		t.tell("", s.Title)
	}
	if s.Outcome != "pass" && s.Outcome != "skip" {
		t.tell("because: ", s.Reason)
	}
	return t
}

func ktapOfCheck(run Run, s Scenario, c Check) ktapTest {
	what := fmt.Sprintf("step %d: %s", c.StepIndex+1, c.Text)
	t := newKTAP(cells.Cut(clean(what), briefly), c.Outcome, c.Reason)
	if c.Outcome == "pass" || c.Outcome == "skip" {
		return t
	}
	p := &page{width: detailWidth}
	p.check(run, s, c)
	t.about = strings.Split(strings.TrimRight(p.b.String(), "\n"), "\n")
	return t
}

// tell adds diagnostic lines. Those that continue one are indented: none of them
// can look like a "# Subtest:" line.
func (t *ktapTest) tell(label, text string) {
	if text == "" {
		return
	}
	for i, line := range cells.Wrap(label+text, detailWidth) {
		t.about = append(t.about, strings.Repeat("  ", min(i, 1))+ktapSubtest.Replace(line))
	}
}

var ktapSubtest = strings.NewReplacer("Subtest:", "subtest:")

// ktapName is a description: "any string of words (can't include #)". One must
// be there, or kunit_parser.py does not know the line.
func ktapName(s string) string {
	s = strings.TrimSpace(strings.ReplaceAll(clean(s), "#", `\x23`))
	if s == "" {
		return "unnamed"
	}
	return s
}

// ktapData is what may follow a directive: in one line, and without what looks
// like the beginning of another.
func ktapData(s string) string {
	return strings.TrimSpace(strings.ReplaceAll(brief(s), "# ", `\x23 `))
}

package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// JUnit writes the report as the XML of Maven's Surefire and of Jenkins' plugins
// (junit-10.xsd of xunit-plugin), which GitLab and GitHub's actions read as well:
// a testsuite for each kernel, a testcase for each scenario. The class of a case
// is "kernel.topic", for GitLab takes what has the same class and name for the
// same test, and Jenkins what stands before the last dot for a package.
//
// "inconclusive" is an error of that type: a leg of the proof is missing, so
// nothing passed. What kept a run from being whole is a case of its own, or the
// file would look better than the exit status. Repetitions are one case: of those
// that do not agree each one that did not pass is a flakyFailure or flakyError,
// beside the failure itself, for a verdict is not mended by running it again; of
// those that agree the others are rerunFailure or rerunError.
//
// The error is the writer's.
func JUnit(w io.Writer, rep Report, _ Options) error {
	doc := junitDoc{Name: "netverify"}
	var total int64
	for _, run := range rep.Runs {
		doc.add(junitOf(run))
		total += run.DurationNS
	}
	if len(rep.Runs) == 0 {
		doc.add(junitOf(Run{Kernel: Kernel{Name: "netverify"}}))
	}
	doc.Time = seconds(total)
	text, err := xml.MarshalIndent(doc, "", "  ")
	if err != nil {
		return err
	}
	// Line breaks stay what they are: only texts have them, no attribute.
	text = bytes.ReplaceAll(text, []byte("&#xA;"), []byte("\n"))
	_, err = w.Write(append(append([]byte(xml.Header), text...), '\n'))
	return err
}

type junitDoc struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Time     string       `xml:"time,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	Time       string          `xml:"time,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Timestamp  string          `xml:"timestamp,attr,omitempty"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

// junitCase has its parts in the order of Surefire's schema.
type junitCase struct {
	Name          string       `xml:"name,attr"`
	Class         string       `xml:"classname,attr"`
	Time          string       `xml:"time,attr"`
	Failure       *junitReason `xml:"failure"`
	RerunFailures []junitRerun `xml:"rerunFailure"`
	FlakyFailures []junitRerun `xml:"flakyFailure"`
	Skipped       *junitReason `xml:"skipped"`
	Error         *junitReason `xml:"error"`
	RerunErrors   []junitRerun `xml:"rerunError"`
	FlakyErrors   []junitRerun `xml:"flakyError"`
	Out           string       `xml:"system-out,omitempty"`
}

type junitReason struct {
	Type    string `xml:"type,attr,omitempty"`
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

type junitRerun struct {
	Type    string `xml:"type,attr"`
	Message string `xml:"message,attr"`
	Trace   string `xml:"stackTrace"`
}

func (d *junitDoc) add(s junitSuite) {
	d.Suites = append(d.Suites, s)
	d.Tests += s.Tests
	d.Failures += s.Failures
	d.Errors += s.Errors
}

func junitOf(run Run) junitSuite {
	s := junitSuite{Name: name(run), Time: seconds(run.DurationNS), Properties: junitProperties(run)}
	var began string
	for _, one := range run.Scenarios {
		if began == "" || one.Began != "" && one.Began < began {
			began = one.Began
		}
	}
	if t, err := time.Parse(time.RFC3339Nano, began); err == nil && !t.IsZero() {
		s.Timestamp = t.UTC().Format("2006-01-02T15:04:05") // without a zone, which Jenkins does not read
	}
	for _, g := range group(run.Scenarios) {
		s.add(junitCaseOf(run, g))
	}
	for _, text := range unwhole(run) {
		s.add(junitCase{
			Name: runIsWhole, Class: name(run), Time: seconds(0),
			Error: &junitReason{Type: "trouble", Message: brief(text), Text: verbatim(text)},
		})
	}
	return s
}

func (s *junitSuite) add(c junitCase) {
	s.Cases = append(s.Cases, c)
	s.Tests++
	switch {
	case c.Failure != nil:
		s.Failures++
	case c.Error != nil:
		s.Errors++
	case c.Skipped != nil:
		s.Skipped++
	}
}

func junitProperties(run Run) []junitProperty {
	k := run.Kernel
	out := []junitProperty{}
	for _, p := range []junitProperty{
		{"kernel.name", k.Name}, {"kernel.release", k.Release}, {"kernel.where", k.Where}, {"kernel.accel", k.Accel},
		{"evidence_dir", run.Evidence}, {"because", run.Because}, {"hint", run.Hint},
		{"signatures", strings.Join(signaturesOf(run), "; ")},
	} {
		if p.Value != "" {
			out = append(out, junitProperty{p.Name, clean(p.Value)})
		}
	}
	for _, option := range slices.Sorted(maps.Keys(k.Config)) {
		out = append(out, junitProperty{clean(option), clean(k.Config[option])})
	}
	return out
}

func junitCaseOf(run Run, g repetitions) junitCase {
	topic, short := "", g[0].Name
	if i := strings.LastIndex(short, "/"); i > 0 {
		topic, short = "."+short[:i], short[i+1:]
	}
	c := junitCase{Name: clean(short), Class: name(run) + clean(topic), Out: junitOut(run, g)}
	var took int64
	for _, s := range g {
		took += max(s.DurationNS, 0)
	}
	c.Time = seconds(took)
	bad, ok := g.bad()
	if !ok {
		return c
	}
	reason := &junitReason{Type: g.outcome(), Message: brief(g.says()), Text: detailText(run, bad)}
	switch reason.Type {
	case "fail":
		c.Failure = reason
	case "skip":
		reason.Text = verbatim(bad.Reason)
		c.Skipped = reason
	default:
		c.Error = reason
	}
	c.rerun(run, g)
	return c
}

// mostReruns is how many repetitions of a case are told one by one.
const mostReruns = 50

// rerun tells of the repetitions of a scenario one by one.
func (c *junitCase) rerun(run Run, g repetitions) {
	flaky, first, told := g.flaky(), !g.flaky(), 0 // of those that agree the first is the case's own reason
	for _, s := range g {
		if s.Outcome == "pass" || s.Outcome == "skip" || len(g) < 2 {
			continue
		}
		if first || told == mostReruns {
			first = false
			continue
		}
		told++
		r := junitRerun{Type: clean(s.Outcome), Message: brief(says(s)), Trace: detailText(run, s)}
		switch fails := s.Outcome == "fail"; {
		case flaky && fails:
			c.FlakyFailures = append(c.FlakyFailures, r)
		case flaky:
			c.FlakyErrors = append(c.FlakyErrors, r)
		case fails:
			c.RerunFailures = append(c.RerunFailures, r)
		default:
			c.RerunErrors = append(c.RerunErrors, r)
		}
	}
}

// junitOut is what the scenario is about, and where its evidence is.
func junitOut(run Run, g repetitions) string {
	out := []string{clean(g[0].Title)}
	if len(g) > 1 {
		said := g.disagreement()
		if g.flaky() {
			said = "flaky: " + said
		}
		out = append(out, strings.TrimSuffix(fmt.Sprintf("%d repetitions, %s", len(g), said), ", "))
	}
	for _, s := range g[:min(len(g), mostReruns)] {
		for _, file := range s.Evidence {
			out = with1(out, openCommand(run, file))
		}
	}
	return strings.Join(out, "\n") + "\n"
}

// seconds is a time as Surefire's schema wants it: with three decimals.
func seconds(ns int64) string { return fmt.Sprintf("%.3f", time.Duration(max(ns, 0)).Seconds()) }

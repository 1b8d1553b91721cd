package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"netverify/internal/cells"
)

// mostAnnotations is how many annotations of a level GitHub shows of a step
// (docs.github.com, "Workflow commands"); what is more is dropped there without a word.
const mostAnnotations = 10

// mostOfAnnotation is how long the message of an annotation may be, in bytes.
const mostOfAnnotation = 4 << 10

// GitHub writes the report as workflow commands that make annotations: an error
// for each check that neither passed nor was skipped, at its line of the scenario's
// file where [Options.Path] knows one, and a notice for each reason of a skip. A check
// that several kernels failed is one annotation. Where there are more than GitHub
// shows, the last one says how many.
//
// The escapes are those of actions/toolkit, packages/core/src/command.ts. The
// error is the writer's.
func GitHub(w io.Writer, rep Report, opt Options) error {
	var b strings.Builder
	writeAnnotations(&b, "error", annotationsOf(rep, opt.Path))
	writeAnnotations(&b, "notice", skipNotices(rep))
	_, err := io.WriteString(w, b.String())
	return err
}

// annotation is what is told at one place.
type annotation struct {
	file    string // "" for none
	line    int    // 0 for none
	outcome string
	what    string   // the scenario
	kernels []string // on which it did not pass
	flaky   string   // how often, where repetitions do not agree
	claim   string   // what did not hold: with the rest, what makes it another annotation
	text    string
}

func (a annotation) title() string {
	out := strings.TrimPrefix(a.outcome+": "+a.what, "trouble: ")
	if len(a.kernels) > 0 {
		out += " on " + strings.Join(a.kernels, ", ")
	}
	if a.flaky != "" {
		out = "flaky, " + a.flaky + ": " + out
	}
	return out
}

// severity orders outcomes: what comes first is shown.
var severity = map[string]int{"fail": 0, "trouble": 1, "error": 2, "inconclusive": 3}

func annotationsOf(rep Report, path func(Scenario) string) []annotation {
	var all []annotation
	index := map[string]int{}
	add := func(kernel string, a annotation) {
		key := fmt.Sprintf("%q %q %d %q", a.outcome, a.what, a.line, a.claim)
		i, known := index[key]
		if !known {
			i = len(all)
			index[key], all = i, append(all, a)
		}
		all[i].kernels = with1(all[i].kernels, kernel)
	}
	for _, run := range rep.Runs {
		for _, text := range unwhole(run) {
			add(name(run), annotation{outcome: "trouble", what: "trouble", claim: text, text: text})
		}
		for _, g := range group(run.Scenarios) {
			bad, ok := g.bad()
			if !ok || g.outcome() == "skip" {
				continue
			}
			base := annotation{outcome: g.outcome(), what: g[0].Name}
			if path != nil {
				base.file = path(bad)
			}
			if g.flaky() {
				base.flaky = g.disagreement()
			}
			for _, a := range base.of(run, bad) {
				add(name(run), a)
			}
		}
	}
	if len(rep.Runs) == 0 {
		all = append(all, annotation{outcome: "trouble", what: "netverify", text: "nothing was run"})
	}
	slices.SortStableFunc(all, func(a, b annotation) int { return cmp.Compare(severity[a.outcome], severity[b.outcome]) })
	return all
}

// of are the annotations of a scenario: one for each check that did not pass, or
// one for all of it where the reason lies elsewhere.
func (a annotation) of(run Run, s Scenario) (out []annotation) {
	for _, c := range s.Checks {
		if c.Outcome == "pass" || c.Outcome == "skip" {
			continue
		}
		one := a
		one.outcome, one.line, one.claim = c.Outcome, c.Line, fmt.Sprint(c.StepIndex, c.Text)
		p := &page{width: detailWidth}
		p.check(run, s, c)
		one.text = strings.TrimPrefix(strings.ReplaceAll(p.b.String(), "\n  ", "\n"), "  ")
		out = append(out, one)
	}
	if len(out) == 0 {
		a.claim, a.text = says(s), says(s)
		out = []annotation{a}
	}
	return out
}

// skipNotices are the reasons for which scenarios were skipped.
func skipNotices(rep Report) (out []annotation) {
	for _, s := range skipsOf(rep.Runs) {
		a := annotation{outcome: "skipped", what: s.head(len(rep.Runs) > 1), text: strings.Join(s.names, " ")}
		out = append(out, a)
	}
	return out
}

func writeAnnotations(b *strings.Builder, level string, all []annotation) {
	rest := 0
	if len(all) > mostAnnotations {
		rest = len(all) - (mostAnnotations - 1)
		all = all[:mostAnnotations-1]
	}
	for _, a := range all {
		var properties []string
		if a.file != "" {
			properties = append(properties, "file="+commandProperty(a.file))
			if a.line > 0 {
				properties = append(properties, fmt.Sprintf("line=%d", a.line))
			}
		}
		properties = append(properties, "title="+commandProperty(cells.Cut(clean(a.title()), briefly)))
		fmt.Fprintf(b, "::%s %s::%s\n", level, strings.Join(properties, ","), commandData(cutBytes(verbatim(a.text), mostOfAnnotation)))
	}
	if rest > 0 {
		fmt.Fprintf(b, "::%s title=and %d more::GitHub shows %d annotations of a level for each step; the rest is in the log and in the report\n", level, rest, mostAnnotations)
	}
}

var (
	dataEscapes     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	propertyEscapes = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func commandData(s string) string     { return dataEscapes.Replace(strings.TrimRight(s, "\n")) }
func commandProperty(s string) string { return propertyEscapes.Replace(clean(s)) }

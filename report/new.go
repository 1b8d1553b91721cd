package report

import (
	"fmt"
	"strings"
	"time"

	"netverify/assert"
)

// New makes the model of one run from its results. planned is the number of
// results that there should be (scenarios times repetitions): what is missing,
// or has no outcome, was not run, and the report says so.
func New(kernel Kernel, planned int, results []assert.Result) Run {
	if kernel.Config == nil {
		kernel.Config = map[string]string{}
	}
	run := Run{Kernel: kernel, Scenarios: []Scenario{}, Repeats: []Repeat{}, Trouble: []string{}, Signatures: []Signature{}}
	for _, r := range results {
		if r.Outcome != 0 {
			run.Scenarios = append(run.Scenarios, scenario(r))
		}
	}
	run.sumUp()
	run.Trouble = append(run.Trouble, unwritten(run.Scenarios)...)
	if missing := planned - len(run.Scenarios); missing > 0 {
		run.Trouble = append(run.Trouble, fmt.Sprintf("%d of %d were not run", missing, planned))
	}
	return run
}

// sumUp sets all that follows from the scenarios of a run.
func (run *Run) sumUp() {
	run.Summary, run.DurationNS, run.Sessions = Summary{}, 0, sessions(run.Scenarios)
	for _, s := range run.Scenarios {
		run.Summary.add(s.Outcome)
	}
	for _, s := range run.Sessions {
		run.DurationNS += s.DurationNS
	}
	run.Repeats = repeats(run.Scenarios)
}

// unwritten tells which evidence could not be written: what went wrong the same
// way for many (a full disk) once.
func unwritten(all []Scenario) []string {
	var causes []string
	first, count := map[string]Scenario{}, map[string]int{}
	for _, s := range all {
		if s.Trouble == "" {
			continue
		}
		cause := s.Trouble[strings.LastIndex(s.Trouble, ": ")+1:]
		if count[cause] == 0 {
			causes, first[cause] = append(causes, cause), s
		}
		count[cause]++
	}
	out := []string{}
	for _, cause := range causes {
		text := "the evidence of " + first[cause].Name
		if n := count[cause] - 1; n > 0 {
			text += fmt.Sprintf(" and of %d more", n)
		}
		out = append(out, text+" could not be written: "+first[cause].Trouble)
	}
	return out
}

// Of wraps runs into a report.
func Of(runs ...Run) Report {
	return Report{Schema: Schema, Runs: append([]Run{}, runs...)}
}

func scenario(r assert.Result) Scenario {
	s := Scenario{
		Name: r.Name, Title: r.Title, File: r.File, Verifies: list(r.Verifies), Digest: r.Digest,
		Outcome: word(r.Outcome), Reason: r.Reason, Lacks: r.Lacks,
		Began: r.Began.UTC().Format(time.RFC3339Nano), DurationNS: int64(r.Duration), Run: r.Run, Repeat: r.Repeat,
		Checks: []Check{}, Evidence: list(r.Evidence), Trouble: r.Trouble, Facts: []Fact{}, Adjacency: []Edge{},
	}
	s.Suspect = Suspect{Keys: list(r.Suspect.Keys), Again: r.Suspect.Again}
	s.Topology.Planned = r.Topology.Planned
	s.Topology.Nodes = append([]assert.Node{}, r.Topology.Nodes...)
	s.Topology.Changed = append([]assert.Node{}, r.Topology.Changed...)
	file := capture(r.Evidence)
	at := func(i int) Frame {
		switch {
		case i < len(r.Sources):
			return Frame{File: r.Sources[i].File, Frame: r.Sources[i].Number}
		case r.Sources != nil:
			return Frame{}
		}
		// Observations are written to the evidence in their order, and
		// Wireshark counts frames from 1.
		return Frame{File: file, Frame: i + 1}
	}
	for _, c := range r.Checks {
		s.Checks = append(s.Checks, check(c, at))
	}
	for _, f := range r.Facts {
		s.Facts = append(s.Facts, Fact{Key: f.Key, Value: f.Value})
	}
	for _, e := range r.Graph {
		s.Adjacency = append(s.Adjacency, Edge{From: e.From.String(), To: e.To.String(), Routed: e.Routed, Others: e.Others})
	}
	return s
}

func check(c assert.Check, at func(int) Frame) Check {
	out := Check{
		Step: c.Name, StepIndex: c.Step, Kind: c.Kind.String(), Text: c.Text, Filter: c.Filter, Line: c.Line,
		Outcome: word(c.Outcome), Reason: c.Reason, FenceNS: int64(c.Fence), Quiet: c.Quiet,
		Lacks: []string{}, Evidence: []Frame{}, Journey: list(c.Journey),
	}
	for _, l := range c.Lacks {
		out.Lacks = append(out.Lacks, l.String())
	}
	for _, i := range c.Frames {
		out.Evidence = append(out.Evidence, at(i))
	}
	return out
}

// capture is the one file of a scenario's evidence that holds its frames; ""
// where there is none, or several that others made.
func capture(files []string) string {
	found := ""
	for _, f := range files {
		if strings.HasSuffix(strings.TrimSuffix(f, ".gz"), ".pcapng") {
			if found != "" {
				return ""
			}
			found = f
		}
	}
	return found
}

// repeats sums up the repeated scenarios, in the order of their first run.
func repeats(all []Scenario) []Repeat {
	index := map[string]int{}
	out := []Repeat{}
	for _, s := range all {
		if s.Repeat == 0 {
			continue
		}
		i, ok := index[s.Name]
		if !ok {
			i = len(out)
			index[s.Name] = i
			out = append(out, Repeat{Name: s.Name})
		}
		out[i].Runs++
		out[i].Summary.add(s.Outcome)
		out[i].Flaky = out[i].Summary.kinds() > 1
	}
	return out
}

// word guards against a verdict that does not exist: String would panic.
func word(o assert.Outcome) string {
	if o == 0 || o > assert.Error {
		return assert.Error.String()
	}
	return o.String()
}

// list copies s; JSON arrays are never null.
func list(s []string) []string { return append([]string{}, s...) }

package assert

import (
	"fmt"
	"time"

	"netverify/filter"
	"netverify/frame"
)

// Judge compares a recording with the expectations of its scenario and returns
// one check for each expectation, in their order, with the outcome of the whole.
func Judge(c *Case, rec *frame.Recording) ([]Check, Outcome, string) {
	var checks []Check
	for i := range c.Steps {
		checks = append(checks, JudgeStep(c, rec, i)...)
	}
	outcome, reason := Overall(checks)
	return checks, outcome, reason
}

// JudgeStep judges one step. A recording that is still growing may be asked as
// well: a positive that has not come yet is then not a pass.
func JudgeStep(c *Case, rec *frame.Recording, step int) []Check {
	cs := &c.Steps[step]
	checks := make([]Check, 0, len(cs.Expect))
	s := newScope(c, rec, step)
	for i := range cs.Expect {
		e := &cs.Expect[i]
		k := Check{Step: step, Name: cs.Name, Kind: e.Kind, Text: e.Text, Line: e.Line}
		if s == nil {
			k.Outcome, k.Reason = Inconclusive, "the step was not run"
		} else {
			s.judge(e, &k)
		}
		checks = append(checks, k)
	}
	return checks
}

// Overall is the outcome of a scenario with these checks: a failure outweighs
// everything, an error what is merely inconclusive, and no checks at all prove
// nothing.
func Overall(checks []Check) (Outcome, string) {
	if len(checks) == 0 {
		return Error, "the scenario checks nothing"
	}
	for _, o := range []Outcome{Fail, Error, Inconclusive} {
		for _, k := range checks {
			if k.Outcome == o {
				return o, k.Name + ": " + k.Reason
			}
		}
	}
	return Pass, ""
}

func (s *scope) judge(e *Expectation, k *Check) {
	switch e.Kind {
	case KindSeen:
		s.seen(e, k)
	case KindNever:
		s.never(e, k)
	case KindAnswer:
		s.answer(e, k)
	case KindReply:
		s.reply(e.Reply, k)
	case KindPath:
		s.path(e, k)
	case KindState:
		s.state(e, k)
	case KindFails:
		s.fails(e, k)
	default:
		k.Outcome, k.Reason = Error, fmt.Sprintf("expectation of unknown kind %d", e.Kind)
	}
}

// scope is what one step's expectations may look at.
type scope struct {
	c    *Case
	cs   *CaseStep
	rec  *frame.Recording
	step int
	r    *frame.StepRecord
	obs  []int // observations of the step that expectations may match
}

func newScope(c *Case, rec *frame.Recording, step int) *scope {
	if step >= len(rec.Steps) {
		return nil
	}
	s := &scope{c: c, cs: &c.Steps[step], rec: rec, step: step, r: &rec.Steps[step]}
	for i := s.r.First; i < s.r.First+s.r.Count; i++ {
		if s.counts(&rec.Observations[i]) {
			s.obs = append(s.obs, i)
		}
	}
	return s
}

// counts tells whether an observation of the step's time is a frame of the
// step: not a fence, not a straggler of another step, not background chatter
// (unless the step is strict).
func (s *scope) counts(o *frame.Observation) bool {
	switch o.Mark {
	case frame.Fence:
		return false
	case frame.Stimulus:
		return o.Step == s.step
	}
	return s.cs.Strict || !chatter(o.Frame.Decode())
}

// match returns the observations of the step at a place that pass the filter.
func (s *scope) match(at Place, m *filter.Matcher) []int {
	var found []int
	for _, i := range s.obs {
		if s.at(i, at) && s.passes(i, m) {
			found = append(found, i)
		}
	}
	return found
}

func (s *scope) at(i int, p Place) bool {
	o := &s.rec.Observations[i]
	return (p.Dir == 0 || p.Dir == o.Dir) && s.rec.Points[o.Point].Name() == p.Point
}

func (s *scope) passes(i int, m *filter.Matcher) bool {
	if m == nil {
		return true
	}
	o := &s.rec.Observations[i]
	v := frame.View{
		Frame: o.Frame, Number: i + 1, Interface: s.rec.Points[o.Point].Name(),
		At: o.At, Dir: o.Dir, ChecksumPending: o.ChecksumPending,
	}
	return m.Match(&v)
}

// bind gives the filter the addresses that the interfaces had in this step.
func (s *scope) bind(f *filter.Filter, k *Check) (*filter.Matcher, bool) {
	if f == nil {
		return nil, true
	}
	m, err := f.Bind(s.r.Bindings)
	if err != nil {
		k.Outcome, k.Reason = Error, err.Error()
		return nil, false
	}
	return m, true
}

// line describes one observation: "#12 sw:p1 in  ARP Who has ...".
func (s *scope) line(i int) string {
	o := &s.rec.Observations[i]
	return fmt.Sprintf("#%d %s %s  %s", i+1, s.rec.Points[o.Point].Name(), o.Dir, o.Frame.Summary())
}

func (s *scope) proven() time.Duration { return time.Duration(s.r.Proven) }

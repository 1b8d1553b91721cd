package assert

import (
	"fmt"

	"netverify/filter"
	"netverify/frame"
	"netverify/recording"
)

// Judge compares a sealed recording with the expectations of its scenario. The
// verdict has one check for each expectation, in their order; how the run ended
// and what the kernel said of itself count as well, so that nothing else has a
// say in it.
func Judge(c *Case, rec *recording.Recording) Verdict {
	if why := stranger(c, rec); why != "" {
		return Verdict{Outcome: Error, Reason: why}
	}
	var v Verdict
	j := newJudging(c, rec, true)
	for i := range c.Steps {
		v.Checks = append(v.Checks, j.step(i)...)
	}
	v.Outcome, v.Reason = Overall(v.Checks)
	v.partial(rec)
	if st := rec.Stop; st == nil || st.Kind != recording.StopStorm {
		v.stop(rec)
	} else if !c.asksStorm(st) && v.Outcome != Fail {
		v.Outcome, v.Reason = Inconclusive, j.stormText()
	}
	v.suspect(rec)
	v.Accuse(rec.Reports)
	return v
}

// stranger says that a recording is not one of this scenario, as it is now; ""
// where nothing speaks against it.
func stranger(c *Case, rec *recording.Recording) string {
	switch {
	case rec.Scenario != "" && c.Name != "" && rec.Scenario != c.Name:
		return fmt.Sprintf("the recording is of the scenario %s, not of %s", rec.Scenario, c.Name)
	case rec.Digest != "" && c.Digest != "" && rec.Digest != c.Digest:
		return fmt.Sprintf("the recording is of another version of the scenario %s: its digest is %s, that of the scenario here %s;"+
			" judge it with the file that it was run from", c.Name, rec.Digest, c.Digest)
	}
	return ""
}

// JudgeStep judges one step of a recording that may still be growing: a
// positive that has not come yet is then not a pass. What the taps have lost,
// and that the last fence came after all else, is known only of a sealed
// recording: the verdict that counts is Judge's.
func JudgeStep(c *Case, rec *recording.Recording, step int) []Check {
	return newJudging(c, rec, false).step(step)
}

// Overall is the outcome of a scenario with these checks: a failure outweighs
// everything, an error what is merely inconclusive, and no checks at all prove
// nothing. Only checks that passed, all of them, make a pass.
func Overall(checks []Check) (Outcome, string) {
	if len(checks) == 0 {
		return Error, "the scenario checks nothing"
	}
	for _, o := range []Outcome{Fail, Error, Inconclusive} {
		for i := range checks {
			if checks[i].Outcome == o {
				return o, checks[i].headline()
			}
		}
	}
	for i := range checks {
		if checks[i].Outcome != Pass {
			return Error, checks[i].headline() + "not judged"
		}
	}
	return Pass, ""
}

// headline is what stands for the scenario: the step, what it expected there,
// and what came instead.
func (k *Check) headline() string {
	text := k.Name + ": "
	if k.Text != "" {
		text += k.Text + "; "
	}
	return text + k.Reason
}

// judging is what all steps of one recording share.
type judging struct {
	c       *Case
	rec     *recording.Recording
	sealed  bool
	broken  string         // why the recording cannot be judged; "" if it can
	names   []string       // of the points
	points  map[string]int // by name
	matched map[question]bool
	owned   *owners // which step caused what came later

	stormed  string             // what stormed, in words; made when first asked for
	view     frame.View         // of the frame that a filter is asked about, one at a time
	contents *contents          // made when first asked for
	given    map[string]answers // by the filter's text, with its addresses
	asking   *filter.Matcher    // the filter that was asked last,
	said     answers            // and its answers
}

// question asks whether a filter, with its addresses, matches anything.
type question struct {
	filter string
	strict bool
}

func newJudging(c *Case, rec *recording.Recording, sealed bool) *judging {
	j := &judging{
		c: c, rec: rec, sealed: sealed, broken: contradiction(rec),
		points: make(map[string]int), matched: make(map[question]bool), given: make(map[string]answers),
	}
	for i := range rec.Points {
		name := rec.Points[i].Name()
		j.names = append(j.names, name)
		if _, twice := j.points[name]; !twice {
			j.points[name] = i
		}
	}
	j.owned = newOwners(j)
	return j
}

// contradiction finds what no run can have recorded: evidence read from a file
// may have been tampered with.
func contradiction(rec *recording.Recording) string {
	for i := range rec.Observations {
		if p := rec.Observations[i].Point; p < 0 || p >= len(rec.Points) {
			return fmt.Sprintf("frame #%d was seen at a point that the recording does not name", i+1)
		}
	}
	if f := rec.Foreign; f != nil && (len(f.Points) != len(rec.Points) || len(f.Frames) != len(rec.Observations)) {
		return "not each place and frame says which capture it is of"
	}
	for i := range rec.Steps {
		if r := &rec.Steps[i]; r.First < 0 || r.Count < 0 || r.First > len(rec.Observations)-r.Count {
			return fmt.Sprintf("step %d claims frames that the recording does not have", i+1)
		}
	}
	return ""
}

func (j *judging) step(step int) []Check {
	cs := &j.c.Steps[step]
	checks := make([]Check, len(cs.Expect))
	var s *scope
	outcome, reason := j.unfit(step)
	if outcome == 0 {
		s = newScope(j, step)
	}
	for i := range cs.Expect {
		e, k := &cs.Expect[i], &checks[i]
		*k = Check{Step: step, Name: cs.Name, Kind: e.Kind, Text: e.Text, Line: e.Line, Outcome: outcome, Reason: reason}
		if s != nil {
			s.judge(e, k)
		} else if j.rec.Foreign != nil && outcome == Inconclusive {
			k.want(LegStep)
		}
	}
	return checks
}

// unfit says why a step cannot be judged at all; 0 if it can.
func (j *judging) unfit(step int) (Outcome, string) {
	if j.broken != "" {
		return Error, "the recording contradicts itself: " + j.broken
	}
	if step >= len(j.rec.Steps) {
		return Inconclusive, "the step was not run"
	}
	if f := j.rec.Foreign; f != nil && (step >= len(f.Steps) || !f.Steps[step]) {
		return Inconclusive, "the captures are not of this step"
	}
	if got, want := j.rec.Steps[step].Name, j.c.Steps[step].Name; got != want {
		return Error, fmt.Sprintf("the recording is of another scenario, or of an older version of it: its step %d is %q", step+1, got)
	}
	return 0, ""
}

func (s *scope) judge(e *Expectation, k *Check) {
	if s.rec.Foreign == nil {
		s.compare(e, k)
		s.outrun(e, k)
		s.behindDoors(e, k)
		s.spoiled(k)
		return
	}
	if !s.beyond(e, k) {
		s.compare(e, k)
		s.doubt(e, k)
	}
}

func (s *scope) compare(e *Expectation, k *Check) {
	switch e.Kind {
	case KindSeen:
		s.seen(e, k)
	case KindNever:
		s.never(e, k)
	case KindAnswer:
		s.answer(e, k)
	case KindReply:
		s.reply(e, k)
	case KindHops:
		s.hops(e, k)
	case KindPath:
		s.path(e, k)
	case KindState:
		s.state(e, k)
	case KindFails:
		s.fails(e, k)
	case KindStorm:
		s.storm(e, k)
	default:
		k.err("expectation of unknown kind %d", e.Kind)
	}
}

func (k *Check) fail(format string, args ...any) {
	k.Outcome, k.Reason = Fail, fmt.Sprintf(format, args...)
}

func (k *Check) err(format string, args ...any) {
	k.Outcome, k.Reason = Error, fmt.Sprintf(format, args...)
}

package assert

import (
	"fmt"
	"strings"

	"netverify/recording"
)

// Verdict is what came of one recording.
type Verdict struct {
	Outcome Outcome
	Reason  string // "" for a pass
	Lacks   string // of a Skip: the option behind what the kernel lacks, or what it is too old for; "" where it was skipped for something else
	Checks  []Check
	Suspect Suspect // of an Error or Inconclusive one: what it shows of the kernel all the same
}

// Take makes a verdict that of the result.
func (r *Result) Take(v Verdict) {
	r.Outcome, r.Reason, r.Lacks, r.Checks, r.Suspect = v.Outcome, v.Reason, v.Lacks, v.Checks, v.Suspect
}

// Accuse is Verdict.Accuse of the result's verdict.
func (r *Result) Accuse(reports []string) {
	v := Verdict{Outcome: r.Outcome, Reason: r.Reason, Lacks: r.Lacks, Checks: r.Checks, Suspect: r.Suspect}
	v.Accuse(reports)
	r.Take(v)
}

// Stopped is the verdict on a run that ended before there was anything to
// record.
func Stopped(s *recording.Stop, again ...recording.Again) Verdict {
	v := Verdict{Outcome: Error, Reason: "nothing was recorded"}
	rec := &recording.Recording{Stop: s, Again: again}
	v.stop(rec)
	v.suspect(rec)
	return v
}

// suspect notes what a verdict that is none shows of the kernel, and fails it
// where a reference is known.
func (v *Verdict) suspect(rec *recording.Recording) {
	if v.Outcome == Error || v.Outcome == Inconclusive {
		v.Suspect = suspected(rec)
		v.regress(rec.Reference)
	}
}

// stop weighs how the run ended. A failed check stands, whatever ended the run
// after it, unless the kernel lacks something that the scenario needs: that may
// be what failed it, as the VLANs of a switch that does not filter yet.
func (v *Verdict) stop(rec *recording.Recording) {
	s := rec.Stop
	if s == nil {
		return
	}
	outcome, reason := Error, s.Reason
	switch s.Kind {
	case recording.StopLacks:
		*v = Verdict{Outcome: Skip, Reason: s.Reason, Lacks: s.Lacks}
		return
	case recording.StopLost:
		outcome = Fail
	case recording.StopUndone:
		outcome, reason = Fail, "the kernel accepted this and did not do it: "+reason
	case recording.StopRestless:
		outcome, reason = restless(rec)
	case recording.StopLossy:
		outcome, reason = lossy(rec)
	case recording.StopCut, recording.StopClock: // what the run did and saw, or when, is not known
		*v = Verdict{Outcome: Inconclusive, Reason: reason}
		return
	case recording.StopDamaged:
		*v = Verdict{Outcome: Error, Reason: reason}
		return
	case recording.StopStorm: // in no recording that was sealed
		outcome = Inconclusive
	case recording.StopRefused, recording.StopInterrupted:
	default:
		reason = fmt.Sprintf("the run ended in a way that this version does not know (%q): %s", s.Kind, reason)
	}
	if v.Outcome != Fail {
		v.Outcome, v.Reason = outcome, reason
	}
}

// Accuse fails a verdict where the kernel reported against itself, whatever the
// frames have shown; what they had to say is kept.
func (v *Verdict) Accuse(reports []string) {
	if len(reports) == 0 {
		return
	}
	if v.Reason != "" {
		reports = append([]string{v.Reason}, reports...)
	}
	v.Outcome, v.Reason, v.Lacks = Fail, strings.Join(reports, "\n"), ""
}

package assert

import (
	"fmt"
	"slices"
	"strings"

	"netverify/frame"
	"netverify/recording"
)

// Suspect is what a run that came to no verdict shows of the kernel: it refused
// to build what a scenario needs, or let all fences of a hop vanish. By itself
// that proves nothing, for a lab may be impossible. Where a kernel is known on
// which the same scenario passed, and fresh labs show the same again, it is a
// regression.
type Suspect struct {
	Keys  []string // empty: nothing is. Each thing by itself, to compare runs by; they hold no numbers that differ from run to run
	Again int      // fresh labs afterwards that showed one of them, where all did; else 0
}

// suspected finds what is to be suspected of the kernel; nothing
// where the machine may have been the cause: a tap that lost frames,
// queues or tables that were full.
func suspected(rec *recording.Recording) (s Suspect) {
	if contradiction(rec) != "" || rec.Foreign != nil || len(rec.Trouble) > 0 || lossyTaps(rec) {
		return s
	}
	var keys []string
	switch e := rec.Stop; {
	case e == nil:
	case e.Kind == recording.StopRefused && e.Refused != nil:
		keys = append(keys, fmt.Sprintf("after %d steps: %s: %s", len(rec.Steps), e.Refused.What, e.Refused.Errno))
	case e.Kind == recording.StopStorm && e.Storm != nil && e.Storm.Limit != "time":
		keys = append(keys, fmt.Sprintf("a storm in step %d", e.Storm.Step+1))
	case e.Kind == recording.StopRestless && len(e.Lost) > 0:
		keys = append(keys, dead(rec, e.Lost)...)
	case e.Kind == recording.StopRestless:
		keys = append(keys, "frames before the first step that do not end")
	case e.Kind != recording.StopRefused:
		return s
	}
	for i := range rec.Steps {
		keys = append(keys, dead(rec, rec.Steps[i].Lost)...)
	}
	if len(keys) > 0 {
		slices.Sort(keys)
		s.Keys = slices.Compact(keys)
		s.confirm(rec.Again)
	}
	return s
}

// lossyTaps tells whether a tap lost something, or does not say so.
func lossyTaps(rec *recording.Recording) bool {
	return slices.ContainsFunc(rec.Taps, func(t recording.Tap) bool { return t.Dropped > 0 || t.Cut > 0 })
}

// confirm counts the fresh labs that showed the same. One that did not takes the
// suspicion away.
func (s *Suspect) confirm(again []recording.Again) {
	s.Again = 0
	for _, a := range again {
		if !slices.ContainsFunc(a.Keys, func(k string) bool { return slices.Contains(s.Keys, k) }) {
			s.Again = 0
			return
		}
		s.Again++
	}
}

// dead are the hops at which no fence came in of all that were seen leaving for
// them, with what was tried: not once, not late.
func dead(rec *recording.Recording, lost []recording.FenceLoss) (keys []string) {
	if len(lost) == 0 {
		return nil
	}
	seen := fenceSightings(rec.Observations)
	for i := range lost {
		l := &lost[i]
		if len(l.Seqs) < leastTries || l.Point < 0 || l.Point >= len(rec.Points) || l.From < 0 || l.From >= len(rec.Points) {
			continue
		}
		left, came := 0, 0
		for _, seq := range l.Seqs {
			if seen[sighting{seq, l.From, frame.Out}] {
				left++
			}
			if seen[sighting{seq, l.Point, l.Dir}] {
				came++
			}
		}
		if left == len(l.Seqs) && came == 0 {
			keys = append(keys, fmt.Sprintf("no %s fence from %s came to %s %s", l.Class, rec.Points[l.From].Name(), rec.Points[l.Point].Name(), l.Dir))
		}
	}
	return keys
}

// sighting is a fence, by its number, at a place.
type sighting struct {
	seq   int
	point int
	dir   frame.Direction
}

func fenceSightings(lists ...[]recording.Observation) map[sighting]bool {
	seen := make(map[sighting]bool)
	for _, list := range lists {
		for i := range list {
			if o := &list[i]; o.Mark == frame.Fence {
				seen[sighting{o.Seq, o.Point, o.Dir}] = true
			}
		}
	}
	return seen
}

// regress fails a verdict that is none where what is suspected of the kernel was
// confirmed, and a reference is known.
func (v *Verdict) regress(ref *recording.Reference) {
	s := v.Suspect
	if ref == nil || len(s.Keys) == 0 || s.Again == 0 || v.Outcome != Error && v.Outcome != Inconclusive {
		return
	}
	words := slices.Clone(s.Keys[:min(len(s.Keys), mostSuspects)])
	if more := len(s.Keys) - len(words); more > 0 {
		words = append(words, fmt.Sprintf("and %d more", more))
	}
	v.Reason = fmt.Sprintf("a regression: the same scenario passed on %s; on this kernel, in this lab and in %d fresh one(s) after it: %s\n%s",
		referenceText(ref), s.Again, strings.Join(words, "; "), v.Reason)
	v.Outcome, v.Lacks = Fail, ""
}

// mostSuspects bounds what a reason names.
const mostSuspects = 4

// Regress makes a result that shows something of the kernel a failure, for on a
// reference its scenario passed; false where nothing was to be suspected, or
// nothing confirmed it.
func (r *Result) Regress(ref *recording.Reference) bool {
	v := Verdict{Outcome: r.Outcome, Reason: r.Reason, Lacks: r.Lacks, Checks: r.Checks, Suspect: r.Suspect}
	v.regress(ref)
	changed := v.Outcome != r.Outcome
	r.Take(v)
	return changed
}

func referenceText(r *recording.Reference) string {
	return fmt.Sprintf("%s (Linux %s, by %s)", r.Kernel, r.Release, r.From)
}

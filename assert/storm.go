package assert

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"netverify/frame"
	"netverify/recording"
)

// storm: the traffic of the step was cut as a storm, or it was not.
func (s *scope) storm(e *Expectation, k *Check) {
	cut := s.cut()
	switch {
	case cut == nil && e.Storm:
		s.absent(k, Fail, fmt.Sprintf("the traffic ended by itself, after %d frame(s)", len(s.obs)), s.legs)
	case cut == nil:
		s.absent(k, Pass, "", s.legs)
	case cut.Limit == "time": // whether it would have ended a little later nobody knows
		k.Outcome, k.Reason = Inconclusive, s.stormText()
	case e.Storm:
		k.Outcome = Pass
	default:
		k.fail("%s", s.stormText())
	}
}

// cut is how the step was cut, nil if it was not.
func (s *scope) cut() *recording.Storm {
	if st := s.rec.Stop; st != nil && st.Storm != nil && st.Storm.Step == s.step {
		return st.Storm
	}
	return nil
}

// asksStorm tells whether a step says that its traffic storms, or that it does not.
func (c *CaseStep) asksStorm() bool {
	return slices.ContainsFunc(c.Expect, func(e Expectation) bool { return e.Kind == KindStorm })
}

// asksStorm tells whether the step that a storm was cut in has a say about it.
func (c *Case) asksStorm(st *recording.Stop) bool {
	return st.Storm != nil && st.Storm.Step >= 0 && st.Storm.Step < len(c.Steps) && c.Steps[st.Storm.Step].asksStorm()
}

// spoiled leaves open what a storm of which the scenario says nothing may have
// brought about: too many frames, or too few. What was seen stands.
func (s *scope) spoiled(k *Check) {
	if s.cut() == nil || s.cs.asksStorm() || k.Outcome == Pass || k.Outcome == Error {
		return
	}
	reason := s.stormText()
	if k.Outcome == Fail {
		reason += "; until then: " + k.Reason
	}
	k.Outcome, k.Reason, k.Journey = Inconclusive, reason, nil
}

func (j *judging) stormText() string {
	if j.stormed == "" {
		j.stormed = stormText(j.c, j.rec)
	}
	return j.stormed
}

// stormText says of a cut recording which frame stormed, where, how often and
// by which cables.
func stormText(c *Case, rec *recording.Recording) string {
	st := rec.Stop.Storm
	if st == nil {
		return rec.Stop.Reason
	}
	from, to, where := 0, len(rec.Observations), "the lab, before the first step,"
	if st.Step >= 0 && st.Step < len(rec.Steps) {
		r := &rec.Steps[st.Step]
		from, to, where = r.First, r.First+r.Count, fmt.Sprintf("step %d", st.Step+1)
	}
	took := time.Duration(st.Took)
	text := fmt.Sprintf("a storm: %s was cut after %d frames, %d bytes, in %v (%.0f frames a second); its limit is %s", where,
		st.Frames, st.Bytes, took.Round(time.Millisecond), float64(st.Frames)/max(took.Seconds(), 1e-9), limitText(st))
	if c := contradiction(rec); c != "" || from >= to {
		return text
	}
	top, kinds := topFrame(rec, from, to)
	text += fmt.Sprintf("; %d frame(s) with %d sightings, most often: %s, %d times, first #%d, at %s", kinds, to-from,
		rec.Observations[top.first].Frame.Summary(), top.count, top.first+1, top.places())
	if cables := top.round(c.Graph); len(cables) > 0 {
		text += "; it goes round by " + strings.Join(cables, ", ")
	}
	return text
}

func limitText(st *recording.Storm) string {
	if st.Limit == "time" {
		return time.Duration(st.Most).String() + " to come to rest"
	}
	return fmt.Sprintf("%d %s", st.Most, st.Limit)
}

// repeated is one frame and where it was seen how often.
type repeated struct {
	first, count int // observation; sightings
	at           map[recording.Hop]int
}

// topFrame is the one that was seen most often, the same whatever router or
// VLAN it has passed (frame.Frame.Key), and how many different ones there are.
func topFrame(rec *recording.Recording, from, to int) (top repeated, kinds int) {
	keys, all := recording.KeyCache{}, map[string]*repeated{}
	for i := from; i < to; i++ {
		o := &rec.Observations[i]
		key := keys.Of(o.Frame)
		f := all[key]
		if f == nil {
			f = &repeated{first: i, at: map[recording.Hop]int{}}
			all[key] = f
		}
		f.count++
		f.at[recording.Hop{Point: rec.Points[o.Point].Name(), Dir: o.Dir}]++
	}
	for _, f := range all {
		if f.count > top.count || f.count == top.count && f.first < top.first {
			top = *f
		}
	}
	return top, len(all)
}

// manyPlaces is how many places of a storm are told.
const manyPlaces = 6

// places are those where the frame was seen most often.
func (f *repeated) places() string {
	hops := slices.SortedFunc(maps.Keys(f.at), func(a, b recording.Hop) int {
		return cmp.Or(f.at[b]-f.at[a], cmp.Compare(a.String(), b.String()))
	})
	var parts []string
	for _, h := range hops[:min(len(hops), manyPlaces)] {
		parts = append(parts, fmt.Sprintf("%s %d", h, f.at[h]))
	}
	if n := len(hops) - len(parts); n > 0 {
		parts = append(parts, fmt.Sprintf("%d more places", n))
	}
	return strings.Join(parts, ", ")
}

// round are the cables of the circles in which the frame went: of the places
// where it came again, those from which a way leads back.
func (f *repeated) round(g recording.Graph) (cables []string) {
	next := map[recording.Hop][]recording.Hop{}
	for _, e := range g {
		if f.at[e.From] > 1 && f.at[e.To] > 1 {
			next[e.From] = append(next[e.From], e.To)
		}
	}
	circle := circles(next)
	seen := map[string]bool{}
	for _, e := range g {
		if e.From.Dir != frame.Out || e.To.Dir != frame.In || circle[e.From] == 0 || circle[e.From] != circle[e.To] {
			continue
		}
		ends := []string{e.From.Point, e.To.Point}
		slices.Sort(ends)
		if text := strings.Join(ends, " - "); !seen[text] {
			seen[text] = true
			cables = append(cables, text)
		}
	}
	slices.Sort(cables)
	return cables
}

// circles numbers, from 1, the strongly connected parts of a graph that have a
// circle (Tarjan's algorithm).
func circles(next map[recording.Hop][]recording.Hop) map[recording.Hop]int {
	index, low := map[recording.Hop]int{}, map[recording.Hop]int{}
	part := map[recording.Hop]int{}
	var stack []recording.Hop
	open := map[recording.Hop]bool{}
	parts := 0
	var visit func(h recording.Hop)
	visit = func(h recording.Hop) {
		index[h] = len(index) + 1
		low[h] = index[h]
		stack, open[h] = append(stack, h), true
		for _, n := range next[h] {
			if index[n] == 0 {
				visit(n)
				low[h] = min(low[h], low[n])
			} else if open[n] {
				low[h] = min(low[h], index[n])
			}
		}
		if low[h] != index[h] {
			return
		}
		at := slices.Index(stack, h)
		if len(stack)-at > 1 {
			parts++
		}
		for _, m := range stack[at:] {
			open[m] = false
			if len(stack)-at > 1 {
				part[m] = parts
			}
		}
		stack = stack[:at]
	}
	for _, h := range slices.SortedFunc(maps.Keys(next), func(a, b recording.Hop) int { return cmp.Compare(a.String(), b.String()) }) {
		if index[h] == 0 {
			visit(h)
		}
	}
	return part
}

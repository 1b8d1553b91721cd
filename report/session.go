package report

import (
	"cmp"
	"slices"
	"time"
)

// sessions are the runs of netverify that scenarios were part of. Those that do
// not tell count as one.
func sessions(all []Scenario) []Session {
	type span struct{ first, last time.Time }
	index := map[string]int{}
	out := []Session{}
	var spans []span
	for _, s := range all {
		i, known := index[s.Run]
		if !known {
			i = len(out)
			index[s.Run] = i
			out, spans = append(out, Session{ID: s.Run}), append(spans, span{})
		}
		out[i].Scenarios++
		began, err := time.Parse(time.RFC3339Nano, s.Began)
		if err != nil || began.IsZero() {
			continue // it has an outcome, but did not run
		}
		sp := &spans[i]
		if sp.first.IsZero() || began.Before(sp.first) {
			sp.first = began
		}
		if end := began.Add(time.Duration(s.DurationNS)); end.After(sp.last) {
			sp.last = end
		}
	}
	for i, sp := range spans {
		if !sp.first.IsZero() {
			out[i].Began = sp.first.UTC().Format(time.RFC3339Nano)
		}
		if sp.last.After(sp.first) {
			out[i].DurationNS = int64(sp.last.Sub(sp.first))
		}
	}
	slices.SortStableFunc(out, func(a, b Session) int { return cmp.Compare(a.Began, b.Began) })
	return out
}

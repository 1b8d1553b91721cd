package assert

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"netverify/filter"
	"netverify/frame"
	"netverify/recording"
)

// absent settles a check whose frame was not seen: with all legs the absence
// is believed and want decides, else the check is inconclusive. lacking are
// legs that are missing already; the places are those where nothing came.
func (s *scope) absent(k *Check, want Outcome, reason string, lacking []string, places ...Place) {
	legs := append([]string(nil), lacking...)
	for _, p := range places {
		legs = append(legs, s.missing(p)...)
		if q := s.quiet(p); q != nil {
			k.Quiet = fmt.Sprintf("%s: %v of quiet instead of a fence: %s", p.Point, time.Duration(q.Duration), q.Why)
		}
	}
	if len(legs) == 0 {
		k.Outcome, k.Reason, k.Fence = want, reason, time.Duration(s.r.Proven)
		return
	}
	k.Outcome = Inconclusive
	if s.rec.Foreign != nil {
		k.want(LegFence)
		if a := s.attributed(); a != nil && a.none != "" {
			k.want(LegStimulus)
			legs = append(legs, a.none)
		}
	}
	switch {
	case reason != "" && want == Pass:
		reason += "; that there was no more: "
	case reason != "":
		reason += "; but that "
	}
	k.Reason = ""
	if moving := slices.IndexFunc(legs, unsettled); moving >= 0 {
		// What is to be mended first stands first: all else may follow from it.
		k.Reason = legs[moving] + "; "
		legs = slices.DeleteFunc(legs, unsettled)
	}
	if k.Reason += reason + "absence is not proven"; len(legs) > 0 {
		k.Reason += ": " + strings.Join(unique(legs), "; ")
	}
}

// unsettled tells whether a leg is missing because the lab did not come to rest.
func unsettled(leg string) bool {
	return strings.HasPrefix(leg, "the lab did not come to rest") || strings.HasPrefix(leg, "the lab was not proven to have come to rest")
}

// missing returns the legs that a proof of absence at p lacks, in words; none
// means that what was not seen at p did not happen there.
func (s *scope) missing(p Place) []string {
	point, ok := s.points[p.Point]
	if !ok {
		return []string{p.Point + " was not tapped"}
	}
	if s.quiet(p) != nil || s.rec.Foreign != nil {
		return s.legs
	}
	return append(s.legs[:len(s.legs):len(s.legs)], s.unfenced(point, p.Dir)...)
}

// general are the legs that no place can do without.
func (s *scope) general() []string {
	var legs []string
	legs = append(legs, s.r.Trouble...)
	legs = append(legs, s.rec.Trouble...)
	if s.rec.Foreign != nil {
		return append(legs, s.foreignLegs()...)
	}
	legs = append(legs, s.holes()...)
	legs = append(legs, s.pendingLegs()...)
	switch {
	case s.r.Waves == 0:
		legs = append(legs, "no fence was sent after the stimulus")
	case !s.r.Still && len(s.r.Trouble) > 0:
		legs = append(legs, "the lab was not proven to have come to rest")
	case !s.r.Still:
		legs = append(legs, fmt.Sprintf("the lab did not come to rest: each of %d waves of fences met other frames", s.r.Waves))
	}
	if len(s.r.Fences) == 0 && !s.watched() {
		return append(legs, "no fence came in anywhere after the stimulus")
	}
	if s.watched() || slices.ContainsFunc(s.r.Fences, s.fresh) {
		return legs
	}
	return append(legs, "all fences are older than "+s.latest())
}

// latest names what a fence has to be younger than.
func (s *scope) latest() string {
	if s.last < 0 || s.rec.Observations[s.last].At < s.r.Begin {
		return "the step"
	}
	return s.line(s.last)
}

// holes names the taps that lost something, or do not say whether they did.
func (s *scope) holes() []string {
	var legs []string
	known := make(map[string]bool)
	for _, t := range s.rec.Taps {
		known[t.Node] = true
		if t.Dropped > 0 {
			legs = append(legs, fmt.Sprintf("the tap of %s dropped %d of %d frames", t.Node, t.Dropped, t.Received+t.Dropped))
		}
		if t.Cut > 0 {
			legs = append(legs, fmt.Sprintf("the tap of %s cut %d frames short", t.Node, t.Cut))
		}
	}
	for i := range s.rec.Points {
		if n := s.rec.Points[i].Node; s.sealed && !known[n] {
			known[n] = true
			legs = append(legs, fmt.Sprintf("nothing says whether the tap of %s dropped frames", n))
		}
	}
	for _, i := range s.obs {
		if f := s.rec.Observations[i].Frame; f.CapLen() < f.Len() {
			return append(legs, fmt.Sprintf("a frame was captured only in part: %s", s.line(i)))
		}
	}
	return legs
}

// unfenced names the sides and classes of a point at which no fence came in.
// Only what has a queue of its own in front of it needs its own fence: the end
// of a cable, a device that is fed by its parent, a loopback (for which all
// frames are alike). What a frame reaches in the same turn as the hop before
// it (a bridge, a VLAN device, a bond) or not at all (a dummy) is drained when
// the lab is at rest.
func (s *scope) unfenced(point int, dir frame.Direction) []string {
	kind := s.rec.Points[point].Kind
	switch kind {
	case "bridge", "vlan", "bond", "dummy":
		return nil
	}
	var legs []string
	for _, d := range []frame.Direction{frame.In, frame.Out} {
		if dir != 0 && dir != d {
			continue
		}
		for _, c := range []recording.Class{recording.Unicast, recording.Multidestination} {
			if c == recording.Multidestination && (d == frame.Out || kind == "loopback") {
				continue // sending knows no classes: both take the same way out
			}
			n, ok := s.fences[arrival{point, d, c}]
			switch {
			case !ok:
				legs = append(legs, fmt.Sprintf("no %s fence was seen at %s %s after the stimulus", c, s.names[point], d))
			case !s.fresh(s.r.Fences[n]):
				legs = append(legs, fmt.Sprintf("the last %s fence at %s %s is older than %s", c, s.names[point], d, s.latest()))
			}
		}
	}
	return legs
}

// fresh tells whether a fence came in after everything else that moved in the
// step: an older one proves nothing about what a later frame brings about. A
// quiet window is only over when nothing has moved at any tap for its length,
// and a growing recording gets its last fences when its step ends.
func (s *scope) fresh(f recording.FenceRecord) bool {
	if s.watched() || !s.sealed {
		return true
	}
	return f.At >= s.r.Begin && (s.last < 0 || f.At >= s.rec.Observations[s.last].At)
}

// watched tells whether the step ended with a quiet window at all taps.
func (s *scope) watched() bool {
	for _, q := range s.r.Quiet {
		if q.Duration > 0 {
			return true
		}
	}
	return false
}

// quiet is the quiet window that was kept at a place, nil if there was none.
func (s *scope) quiet(p Place) *recording.QuietWindow {
	point, ok := s.points[p.Point]
	for i := range s.r.Quiet {
		if q := &s.r.Quiet[i]; ok && q.Point == point && q.Duration > 0 {
			return q
		}
	}
	return nil
}

// control is the leg that is missing where no frame anywhere in the recording
// passes the filter: it may be unable to match anything at all.
func (s *scope) control(m *filter.Matcher) []string {
	q := question{strict: s.cs.Strict}
	if m != nil {
		q.filter = m.String()
	}
	found, known := s.matched[q]
	if !known {
		found = s.matchesAnything(m, func(o *recording.Observation) bool {
			return o.Mark != frame.Fence && (s.cs.Strict || !recording.Chatter(o))
		})
		s.matched[q] = found
	}
	if found {
		return nil
	}
	if m == nil {
		return []string{"no control: no frame was seen anywhere in the recording"}
	}
	text := fmt.Sprintf("no control: the filter %q matched nothing anywhere in the recording", m)
	if !s.cs.Strict && s.matchesAnything(m, recording.Chatter) {
		text += " but background chatter, which only a strict step looks at"
	}
	return []string{text}
}

func (s *scope) matchesAnything(m *filter.Matcher, among func(*recording.Observation) bool) bool {
	for i := range s.rec.Observations {
		if among(&s.rec.Observations[i]) && s.passes(i, m) {
			return true
		}
	}
	return false
}

func unique(lines []string) []string {
	seen := make(map[string]bool, len(lines))
	var out []string
	for _, l := range lines {
		if !seen[l] {
			seen[l] = true
			out = append(out, l)
		}
	}
	return out
}

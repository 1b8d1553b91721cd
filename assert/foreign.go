package assert

import (
	"fmt"
	"slices"
	"strings"

	"netverify/filter"
	"netverify/frame"
	"netverify/recording"
)

// beyond leaves open what captures made by others can never tell, or do not
// where a place is missing among them. It returns whether it did.
func (s *scope) beyond(e *Expectation, k *Check) bool {
	switch e.Kind {
	case KindReply, KindHops:
		s.unheard(k)
	case KindState:
		k.lack("what the kernel has in its tables is in no capture", LegKernel)
	case KindStorm:
		k.lack("whether the traffic would have ended by itself is in no capture", LegEnd)
	case KindFails:
		k.lack("whether the kernel accepts what is asked of it is in no capture", LegKernel)
	case KindPath, KindSeen, KindNever, KindAnswer:
		s.uncaptured(e, k)
		if k.Outcome == 0 {
			s.unordered(e, k)
		}
	}
	return k.Outcome != 0
}

// unheard: nobody noted what the socket of a question got. That an answer came
// as far as the interface is told beside it.
func (s *scope) unheard(k *Check) {
	reason := "what the socket that asked got is in no capture"
	if s.cs.Ping == nil {
		k.lack(reason, LegSocket)
		return
	}
	from := s.cs.Ping.From
	k.Frames = s.replyFrames(nil)
	if _, ok := s.points[from]; !ok {
		reason += ", and " + from + " was not captured"
		k.want(LegPoint)
	} else if why := s.ambiguous(); why != "" {
		k.Frames = nil
		reason += "; " + why
		k.want(LegStimulus)
	} else if len(k.Frames) > 0 {
		reason += "; an answer came in at the interface: " + s.line(k.Frames[0])
	} else if q := s.question(0); q >= 0 {
		reason += "; the question was last seen at " + s.line(s.end(q))
	}
	k.lack(reason, LegSocket)
}

// uncaptured: the places of an expectation, which must all have been captured.
func (s *scope) uncaptured(e *Expectation, k *Check) {
	places := []Place{e.At}
	if e.Kind == KindPath {
		places = nil
		for _, w := range e.Path {
			places = append(places, w.Place)
		}
	}
	var missing []string
	for _, p := range places {
		if _, ok := s.points[p.Point]; !ok {
			missing = append(missing, p.Point)
		}
	}
	if missing != nil {
		k.lack(strings.Join(unique(missing), ", ")+" was not captured", LegPoint)
	}
}

// unordered: what needs the frames of the step in their order and the frames
// that it sent told from all others.
func (s *scope) unordered(e *Expectation, k *Check) {
	clocks := s.rec.Foreign.Clocks
	switch {
	case (e.Kind == KindPath || e.Kind == KindAnswer) && len(clocks) > 0:
		k.lack("the clocks of the captures differ: "+clocks[0], LegClock)
	case s.ambiguous() != "" && (e.Kind == KindPath || e.Kind == KindAnswer || e.Within > 0 || e.Count != nil):
		k.lack(s.ambiguous(), LegStimulus)
	case e.Ordered && s.rec.Nonce == [8]byte{}:
		k.lack("the frames bear no numbers, so that the order in which they were sent is not known", LegStimulus)
	case e.Intact != 0 && s.rec.Nonce == [8]byte{}:
		k.lack("the frames bear no marks, so that what each of them was when it was sent is not known", LegStimulus)
	case e.Kind != KindAnswer && e.Within == 0:
	default:
		if left, want := len(s.sent()), s.toSend(); left < want {
			reason := fmt.Sprintf("%d of %d frames of the step were seen leaving %s%s", left, want, s.cs.From, s.undirected(Place{Point: s.cs.From}, nil))
			k.lack(reason+": what was the question and what the answer, and how long that took, is not known", LegStimulus)
		}
	}
}

// undirected tells of frames at a place of which no side is known.
func (s *scope) undirected(p Place, m *filter.Matcher) string {
	n := 0
	for _, i := range s.match(Place{Point: p.Point}, m) {
		if s.rec.Observations[i].Dir == 0 {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" (%d such frame(s) at %s, which may have come in or gone out: the capture does not tell)", n, p.Point)
}

// doubt takes back what rests on bytes that a capture has lost, and tells
// where an open check would have needed the direction of frames.
func (s *scope) doubt(e *Expectation, k *Check) {
	switch k.Outcome {
	case Inconclusive:
		s.sideless(e, k)
	case Error: // an address that only the kernel knows
		k.lack(k.Reason, LegKernel)
	}
	if k.Outcome != Pass && k.Outcome != Fail || len(k.Frames) == 0 {
		return
	}
	var sure []int
	var reason string
	var want []Leg
	for _, i := range k.Frames {
		why, leg := s.lost(e, i)
		if why == "" {
			sure = append(sure, i)
			continue
		}
		reason = why
		want = append(want, leg)
	}
	if len(want) > 0 && !enough(e, k, len(sure)) {
		k.lack(reason, want...)
	}
}

// enough tells whether n frames without doubt decide a check as it was decided.
func enough(e *Expectation, k *Check, n int) bool {
	r := Range{1, -1}
	if e.Count != nil {
		r = *e.Count
	}
	switch {
	case e.Kind == KindNever:
		return n > 0
	case e.Kind == KindPath:
		return false
	case k.Outcome == Fail:
		return r.Max >= 0 && n > r.Max
	}
	return n >= r.Min && r.Max < 0
}

// lost says what of a deciding frame was lost that its filter looks at.
func (s *scope) lost(e *Expectation, i int) (string, Leg) {
	o := &s.rec.Observations[i]
	p := &s.rec.Foreign.Points[o.Point]
	d := o.Frame.Decode()
	text := filterText(e)
	switch {
	case p.Cooked && d.Dst == frame.MAC{} && mentions(text, "eth.dst", "eth.addr", "eth.ig", "eth.lg", "eth[", "frame["):
		return "the destination MAC is not in this capture: " + s.line(i), LegDestination
	case !p.Tags && len(d.Tags) == 0 && mentions(text, "vlan", "ieee8021ad", "eth.type", "frame.len", "frame["):
		return "nothing says that the capture has the VLAN tags that there were: " + s.line(i), LegTag
	}
	return "", 0
}

// filterText is all that the filters of an expectation say.
func filterText(e *Expectation) string {
	var parts []string
	if e.Frames != nil {
		parts = append(parts, e.Frames.String())
	}
	for _, w := range e.Path {
		if w.Frames != nil {
			parts = append(parts, w.Frames.String())
		}
	}
	return strings.Join(parts, " ")
}

func mentions(text string, names ...string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return strings.Contains(text, n) })
}

// sideless adds to an open check that frames were there, and on no known side.
func (s *scope) sideless(e *Expectation, k *Check) {
	places := []Waypoint{{Place: e.At, Frames: e.Frames}}
	if e.Kind == KindPath {
		places = e.Path
	}
	for _, w := range places {
		var unused Check
		m, ok := s.bind(w.Frames, &unused)
		if !ok || w.Dir == 0 {
			continue
		}
		if text := s.undirected(w.Place, m); text != "" {
			k.Reason += text
			k.want(LegDirection)
			return
		}
	}
}

// foreignLegs are what a proof of absence lacks in captures made by others.
func (s *scope) foreignLegs() []string {
	return append([]string{"captures made by others hold no fences"}, s.losses()...)
}

// losses says what the captures themselves tell of frames that they lost.
func (s *scope) losses() []string {
	var out []string
	told := make(map[string]bool)
	for _, t := range s.rec.Taps {
		told[t.Node] = true
		if t.Dropped > 0 {
			out = append(out, fmt.Sprintf("the capture at %s lost %d frames", t.Node, t.Dropped))
		}
	}
	for i := range s.rec.Points {
		if !told[s.rec.Points[i].Node] {
			return append(out, "nothing says whether they lost frames")
		}
	}
	return out
}

// farthest tells whether no frame can go on from a place over any link of the lab:
// that it went no further needs no proof.
func (s *scope) farthest(p Place) bool {
	return !slices.ContainsFunc(s.c.Graph, func(e recording.Edge) bool { return e.From == recording.Hop(p) })
}

// partial takes back a pass by captures that are not whole.
func (v *Verdict) partial(rec *recording.Recording) {
	if rec.Foreign != nil && v.Outcome == Pass && len(rec.Trouble) > 0 {
		v.Outcome, v.Reason = Inconclusive, strings.Join(rec.Trouble, "; ")
	}
}

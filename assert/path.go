package assert

import (
	"fmt"
	"strings"

	"netverify/filter"
	"netverify/frame"
)

// path: each frame that the step sent went, from its first appearance to its
// last, along exactly these stops. Clones may have gone elsewhere: never says
// where they must not.
func (s *scope) path(e *Expectation, k *Check) {
	matchers := make([]*filter.Matcher, len(e.Path))
	for i, w := range e.Path {
		m, ok := s.bind(w.Frames, k)
		if !ok {
			return
		}
		matchers[i] = m
	}
	sent := s.sent()
	if len(sent) == 0 {
		s.absent(k, Fail, "the frame was not seen leaving "+s.cs.From, s.missing(Place{s.cs.From, frame.Out}))
		return
	}
	for i := range sent {
		j := &sent[i]
		branch, reason := s.follow(j, e.Path, matchers)
		if branch == nil {
			s.absent(k, Fail, reason, s.missing(e.Path[len(e.Path)-1].Place))
			k.Journey = s.render(j)
			return
		}
		for _, b := range branch {
			k.Frames = append(k.Frames, j.Stops[b].Observation)
		}
	}
	k.Outcome = Pass
}

// sent are the journeys of what the step put on the wire: the echo requests of
// a ping, the ARP requests of an arping, the frames of a send.
func (s *scope) sent() []Journey {
	own := s.stimuli()
	var out []Journey
	for _, j := range Journeys(s.c.Graph, s.rec, s.obs) {
		d := s.rec.Observations[j.Stops[0].Observation].Frame.Decode()
		switch {
		case !own[j.Key]:
		case s.cs.Ping == nil, s.cs.Ping.ARP && d.ARP != nil, isEchoRequest(d):
			out = append(out, j)
		}
	}
	return out
}

// follow looks for a branch that equals the path. The reason names the first
// stop at which the branch that came closest leaves it.
func (s *scope) follow(j *Journey, path []Waypoint, matchers []*filter.Matcher) ([]int, string) {
	best, bestReason := -1, ""
	for _, branch := range j.Branches() {
		n, reason := s.along(j, branch, path, matchers)
		if n == len(path) && reason == "" {
			return branch, ""
		}
		if n > best {
			best, bestReason = n, reason
		}
	}
	return nil, bestReason
}

func (s *scope) along(j *Journey, branch []int, path []Waypoint, matchers []*filter.Matcher) (int, string) {
	for n, w := range path {
		if n == len(branch) {
			return n, fmt.Sprintf("expected next at %s; last seen at %s", w.Place, s.line(j.Stops[branch[n-1]].Observation))
		}
		i := j.Stops[branch[n]].Observation
		if !s.at(i, w.Place) {
			return n, fmt.Sprintf("expected %s at %s; seen instead: %s", ordinal(n), w.Place, s.line(i))
		}
		if !s.passes(i, matchers[n]) {
			return n, fmt.Sprintf("at %s the frame does not match %q: %s", w.Place, w.Frames, s.line(i))
		}
	}
	if len(branch) > len(path) {
		return len(path), "went on beyond the path: " + s.line(j.Stops[branch[len(path)]].Observation)
	}
	return len(path), ""
}

func ordinal(n int) string {
	if n == 0 {
		return "first"
	}
	return "next"
}

// PathText renders waypoints as the scenario language writes them.
func PathText(path []Waypoint) string {
	parts := make([]string, len(path))
	for i, w := range path {
		parts[i] = w.String()
		if w.Frames != nil {
			parts[i] += " (" + w.Frames.String() + ")"
		}
	}
	return strings.Join(parts, ", ")
}

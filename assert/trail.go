package assert

import (
	"fmt"
	"slices"
	"strings"

	"netverify/frame"
	"netverify/recording"
)

// maxTrail bounds the lines of a journey: those of a storm say nothing more.
const maxTrail = 64

// journeys are those of the frames that the step may match, and what came of
// them in the time of later steps.
func (s *scope) journeys() []recording.Journey {
	if s.ways != nil || len(s.obs)+len(s.stragglers()) == 0 {
		return s.ways
	}
	s.ways = recording.Journeys(s.c.Graph, s.rec, append(s.obs[:len(s.obs):len(s.obs)], s.stragglers()...))
	s.wayOf = make(map[int]way, len(s.obs))
	for j := range s.ways {
		for n := range s.ways[j].Stops {
			s.wayOf[s.ways[j].Stops[n].Observation] = way{j, n}
		}
	}
	return s.ways
}

// find returns the journey of an observation and its place there.
func (s *scope) find(i int) (*recording.Journey, int) {
	ways := s.journeys()
	w := s.wayOf[i]
	return &ways[w.journey], w.stop
}

// own tells whether the step's sender put the frame of an observation on the
// wire: it was seen leaving there before it was seen anywhere else.
func (s *scope) own(i int) bool {
	if s.cs.From == "" {
		return false
	}
	j, stop := s.find(i)
	sender := recording.Hop{Point: s.cs.From, Dir: frame.Out}
	if s.rec.Foreign != nil { // places on the way may be missing
		return slices.ContainsFunc(j.Stops, func(stop recording.JourneyStop) bool { return stop.Hop == sender })
	}
	return j.Stops[0].Hop == sender || j.Stops[j.Stops[stop].Root].Hop == sender
}

// end is the last place where the frame of an observation was seen.
func (s *scope) end(i int) int {
	j, stop := s.find(i)
	last := stop
	for n := stop + 1; n < len(j.Stops); n++ {
		if j.Stops[n].Root == j.Stops[stop].Root {
			last = n
		}
	}
	return j.Stops[last].Observation
}

// journeyOf renders the journey of the frame of one observation, a line a tap.
// Clones are indented below the stop that they left from.
func (s *scope) journeyOf(i int) []string {
	j, stop := s.find(i)
	if len(j.Stops) <= maxTrail {
		return s.render(j)
	}
	lines := s.tree(nil, j, j.Stops[stop].Root, 0)
	return append(lines, fmt.Sprintf("(the same frame was seen %d times in this step)", len(j.Stops)))
}

func (s *scope) render(j *recording.Journey) []string {
	var lines []string
	for i := range j.Stops {
		if j.Stops[i].Parent < 0 {
			lines = s.tree(lines, j, i, 0)
		}
	}
	return lines
}

func (s *scope) tree(lines []string, j *recording.Journey, i, depth int) []string {
	for len(lines) < maxTrail {
		lines = append(lines, strings.Repeat("  ", depth)+s.line(j.Stops[i].Observation))
		next := j.Stops[i].Next
		switch len(next) {
		case 0:
			return lines
		case 1:
			i = next[0]
			continue
		}
		for _, n := range next {
			lines = s.tree(lines, j, n, depth+1)
		}
		return lines
	}
	return lines
}

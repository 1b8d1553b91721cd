package assert

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"netverify/filter"
	"netverify/frame"
	"netverify/recording"
)

// scope is what one step's expectations may look at.
type scope struct {
	*judging
	cs   *CaseStep
	r    *recording.StepRecord
	step int
	obs  []int // observations of the step that expectations may match

	last   int             // the observation of the step after which nothing more moved; -1: none
	fences map[arrival]int // the latest of the step, as indexes into r.Fences
	legs   []string        // missing wherever an absence is to be proven

	posed *questions // of the step; made when first asked for

	whose   *attribution        // of a foreign capture without marks; made when first asked for
	sentAs  []frame.Frame       // what the step crafts, without its marks; likewise
	parties map[netip.Addr]bool // to whose resolution the step may lead; made when first asked for

	tellings map[telling]bool // of obs; made when first asked for

	ways  []recording.Journey // of obs; made when first asked for
	wayOf map[int]way         // by observation

	firstRoots map[*recording.Journey]map[recording.Hop]int64 // see firstRoot

	inTheWay *obstacles  // made when first asked for
	heldBack []*heldBack // by a router; made when first asked for
}

type arrival struct {
	point int
	dir   frame.Direction
	class recording.Class
}

// way is the place of an observation in ways.
type way struct{ journey, stop int }

func newScope(j *judging, step int) *scope {
	s := &scope{judging: j, cs: &j.c.Steps[step], r: &j.rec.Steps[step], step: step, last: -1}
	for i := s.r.First; i < s.r.First+s.r.Count; i++ {
		o := &s.rec.Observations[i]
		if s.counts(o) && (s.owned.owner(i) < 0 || s.owned.owner(i) == step) {
			s.obs = append(s.obs, i)
		}
		if s.moves(o) && (s.last < 0 || o.At > s.rec.Observations[s.last].At) {
			s.last = i
		}
	}
	s.fences = make(map[arrival]int, len(s.r.Fences))
	for n, f := range s.r.Fences {
		a := arrival{f.Point, f.Dir, f.Class}
		if old, ok := s.fences[a]; !ok || f.At > s.r.Fences[old].At {
			s.fences[a] = n
		}
	}
	s.legs = s.general()
	s.sinceSent()
	return s
}

// counts tells whether an observation of the step's time is a frame of the
// step: not a fence, not a straggler of another step, not background chatter
// (unless the step is strict).
func (s *scope) counts(o *recording.Observation) bool {
	switch o.Mark {
	case frame.Fence:
		return false
	case frame.Stimulus:
		return o.Step == s.step
	}
	return s.cs.Strict || !recording.Noise(o.Frame.Decode())
}

// moves tells whether an observation shows that the lab was not at rest: every
// frame but fences and what the step does not look at anyway.
func (s *scope) moves(o *recording.Observation) bool {
	return o.Mark != frame.Fence && (s.cs.Strict || !recording.Chatter(o))
}

// match returns the observations of the step at a place that pass the filter.
func (s *scope) match(at Place, m *filter.Matcher) []int {
	var found []int
	point, ok := s.points[at.Point]
	if !ok {
		return nil
	}
	for _, i := range s.obs {
		o := &s.rec.Observations[i]
		if o.Point == point && (at.Dir == 0 || at.Dir == o.Dir) && s.passes(i, m) {
			found = append(found, i)
		}
	}
	return found
}

func (s *scope) at(i int, p Place) bool {
	o := &s.rec.Observations[i]
	return (p.Dir == 0 || p.Dir == o.Dir) && s.names[o.Point] == p.Point
}

func (s *scope) passes(i int, m *filter.Matcher) bool { return m == nil || s.ask(i, m) }

// bind gives the filter the addresses that the interfaces had in this step.
func (s *scope) bind(f *filter.Filter, k *Check) (*filter.Matcher, bool) {
	if f == nil {
		return nil, true
	}
	m, err := f.Bind(s.r.Bindings)
	if err != nil {
		k.err("filter %q: %v", f, err)
		return nil, false
	}
	k.Filter = m.String()
	return m, true
}

// anyOf is a filter, as Wireshark takes it, that selects what any of these
// selects; "" where there is none.
func anyOf(list []*filter.Matcher) string {
	var texts []string
	for _, m := range list {
		if m != nil {
			texts = append(texts, m.String())
		}
	}
	if texts = unique(texts); len(texts) > 1 {
		return "(" + strings.Join(texts, ") || (") + ")"
	}
	return strings.Join(texts, "")
}

// line describes one observation: "#12 sw:p1 in  ARP Who has ...".
func (s *scope) line(i int) string {
	o := &s.rec.Observations[i]
	if f := s.rec.Foreign; f != nil {
		file := f.Points[o.Point].File
		return fmt.Sprintf("#%d of %s %s %s  %s", f.Frames[i], file[strings.LastIndexByte(file, '/')+1:], s.names[o.Point], o.Dir, o.Frame.Summary())
	}
	return fmt.Sprintf("#%d %s %s  %s", i+1, s.names[o.Point], o.Dir, o.Frame.Summary())
}

// late tells whether something came later after the stimulus than an
// expectation with `within` allows.
func (s *scope) late(at int64, within time.Duration) bool {
	return within > 0 && at-s.r.Begin > int64(within)
}

// after is how long after the step's begin something happened, for people.
func (s *scope) after(at int64) time.Duration {
	return time.Duration(at - s.r.Begin).Round(time.Microsecond)
}

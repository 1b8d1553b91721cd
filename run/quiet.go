package run

import (
	"fmt"
	"time"

	"netverify/assert"
	"netverify/frame"
)

// quietWindow stands in for a fence where none can reach.
const quietWindow = 50 * time.Millisecond

// coverQuiet keeps a quiet window for the points of the step's expectations
// that no fence came by, and says why.
func (s *session) coverQuiet(r *frame.StepRecord, fences []*fence) error {
	if s.step == idle {
		return nil
	}
	open := s.unreached(fences)
	if len(open) == 0 {
		return nil
	}
	if err := s.watch(r); err != nil {
		return err
	}
	for _, q := range open {
		q.Duration = int64(quietWindow)
		r.Quiet = append(r.Quiet, q)
	}
	return nil
}

// quietly keeps a quiet window beside the fences, where the lab does not have
// the order that they rely on.
func (s *session) quietly(r *frame.StepRecord) error {
	if s.step == idle {
		return nil
	}
	if err := s.watch(r); err != nil {
		return err
	}
	for i := range s.rec.Points {
		r.Quiet = append(r.Quiet, frame.QuietWindow{Point: i, Duration: int64(quietWindow), Why: s.order[0]})
	}
	return nil
}

// watch lets the window pass; whatever comes in it starts it anew.
func (s *session) watch(r *frame.StepRecord) error {
	for try := 0; try < maxWaves; try++ {
		before := s.caused
		until := time.Now().Add(quietWindow)
		for more := true; more; {
			var err error
			if more, err = s.poll(until); err != nil {
				return err
			}
		}
		if s.caused == before {
			return nil
		}
	}
	r.Still = false
	return nil
}

// unreached are the points whose silence the step relies on, but to which no
// fence was sent.
func (s *session) unreached(fences []*fence) []frame.QuietWindow {
	reached := make(map[arrival]bool)
	for _, f := range fences {
		for _, a := range f.arrivals {
			reached[a] = true
		}
	}
	var out []frame.QuietWindow
	done := make(map[int]bool)
	for _, place := range s.watched() {
		point := s.pointNamed(place.Point)
		if point < 0 || done[point] {
			continue
		}
		done[point] = true
		if why := s.whyUnreached(point, place.Dir, reached); why != "" {
			out = append(out, frame.QuietWindow{Point: point, Why: why})
		}
	}
	return out
}

func (s *session) whyUnreached(point int, dir frame.Direction, reached map[arrival]bool) string {
	p := &s.rec.Points[point]
	switch p.Kind {
	case "veth", "macvlan", "macvtap", "ipvlan":
	default:
		return "" // drained together with the hop before it
	}
	for _, i := range s.ifaces {
		if i.Ref.String() == p.Name() && i.OperState != "up" && i.OperState != "unknown" {
			return fmt.Sprintf("%s is %s: no fence can pass it", p.Name(), i.OperState)
		}
	}
	if dir != frame.Out && !(reached[arrival{point, frame.In, frame.Unicast}] && reached[arrival{point, frame.In, frame.Multidestination}]) {
		return "no frame can be made that must come in at " + p.Name()
	}
	if dir != frame.In && !reached[arrival{point, frame.Out, frame.Unicast}] {
		return "no frame can be made that must leave by " + p.Name()
	}
	return ""
}

// watched are the places at which the step's expectations may need an absence.
func (s *session) watched() []assert.Place {
	cs := &s.cas.Steps[s.step]
	var out []assert.Place
	if cs.Ping != nil {
		out = append(out, assert.Place{Point: cs.Ping.From, Dir: frame.In})
	}
	for i := range cs.Expect {
		switch e := &cs.Expect[i]; e.Kind {
		case assert.KindSeen, assert.KindNever, assert.KindAnswer:
			out = append(out, e.At)
		case assert.KindPath:
			out = append(out, e.Path[len(e.Path)-1].Place)
		}
	}
	return out
}

func (s *session) pointNamed(name string) int {
	for i := range s.rec.Points {
		if s.rec.Points[i].Name() == name {
			return i
		}
	}
	return -1
}

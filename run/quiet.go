package run

import (
	"fmt"
	"time"

	"netverify/assert"
	"netverify/frame"
	"netverify/recording"
)

// quietWindow stands in for a fence where none can reach.
const quietWindow = 50 * time.Millisecond

// quietPlan says which points need a quiet window, and why: those of the
// step's expectations that no fence comes by, or all, where the lab does not
// have the order that fences rely on.
func (s *session) quietPlan(fences []*fence) []recording.QuietWindow {
	var out []recording.QuietWindow
	switch {
	case s.step == idle:
		return nil
	case len(s.order) > 0:
		for i := range s.rec.Points {
			out = append(out, recording.QuietWindow{Point: i, Why: s.order[0]})
		}
	default:
		out = s.unreached(fences)
	}
	for i := range out {
		out[i].Duration = int64(quietWindow)
	}
	return out
}

// watch lets a quiet window pass and tells whether anything moved in it.
func (s *session) watch() (moved bool, err error) {
	before := s.caused
	until := time.Now().Add(quietWindow)
	for more := true; more; {
		if more, err = s.poll(until); err != nil {
			return false, err
		}
	}
	return s.caused != before, nil
}

// unreached are the points whose silence the step relies on, but to which no
// fence was sent.
func (s *session) unreached(fences []*fence) []recording.QuietWindow {
	reached := make(map[arrival]bool)
	for _, f := range fences {
		for _, a := range f.arrivals {
			reached[a] = true
		}
	}
	var out []recording.QuietWindow
	done := make(map[int]bool)
	for _, place := range s.watched() {
		point := s.pointNamed(place.Point)
		if point < 0 || done[point] {
			continue
		}
		done[point] = true
		if why := s.whyUnreached(point, place.Dir, reached); why != "" {
			out = append(out, recording.QuietWindow{Point: point, Why: why})
		}
	}
	return out
}

func (s *session) whyUnreached(point int, dir frame.Direction, reached map[arrival]bool) string {
	p := &s.rec.Points[point]
	switch p.Kind {
	case "bridge", "vlan", "bond", "dummy":
		return "" // drained together with the hop before it, or fed by nobody
	}
	if n, ok := s.iface[p.Name()]; ok {
		i := &s.ifaces[n]
		if !i.Up || i.OperState != "up" && i.OperState != "unknown" {
			return fmt.Sprintf("%s is %s: no fence can pass it", p.Name(), i.OperState)
		}
		if why := s.crowded(i); why != "" && dir != frame.Out {
			return why
		}
	}
	group := p.Kind == "loopback" || reached[arrival{point, frame.In, recording.Multidestination}]
	if dir != frame.Out && !(group && reached[arrival{point, frame.In, recording.Unicast}]) {
		return "no frame can be made that must come in at " + p.Name()
	}
	if dir != frame.In && !reached[arrival{point, frame.Out, recording.Unicast}] {
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
	if at, ok := s.at[name]; ok {
		return at
	}
	return -1
}

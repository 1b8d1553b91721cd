package foreign

import (
	"slices"

	"netverify/craft"
	"netverify/frame"
	"netverify/recording"
	"netverify/scenarios"
)

// compass tells on which side of an interface the frames of a station pass.
type compass struct {
	next    map[recording.Hop][]recording.Hop
	origins map[frame.MAC][]recording.Hop            // where frames with this source MAC are sent
	reach   map[recording.Hop]map[recording.Hop]bool // from an origin, made when first asked for
	asked   map[coming]bool                          // answers of comes
}

// coming is a question whether frames with a source MAC come to a hop past
// another.
type coming struct {
	src         frame.MAC
	to, without recording.Hop
}

// newCompass knows the lab as it is in one step. Where a port does not reflect
// frames, they do not leave by the port that they came in by.
func newCompass(p *scenarios.Plan, step int) *compass {
	present := p.At(step)
	hairpin := map[string]bool{}
	c := &compass{next: map[recording.Hop][]recording.Hop{}, origins: map[frame.MAC][]recording.Hop{}, reach: map[recording.Hop]map[recording.Hop]bool{}, asked: map[coming]bool{}}
	for _, i := range present {
		hairpin[i.String()] = i.Hairpin
		if len(i.MAC) == 6 && i.Kind != "loopback" {
			c.origin([6]byte(i.MAC), i.String())
		}
	}
	for _, e := range p.Graph.Direct() {
		reflects := e.From.Point != e.To.Point || e.From.Dir == frame.Out || hairpin[e.From.Point]
		if !e.Routed && reflects {
			c.next[e.From] = append(c.next[e.From], e.To)
		}
	}
	bindings := scenarios.Bindings(present)
	for i := range p.Steps[:step+1] {
		if s := p.Steps[i].Send; s != nil {
			c.crafted(s, bindings)
		}
	}
	return c
}

func (c *compass) origin(mac frame.MAC, point string) {
	c.origins[mac] = append(c.origins[mac], recording.Hop{Point: point, Dir: frame.Out})
}

// crafted: a `send` puts frames on the wire that may bear any source MAC.
func (c *compass) crafted(s *scenarios.Send, b recording.Bindings) {
	for i := range s.Frames {
		data, err := craft.Build(&s.Frames[i], b, frame.Tag{Mark: frame.Stimulus}, [8]byte{1})
		if err == nil && len(data) >= 12 {
			c.origin([6]byte(data[6:12]), s.From.String())
		}
	}
}

// orient puts in the sides of all sightings of one frame at a point, in order,
// so far as they are certain. Where the links leave one side only, it is that
// one. Where a frame comes to one side only by way of the other, as behind a
// port that reflects, it has been at the other first. once says that the frame
// was sent only once: what is seen of it next is then the second side.
func (c *compass) orient(point string, sightings []*recording.Observation, once bool) {
	src := sightings[0].Frame.Decode().Src
	in, out := recording.Hop{Point: point, Dir: frame.In}, recording.Hop{Point: point, Dir: frame.Out}
	switch {
	case c.comes(src, out, nowhere) == c.comes(src, in, nowhere):
		if !c.comes(src, in, nowhere) {
			return
		}
	case c.comes(src, in, nowhere):
		turn(sightings, frame.In)
		return
	default:
		turn(sightings, frame.Out)
		return
	}
	first, second := in, out
	switch inFirst, outFirst := !c.comes(src, out, in), !c.comes(src, in, out); {
	case inFirst == outFirst:
		return
	case outFirst:
		first, second = out, in
	}
	turn(sightings[:1], first.Dir)
	if once && len(sightings) == 2 {
		turn(sightings[1:], second.Dir)
	}
}

func turn(sightings []*recording.Observation, d frame.Direction) {
	for _, o := range sightings {
		o.Dir = d
	}
}

// nowhere is no hop.
var nowhere recording.Hop

// comes tells whether a frame with this source MAC may come to a hop without
// having been at another.
func (c *compass) comes(src frame.MAC, to, without recording.Hop) bool {
	if len(c.origins[src]) == 0 {
		return false
	}
	q := coming{src, to, without}
	answer, known := c.asked[q]
	if !known {
		answer = slices.ContainsFunc(c.origins[src], func(o recording.Hop) bool { return o != without && c.walk(o, without)[to] })
		c.asked[q] = answer
	}
	return answer
}

// from is every hop that a frame may come to that is sent at a hop.
func (c *compass) from(origin recording.Hop) map[recording.Hop]bool {
	if r, ok := c.reach[origin]; ok {
		return r
	}
	r := c.walk(origin, nowhere)
	c.reach[origin] = r
	return r
}

// walk is every hop that is reached from an origin past another.
func (c *compass) walk(origin, without recording.Hop) map[recording.Hop]bool {
	r := map[recording.Hop]bool{origin: true}
	for todo := []recording.Hop{origin}; len(todo) > 0; {
		h := todo[0]
		todo = todo[1:]
		for _, n := range c.next[h] {
			if !r[n] && n != without {
				r[n] = true
				todo = append(todo, n)
			}
		}
	}
	return r
}

// leads tells whether a frame seen at a may be seen at b later.
func (c *compass) leads(a, b recording.Hop) bool { return c.from(a)[b] }

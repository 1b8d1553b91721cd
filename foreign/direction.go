package foreign

import (
	"netverify/assert"
	"netverify/craft"
	"netverify/frame"
	"netverify/scenarios"
)

// compass tells on which side of an interface the frames of a station pass.
type compass struct {
	next    map[assert.Hop][]assert.Hop
	origins map[frame.MAC][]assert.Hop         // where frames with this source MAC are sent
	reach   map[assert.Hop]map[assert.Hop]bool // from an origin, made when first asked for
}

// newCompass knows the lab as it is in one step. Where a port does not reflect
// frames, they do not leave by the port that they came in by.
func newCompass(p *scenarios.Plan, step int) *compass {
	present := p.At(step)
	hairpin := map[string]bool{}
	c := &compass{next: map[assert.Hop][]assert.Hop{}, origins: map[frame.MAC][]assert.Hop{}, reach: map[assert.Hop]map[assert.Hop]bool{}}
	for _, i := range present {
		hairpin[i.String()] = i.Hairpin
		if len(i.MAC) == 6 && i.Kind != "loopback" {
			c.origin([6]byte(i.MAC), i.String())
		}
	}
	for _, e := range p.Graph {
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
	c.origins[mac] = append(c.origins[mac], assert.Hop{Point: point, Dir: frame.Out})
}

// crafted: a `send` puts frames on the wire that may bear any source MAC.
func (c *compass) crafted(s *scenarios.Send, b frame.Bindings) {
	for i := range s.Frames {
		data, err := craft.Build(&s.Frames[i], b, frame.Tag{Mark: frame.Stimulus}, [8]byte{1})
		if err == nil && len(data) >= 12 {
			c.origin([6]byte(data[6:12]), s.From.String())
		}
	}
}

// side is where a frame with this source MAC was at a point; 0 where the plan
// leaves both possible, or none.
func (c *compass) side(point string, src frame.MAC) frame.Direction {
	in, out := false, false
	for _, o := range c.origins[src] {
		r := c.from(o)
		in = in || r[assert.Hop{Point: point, Dir: frame.In}]
		out = out || r[assert.Hop{Point: point, Dir: frame.Out}]
	}
	switch {
	case in && !out:
		return frame.In
	case out && !in:
		return frame.Out
	}
	return 0
}

// from is every hop that a frame may come to that is sent at a hop.
func (c *compass) from(origin assert.Hop) map[assert.Hop]bool {
	if r, ok := c.reach[origin]; ok {
		return r
	}
	r := map[assert.Hop]bool{origin: true}
	for todo := []assert.Hop{origin}; len(todo) > 0; {
		h := todo[0]
		todo = todo[1:]
		for _, n := range c.next[h] {
			if !r[n] {
				r[n] = true
				todo = append(todo, n)
			}
		}
	}
	c.reach[origin] = r
	return r
}

// leads tells whether a frame seen at a may be seen at b later.
func (c *compass) leads(a, b assert.Hop) bool { return c.from(a)[b] }

package foreign

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"netverify/craft"
	"netverify/frame"
	"netverify/recording"
	"netverify/scenarios"
)

// Options say what the files are captures of.
type Options struct {
	Files  []File
	Points []Mapping
	Step   int // from 1: the step of the scenario; 0: the captures tell
}

// Record makes a recording of a plan's lab of captures. The error says what
// the user has to tell, a line each. notes are what was left out or put in.
func Record(p *scenarios.Plan, o Options) (rec *recording.Recording, notes []string, err error) {
	if o.Step < 0 || o.Step > len(p.Steps) {
		return nil, nil, fmt.Errorf("step %d: %s has steps 1 to %d", o.Step, p.Name, len(p.Steps))
	}
	list, err := place(p, o.Points, o.Files)
	if err != nil {
		return nil, nil, err
	}
	if len(list) == 0 {
		return nil, nil, errors.New("no capture")
	}
	b := &builder{p: p, list: list, rec: &recording.Recording{Scenario: p.Name, Foreign: new(recording.Foreign)}}
	if err := b.steps(o.Step); err != nil {
		return nil, nil, err
	}
	b.points()
	b.fill()
	for _, f := range o.Files {
		if f.Err != nil {
			b.rec.Trouble = append(b.rec.Trouble, fmt.Sprintf("%s: %v", f.Name, f.Err))
		}
	}
	b.strangers()
	return b.rec, b.notes, nil
}

type builder struct {
	p     *scenarios.Plan
	list  []placed
	rec   *recording.Recording
	notes []string
}

func (b *builder) note(format string, args ...any) {
	b.notes = append(b.notes, fmt.Sprintf(format, args...))
}

// steps gives each frame to its step.
func (b *builder) steps(asked int) error {
	nonce, ok, err := nonceOf(b.list, len(b.p.Steps))
	if err != nil {
		return err
	}
	covered := make([]bool, len(b.p.Steps))
	b.rec.Foreign.Steps = covered
	if !ok || asked > 0 {
		step, err := only(b.p, asked)
		if err != nil {
			return err
		}
		covered[step] = true
		for _, s := range b.list {
			for i := range s.frames {
				s.frames[i].Step, s.frames[i].Mark, s.frames[i].Seq = step, frame.Unmarked, 0
			}
		}
		return nil
	}
	b.rec.Nonce = nonce
	left := 0
	for _, s := range b.list {
		attribute(s, nonce, b.p)
		for _, o := range s.frames {
			if o.Step == noStep && o.Mark == frame.Unmarked {
				left++
			} else if o.Step != noStep {
				covered[o.Step] = true
			}
		}
	}
	b.note("made beside the netverify run with the nonce %x: frames belong to the steps whose marks stand around them", nonce)
	if left > 0 {
		b.note("%d frame(s) belong to no step for certain, and were left out", left)
	}
	return nil
}

// last is the last step that there is a capture of.
func (b *builder) last() int {
	last := 0
	for i, c := range b.rec.Foreign.Steps {
		if c {
			last = i
		}
	}
	return last
}

// points describes the places that were captured, as the plan knows them.
func (b *builder) points() {
	dropped := map[string]int64{}
	tagless := !usesTags(b.p)
	for _, s := range b.list {
		pt := b.point(s.point)
		b.rec.Points = append(b.rec.Points, pt)
		b.rec.Foreign.Points = append(b.rec.Foreign.Points, recording.ForeignPoint{File: s.file, Cooked: s.cooked, Tags: s.tags || tagless})
		if known, ok := dropped[pt.Node]; s.dropped < 0 || ok && known < 0 {
			dropped[pt.Node] = -1
		} else {
			dropped[pt.Node] += s.dropped
		}
		if s.skipped > 0 {
			b.note("%d frame(s) of %s are not Ethernet, and were left out", s.skipped, s.name())
		}
	}
	for _, n := range b.p.Nodes {
		if d, ok := dropped[n.Name]; ok && d >= 0 {
			b.rec.Taps = append(b.rec.Taps, recording.Tap{Node: n.Name, Dropped: uint64(d)})
		}
	}
}

func (b *builder) point(name string) recording.Point {
	ref, _ := recording.ParseRef(name)
	pt := recording.Point{Node: ref.Node, Interface: ref.Iface}
	for step := b.last(); step >= -1; step-- {
		for _, i := range b.p.At(step) {
			if i.String() != name {
				continue
			}
			if pt.Kind, pt.MTU = i.Kind, i.MTU; len(i.MAC) == 6 {
				pt.MAC = [6]byte(i.MAC)
			}
			return pt
		}
	}
	return pt
}

// usesTags tells whether a plan has anything to do with VLANs. In a lab that
// has not, there is no tag that a capture could have lost.
func usesTags(p *scenarios.Plan) bool {
	for _, n := range p.Needs {
		if strings.Contains(n.Name, "vlan") && !strings.Contains(n.Name, "macvlan") && !strings.Contains(n.Name, "ipvlan") {
			return true
		}
	}
	for i := range p.Steps {
		if s := p.Steps[i].Send; s != nil {
			for j := range s.Frames {
				if len(s.Frames[j].VLAN) > 0 || s.Frames[j].Hex != "" {
					return true
				}
			}
		}
	}
	return false
}

// fill brings the frames of all captures together, step by step.
func (b *builder) fill() {
	unit := int64(1)
	for _, s := range b.list {
		unit = max(unit, s.unit)
	}
	for step := range b.p.Steps {
		r := recording.StepRecord{Name: b.p.Steps[step].Name, First: len(b.rec.Observations), Bindings: scenarios.Bindings(b.p.At(step))}
		if b.rec.Foreign.Steps[step] {
			b.step(step, unit, &r)
		}
		b.rec.Steps = append(b.rec.Steps, r)
		b.rec.Foreign.Sent = append(b.rec.Foreign.Sent, crafted(&b.p.Steps[step], r.Bindings))
	}
}

// crafted are the frames that a step puts on the wire itself, so far as the plan
// tells.
func crafted(s *scenarios.Step, b recording.Bindings) (out [][]byte) {
	if s.Send == nil {
		return nil
	}
	for i := range s.Send.Frames {
		if data, err := craft.Build(&s.Send.Frames[i], b, frame.Tag{Mark: frame.Stimulus}, [8]byte{1}); err == nil {
			out = append(out, data)
		}
	}
	return out
}

// step takes the frames of one step over, in order. All times get the coarsest
// resolution that any has: only then can they be compared.
func (b *builder) step(step int, unit int64, r *recording.StepRecord) {
	c := newCompass(b.p, step)
	count := 0
	for _, s := range b.list {
		b.orient(c, s, step)
		for i := range s.frames {
			if s.frames[i].Step == step {
				count++
			}
		}
	}
	list := make([]seen, 0, count)
	for point, s := range b.list {
		for i := range s.frames {
			o := s.frames[i]
			if o.Step != step {
				continue
			}
			o.Point, o.At = point, o.At-o.At%unit
			list = append(list, seen{o, s.numbers[i], recording.Hop{Point: s.point, Dir: o.Dir}})
		}
	}
	c.inOrder(list)
	b.rec.Foreign.Clocks = append(b.rec.Foreign.Clocks, c.contradictions(b.p.Graph.Direct(), list, unit)...)
	from := b.p.Case().Steps[step].From
	b.rec.Observations = slices.Grow(b.rec.Observations, count)
	b.rec.Foreign.Frames = slices.Grow(b.rec.Foreign.Frames, count)
	for i := range list {
		o := &list[i]
		b.rec.Observations = append(b.rec.Observations, o.Observation)
		b.rec.Foreign.Frames = append(b.rec.Foreign.Frames, o.number)
		if r.Begin == 0 && o.Mark != frame.Fence && o.hop == (recording.Hop{Point: from, Dir: frame.Out}) {
			r.Begin = o.At
		}
	}
	if r.Count = len(list); r.Count > 0 {
		r.End = list[len(list)-1].At
		if r.Begin == 0 {
			r.Begin = list[0].At
		}
	}
}

// orient puts in the sides of what was captured at a place in a step. An echo
// of a ping is sent once, and so is what bears a number of a run.
func (b *builder) orient(c *compass, s placed, step int) {
	type station struct {
		src frame.MAC // a bridge may give a group frame the MAC of one station
		key string
	}
	sightings := map[station][]*recording.Observation{}
	keys := map[frame.Frame]string{} // frames are shared where they are the same
	for i := range s.frames {
		o := &s.frames[i]
		if o.Step == step && o.Dir == 0 && o.Mark != frame.Fence { // fences are sent everywhere
			key, known := keys[o.Frame]
			if !known {
				key = o.Frame.Key()
				keys[o.Frame] = key
			}
			who := station{o.Frame.Decode().Src, key}
			sightings[who] = append(sightings[who], o)
		}
	}
	for _, list := range sightings {
		d := list[0].Frame.Decode()
		echo := d.ICMP != nil && (d.ICMP.Type == 8 || d.ICMP.Type == 0) || d.ICMPv6 != nil && (d.ICMPv6.Type == 128 || d.ICMPv6.Type == 129)
		c.orient(s.point, list, list[0].Mark == frame.Stimulus || echo && b.p.Steps[step].Ping != nil)
	}
}

// strangers notes where nothing in the captures comes from the plan's lab:
// its interfaces have other MACs there.
func (b *builder) strangers() {
	known := map[frame.MAC]bool{}
	for step := range b.rec.Steps {
		for _, x := range b.rec.Steps[step].Bindings {
			known[x.MAC] = true
		}
	}
	known[frame.MAC{}] = false
	if len(b.rec.Observations) > 0 && !slices.ContainsFunc(b.rec.Observations, func(o recording.Observation) bool {
		return known[o.Frame.Decode().Src]
	}) {
		b.note("no frame comes from a MAC of the plan: say by macaddress in the scenario which MACs the interfaces have")
	}
	for _, s := range b.list {
		if s.untimed && len(b.list) > 1 {
			b.rec.Foreign.Clocks = append(b.rec.Foreign.Clocks, s.name()+" has frames without a time")
		}
	}
}

package main

import (
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"

	"netverify/assert"
	"netverify/frame"
	"netverify/recording"
	"netverify/scenarios"
)

// normal says what a recording shows, without what differs from run to run:
// the verdict on each expectation, and step by step the ways of all frames but
// fences and chatter. Two recordings of one behaviour give the same text.
//
// Left out are times, tags, identifiers and checksums (frame.Frame.Summary does
// not tell the last), MACs that the kernel draws, and the order of frames of
// different ways; the questions of stacks for MACs, unless a check rests on
// them; and that a macvlan takes in frames of a group, for it does so with some that it has not
// joined: its filter has room for 256 values, and which group shares the value
// of another is drawn (drivers/net/macvlan.c:mc_hash, net_hash_mix).
func normal(p *scenarios.Plan, rec *recording.Recording) string {
	c := p.Case()
	v := assert.Judge(&c, rec)
	n := &normaliser{p: p, rec: rec, decides: map[int]bool{}}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", v.Outcome)
	for _, k := range v.Checks {
		fmt.Fprintf(&b, "%d %s: %s\n", k.Step+1, k.Text, k.Outcome)
		for _, i := range k.Frames {
			n.decides[i] = true
		}
	}
	for step := range rec.Steps {
		fmt.Fprintf(&b, "step %d: %s\n", step+1, rec.Steps[step].Name)
		n.drawnMACs(step)
		for _, way := range n.ways(step) {
			b.WriteString(way)
		}
	}
	return b.String()
}

type normaliser struct {
	p       *scenarios.Plan
	rec     *recording.Recording
	decides map[int]bool // frames on which a check rests
	names   *strings.Replacer
}

// drawnMACs gives the MACs that the plan does not know the name of their
// interface.
func (n *normaliser) drawnMACs(step int) {
	known := scenarios.Bindings(n.p.At(step))
	var pairs []string
	for name, b := range n.rec.Steps[step].Bindings {
		if _, ok := known[name]; !ok {
			pairs = append(pairs, net.HardwareAddr(b.MAC[:]).String(), "@"+name)
		}
	}
	n.names = strings.NewReplacer(pairs...)
}

// ways are the journeys of a step's frames, each once, in the order of their text.
func (n *normaliser) ways(step int) (out []string) {
	r := &n.rec.Steps[step]
	var frames []int
	for i := r.First; i < r.First+r.Count; i++ {
		o := &n.rec.Observations[i]
		if o.Mark != frame.Fence && !recording.Chatter(o) && (o.Mark == frame.Unmarked || o.Step == step) && !n.byChance(i) {
			frames = append(frames, i)
		}
	}
	for _, j := range recording.Journeys(n.p.Graph, n.rec, frames) {
		for s := range j.Stops {
			if j.Stops[s].Parent >= 0 {
				continue
			}
			if n.asks(&j) {
				continue
			}
			out = append(out, n.tree(&j, s, 1))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// byChance tells of frames that a macvlan may or may not have taken in.
func (n *normaliser) byChance(i int) bool {
	o := &n.rec.Observations[i]
	d := o.Frame.Decode()
	kind := n.rec.Points[o.Point].Kind
	return o.Dir == frame.In && (kind == "macvlan" || kind == "macvtap") && d.Dst.IsGroup() && d.Dst != frame.Broadcast
}

// asks tells of what stacks send to resolve addresses, and answer, where no
// check rests on it: when they ask again is up to their timers, and in which
// step that falls up to the machine.
func (n *normaliser) asks(j *recording.Journey) bool {
	o := &n.rec.Observations[j.Stops[0].Observation]
	d := o.Frame.Decode()
	return o.Mark == frame.Unmarked && (d.ARP != nil || d.ICMPv6 != nil && (d.ICMPv6.Type == 135 || d.ICMPv6.Type == 136)) &&
		!slices.ContainsFunc(j.Stops, func(s recording.JourneyStop) bool { return n.decides[s.Observation] })
}

// tree is one way, a line a place, with what came next below it.
func (n *normaliser) tree(j *recording.Journey, stop, depth int) string {
	s := &j.Stops[stop]
	o := &n.rec.Observations[s.Observation]
	summary := drawn.ReplaceAllString(n.names.Replace(o.Frame.Summary()), "$1=…")
	text := fmt.Sprintf("%s%s %s %s\n", strings.Repeat(" ", depth), s.Hop.Point, s.Hop.Dir, summary)
	var next []string
	for _, i := range s.Next {
		next = append(next, n.tree(j, i, depth+1))
	}
	slices.Sort(next)
	return text + strings.Join(slices.Compact(next), "")
}

// drawn are numbers in a summary that are drawn at random.
var drawn = regexp.MustCompile(`\b(id|nonce|flow)=(0x)?[0-9a-f]+`)

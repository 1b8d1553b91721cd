package scenarios

import (
	"cmp"
	"errors"
	"slices"

	"netverify/assert"
	"netverify/craft"
	"netverify/scenarios/internal/yamltree"
)

// Bounds of a scenario, so that one file cannot hold a run up for hours.
const (
	maxSteps = 1000
	maxWait  = 10 * 60e9 // ns
)

// Defaults of what a host's stack sends.
const (
	defaultCount   = 1
	defaultSize    = 56    // bytes, as ping(8)
	defaultUDPSize = 16    // bytes: the nonce alone
	defaultSrcPort = 49152 // as that of crafted datagrams
	defaultHops    = 8
)

func (r *resolver) steps() {
	if len(r.doc.Steps) > maxSteps {
		r.at(r.doc.Steps[maxSteps].node, "more than %d steps", maxSteps)
		return
	}
	for i := range r.doc.Steps {
		doc := &r.doc.Steps[i]
		if doc.node == nil {
			continue
		}
		if doc.Name.set() && doc.Name.S == "" {
			r.at(doc.Name.node, "the name of a step is empty")
		}
		s := Step{Pos: doc.pos(), Name: doc.Name.S, Strict: doc.Strict.V, Limits: doc.Limits.limits()}
		r.action(&s, doc)
		r.expectations(&s, doc)
		r.statesOfSet(&s, doc)
		r.plan.Steps = append(r.plan.Steps, s)
	}
}

func (r *resolver) action(s *Step, doc *stepDoc) {
	fails := ""
	if doc.Expect != nil {
		fails = doc.Expect.Fails.S
	}
	switch {
	case doc.Ping != nil:
		s.Ping = r.ping(doc.Ping)
	case doc.Arping != nil:
		s.Arping = r.arping(doc.Arping)
	case doc.Traceroute != nil:
		s.Traceroute = r.traceroute(doc.Traceroute)
	case doc.UDP != nil:
		s.UDP = r.udp(doc.UDP)
	case doc.Send != nil:
		s.Send = r.send(doc.Send)
		s.Send.Fails = fails
		if fails != "" && s.Send.Count*len(s.Send.Frames) > 1 {
			r.at(doc.Expect.Fails.node, "a send that must fail sends one frame, not %d", s.Send.Count*len(s.Send.Frames))
		}
	case doc.Set != nil:
		s.Set = r.set(doc.Set, fails)
	case doc.Create != nil:
		s.Create = r.create(doc.Create, fails)
	case doc.Remove.set():
		s.Remove = r.remove(doc.Remove, fails)
	case doc.Wait != nil:
		s.Wait = &Wait{For: doc.Wait.For.D}
		if doc.Wait.For.D > maxWait {
			r.at(doc.Wait.For.node, "a wait lasts 10m at most")
		}
	}
}

// send reads crafted frames. What craft finds wrong is reported where it is
// written.
func (r *resolver) send(doc *sendDoc) *Send {
	from, _ := r.ref(doc.From)
	s := &Send{From: from, Queue: doc.By.S == "queue", Count: int(doc.Count.N)}
	if i := r.live[from]; s.Queue && i != nil && i.Kind != Macvtap {
		r.at(doc.By.node, "by: queue is for macvtap; %s is a %s", from, i.Kind)
	}
	if !doc.Count.set() {
		s.Count = defaultCount
	}
	frames := doc.Frames
	if doc.Frame != nil {
		frames = []frameDoc{*doc.Frame}
	}
	if doc.Hex.set() {
		spec := craft.Spec{Hex: doc.Hex.S}
		for _, e := range craftErrors(spec.Validate()) {
			r.at(doc.Hex.node, "%s", e.Msg)
		}
		s.Frames = []craft.Spec{spec}
	}
	for i := range frames {
		f := &frames[i]
		if f.node == nil {
			continue
		}
		r.namesWithin(f.node)
		if !r.bad[f.node] {
			for _, e := range craftErrors(f.Spec.Validate()) {
				r.at(f.node.Find(e.Path), "%s", craftMessage(f.node, e))
			}
		}
		s.Frames = append(s.Frames, f.Spec)
	}
	return s
}

// craftErrors returns craft's errors with their paths.
func craftErrors(errs []error) (list []*craft.Error) {
	for _, err := range errs {
		var e *craft.Error
		if !errors.As(err, &e) {
			e = &craft.Error{Msg: err.Error()}
		}
		list = append(list, e)
	}
	return list
}

// craftMessage names the field where the position cannot: it is not written.
func craftMessage(frame *yamltree.Node, e *craft.Error) string {
	at := frame.Find(e.Path)
	if e.Path == "" || at.Kind == yamltree.Scalar {
		return e.Msg
	}
	return e.Path + ": " + e.Msg
}

// namesWithin checks every "@node:interface" below a node.
func (r *resolver) namesWithin(n *yamltree.Node) {
	if n.Kind == yamltree.Scalar && refLike.MatchString(n.Value) {
		r.checkAt(text{loc{n}, n.Value})
	}
	for _, p := range n.Pairs {
		r.namesWithin(p.Value)
	}
	for _, item := range n.Items {
		r.namesWithin(item)
	}
}

// expectations reads what must come of a step, in the order of the file.
func (r *resolver) expectations(s *Step, doc *stepDoc) {
	e := doc.Expect
	if e == nil {
		if doc.Ping != nil || doc.Arping != nil || doc.Traceroute != nil {
			r.missing(doc.node, "a step that asks something must expect something: it lacks expect")
		}
		return
	}
	if len(e.node.Pairs) == 0 {
		r.missing(e.node, "expect is empty")
		return
	}
	r.fitting(doc)
	x := &expecter{resolver: r, sends: doc.Send != nil}
	x.reply(s, e)
	x.hops(s, e)
	x.fails(e)
	x.storm(doc, e)
	x.sights(e)
	x.receivers(e)
	x.path(e)
	x.state(e)
	slices.SortStableFunc(x.list, func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.col, b.col))
	})
	for _, p := range x.list {
		s.Expect = append(s.Expect, p.Expectation)
	}
	if c := s.Create; c != nil {
		c.Judged = judged(s.Expect, c.Interface.Node+":"+c.Interface.Name)
	}
	for i := range s.Set {
		set := &s.Set[i]
		set.Carriers = carriers(s.Expect)
		if set.Iface != nil {
			set.Iface.Judged = judged(s.Expect, set.Target)
		}
	}
}

// judged are the state keys of a target that a step expects.
func judged(list []assert.Expectation, target string) (keys []string) {
	for _, e := range list {
		for _, w := range e.State {
			if w.Target == target {
				keys = append(keys, w.Key)
			}
		}
	}
	return keys
}

// carriers are the targets whose carrier or operational state a step expects.
func carriers(list []assert.Expectation) (targets []string) {
	for _, e := range list {
		for _, w := range e.State {
			if (w.Key == "carrier" || w.Key == "operstate") && !slices.Contains(targets, w.Target) {
				targets = append(targets, w.Target)
			}
		}
	}
	return targets
}

// placed is an expectation with the column that it stands in.
type placed struct {
	assert.Expectation
	col int
}

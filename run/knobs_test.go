package run

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"testing"

	"netverify/assert"
	"netverify/craft"
	"netverify/recording"
	"netverify/scenarios"
)

// knob is one change to what a scenario builds or does, of the kind that a
// careless person or a broken kernel makes.
type knob struct {
	name  string
	turn  func(p *scenarios.Plan)
	blunt bool // cuts the traffic off whatever the scenario is about
}

// TestEveryScenarioCanFail breaks the lab of each built-in scenario by one
// knob after the other, until a check fails. A scenario that no knob makes
// fail proves nothing, and neither does one that notices only that its traffic
// is cut off, where there is anything finer to turn. What each of these runs
// leaves gives its verdict again.
func TestEveryScenarioCanFail(t *testing.T) {
	plans, err := scenarios.Library()
	if err != nil {
		t.Fatal(err)
	}
	pinned(t, func(j *job) {
		for _, p := range plans {
			t.Run(p.Name, func(t *testing.T) { canFail(t, j, p) })
		}
	})
}

func canFail(t *testing.T, j *job, p *scenarios.Plan) {
	j.opt.Out = t.TempDir()
	r := p.Result()
	tryPlan(j, p, &r)
	if r.Outcome == assert.Skip {
		t.Logf("not on this kernel: %s", r.Reason)
		return
	}
	if r.Outcome != assert.Pass {
		t.Fatalf("unbroken: %s: %s", r.Outcome, r.Reason)
	}
	judgedAgain(t, j.opt.Out, p, &r)
	var survived []string
	for _, k := range knobs(p) {
		broken := clone(p)
		k.turn(broken)
		r := p.Result()
		tryPlan(j, broken, &r)
		if len(r.Evidence) > 0 {
			judgedAgain(t, j.opt.Out, broken, &r)
		}
		if r.Outcome == assert.Fail && !slices.ContainsFunc(r.Checks, func(c assert.Check) bool { return c.Outcome == assert.Error }) {
			t.Logf("fails with %s: %s", k.name, r.Reason)
			return
		}
		survived = append(survived, fmt.Sprintf("%s: %s %s", k.name, r.Outcome, r.Reason))
	}
	t.Errorf("no knob makes it fail:\n%q", survived)
}

func tryPlan(j *job, p *scenarios.Plan, r *assert.Result) {
	j.plan = p
	scenario(context.Background(), j, r)
}

// clone copies all that knobs change.
func clone(p *scenarios.Plan) *scenarios.Plan {
	c := *p
	c.Nodes = slices.Clone(p.Nodes)
	for n := range c.Nodes {
		node := &c.Nodes[n]
		node.Interfaces = slices.Clone(node.Interfaces)
		for i := range node.Interfaces {
			f := &node.Interfaces[i]
			f.Addresses = slices.Clone(f.Addresses)
			f.Macvlan, f.Port, f.VLAN, f.Ipvlan = copied(f.Macvlan), copied(f.Port), copied(f.VLAN), copied(f.Ipvlan)
		}
	}
	c.Steps = slices.Clone(p.Steps)
	for i := range c.Steps {
		s := &c.Steps[i]
		s.Set = slices.Clone(s.Set)
		if s.Create != nil {
			s.Create = copied(s.Create)
			s.Create.Interface.Macvlan = copied(s.Create.Interface.Macvlan)
		}
	}
	return &c
}

func copied[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

// knobs are all that can be turned at a plan, the likeliest to be noticed first.
func knobs(p *scenarios.Plan) []knob {
	var out []knob
	add := func(name string, turn func(*scenarios.Plan)) { out = append(out, knob{name: name, turn: turn}) }
	blunt := func(name string, turn func(*scenarios.Plan)) {
		out = append(out, knob{name: name, turn: turn, blunt: true})
	}
	for n := range p.Nodes {
		for i := range p.Nodes[n].Interfaces {
			interfaceKnobs(&p.Nodes[n].Interfaces[i], n, i, add)
		}
	}
	for n := range p.Nodes {
		nodeKnobs(&p.Nodes[n], n, add)
	}
	for i := range p.Steps {
		stepKnobs(&p.Steps[i], i, add)
	}
	if onlyCables(p) {
		cableKnobs(p, add)
	}
	for n := range p.Nodes {
		for i := range p.Nodes[n].Interfaces {
			addressKnobs(&p.Nodes[n].Interfaces[i], n, i, blunt)
		}
	}
	if slices.ContainsFunc(out, func(k knob) bool { return !k.blunt }) {
		return slices.DeleteFunc(out, func(k knob) bool { return k.blunt })
	}
	return out
}

func interfaceKnobs(f *scenarios.Interface, n, i int, add func(string, func(*scenarios.Plan))) {
	name := f.Node + ":" + f.Name
	at := func(p *scenarios.Plan) *scenarios.Interface { return &p.Nodes[n].Interfaces[i] }
	if f.Macvlan != nil && f.Macvlan.BCQueueLen != nil {
		add(name+" with the queue of the default", func(p *scenarios.Plan) { at(p).Macvlan.BCQueueLen = nil })
	}
	if f.Macvlan != nil && f.Macvlan.Mode != "passthru" {
		for _, mode := range []string{"bridge", "vepa", "private"} {
			if mode != f.Macvlan.Mode {
				add(name+" in mode "+mode, func(p *scenarios.Plan) { at(p).Macvlan.Mode = mode })
			}
		}
	}
	if f.Macvlan != nil && len(f.Macvlan.Sources) > 0 {
		add(name+" lists nobody", func(p *scenarios.Plan) { at(p).Macvlan.Sources = nil })
	}
	if f.Macvlan != nil && f.Macvlan.Mode == "source" {
		add(name+" lists everybody", func(p *scenarios.Plan) { at(p).Macvlan.Mode = "bridge" })
	}
	if f.Ipvlan != nil {
		for _, mode := range []string{"l2", "l3", "l3s"} {
			if mode != f.Ipvlan.Mode {
				add(name+" and its siblings in mode "+mode, func(p *scenarios.Plan) {
					for _, s := range ipvlans(p, at(p).Link) {
						s.Mode = mode
					}
				})
			}
		}
		for _, flag := range []string{"bridge", "private", "vepa"} {
			if flag != f.Ipvlan.Flag {
				add(name+" and its siblings with flag "+flag, func(p *scenarios.Plan) {
					for _, s := range ipvlans(p, at(p).Link) {
						s.Flag = flag
					}
				})
			}
		}
	}
	if f.DAD {
		add(name+" without duplicate address detection", func(p *scenarios.Plan) { at(p).DAD = false })
	}
	if len(f.Groups) > 0 {
		add(name+" in no group", func(p *scenarios.Plan) { at(p).Groups = nil })
	}
	if f.VLAN != nil {
		add(name+" with another id", func(p *scenarios.Plan) { at(p).VLAN.ID ^= 1 })
	}
	if f.VLAN != nil && len(f.VLAN.EgressQoS)+len(f.VLAN.IngressQoS) > 0 {
		add(name+" without its maps", func(p *scenarios.Plan) { at(p).VLAN.EgressQoS, at(p).VLAN.IngressQoS = nil, nil })
	}
	if f.Master != "" {
		add(name+" outside "+f.Master, func(p *scenarios.Plan) { at(p).Master, at(p).Port = "", nil })
	}
	if f.Port != nil && len(f.Port.Tunnels) > 0 {
		add(name+" without tunnels", func(p *scenarios.Plan) { at(p).Port.Tunnels = nil })
	}
	if f.Port != nil || f.Master != "" {
		portKnobs(name, func(p *scenarios.Plan) *scenarios.Port {
			if at(p).Port == nil {
				at(p).Port = &scenarios.Port{}
			}
			return at(p).Port
		}, add)
	}
}

// ipvlans are the ipvlan children of a parent, which have one mode and flag.
func ipvlans(p *scenarios.Plan, parent *recording.Ref) (list []*scenarios.IpvlanSpec) {
	for _, n := range p.Nodes {
		for i := range n.Interfaces {
			if f := &n.Interfaces[i]; f.Ipvlan != nil && *f.Link == *parent {
				list = append(list, f.Ipvlan)
			}
		}
	}
	return list
}

func addressKnobs(f *scenarios.Interface, n, i int, add func(string, func(*scenarios.Plan))) {
	name := f.Node + ":" + f.Name
	at := func(p *scenarios.Plan) *scenarios.Interface { return &p.Nodes[n].Interfaces[i] }
	for a := range f.Addresses {
		add(name+" with another address", func(p *scenarios.Plan) { at(p).Addresses[a] = elsewhere(at(p).Addresses[a]) })
	}
	if f.MAC != nil {
		add(name+" with a MAC of the kernel's choice", func(p *scenarios.Plan) { at(p).MAC = nil })
		add(name+" with another MAC", func(p *scenarios.Plan) { at(p).MAC = net.HardwareAddr{2, 0xba, 0xd0, 0, byte(n), byte(i)} })
	}
}

func portKnobs(name string, at func(*scenarios.Plan) *scenarios.Port, add func(string, func(*scenarios.Plan))) {
	for _, k := range []struct {
		name  string
		field func(*scenarios.Port) **bool
		stock bool // the kernel's default
	}{
		{"hairpin", func(q *scenarios.Port) **bool { return &q.Hairpin }, false},
		{"isolated", func(q *scenarios.Port) **bool { return &q.Isolated }, false},
		{"learning", func(q *scenarios.Port) **bool { return &q.Learning }, true},
		{"flood", func(q *scenarios.Port) **bool { return &q.Flood }, true},
		{"bcast_flood", func(q *scenarios.Port) **bool { return &q.BcastFlood }, true},
		{"mcast_flood", func(q *scenarios.Port) **bool { return &q.McastFlood }, true},
		{"locked", func(q *scenarios.Port) **bool { return &q.Locked }, false},
	} {
		add(name+" with "+k.name+" turned", func(p *scenarios.Plan) {
			f := k.field(at(p))
			now := k.stock
			if *f != nil {
				now = **f
			}
			now = !now
			*f = &now
		})
	}
}

// elsewhere is the same prefix length in another subnet.
func elsewhere(a netip.Prefix) netip.Prefix {
	b := a.Addr().AsSlice()
	b[1] ^= 0x15
	addr, _ := netip.AddrFromSlice(b)
	return netip.PrefixFrom(addr, a.Bits())
}

func nodeKnobs(node *scenarios.Node, n int, add func(string, func(*scenarios.Plan))) {
	at := func(p *scenarios.Plan) *scenarios.Node { return &p.Nodes[n] }
	if !node.Switch {
		add(node.Name+" with forwarding turned", func(p *scenarios.Plan) { at(p).Forwarding = !at(p).Forwarding })
	}
	if len(node.Routes) > 0 {
		add(node.Name+" without routes", func(p *scenarios.Plan) { at(p).Routes = nil })
	}
	if len(node.Sysctls) > 0 {
		add(node.Name+" without its sysctls", func(p *scenarios.Plan) { at(p).Sysctls = nil })
	}
	if len(node.Neighbours) > 0 {
		add(node.Name+" without its neighbours", func(p *scenarios.Plan) { at(p).Neighbours = nil })
	}
	if len(node.FDB) > 0 {
		add(node.Name+" without its fdb", func(p *scenarios.Plan) { at(p).FDB = nil })
	}
	if node.Firewall != nil {
		add(node.Name+" without its firewall", func(p *scenarios.Plan) { at(p).Firewall = nil })
	}
	if node.LoDown {
		add(node.Name+" with lo up", func(p *scenarios.Plan) { at(p).LoDown = false })
	}
	if node.Bridge != nil {
		add(node.Name+" with its bridge as by default", func(p *scenarios.Plan) { at(p).Bridge = &scenarios.Bridge{} })
	}
}

func stepKnobs(s *scenarios.Step, i int, add func(string, func(*scenarios.Plan))) {
	at := func(p *scenarios.Plan) *scenarios.Step { return &p.Steps[i] }
	if s.Set != nil {
		add("without the change of step "+s.Name, func(p *scenarios.Plan) { at(p).Set = []scenarios.Setting{} })
	}
	if s.Create != nil && !s.Create.Interface.Down {
		add("step "+s.Name+" leaves it down", func(p *scenarios.Plan) { at(p).Create.Interface.Down = true })
	}
	if s.Create != nil && s.Create.Interface.Macvlan != nil {
		for _, mode := range []string{"bridge", "private"} {
			add("step "+s.Name+" in mode "+mode, func(p *scenarios.Plan) { at(p).Create.Interface.Macvlan.Mode = mode })
		}
		add("step "+s.Name+" with another queue", func(p *scenarios.Plan) {
			m, length := *at(p).Create.Interface.Macvlan, uint32(7)
			m.BCQueueLen = &length
			at(p).Create.Interface.Macvlan = &m
		})
	}
	if s.Create != nil { // which nothing refuses
		add("step "+s.Name+" makes a bridge nv0 instead", func(p *scenarios.Plan) {
			was := at(p).Create.Interface
			at(p).Create = &scenarios.Create{Interface: scenarios.Interface{Pos: was.Pos, Node: was.Node, Name: "nv0", Kind: scenarios.BridgeK}}
		})
	}
}

// onlyCables tells whether a plan is about cables alone: there is nothing else
// to turn then.
func onlyCables(p *scenarios.Plan) bool {
	for n := range p.Nodes {
		for i := range p.Nodes[n].Interfaces {
			if f := &p.Nodes[n].Interfaces[i]; f.Kind != scenarios.Veth || f.Master != "" {
				return false
			}
		}
	}
	return true
}

// cableKnobs are what a bad cable does: it is too narrow, doubles a frame, or
// loses one.
func cableKnobs(p *scenarios.Plan, add func(string, func(*scenarios.Plan))) {
	for n := range p.Nodes {
		for i := range p.Nodes[n].Interfaces {
			f := &p.Nodes[n].Interfaces[i]
			add(f.Node+":"+f.Name+" with a small MTU", func(p *scenarios.Plan) { p.Nodes[n].Interfaces[i].MTU = 600 })
		}
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		if s.Send == nil || s.Send.Fails != "" {
			continue
		}
		change := func(p *scenarios.Plan, frames func([]craft.Spec) []craft.Spec) {
			send := copied(p.Steps[i].Send)
			send.Frames = frames(slices.Clone(send.Frames))
			p.Steps[i].Send = send
		}
		add("step "+s.Name+" with a frame twice", func(p *scenarios.Plan) {
			change(p, func(f []craft.Spec) []craft.Spec { return append(f, f[0]) })
		})
		if len(s.Send.Frames) > 1 {
			add("step "+s.Name+" without its last frame", func(p *scenarios.Plan) {
				change(p, func(f []craft.Spec) []craft.Spec { return f[:len(f)-1] })
			})
		}
	}
}

package scenarios

import (
	"slices"
	"strings"
	"time"

	"netverify/assert"
	"netverify/recording"
)

// askAgain is when a stack asks a neighbour again that has not answered:
// RETRANS_TIMER of RFC 4861 section 10, and Linux' default for ARP as well
// (net.ipv4.neigh.*.retrans_time_ms, 1000).
const askAgain = time.Second

// Timed reports whether the plan is about the timers of the stacks: it waits
// for as long as one of them takes, or for what only one of them brings about.
// Then the lab leaves their repetitions as the kernel has them.
func (p *Plan) Timed() bool {
	for i := range p.Steps {
		s := &p.Steps[i]
		if s.Wait != nil && s.Wait.For >= askAgain {
			return true
		}
		for k := range s.Expect {
			e := &s.Expect[k]
			if e.Kind != assert.KindState && e.Within >= askAgain {
				return true
			}
			for _, w := range e.State {
				if e.Within > 0 && strings.HasPrefix(w.Key, "neighbour_state.") {
					return true
				}
			}
		}
	}
	return false
}

// SetsSysctl reports whether the plan sets a key on the node from the start.
func (n *Node) SetsSysctl(key string) bool {
	return slices.ContainsFunc(n.Sysctls, func(s Sysctl) bool { return s.Key == key || s.Key == strings.ReplaceAll(key, ".", "/") })
}

// PortStates are the nodes with bridge ports whose state is set by hand.
func (p *Plan) PortStates() map[string]bool {
	nodes := map[string]bool{}
	for i := range p.Nodes {
		for k := range p.Nodes[i].Interfaces {
			if f := &p.Nodes[i].Interfaces[k]; f.Port != nil && f.Port.State != nil {
				nodes[f.Node] = true
			}
		}
	}
	for i := range p.Steps {
		for _, c := range p.Steps[i].Set {
			if c.Iface != nil && c.Iface.Port != nil && c.Iface.Port.State != nil {
				nodes[recording.NodeOf(c.Target)] = true
			}
		}
	}
	return nodes
}

// HasDoors reports whether the plan has what passes nothing until a timer of the
// kernel has run: bridges with STP, addresses that are probed for, bonds.
func (p *Plan) HasDoors() bool {
	return p.any(
		func(b *Bridge, sysctls []Sysctl) bool { return b.tree() || slices.ContainsFunc(sysctls, probes) },
		func(i *Interface) bool { return i.DAD || i.Kind == Bond || i.Bridge.tree() })
}

// hasTrees reports whether a bridge of the plan has STP on, at first or later.
func (p *Plan) hasTrees() bool {
	return p.any(func(b *Bridge, _ []Sysctl) bool { return b.tree() }, func(i *Interface) bool { return i.Bridge.tree() })
}

func (b *Bridge) tree() bool { return b != nil && b.STP != nil && *b.STP }

// any reports whether a node or an interface is such a one, as it is built, created
// or changed.
func (p *Plan) any(node func(*Bridge, []Sysctl) bool, iface func(*Interface) bool) bool {
	for i := range p.Nodes {
		n := &p.Nodes[i]
		if node(n.Bridge, n.Sysctls) {
			return true
		}
		for k := range n.Interfaces {
			if iface(&n.Interfaces[k]) {
				return true
			}
		}
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		if s.Create != nil && iface(&s.Create.Interface) {
			return true
		}
		for _, c := range s.Set {
			if n := c.Node; n != nil && node(n.Bridge, n.Sysctls) {
				return true
			}
		}
	}
	return false
}

// probes tells whether a sysctl may make a stack probe for its addresses.
func probes(s Sysctl) bool {
	return strings.HasSuffix(s.Key, "dad_transmits") || strings.HasSuffix(s.Key, "accept_dad") || strings.HasSuffix(s.Key, "disable_ipv6")
}

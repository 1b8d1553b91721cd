package run

import (
	"context"

	"netverify/assert"
	"netverify/capture"
	"netverify/internal/netns"
	"netverify/lab"
)

// Held is a lab that stands although its scenario is over. Its taps are
// closed: the evidence is sealed, and what happens from here on is in none.
type Held struct {
	Nodes      []HeldNode      // in the order of the plan
	Interfaces []lab.Interface // as they were when the scenario ended
	lab        *lab.Lab
}

// HeldNode is one node of a lab that is held.
type HeldNode struct {
	Name   string
	Switch bool
	NS     *netns.NS // belongs to the lab
}

// Close lets go of the lab. The kernel takes it away when no process is in it.
func (h *Held) Close() error { return h.lab.Close() }

// hold closes the lab's taps and offers it to who wants it held; else the lab
// ends as all do. An interruption holds nothing.
func (s *session) hold(ctx context.Context, r *assert.Result) {
	if v := recover(); v != nil {
		s.close()
		panic(v)
	}
	if ctx.Err() != nil {
		s.close()
		return
	}
	h := &Held{Interfaces: s.lab.Interfaces(), lab: s.lab}
	for i := range s.plan.Nodes {
		n := &s.plan.Nodes[i]
		h.Nodes = append(h.Nodes, HeldNode{n.Name, n.Switch, s.lab.NS(n.Name)})
	}
	if !s.j.opt.Hold(r, h) {
		s.close()
		return
	}
	s.closeSockets()
}

// closeSockets closes taps and senders. A descriptor that cannot be closed ends
// with the process.
func (s *session) closeSockets() { _ = capture.CloseAll(s.sockets()) }

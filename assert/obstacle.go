package assert

import (
	"fmt"
	"slices"

	"netverify/frame"
	"netverify/recording"
)

// obstacles explain why a frame was not passed on by what the kernel had as its
// state at the end of the step.
type obstacles struct {
	s     *scope
	list  []recording.InterfaceState
	state map[string]*recording.InterfaceState // the same by point
	fdb   []recording.FDBEntry
	next  map[recording.Hop][]recording.Hop // the lab's links; hubs are hops of their own
}

// hindered explains why the frame of an observation did not come to a place: the
// sentence with what leads up to it, "" where nothing that is known does. answers
// tells that the host at that place was to answer it.
func (s *scope) hindered(i int, want Place, answers bool) string {
	if s.r.Forwarding == nil {
		return "" // a step that may pass, or evidence of old
	}
	if text := s.obstacles().explain(i, want); text != "" {
		return "; as the step ended, " + text
	}
	if text := s.inVain(i); text != "" {
		return text
	}
	return s.stuck(i, want, answers)
}

// unsent explains why nothing left an interface.
func (s *scope) unsent(point string) string {
	if text := s.obstacles().dead(point); text != "" {
		return "; as the step ended, " + text
	}
	return ""
}

func (s *scope) obstacles() *obstacles {
	if s.inTheWay != nil {
		return s.inTheWay
	}
	l := &obstacles{s: s, state: make(map[string]*recording.InterfaceState), next: make(map[recording.Hop][]recording.Hop)}
	s.inTheWay = l
	f := s.r.Forwarding
	if f == nil {
		return l
	}
	l.fdb, l.list = f.FDB, f.Interfaces
	for i := range f.Interfaces {
		l.state[f.Interfaces[i].Point] = &f.Interfaces[i]
	}
	for _, e := range s.c.Graph {
		l.next[e.From] = append(l.next[e.From], e.To)
	}
	return l
}

// explain looks along the way of a frame, from its end back, for a hop at which
// it would have had to go on.
func (l *obstacles) explain(i int, want Place) string {
	if text := l.dead(want.Point); text != "" {
		return text
	}
	j, stop := l.s.find(i)
	root := j.Stops[stop].Root
	seen := make(map[recording.Hop]bool)
	for n := range j.Stops {
		if j.Stops[n].Root == root {
			seen[j.Stops[n].Hop] = true
		}
	}
	for n := len(j.Stops) - 1; n >= 0; n-- {
		if j.Stops[n].Root != root {
			continue
		}
		o := &l.s.rec.Observations[j.Stops[n].Observation]
		if text := l.beyond(j.Stops[n].Hop, len(j.Stops[n].Next) == 0, o.Frame.Decode(), want, seen); text != "" {
			return text
		}
	}
	return ""
}

// beyond explains why a frame that was at a hop did not go on to a place; last
// says that it was seen nowhere behind the hop.
func (l *obstacles) beyond(h recording.Hop, last bool, d *frame.Decoded, want Place, seen map[recording.Hop]bool) string {
	if here := l.state[h.Point]; h.Dir == frame.In && here != nil && here.Bridge != "" {
		return l.bridged(here, last, d, want, seen)
	}
	for _, to := range l.onward(h) {
		if to.IsHub() || seen[to] || !l.leads(to, want) {
			continue
		}
		if text := l.dead(to.Point); text != "" {
			return text
		}
		if h.Dir == frame.In && to.Dir == frame.In {
			if text := l.kept(h.Point, to.Point, d); text != "" {
				return text
			}
		}
	}
	if h.Dir == frame.In {
		return l.passthru(h.Point, d, want)
	}
	if from, to := l.state[h.Point], l.state[want.Point]; from != nil && to != nil && from.Parent != "" && from.Parent == to.Parent {
		if text := l.sibling(to, d); text != "" {
			return text
		}
	}
	if last {
		return l.dead(h.Point)
	}
	return ""
}

// onward are the hops behind a hop, also by way of a hub.
func (l *obstacles) onward(h recording.Hop) (out []recording.Hop) {
	for _, to := range l.next[h] {
		if to.IsHub() {
			out = append(out, l.next[to]...)
		} else {
			out = append(out, to)
		}
	}
	return out
}

// leads tells whether a place lies behind a hop: where a frame leaves by a bridge
// port, not by way of another port of the same bridge.
func (l *obstacles) leads(from recording.Hop, want Place) bool {
	bridge := ""
	if x := l.state[from.Point]; x != nil && from.Dir == frame.Out {
		bridge = x.Bridge
	}
	known := map[recording.Hop]bool{from: true}
	for todo := []recording.Hop{from}; len(todo) > 0; todo = todo[1:] {
		h := todo[0]
		if h.Point == want.Point && (want.Dir == 0 || want.Dir == h.Dir) {
			return true
		}
		for _, to := range l.onward(h) {
			x := l.state[to.Point]
			again := bridge != "" && to.Point != from.Point && x != nil && x.Bridge == bridge
			if !known[to] && !again {
				known[to] = true
				todo = append(todo, to)
			}
		}
	}
	return false
}

// dead tells of an interface that is down or has no carrier, and of what stands
// at the other end of its cable.
func (l *obstacles) dead(point string) string {
	x := l.state[point]
	switch {
	case x == nil:
		return ""
	case x.Down:
		return point + " was down"
	case !x.NoCarrier:
		return ""
	}
	for _, to := range l.next[recording.Hop{Point: point, Dir: frame.Out}] {
		if y := l.state[to.Point]; y != nil && y.Down {
			return fmt.Sprintf("%s had no carrier, for %s was down", point, to.Point)
		}
	}
	return point + " had no carrier"
}

// kept tells why a macvlan does not take a frame that came in at its parent.
func (l *obstacles) kept(parent, child string, d *frame.Decoded) string {
	x := l.state[child]
	if x == nil || x.Parent != parent {
		return ""
	}
	if x.Mode == "source" && !slices.Contains(x.Sources, d.Src.String()) {
		return fmt.Sprintf("%s was a macvlan in mode source without %s among its sources", child, d.Src)
	}
	return l.sibling(x, d)
}

// sibling tells why a frame of one macvlan does not come to another on the same
// parent: only those in mode bridge hear each other there; what others send
// leaves by the parent, and one in mode private has no part in what comes back
// (drivers/net/macvlan.c:macvlan_queue_xmit, macvlan_handle_frame).
func (l *obstacles) sibling(to *recording.InterfaceState, d *frame.Decoded) string {
	from := l.senderBeside(to, d)
	if from == nil {
		return ""
	}
	for _, mode := range []string{"private", "vepa"} {
		for _, x := range []*recording.InterfaceState{from, to} {
			if x.Mode == mode {
				return fmt.Sprintf("%s was a macvlan in mode %s, which passes nothing to or from others on %s itself", x.Point, mode, x.Parent)
			}
		}
	}
	return ""
}

// senderBeside is the macvlan on the same parent that a frame comes from, nil
// where there is none.
func (l *obstacles) senderBeside(to *recording.InterfaceState, d *frame.Decoded) *recording.InterfaceState {
	for i := range l.list {
		if x := &l.list[i]; x.Parent != "" && x.Parent == to.Parent && x.Point != to.Point && x.MAC == d.Src.String() {
			return x
		}
	}
	return nil
}

// passthru tells of the macvlan that takes the unicast that comes in at its
// parent, whomever it is to (macvlan_handle_frame).
func (l *obstacles) passthru(parent string, d *frame.Decoded, want Place) string {
	for i := range l.list {
		x := &l.list[i]
		if x.Parent == parent && x.Mode == "passthru" && !d.Dst.IsGroup() && recording.NodeOf(want.Point) == recording.NodeOf(parent) && recording.NodeOf(x.Point) != recording.NodeOf(parent) {
			return fmt.Sprintf("%s was a macvlan in mode passthru, which takes all unicast that comes in at %s", x.Point, parent)
		}
	}
	return ""
}

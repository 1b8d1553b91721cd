package scenarios

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"netverify/assert"
	"netverify/recording"
)

// Loop is a way on which a frame can go round in a lab for ever.
type Loop struct {
	Pos    Pos      // of what closes it: a port, or a step
	Ports  []string // of bridges, "s1:p2", that pass the frame on
	Cables []string // "s1:p2 - s2:p2"
	VLAN   int      // in which it goes; 0: without a tag
}

// String says what goes round where, and what to write.
func (l Loop) String() string {
	in := ""
	if l.VLAN != 0 {
		in = fmt.Sprintf(" in VLAN %d", l.VLAN)
	}
	return fmt.Sprintf("a loop: a broadcast%s goes round for ever by %s (ports %s); a spanning tree (stp: true), a port that is down or disabled, or other VLANs end it;"+
		" where it is meant write loop: intended under topology, or storm under expect", in, strings.Join(l.Cables, ", "), strings.Join(l.Ports, ", "))
}

// Loops finds the ways on which a frame can go round for ever, in the lab as it is
// built and after each step that changes it, each once. A scenario that says that
// it means one (loop: intended, or an expectation storm) has none to be told.
func (p *Plan) Loops() (found []Loop) {
	if p.meansLoop() {
		return nil
	}
	net := newLayer2(p)
	told := map[string]bool{}
	look := func(at Pos) {
		for _, l := range net.loops() {
			if at.Line != 0 {
				l.Pos = at
			}
			if key := strings.Join(l.Cables, ","); !told[key] {
				told[key] = true
				found = append(found, l)
			}
		}
	}
	look(Pos{})
	for i := range p.Steps {
		if net.change(&p.Steps[i]) {
			look(p.Steps[i].Pos)
		}
	}
	return found
}

func (p *Plan) meansLoop() bool {
	return p.LoopIntended || slices.ContainsFunc(p.Steps, func(s Step) bool {
		return slices.ContainsFunc(s.Expect, func(e assert.Expectation) bool { return e.Kind == assert.KindStorm })
	})
}

// loops are those of the lab as it is now.
func (n *layer2) loops() (found []Loop) {
	if !n.mayLoop() {
		return nil
	}
	w := walker{layer2: n, number: map[passage]int{}}
	for _, vid := range n.vids() {
		for _, port := range n.ports {
			w.state(passage{port, vidTags(vid)})
		}
	}
	by := map[string]int{} // index of found, by the cables: it goes round both ways
	for _, part := range w.circles() {
		l := w.loop(part)
		key := strings.Join(l.Cables, ",")
		at, known := by[key]
		if !known {
			by[key] = len(found)
			found = append(found, l)
			continue
		}
		found[at].join(l)
	}
	slices.SortStableFunc(found, func(a, b Loop) int {
		return cmp.Or(cmp.Compare(a.VLAN, b.VLAN), slices.Compare(a.Cables, b.Cables))
	})
	return found
}

// join adds what is the same loop the other way round, or in another VLAN.
func (l *Loop) join(o Loop) {
	l.Ports = append(l.Ports, o.Ports...)
	slices.Sort(l.Ports)
	l.Ports = slices.Compact(l.Ports)
	l.VLAN = min(l.VLAN, o.VLAN)
	if o.Pos.Line > l.Pos.Line || o.Pos.Line == l.Pos.Line && o.Pos.Col > l.Pos.Col {
		l.Pos = o.Pos
	}
}

// passage is a frame that comes in by a port, with the tags that it bears there.
type passage struct {
	port recording.Ref
	tags string // one rune a tag, outermost first
}

func vidTags(vid int) string {
	if vid == 0 {
		return ""
	}
	return string(rune(vid))
}

// walker follows frames from port to port.
type walker struct {
	*layer2
	states []passage
	number map[passage]int
	outs   [][]outcome
	arcs   int
	next   [][]arc
}

// arc leads to another passage, by a cable or within a node ("").
type arc struct {
	to    int
	cable string
}

// What bounds the work of one look; what is beyond is not looked at.
const (
	mostStates = 100_000
	mostArcs   = 1_000_000
)

// state numbers a passage, and follows it.
func (w *walker) state(start passage) {
	queue := []passage{start}
	for len(queue) > 0 && len(w.states) < mostStates && w.arcs < mostArcs {
		p := queue[0]
		queue = queue[1:]
		if _, known := w.number[p]; known {
			continue
		}
		w.number[p] = len(w.states)
		w.states = append(w.states, p)
		outs := w.forward(p)
		w.outs, w.arcs = append(w.outs, outs), w.arcs+len(outs)
		for _, a := range outs {
			queue = append(queue, a.passage)
		}
	}
}

// circles are the strongly connected parts that have a circle, by their states
// (Tarjan's algorithm, with a stack of its own: a chain of switches is long).
func (w *walker) circles() (parts [][]int) {
	w.next = make([][]arc, len(w.states))
	for i, outs := range w.outs {
		for _, a := range outs {
			if to, ok := w.number[a.passage]; ok {
				w.next[i] = append(w.next[i], arc{to, a.cable})
			}
		}
	}
	n := len(w.states)
	index, low, open := make([]int, n), make([]int, n), make([]bool, n)
	var stack []int
	type frame struct{ at, arc int }
	count := 0
	for root := range n {
		if index[root] != 0 {
			continue
		}
		calls := []frame{{root, 0}}
		for len(calls) > 0 {
			f := &calls[len(calls)-1]
			if f.arc == 0 {
				count++
				index[f.at], low[f.at], open[f.at] = count, count, true
				stack = append(stack, f.at)
			}
			if f.arc < len(w.next[f.at]) {
				to := w.next[f.at][f.arc].to
				f.arc++
				if index[to] == 0 {
					calls = append(calls, frame{to, 0})
				} else if open[to] {
					low[f.at] = min(low[f.at], index[to])
				}
				continue
			}
			at := f.at
			calls = calls[:len(calls)-1]
			if len(calls) > 0 {
				up := calls[len(calls)-1].at
				low[up] = min(low[up], low[at])
			}
			if low[at] != index[at] {
				continue
			}
			from := len(stack) - 1
			for stack[from] != at {
				from--
			}
			part := slices.Clone(stack[from:])
			stack = stack[:from]
			for _, s := range part {
				open[s] = false
			}
			itself := slices.ContainsFunc(w.next[at], func(a arc) bool { return a.to == at })
			if len(part) > 1 || itself {
				parts = append(parts, part)
			}
		}
	}
	return parts
}

// loop describes a part that has a circle.
func (w *walker) loop(part []int) Loop {
	in := map[int]bool{}
	for _, s := range part {
		in[s] = true
	}
	var l Loop
	for _, s := range part {
		p := w.states[s]
		l.Ports = append(l.Ports, p.port.String())
		if i := w.live[p.port]; i != nil && (i.Line > l.Pos.Line || i.Line == l.Pos.Line && i.Col > l.Pos.Col) {
			l.Pos = i.Pos
		}
		if vid := w.vidOf(p); l.VLAN == 0 || vid != 0 && vid < l.VLAN {
			l.VLAN = vid
		}
		for _, a := range w.next[s] {
			if in[a.to] && a.cable != "" {
				l.Cables = append(l.Cables, a.cable)
			}
		}
	}
	slices.Sort(l.Ports)
	slices.Sort(l.Cables)
	l.Ports, l.Cables = slices.Compact(l.Ports), slices.Compact(l.Cables)
	if len(l.Cables) == 0 {
		l.Cables = []string{"ports of one parent"}
	}
	return l
}

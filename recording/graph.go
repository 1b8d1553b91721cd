package recording

import (
	"strings"

	"netverify/frame"
)

// Hop is one side of one interface, or a hub (see Edge).
type Hop struct {
	Point string
	Dir   frame.Direction
}

// String returns "c1:eth0 out", and the name of a hub.
func (h Hop) String() string {
	if h.IsHub() {
		return h.Point
	}
	return h.Point + " " + h.Dir.String()
}

// Hub makes the hop that stands for all ways between many hops: of a point, which
// is part of its name, and what it is. No interface has a name with a space.
func Hub(point, what string) Hop { return Hop{Point: point + " " + what} }

func (h Hop) IsHub() bool { return h.Dir == 0 && strings.Contains(h.Point, " ") }

// Edge says that a frame seen at From may next be seen at To. An edge to a hub
// and one from it are together one for every pair: where each of many hops leads
// to each of many others, 2N edges say what N*N would. A frame is never seen at a
// hub, and no edge joins two of them.
type Edge struct {
	From, To Hop
	Routed   bool // a router stands between them: MACs, tag and TTL change
	Others   bool // from a hub: not for frames that came from the same interface
}

// Graph is the adjacency of all taps of a lab.
type Graph []Edge

// Direct returns the graph without hubs: as many edges as there are pairs.
func (g Graph) Direct() Graph {
	into := map[Hop][]Hop{}
	for _, e := range g {
		if e.To.IsHub() {
			into[e.To] = append(into[e.To], e.From)
		}
	}
	if len(into) == 0 {
		return g
	}
	var out Graph
	for _, e := range g {
		switch {
		case e.To.IsHub():
		case e.From.IsHub():
			for _, from := range into[e.From] {
				if !e.Others || from.Point != e.To.Point {
					out = append(out, Edge{From: from, To: e.To, Routed: e.Routed})
				}
			}
		default:
			out = append(out, e)
		}
	}
	return out
}

package scenarios

import (
	"slices"
	"strings"
)

// The delivery rules of macvlan, from drivers/net/macvlan.c. The truth tables
// that follow from them are scenarios/macvlan/table*.yaml (TestMacvlanTables).
//
// The lab of a table: children on host:eth0, whose cable leads to port p1 of a
// switch that floods everything (no learning) and reflects if the row says so,
// and a station outside at p2.

// mvChild is a macvlan on host:eth0. Those whose name ends in 2 have joined
// the group 01:00:5e:7f:00:0f; every child has joined broadcast and
// 01:00:5e:00:00:01.
type mvChild struct{ name, mode string }

func (c mvChild) member() bool { return strings.HasSuffix(c.name, "2") }

// mvLab is one lab. Of source mode, source2 lists everyone who ever sends,
// itself included, and source1 nobody.
type mvLab []mvChild

// The second lab has one child: beside one in passthru mode there is no other,
// in no mode (macvlan_common_newlink: EINVAL if the port has a child already or
// if macvlan_passthru; scenarios/macvlan/passthru-second-child.yaml), so that
// the cells of its siblings do not exist.

var (
	mvAll = mvLab{
		{"private1", "private"}, {"private2", "private"}, {"vepa1", "vepa"}, {"vepa2", "vepa"},
		{"bridge1", "bridge"}, {"bridge2", "bridge"}, {"source1", "source"}, {"source2", "source"},
	}
	mvPassthru = mvLab{{"passthru2", "passthru"}}
)

// mvFlooded: whom macvlan_multicast_rx gives a group frame that came in, by the
// mode of the child whose MAC is its source ("": no child's). "Flood only to
// VEPA ports, bridge ports already saw the frame on the way out." (Before
// Linux 6.4 that is part of macvlan_process_broadcast.)
//
// Senders in the other modes are not in this table: macvlan_handle_frame
// returns the frame to that child alone, past its filter, and consumes it
// ("forward to original port"). A child in source mode that lists itself has
// had a copy by then, and so hears itself twice.
var mvFlooded = map[string][]string{
	"":       {"private", "vepa", "bridge", "passthru"},
	"vepa":   {"vepa", "bridge"},
	"bridge": {"vepa"},
}

// mvFloodedShared is the same since Linux 7.1, commit b52363f706e5 ("net:
// macvlan: support multicast rx for bridge ports with shared source MAC"): the
// source may be another station with the MAC of a bridge-mode child, so that
// bridge-mode children get the frame too, and that child itself as well.
var mvFloodedShared = []string{"vepa", "bridge"}

// mvSent is a frame, and under which rules it travels.
type mvSent struct {
	lab     mvLab
	from    string // a child, "host" or "outside"
	to      string // "group", "nobody" or an interface
	hairpin bool
	shared  bool // Linux 7.1 or newer
}

// mvGot says who receives a frame: some whatever group it is for, some if they
// have joined the group.
type mvGot struct{ always, joined []string }

func (g *mvGot) give(names ...string) { g.always = append(g.always, names...) }

// child finds the child that macvlan_hash_lookup finds for the MAC of an
// interface. A passthru child has the MAC of its parent.
func (s mvSent) child(name string) (mvChild, bool) {
	for _, c := range s.lab {
		if c.name == name || c.mode == "passthru" && name == "host" {
			return c, true
		}
	}
	return mvChild{}, false
}

func (s mvSent) receivers() (g mvGot) {
	sender, isChild := s.child(s.from)
	if s.from == "host" {
		isChild = false
	}
	switch {
	case s.from == "outside":
		s.arrive(&g)
		return g
	case isChild && sender.mode == "bridge":
		// macvlan_queue_xmit: "send to other bridge ports directly".
		if s.to == "group" {
			for _, c := range s.lab {
				if c.mode == "bridge" && c.name != s.from {
					g.joined = append(g.joined, c.name)
				}
			}
			break
		}
		if target, ok := s.child(s.to); ok && target.mode == "bridge" {
			// dev_forward_skb: in through the parent, and not to the wire.
			s.arrive(&g)
			return g
		}
	}
	// xmit_world: to the wire, as what the parent's own stack sends.
	g.give("outside")
	if s.hairpin {
		s.arrive(&g)
	}
	return g
}

// arrive is macvlan_handle_frame. Taps of the parent see the frame before it.
func (s mvSent) arrive(g *mvGot) {
	g.give("host")
	for _, c := range s.lab { // macvlan_forward_source, past all filters
		if c.mode == "source" && c.member() {
			g.give(c.name)
		}
	}
	if s.to != "group" {
		target, ok := s.child(s.to)
		if s.lab[0].mode == "passthru" { // the first child, whatever the MAC
			target, ok = s.lab[0], true
		}
		if ok && target.mode != "source" { // else it passes to the parent's stack
			g.give(target.name)
		}
		return
	}
	sender, _ := s.child(s.from)
	flooded, ok := mvFlooded[sender.mode]
	if !ok {
		g.give(sender.name)
		return
	}
	if s.shared && sender.mode == "bridge" {
		flooded, sender = mvFloodedShared, mvChild{}
	}
	for _, c := range s.lab {
		if slices.Contains(flooded, c.mode) && c != sender {
			g.joined = append(g.joined, c.name)
		}
	}
}

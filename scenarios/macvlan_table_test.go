package scenarios

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"text/template"
)

// The delivery rules of macvlan, from drivers/net/macvlan.c, and the truth
// tables that follow from them. scenarios/macvlan/table*.yaml hold the tables;
// TestMacvlanTables compares, and -update writes them anew.
//
// The lab of a table: children on host:eth0, whose cable leads to port p1 of a
// switch that floods everything (no learning) and reflects if the row says so,
// and a station outside at p2.

// mvChild is a macvlan on host:eth0. Those whose name ends in 2 have joined
// the group 01:00:5e:7f:00:0f; every child has joined broadcast and
// 01:00:5e:00:00:01.
type mvChild struct{ name, mode string }

func (c mvChild) member() bool { return strings.HasSuffix(c.name, "2") }

// mvLab is one lab. Of source mode, source2 lists everyone who ever sends, and
// source1 nobody.
type mvLab []mvChild

var (
	mvAll = mvLab{
		{"private1", "private"}, {"private2", "private"}, {"vepa1", "vepa"}, {"vepa2", "vepa"},
		{"bridge1", "bridge"}, {"bridge2", "bridge"}, {"source1", "source"}, {"source2", "source"},
	}
	mvPassthru = mvLab{{"passthru2", "passthru"}}
)

// mvFlooded: whom macvlan_multicast_rx gives a group frame that came in, by the
// mode of the child whose MAC is its source ("": no child's). "Flood only to
// VEPA ports, bridge ports already saw the frame on the way out."
//
// Senders in the other modes are not in this table: macvlan_handle_frame
// returns the frame to that child alone, past its filter, and consumes it.
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

// mvRow is a sender behind a port: everything that it sends.
type mvRow struct {
	From    string
	Hairpin bool
	Own     string // the last unicast destination: the sender itself, or source1; "" in a passthru lab
	cells   []mvCell
}

// mvCell is one list of a row.
type mvCell struct {
	key   string
	names []string
}

// unicasts are the destinations of a lab's unicast frames, by their keys.
func (l mvLab) unicasts(own string) [][2]string {
	if l[0].mode == "passthru" {
		return [][2]string{{"to_nobody", "nobody"}, {"to_parent", "host"}, {"to_outside", "outside"}}
	}
	return [][2]string{
		{"to_nobody", "nobody"}, {"to_parent", "host"}, {"to_private", "private2"}, {"to_vepa", "vepa2"},
		{"to_bridge", "bridge2"}, {"to_source", "source2"}, {"to_own", own},
	}
}

func (s mvSent) row() mvRow {
	r := mvRow{From: s.from, Hairpin: s.hairpin}
	switch {
	case s.lab[0].mode == "passthru":
	case s.from == "host" || s.from == "outside":
		r.Own = "source1"
	default:
		r.Own = s.from
	}
	s.to = "group"
	g := s.receivers()
	times := map[string]int{}
	for _, name := range slices.Concat(g.always, g.joined) {
		times[name]++
	}
	lists := map[string][]string{"to_all": slices.Clone(g.always), "unfiltered": g.always}
	for _, c := range s.lab {
		n, filtered := times[c.name], slices.Contains(g.joined, c.name)
		switch {
		case n == 0:
		case n == 2:
			lists["twice"] = append(lists["twice"], c.name)
		case filtered && c.member():
			lists["members"], lists["to_all"] = append(lists["members"], c.name), append(lists["to_all"], c.name)
		case filtered:
			lists["others"], lists["to_all"] = append(lists["others"], c.name), append(lists["to_all"], c.name)
		}
	}
	for _, key := range []string{"to_all", "unfiltered", "members", "others", "twice"} {
		if key == "twice" && !s.shared || key == "others" && len(s.lab) == 1 {
			continue
		}
		r.cells = append(r.cells, mvCell{key, lists[key]})
	}
	for _, u := range s.lab.unicasts(r.Own) {
		s.to = u[1]
		r.cells = append(r.cells, mvCell{u[0], s.receivers().always})
	}
	return r
}

// Port is the word for the row's name.
func (r mvRow) Port() string {
	if r.Hairpin {
		return "reflecting"
	}
	return "plain"
}

// Cells writes the lists as lines of YAML.
func (r mvRow) Cells() (lines []string) {
	for _, c := range r.cells {
		names := make([]string, len(c.names))
		for i, n := range c.names {
			names[i] = fmt.Sprintf("%q", n+":eth0")
		}
		lines = append(lines, fmt.Sprintf("%s: [%s]", c.key, strings.Join(names, ", ")))
	}
	return lines
}

// mvTables are the files and their rows.
func mvTables() map[string][]mvRow {
	tables := map[string][]mvRow{}
	for _, hairpin := range []bool{false, true} {
		for _, from := range []string{"private1", "vepa1", "bridge1", "source1", "host", "outside"} {
			file, s := "table", mvSent{lab: mvAll, from: from, hairpin: hairpin}
			if from == "bridge1" && hairpin { // what differs since 7.1
				s.shared = true
				tables["table-from-bridge1-reflecting-since-7-1"] = []mvRow{s.row()}
				file, s.shared = "table-from-bridge1-reflecting-until-7-1", false
			}
			tables[file] = append(tables[file], s.row())
		}
		for _, from := range []string{"passthru2", "host", "outside"} {
			tables["table-passthru"] = append(tables["table-passthru"], mvSent{lab: mvPassthru, from: from, hairpin: hairpin}.row())
		}
	}
	return tables
}

// TestMacvlanTables compares the files with what the rules above say.
func TestMacvlanTables(t *testing.T) {
	templates, err := template.ParseGlob("testdata/macvlan/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, rows := range mvTables() {
		var want bytes.Buffer
		if err := templates.ExecuteTemplate(&want, name+".yaml", rows); err != nil {
			t.Fatal(err)
		}
		file := "macvlan/" + name + ".yaml"
		if *update {
			if err := os.WriteFile(file, want.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := os.ReadFile(file)
		if err != nil || !bytes.Equal(got, want.Bytes()) {
			t.Errorf("%s is not what the rules of macvlan say (%v): run go generate ./scenarios", file, err)
		}
	}
}

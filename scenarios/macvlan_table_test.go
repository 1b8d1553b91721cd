package scenarios

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"text/template"

	"netverify/internal/golden"
)

// mvRow is a sender behind a port: everything that it sends.
type mvRow struct {
	From    string
	Hairpin bool
	Own     string // the last unicast destination: the sender itself, or source1 where that is none or has a list of its own; "" in a passthru lab
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
	case s.from == "host" || s.from == "outside" || s.from == "source2":
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
	once := slices.DeleteFunc(slices.Clone(g.always), func(name string) bool { return times[name] > 1 })
	lists := map[string][]string{"to_all": slices.Clone(once), "unfiltered": once}
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
		if key == "twice" && !s.shared && len(lists[key]) == 0 || key == "others" && len(s.lab) == 1 {
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
		for _, from := range []string{"private1", "vepa1", "bridge1", "source1", "source2", "host", "outside"} {
			file, s := "table", mvSent{lab: mvAll, from: from, hairpin: hairpin}
			if from == "bridge1" && hairpin { // what differs since 7.1
				s.shared = true
				tables["table-from-bridge1-reflecting-since-7-1"] = []mvRow{s.row()}
				file, s.shared = "table-from-bridge1-reflecting-until-7-1", false
			}
			if from == "source2" && hairpin { // who hears itself twice
				file = "table-from-source2-reflecting"
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
		if *golden.Update {
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

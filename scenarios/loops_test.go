package scenarios

import (
	"fmt"
	"strings"
	"testing"
)

const loopFile = `
name: test/loops
title: t
topology:
  switches:
    s1: {%s ports: {p1: {}, p2: {cable: "s2:p2" %s}, p3: {cable: "s2:p3" %s}}}
    s2: {%s ports: {p2: {%s}, p3: {%s}}}
  hosts: {a: {interfaces: {eth0: {cable: "s1:p1", addresses: [192.0.2.1/24]}}}}
steps:
%s
  - {name: ask, arping: {from: a, to: 192.0.2.9}, expect: {reply: none}}
`

func loopsOf(t *testing.T, text string) []Loop {
	t.Helper()
	plans, err := LoadBytes("loops.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return plans[0].Loops()
}

// TestTwoCables: what keeps two cables between two switches from being a loop,
// and what does not.
func TestTwoCables(t *testing.T) {
	const both = "s1:p2 - s2:p2,s1:p3 - s2:p3"
	for _, tt := range []struct {
		name string
		says [7]string // s1, its p2, p3, s2, its p2, p3, steps
		want string
		line int
	}{
		{name: "nothing", want: both, line: 7},
		{name: "a spanning tree", says: [7]string{"stp: true,"}},
		{name: "a spanning tree at the other", says: [7]string{3: "stp: true,"}},
		{name: "a port that is down", says: [7]string{2: ", up: false"}},
		{name: "the other end is down", says: [7]string{5: "up: false"}},
		{name: "a port that is disabled", says: [7]string{2: ", state: disabled"}},
		{name: "a port that listens", says: [7]string{4: "state: listening"}},
		{name: "blocking, which does not last", says: [7]string{6: `  - {name: no use, set: {"s2:p2": {state: blocking}}, expect: {state: {"s2:p2": {port_state: forwarding}}}}`}, want: both, line: 7},
		{name: "isolated ports", says: [7]string{1: ", isolated: true", 2: ", isolated: true"}},
		{name: "one isolated port", says: [7]string{1: ", isolated: true"}, want: both, line: 7},
		{name: "no broadcasts", says: [7]string{1: ", bcast_flood: false", 2: ", bcast_flood: false"}},
		{name: "VLANs apart", says: [7]string{1: ", access: 10", 2: ", access: 20", 4: "access: 10", 5: "access: 20"}},
		{name: "VLANs joined by mistake", says: [7]string{1: ", access: 10", 2: ", access: 10", 4: "access: 10", 5: "access: 10"}, want: both, line: 7},
		{name: "VLANs crossed", says: [7]string{1: ", access: 10", 2: ", access: 20", 4: "access: 20", 5: "access: 20"}},
		{name: "trunks with a VLAN in common", says: [7]string{1: ", trunk: [10-20]", 2: ", trunk: [20-30]", 4: "trunk: [10-20]", 5: "trunk: [20-30]"}, want: both, line: 7},
		{name: "trunks without", says: [7]string{1: ", trunk: [10-19]", 2: ", trunk: [20-30]", 4: "trunk: [10-19]", 5: "trunk: [20-30]"}},
		{name: "trunks to a switch that filters nothing", says: [7]string{1: ", trunk: [10-19]", 2: ", trunk: [19-30]"}, want: both, line: 7},
		{name: "a step closes it", says: [7]string{2: ", up: false", 6: `  - {name: up, set: {"s1:p3": {up: true}}}`}, want: both, line: 10},
		{name: "a step that is refused does not", says: [7]string{2: ", up: false", 6: `  - {name: up, set: {"s1:p3": {up: true}}, expect: {fails: EPERM}}`}},
		{name: "a step ends the tree", says: [7]string{0: "stp: true,", 6: `  - {name: no tree, set: {s1: {stp: false}}}`}, want: both, line: 10},
		{name: "a step opens it, too late", says: [7]string{6: `  - {name: down, set: {"s1:p3": {up: false}}}`}, want: both, line: 7},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := tt.says
			list := loopsOf(t, fmt.Sprintf(loopFile, s[0], s[1], s[2], s[3], s[4], s[5], s[6]))
			var got []string
			for _, l := range list {
				got = append(got, strings.Join(l.Cables, ","))
			}
			if strings.Join(got, "; ") != tt.want {
				t.Fatalf("loops by %q, want %q", got, tt.want)
			}
			if tt.want != "" && list[0].Pos.Line != tt.line {
				t.Errorf("told of line %d, want %d", list[0].Pos.Line, tt.line)
			}
		})
	}
	text := fmt.Sprintf(loopFile, "", "", "", "", "", "", "")
	if l := loopsOf(t, text); len(l) != 1 || strings.Join(l[0].Ports, " ") != "s1:p2 s1:p3 s2:p2 s2:p3" {
		t.Errorf("%+v", l)
	}
	for _, meant := range []string{strings.Replace(text, "topology:\n", "topology:\n  loop: intended\n", 1),
		strings.Replace(text, "reply: none", "reply: none, storm: false", 1), strings.Replace(text, "reply: none", "storm: true", 1)} {
		if l := loopsOf(t, meant); l != nil {
			t.Errorf("told although it is meant: %v", l)
		}
	}
}

// TestOtherLoops: by one cable, by reflection, and over what stands on cables.
func TestOtherLoops(t *testing.T) {
	const head = "name: test/loops\ntitle: t\ntopology:\n"
	const tail = "\nsteps: [{name: ask, arping: {from: a, to: 192.0.2.9}, expect: {reply: none}}]\n"
	const a = `a: {interfaces: {eth0: {cable: "s1:p1", addresses: [192.0.2.1/24]}}}`
	for _, tt := range []struct{ name, text, want string }{
		{"a cable to itself", `  switches: {s1: {ports: {p1: {}, l1: {cable: "s1:l2"}, l2: {}}}}
  hosts: {` + a + `}`, "s1:l1 - s1:l2"},
		{"both ends reflect", `  switches: {s1: {ports: {p1: {}, p2: {cable: "s2:p2", hairpin: true}}}, s2: {ports: {p2: {hairpin: true}}}}
  hosts: {` + a + `}`, "s1:p2 - s2:p2"},
		{"one end reflects", `  switches: {s1: {ports: {p1: {}, p2: {cable: "s2:p2", hairpin: true}}}, s2: {ports: {p2: {}}}}
  hosts: {` + a + `}`, ""},
		{"a VEPA parent on a port that reflects", `  switches: {s1: {ports: {p1: {}, p2: {hairpin: true}}}}
  hosts: {` + a + `, r: {interfaces: {eth0: {cable: "s1:p2"}, mv: {macvlan: {link: eth0, mode: vepa}}}}}`, ""},
		{"a bridge over a child reflects to a port that reflects", `  switches: {s1: {ports: {p1: {}, p2: {hairpin: true}}}}
  hosts: {` + a + `, r: {interfaces: {eth0: {cable: "s1:p2"}, mv: {macvlan: {link: eth0, mode: vepa}, hairpin: true}, br: {bridge: {members: [mv]}}}}}`, "r:eth0 - s1:p2"},
		{"two children of one parent in a bridge", `  switches: {s1: {ports: {p1: {}, p2: {}}}}
  hosts: {` + a + `, r: {interfaces: {eth0: {cable: "s1:p2"}, m1: {macvlan: {link: eth0, mode: bridge}}, m2: {macvlan: {link: eth0, mode: bridge}}, br: {bridge: {members: [m1, m2]}}}}}`, "ports of one parent"},
		{"a host's bridge with two cables to a switch", `  switches: {s1: {ports: {p1: {}, p2: {}, p3: {}}}}
  hosts: {` + a + `, r: {interfaces: {e1: {cable: "s1:p2"}, e2: {cable: "s1:p3"}, br: {bridge: {members: [e1, e2]}}}}}`, "r:e1 - s1:p2,r:e2 - s1:p3"},
		{"a bond with two cables to a switch", `  switches: {s1: {ports: {p1: {}, p2: {}, p3: {}}}}
  hosts: {` + a + `, r: {interfaces: {e1: {cable: "s1:p2"}, e2: {cable: "s1:p3"}, bo: {bond: {mode: active-backup, members: [e1, e2]}}}}}`, ""},
		{"VLAN interfaces of one cable in a bridge, behind a switch that keeps VLANs apart", `  switches: {s1: {ports: {p1: {access: 10}, p2: {trunk: [10, 20]}}}}
  hosts: {` + a + `, r: {interfaces: {e: {cable: "s1:p2"}, e.10: {vlan: {link: e, id: 10}}, e.20: {vlan: {link: e, id: 20}}, br: {bridge: {members: [e.10, e.20]}}}}}`, ""},
		{"VLAN interfaces of two cables in a bridge", `  switches: {s1: {ports: {p1: {access: 10}, p2: {trunk: [10]}, p3: {trunk: [10]}}}}
  hosts: {` + a + `, r: {interfaces: {e: {cable: "s1:p2"}, f: {cable: "s1:p3"}, e.10: {vlan: {link: e, id: 10}}, f.10: {vlan: {link: f, id: 10}}, br: {bridge: {members: [e.10, f.10]}}}}}`, "r:e - s1:p2,r:f - s1:p3"},
		{"a ring of three", `  switches: {s1: {ports: {p1: {}, b: {cable: "s2:a"}, c: {cable: "s3:a"}}}, s2: {ports: {a: {}, c: {cable: "s3:b"}}}, s3: {ports: {a: {}, b: {}}}}
  hosts: {` + a + `}`, "s1:b - s2:a,s1:c - s3:a,s2:c - s3:b"},
		{"a tree of three", `  switches: {s1: {ports: {p1: {}, b: {cable: "s2:a"}, c: {cable: "s3:a"}}}, s2: {ports: {a: {}}}, s3: {ports: {a: {}}}}
  hosts: {` + a + `}`, ""},
	} {
		var got []string
		for _, l := range loopsOf(t, head+tt.text+tail) {
			got = append(got, strings.Join(l.Cables, ","))
		}
		if strings.Join(got, "; ") != tt.want {
			t.Errorf("%s: loops by %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestALoopOfManyVLANsIsFoundSoon: in work, not in time: a switch with thousands
// of VLANs on its trunks has no more states than its ranges have ends.
func TestALoopOfManyVLANsIsFoundSoon(t *testing.T) {
	s := `, trunk: ["2-4094"]`
	text := fmt.Sprintf(loopFile, "", s, s, "", s[2:], s[2:], "")
	plans, err := LoadBytes("loops.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	n := newLayer2(plans[0])
	if got := n.vids(); len(got) != 2 {
		t.Errorf("%d VLANs are tried", len(got))
	}
	if l := plans[0].Loops(); len(l) != 1 || l[0].VLAN != 2 {
		t.Errorf("%+v", l)
	}
}

// TestNoBuiltInLoopIsUnsaid: lint objects to none of the library.
func TestNoBuiltInLoopIsUnsaid(t *testing.T) {
	plans, err := Find(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range plans {
		for _, l := range p.Loops() {
			t.Errorf("%s: %s", p.Position(l.Pos), l)
		}
	}
}

package scenarios

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"netverify/scenarios/internal/yamltree"
)

// families are topologies in which everything is next to everything else.
var families = map[string]func(n int) string{
	"children of one parent": func(n int) string {
		return manyLines("  switches: {sw: {ports: {p1: {}}}}\n  hosts:\n    host: {interfaces: {eth0: {cable: \"sw:p1\"}}}\n",
			n, "    c%d: {interfaces: {eth0: {macvlan: {link: \"host:eth0\", mode: bridge}}}}\n")
	},
	"ipvlans of one parent": func(n int) string {
		return manyLines("  switches: {sw: {ports: {p1: {}}}}\n  hosts:\n    host: {interfaces: {eth0: {cable: \"sw:p1\"}}}\n",
			n, "    c%d: {interfaces: {eth0: {ipvlan: {link: \"host:eth0\", mode: l2}}}}\n")
	},
	"hosts on one switch": func(n int) string {
		return manyLines("  switches:\n    sw:\n      ports:\n", n, "        p%d: {}\n") + manyLines("  hosts:\n", n, "    c%d: {interfaces: {eth0: {cable: \"sw:p%[1]d\"}}}\n")
	},
	"interfaces of one router": func(n int) string {
		return manyLines("  hosts:\n    r:\n      forwarding: true\n      interfaces:\n", n, "        e%d: {dummy: {}}\n")
	},
}

func manyLines(head string, n int, line string) string {
	var b strings.Builder
	b.WriteString(head)
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, line, i)
	}
	return b.String()
}

func family(topology string) []byte {
	first := "c1:eth0"
	if !strings.Contains(topology, "c1:") {
		first = "r:e1"
	}
	return []byte("name: scale/x\ntitle: x\ntopology:\n" + topology + "steps: [{name: x, wait: {for: 1ms}, expect: {state: {\"" + first + "\": {up: true}}}}]\n")
}

// TestEdgesGrowWithTheLab: twice the lab has twice the edges, and takes twice the
// allocations to read.
func TestEdgesGrowWithTheLab(t *testing.T) {
	for name, topology := range families {
		t.Run(name, func(t *testing.T) {
			size := func(n int) (edges, allocs float64) {
				src := family(topology(n))
				allocs = testing.AllocsPerRun(1, func() {
					plans, err := LoadBytes("x.yaml", src)
					if err != nil {
						t.Fatal(err)
					}
					edges = float64(len(plans[0].Graph))
				})
				return edges, allocs
			}
			e1, a1 := size(200)
			e2, a2 := size(400)
			if e2 > 2.1*e1 || a2 > 2.5*a1 {
				t.Errorf("%.0f edges and %.0f allocations for 200, %.0f and %.0f for 400", e1, a1, e2, a2)
			}
		})
	}
}

// TestHubsSayWhatEdgesSaid: below the number from which on there are hubs, a lab
// has an edge for each pair; beyond it hubs stand for the same.
func TestHubsSayWhatEdgesSaid(t *testing.T) {
	for name, topology := range families {
		for _, n := range []int{manyAlike - 1, manyAlike + 1} {
			plans, err := LoadBytes("x.yaml", family(topology(n)))
			if err != nil {
				t.Fatal(err)
			}
			end, want := regexp.MustCompile(`^c\d+:eth0$`), n*(n-1)
			switch name {
			case "hosts on one switch": // a hairpin port reflects
				end, want = regexp.MustCompile(`^sw:p\d+$`), n*n
			case "interfaces of one router": // and so may a router
				end, want = regexp.MustCompile(`^r:e\d+$`), n*n
			}
			between := 0
			for _, e := range plans[0].Graph.Direct() {
				if end.MatchString(e.From.Point) && end.MatchString(e.To.Point) {
					between++
				}
			}
			if between != want {
				t.Errorf("%s, %d of them: %d ways between them, want %d", name, n, between, want)
			}
			if hubs := len(plans[0].Graph) != len(plans[0].Graph.Direct()); hubs != (n > manyAlike) {
				t.Errorf("%s, %d of them: hubs: %v", name, n, hubs)
			}
		}
	}
}

// TestTheGreatestLab: ten thousand interfaces are read, one more is an error that
// says so, and so are a file, and a map, that are longer than any such lab.
func TestTheGreatestLab(t *testing.T) {
	if testing.Short() {
		t.Skip("resolves a lab of 10,000 interfaces")
	}
	topology := families["hosts on one switch"]
	plans, err := LoadBytes("x.yaml", family(topology(4999))) // with br0: 9999
	if err != nil {
		t.Fatal(err)
	}
	if n := len(plans[0].Nodes); n != 5000 {
		t.Errorf("%d nodes", n)
	}
	for name, tt := range map[string]struct {
		src  []byte
		want string
	}{
		"interfaces": {family(topology(5000)), "5001 nodes with 10001 interfaces; a scenario has at most 10000 and 10000"},
		"bytes":      {[]byte("# " + strings.Repeat("x", yamltree.MaxBytes)), "has at most 2097152"},
		"lines":      {family(families["children of one parent"](yamltree.MaxEntries + 1)), "more than 12000 lines of one map or list"},
	} {
		if _, err := LoadBytes("x.yaml", tt.src); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}

package draw

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"netverify/assert"
	"netverify/internal/golden"
	"netverify/scenarios"
)

func svgOf(t *testing.T, top assert.Topology, opt Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := SVG(&b, top, opt); err != nil {
		t.Fatal(err)
	}
	d := xml.NewDecoder(bytes.NewReader(b.Bytes()))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return b.String()
		} else if err != nil {
			t.Fatalf("no XML: %v\n%s", err, b.String())
		}
	}
}

func library(t *testing.T) []*scenarios.Plan {
	t.Helper()
	plans, err := scenarios.Find([]string{"*"})
	if err != nil {
		t.Fatal(err)
	}
	return plans
}

func TestDrawingsAreTheSameEachTime(t *testing.T) {
	for _, p := range library(t) {
		top := p.Topology()
		first := svgOf(t, top, Options{ID: "a"})
		for range 3 {
			if svgOf(t, top, Options{ID: "a"}) != first {
				t.Fatalf("%s is drawn in two ways", p.Name)
			}
		}
	}
}

func TestEveryInterfaceIsAPointOfTheDrawing(t *testing.T) {
	for _, p := range library(t) {
		svg := svgOf(t, p.Topology(), Options{ID: "a"})
		for _, n := range p.Topology().Nodes {
			for _, i := range n.Interfaces {
				if c := strings.Count(svg, `data-point="`+n.Name+":"+i.Name+`"`); c != 1 {
					t.Errorf("%s: %s:%s is drawn %d times", p.Name, n.Name, i.Name, c)
				}
			}
		}
	}
}

func TestHostileNamesAreText(t *testing.T) {
	const evil = `"><script>alert(1)</script><a b='&` + "\x1b[31m\u202e"
	top := assert.Topology{Nodes: []assert.Node{
		{Name: evil, Kind: evil, Interfaces: []assert.Interface{{Name: evil, Kind: evil, MAC: evil, Mode: evil, State: evil, Link: evil, Peer: evil, Master: evil,
			Addresses: []string{evil}, Options: map[string]string{"sources": evil, "flag": evil, "port_state": evil}, VLANs: []assert.PortVLAN{{From: 1, To: 2, Flags: evil}}}},
			Routes: []assert.Route{{To: evil, Via: evil, Dev: evil}}, Firewall: evil, Trouble: evil},
	}}
	svg := svgOf(t, top, Options{ID: evil, Title: evil})
	if strings.Contains(svg, "<script") || strings.Contains(svg, "\x1b") || strings.Contains(svg, "\u202e") {
		t.Error(svg)
	}
}

func TestTheWritersErrorIsReturned(t *testing.T) {
	if err := SVG(fullDisk{}, assert.Topology{}, Options{}); !errors.Is(err, errFull) {
		t.Error(err)
	}
}

// TestGoldens are drawings to look at with a browser after -update:
// before the steps, and after them where they changed something. The topologies
// are what scenarios of those names built on Linux 6.1.
func TestGoldens(t *testing.T) {
	text, err := os.ReadFile("testdata/topologies.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]assert.Topology
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	for name, top := range all {
		file := strings.ReplaceAll(name, "/", "-")
		golden.Equal(t, filepath.Join("testdata", file+".svg"), []byte(svgOf(t, top, Options{ID: "t", Title: name, Standalone: true})))
		if len(top.Changed) > 0 {
			svg := svgOf(t, top.After(), Options{ID: "t", Title: name + " after its steps", Standalone: true, Before: &top})
			golden.Equal(t, filepath.Join("testdata", file+"-after.svg"), []byte(svg))
		}
	}
}

func TestWhatStepsChangedIsMarked(t *testing.T) {
	before := assert.Topology{Nodes: []assert.Node{{Name: "a", Kind: "host", Interfaces: []assert.Interface{{Name: "eth0", Kind: "veth", Up: true, MTU: 1500}, {Name: "eth1", Kind: "veth", Up: true}}}}}
	before.Nodes = append(before.Nodes,
		assert.Node{Name: "r", Kind: "router", Forwards: []string{"IPv4"}}, assert.Node{Name: "gone", Kind: "host", Interfaces: []assert.Interface{{Name: "eth0"}}}, assert.Node{Name: "same", Kind: "host"})
	later := assert.Topology{Nodes: []assert.Node{{Name: "a", Kind: "host", Interfaces: []assert.Interface{{Name: "eth0", Kind: "veth", Up: true, MTU: 1400}, {Name: "eth1", Kind: "veth", Up: true}, {Name: "eth2", Kind: "dummy"}}}}}
	later.Nodes = append(later.Nodes, assert.Node{Name: "r", Kind: "host"}, assert.Node{Name: "gone", Kind: "host"}, assert.Node{Name: "same", Kind: "host"})
	svg := svgOf(t, later, Options{ID: "x", Before: &before})
	for node, want := range map[string]bool{"a": false, "r": true, "gone": true, "same": false} {
		if strings.Contains(svg, ` t-changed" data-node="`+node+`"`) != want {
			t.Errorf("node %s: marked is not %v", node, want)
		}
	}
	for point, want := range map[string]bool{"a:eth0": true, "a:eth1": false, "a:eth2": true} {
		_, rest, _ := strings.Cut(svg, `<g id="x-`+point+`" class="`)
		class, _, _ := strings.Cut(rest, `"`)
		if got := strings.Contains(class, "t-changed"); got != want {
			t.Errorf("%s: class %q", point, class)
		}
	}
}

func TestAPortInNoVLANIsMarked(t *testing.T) {
	for filtering, want := range map[string]int{"true": 1, "false": 0} {
		top := assert.Topology{Nodes: []assert.Node{{Name: "sw", Kind: "switch", Interfaces: []assert.Interface{
			{Name: "br0", Kind: "bridge", Options: map[string]string{"vlan_filtering": filtering}},
			{Name: "p1", Kind: "veth", Master: "br0", VLANs: []assert.PortVLAN{{From: 10, To: 10, Flags: "tagged"}}},
			{Name: "p2", Kind: "veth", Master: "br0"},
		}}}}
		if got := strings.Count(svgOf(t, top, Options{ID: "x"}), ">no VLAN<"); got != want {
			t.Errorf("filtering %s: %d ports are marked, want %d", filtering, got, want)
		}
	}
}

// fullDisk is a writer that has no room.
type fullDisk struct{}

var errFull = errors.New("no space left on device")

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

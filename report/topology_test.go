package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"netverify/assert"
	"netverify/scenarios"
)

func svgOf(t *testing.T, top Topology, opt TopologyOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := TopologySVG(&b, top, opt); err != nil {
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
		top := Planned(p)
		first := svgOf(t, top, TopologyOptions{ID: "a"})
		for range 3 {
			if svgOf(t, top, TopologyOptions{ID: "a"}) != first {
				t.Fatalf("%s is drawn in two ways", p.Name)
			}
		}
	}
}

func TestEveryInterfaceIsAPointOfTheDrawing(t *testing.T) {
	for _, p := range library(t) {
		svg := svgOf(t, Planned(p), TopologyOptions{ID: "a"})
		for _, n := range Planned(p).Nodes {
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
	top := Topology{Nodes: []assert.Node{
		{Name: evil, Kind: evil, Interfaces: []assert.Interface{{Name: evil, Kind: evil, MAC: evil, Mode: evil, State: evil, Link: evil, Peer: evil, Master: evil,
			Addresses: []string{evil}, Options: map[string]string{"sources": evil, "flag": evil, "port_state": evil}, VLANs: []assert.PortVLAN{{From: 1, To: 2, Flags: evil}}}},
			Routes: []assert.Route{{To: evil, Via: evil, Dev: evil}}, Firewall: evil, Trouble: evil},
	}}
	svg := svgOf(t, top, TopologyOptions{ID: evil, Title: evil})
	if strings.Contains(svg, "<script") || strings.Contains(svg, "\x1b") || strings.Contains(svg, "\u202e") {
		t.Error(svg)
	}
}

func TestTopologySVGReturnsTheWritersError(t *testing.T) {
	if err := TopologySVG(fullDisk{}, Topology{}, TopologyOptions{}); !errors.Is(err, errFull) {
		t.Error(err)
	}
}

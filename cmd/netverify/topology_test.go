package main

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netverify/assert"
	"netverify/report"
	"netverify/scenarios"
)

// TestWhatIsDrawnOfAPlanIsBuilt compares the topology that show --svg draws
// with the one that the kernel has before the first step.
func TestWhatIsDrawnOfAPlanIsBuilt(t *testing.T) {
	plans, err := scenarios.Find([]string{"*"})
	if err != nil {
		t.Fatal(err)
	}
	planned := map[string]report.Topology{}
	for _, p := range plans {
		planned[p.Name] = p.Topology()
	}
	compared := 0
	for _, s := range runLibrary(t, os.Getuid()).Scenarios {
		if len(s.Topology.Nodes) == 0 {
			continue // this kernel lacks what it needs
		}
		compared++
		want := planned[s.Name]
		if diff := cmp.Diff(askedOf(want, want), askedOf(s.Topology, want)); diff != "" {
			t.Errorf("%s: -planned +built:\n%s", s.Name, diff)
		}
	}
	if compared < 100 {
		t.Errorf("only %d scenarios were built", compared)
	}
}

// askedOf leaves out of a topology what its plan leaves to the kernel.
func askedOf(t, plan report.Topology) map[string]assert.Interface {
	all := map[string]assert.Interface{}
	for _, n := range t.Nodes {
		all[n.Name] = assert.Interface{Kind: n.Kind, Addresses: n.Forwards, Mode: n.Firewall}
		for _, i := range n.Interfaces {
			p := plan.Point(n.Name + ":" + i.Name)
			if p == nil {
				p = &assert.Interface{}
			}
			i.Ifindex, i.Carrier, i.State, i.Offloads = 0, false, "", assert.Offloads{}
			i.Addresses = i.Addresses[:min(1, len(i.Addresses))] // the kernel adds link-local ones
			if p.MAC == "" {
				i.MAC = ""
			}
			if p.MTU == 0 {
				i.MTU = 0
			}
			if p.Mode == "default mode" {
				i.Mode = p.Mode
			}
			options := map[string]string{}
			for key, value := range i.Options {
				if _, asked := p.Options[key]; asked && key != "sources" { // which a plan has by name
					options[key] = value
				}
			}
			i.Options = options
			all[n.Name+":"+i.Name] = i
		}
	}
	return all
}

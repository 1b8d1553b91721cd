package lab

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netverify/assert"
	"netverify/scenarios"
)

// TestTopologyIsReadFromTheKernel: what the plan says is changed behind its
// back, and the topology tells of the change.
func TestTopologyIsReadFromTheKernel(t *testing.T) {
	l := mustBuild(t, macvlanPlan("vepa"))
	before := l.Topology()
	port := before.Point("sw:p1")
	if port == nil || port.Options["hairpin"] != "" || port.Master != "br0" || port.Peer == "" {
		t.Fatalf("sw:p1 is %+v", port)
	}
	peer := before.Point(port.Peer)
	if peer == nil || peer.Peer != "sw:p1" || peer.Kind != "veth" || !peer.Up || !peer.Carrier || peer.State != "up" || peer.MTU != 1500 {
		t.Errorf("%s is %+v", port.Peer, peer)
	}
	yes := true
	mustSet(t, l, setIface("sw:p1", scenarios.InterfaceSet{Port: &scenarios.Port{Hairpin: &yes}, MTU: new(int(1400))}))
	before.Change(l.Topology())
	if len(before.Changed) != 1 || before.Changed[0].Name != "sw" {
		t.Fatalf("changed: %+v", before.Changed)
	}
	after := before.After()
	if now := after.Point("sw:p1"); now.Options["hairpin"] != "true" || now.MTU != 1400 {
		t.Errorf("afterwards sw:p1 is %+v", now)
	}
	if port.MTU != 1500 {
		t.Error("the first reading was changed, too")
	}
}

func TestTopologyKnowsParentsInOtherNodes(t *testing.T) {
	top := mustBuild(t, macvlanPlan("bridge")).Topology()
	var children []string
	for _, n := range top.Nodes {
		for _, i := range n.Interfaces {
			if i.Kind == "macvlan" {
				children = append(children, n.Name+":"+i.Name+" "+i.Mode+" on "+i.Link)
				if !slices.Contains(i.Offloads.Fixed, "checksum") {
					t.Errorf("offloads of %s: %+v", i.Name, i.Offloads)
				}
			}
		}
	}
	if want := []string{"c1:eth0 bridge on host:eth0", "c2:eth0 bridge on host:eth0"}; !slices.Equal(children, want) {
		t.Errorf("%q, want %q", children, want)
	}
}

func TestNeighbouringVLANsAreOneRange(t *testing.T) {
	table := vlanTable{1: vlanNative, 10: 0, 11: 0, 12: 0, 14: 0, 15: vlanUntagged, 16: 0}
	want := []assert.PortVLAN{
		{From: 1, To: 1, Flags: "pvid untagged"}, {From: 10, To: 12, Flags: "tagged"}, {From: 14, To: 14, Flags: "tagged"},
		{From: 15, To: 15, Flags: "untagged"}, {From: 16, To: 16, Flags: "tagged"},
	}
	if diff := cmp.Diff(want, ranges(table)); diff != "" {
		t.Error(diff)
	}
}

func TestFactsAreTheTopologyInWords(t *testing.T) {
	top := assert.Topology{Nodes: []assert.Node{
		{Name: "gw", Kind: "router", Forwards: []string{"IPv4", "IPv6"}, Interfaces: []assert.Interface{
			{Name: "eth0", Kind: "veth", Peer: "sw:p1", MAC: "02:00:00:00:00:01", MTU: 1500, State: "up", Addresses: []string{"192.0.2.1/24"}},
			{Name: "v10", Kind: "vlan", Link: "gw:eth0", VLAN: assert.VLAN{Protocol: "802.1Q", ID: 10}, MAC: "02:00:00:00:00:01", MTU: 1500, State: "up",
				Offloads: assert.Offloads{On: []string{"rx-gro"}, Fixed: []string{"checksum"}}},
			{Name: "m0", Kind: "macvlan", Mode: "source", Link: "gw:eth0", Options: map[string]string{"nodst": "true", "sources": "02:00:00:00:00:09"},
				MAC: "02:00:00:00:00:02", MTU: 1500, State: "down", Offloads: assert.Offloads{Unknown: true}},
		}},
		{Name: "sw", Kind: "switch", Interfaces: []assert.Interface{
			{Name: "lo", Kind: "loopback", State: "down", MTU: 65536},
			{Name: "br0", Kind: "bridge", Options: map[string]string{"stp": "false", "vlan_filtering": "true"}, MAC: "02:00:00:00:00:03", MTU: 1500, State: "up"},
			{Name: "p1", Kind: "veth", Peer: "gw:eth0", Master: "br0", Options: map[string]string{"hairpin": "true", "learning": "false", "port_state": "blocking"},
				MAC: "02:00:00:00:00:04", MTU: 1500, State: "up"},
		}},
		{Name: "lost", Trouble: "no such device"},
	}}
	want := []assert.Fact{
		{Key: "gw", Value: "forwards IPv4"},
		{Key: "gw:eth0", Value: "veth to sw:p1, MAC 02:00:00:00:00:01, MTU 1500, up, 192.0.2.1/24, offloads off"},
		{Key: "gw:v10", Value: "vlan 802.1Q 10 on gw:eth0, MAC 02:00:00:00:00:01, MTU 1500, up, offloads on: rx-gro (but for checksum, which cannot be changed)"},
		{Key: "gw:m0", Value: "macvlan source nodst on gw:eth0, sources 02:00:00:00:00:09, MAC 02:00:00:00:00:02, MTU 1500, down, offloads unknown"},
		{Key: "sw:lo", Value: "loopback, MTU 65536, down"},
		{Key: "sw:br0", Value: "bridge, stp off, vlan_filtering on, MAC 02:00:00:00:00:03, MTU 1500, up, offloads off"},
		{Key: "sw:p1", Value: "veth to gw:eth0, port of br0 hairpin on learning off blocking, MAC 02:00:00:00:00:04, MTU 1500, up, offloads off"},
		{Key: "lost", Value: "cannot be read: no such device"},
	}
	if diff := cmp.Diff(want, Facts(top)); diff != "" {
		t.Error(diff)
	}
}

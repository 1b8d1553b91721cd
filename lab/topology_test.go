package lab

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vishvananda/netlink/nl"

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
	table := tableOf{1: vlanNative, 10: 0, 11: 0, 12: 0, 14: 0, 15: vlanUntagged, 16: 0}.table()
	want := []assert.PortVLAN{
		{From: 1, To: 1, Flags: "pvid untagged"}, {From: 10, To: 12, Flags: "tagged"}, {From: 14, To: 14, Flags: "tagged"},
		{From: 15, To: 15, Flags: "untagged"}, {From: 16, To: 16, Flags: "tagged"},
	}
	if diff := cmp.Diff(want, ranges(table)); diff != "" {
		t.Error(diff)
	}
}

// TestEveryPortFlagIsTold: those that the lab can read, and no others.
func TestEveryPortFlagIsTold(t *testing.T) {
	var keys []string
	for _, f := range portFlags {
		keys = append(keys, f.key)
	}
	if diff := cmp.Diff(keys, assert.PortFlags); diff != "" {
		t.Error(diff)
	}
}

// TestBondMembersAreNoBridgePorts: what IFLA_BRPORT_STATE numbers is
// IFLA_BOND_SLAVE_STATE there.
func TestBondMembersAreNoBridgePorts(t *testing.T) {
	for slave, want := range map[string]bool{"bridge": true, "bond": false} {
		l := &link{slave: slave, port: attrs{nl.IFLA_BRPORT_STATE: {1}, nl.IFLA_BRPORT_COST: {1, 0, 0, 0}, nl.IFLA_BRPORT_MODE: {1}}}
		for _, key := range []string{"port_state", "cost", "hairpin"} {
			if v, ok := values[key](l); ok != want {
				t.Errorf("%s of a member of a %s: %q, %v", key, slave, v, ok)
			}
		}
	}
}

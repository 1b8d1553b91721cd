package lab

import (
	"testing"

	"netverify/scenarios"
)

// TestNoTimerMovesAPortOn: a state that is set by hand stays, however long a
// scenario takes; with STP the kernel's own delay is back.
func TestNoTimerMovesAPortOn(t *testing.T) {
	state := "listening"
	ports := []scenarios.Interface{
		{Node: "sw", Name: "p1", Kind: scenarios.Veth, Cable: ref("a", "eth0"), Master: bridgeName, Port: &scenarios.Port{State: &state}},
	}
	l := mustBuild(t, &scenarios.Plan{Nodes: []scenarios.Node{
		{Name: "sw", Switch: true, Bridge: &scenarios.Bridge{}, Interfaces: ports},
		{Name: "a", Interfaces: []scenarios.Interface{{Node: "a", Name: "eth0", Kind: scenarios.Veth, Cable: ref("sw", "p1")}}},
		{Name: "other", Switch: true, Bridge: &scenarios.Bridge{}},
	}})
	expect(t, l, [3]string{"sw:p1", "port_state", "listening"}, [3]string{"sw:br0", "forward_delay", "24h0m0s"}, [3]string{"other:br0", "forward_delay", "15s"})
	yes := true
	if err := l.Set(scenarios.Setting{Target: "sw", Node: &scenarios.NodeSet{Bridge: &scenarios.Bridge{STP: &yes}}}); err != nil {
		t.Fatal(err)
	}
	expect(t, l, [3]string{"sw:br0", "forward_delay", "15s"})
}

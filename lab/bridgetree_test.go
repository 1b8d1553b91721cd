package lab

import (
	"errors"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netverify/scenarios"
)

// TestTimesOfTheSpanningTree: what a bridge is given is read back, at its making
// and later; what the kernel bounds while the tree runs it refuses.
func TestTimesOfTheSpanningTree(t *testing.T) {
	delay, hello, age, priority := 4*time.Second, time.Second, 10*time.Second, uint16(4096)
	l := mustBuild(t, &scenarios.Plan{Nodes: []scenarios.Node{{
		Name: "sw", Switch: true, Bridge: &scenarios.Bridge{ForwardDelay: &delay, HelloTime: &hello, MaxAge: &age, Priority: &priority},
	}}})
	expect(t, l, [3]string{"sw:br0", "forward_delay", "4s"}, [3]string{"sw:br0", "hello_time", "1s"},
		[3]string{"sw:br0", "max_age", "10s"}, [3]string{"sw:br0", "priority", "4096"})
	yes, soon := true, 2*time.Second
	set := func(b scenarios.Bridge) error {
		return l.Set(scenarios.Setting{Target: "sw", Node: &scenarios.NodeSet{Bridge: &b}})
	}
	if err := set(scenarios.Bridge{STP: &yes, ForwardDelay: &soon}); err != nil {
		t.Fatal(err)
	}
	expect(t, l, [3]string{"sw:br0", "forward_delay", "2s"}, [3]string{"sw:br0", "stp", "true"})
	tooSoon := time.Second
	if err := set(scenarios.Bridge{ForwardDelay: &tooSoon}); !errors.Is(err, unix.ERANGE) {
		t.Errorf("a forward delay of 1s while the tree runs: %v, want ERANGE", err)
	}
}

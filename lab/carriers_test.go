package lab

import (
	"errors"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netverify/scenarios"
)

// TestAWaitCountsWhatItWaited: a process that is held up between its waits gives
// the kernel no less time to report a carrier.
func TestAWaitCountsWhatItWaited(t *testing.T) {
	l := mustBuild(t, macvlanPlan("bridge"))
	w, err := watch([]*iface{l.iface(scenarios.Ref{Node: "c1", Iface: "eth0"})})
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	const each, times = 2 * time.Millisecond, 10
	c := &carrierWait{lab: l, w: w, left: times * each, latest: time.Now().Add(time.Minute)}
	waits := 0
	for ; !c.over(); waits++ {
		for held := time.Now(); time.Since(held) < 5*each; { // on other things
		}
		if err := c.wait(each); !errors.Is(err, unix.ETIMEDOUT) {
			t.Fatal(err)
		}
	}
	if waits < times {
		t.Errorf("over after %d waits of %v, and there was time for %d", waits, each, times)
	}
	c.left, c.latest = time.Hour, time.Now()
	if !c.over() {
		t.Error("it has no end")
	}
}

package lab

import (
	"errors"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netverify/recording"
)

// TestAWaitCountsWhatItWaited: a process that is held up between its waits gives
// the kernel no less time to report a carrier.
func TestAWaitCountsWhatItWaited(t *testing.T) {
	l := mustBuild(t, macvlanPlan("bridge"))
	w, err := watch([]*iface{l.iface(recording.Ref{Node: "c1", Iface: "eth0"})})
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	const each, times = 2 * time.Millisecond, 10
	b := newBudget(times * each)
	waits := 0
	for ; !b.over(); waits++ {
		for held := time.Now(); time.Since(held) < 5*each; { // on other things
		}
		if err := b.wait(w, each); !errors.Is(err, unix.ETIMEDOUT) {
			t.Fatal(err)
		}
	}
	if waits < times {
		t.Errorf("over after %d waits of %v, and there was time for %d", waits, each, times)
	}
	b.left, b.latest = time.Hour, time.Now()
	if !b.over() {
		t.Error("it has no end")
	}
}

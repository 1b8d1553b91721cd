package kernels

import (
	"os"
	"strings"
	"testing"

	"netverify/assert"
	"netverify/internal/memory"
	"netverify/run"
)

// TestAGuestThatHasNoRoomIsNotStarted: the kernel would end it, or netverify.
func TestAGuestThatHasNoRoomIsNotStarted(t *testing.T) {
	k, opt := &Kernel{Release: "1.2.3"}, GuestOptions{Memory: 384}
	err := asGuestError(fits(k, opt, 80<<20))
	if err == nil || err.Ending != QEMUFailed || !strings.Contains(err.Error(), "a guest of 384 MiB (--memory) has no room in the 80 MiB") {
		t.Errorf("%v", err)
	}
	for _, limit := range []int64{384 << 20, memory.None} {
		if err := fits(k, opt, limit); err != nil {
			t.Errorf("%d bytes: %v", limit, err)
		}
	}
}

// TestWantOfMemoryIsNoFailure: what a kernel says that panics for it, in the words of
// 5.10 to 7.2, and what init says. No scenario fails for that.
func TestWantOfMemoryIsNoFailure(t *testing.T) {
	killed := panicStart + "Attempted to kill init! exitcode=0x00000200"
	for _, tt := range []struct {
		lines   []string
		ending  Ending
		outcome assert.Outcome
	}{
		{[]string{panicStart + "System is deadlocked on memory"}, OutOfMemory, assert.Error},
		{[]string{panicStart + "Out of memory: system-wide panic_on_oom is enabled"}, OutOfMemory, assert.Error},
		{[]string{"fatal error: runtime: out of memory", killed}, OutOfMemory, assert.Error},
		{[]string{killed}, InitDied, assert.Error},
		{[]string{panicStart + "Fatal exception in interrupt"}, Panicked, assert.Fail},
		{[]string{"BUG: unable to handle page fault", panicStart + "System is deadlocked on memory"}, OutOfMemory, assert.Fail},
	} {
		plans := trio(t)
		console := &console{}
		for _, l := range append([]string{begunPrefix + plans[0].Name}, tt.lines...) {
			if l != "fatal error: runtime: out of memory" {
				l = "[    1.000000] " + l
			}
			_, _ = console.Write([]byte(l + "\n"))
		}
		s := &session{release: "1.2.3", memory: 64, greeted: true, begun: []string{plans[0].Name}, cause: causeEnd, machine: &running{console: console, state: &os.ProcessState{}}}
		e := s.ending()
		if e.Ending != tt.ending || (e.Ending == OutOfMemory) != strings.Contains(e.Error(), "with 64 MiB: give it more (--memory)") {
			t.Errorf("%q: %v", tt.lines, e)
		}
		c := newCollector(plans, run.Options{})
		c.blame(e)
		if got := c.results[0].Outcome; got != tt.outcome {
			t.Errorf("%q: %v", tt.lines, got)
		}
	}
}

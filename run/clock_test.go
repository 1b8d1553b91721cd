package run

import (
	"strings"
	"testing"
	"time"

	"netverify/assert"
	"netverify/lab"
	"netverify/recording"
	"netverify/scenarios"
)

// wall is a clock of a machine whose time is set by so much.
type wall struct{ set time.Duration }

func (w *wall) read() reading {
	r := readClocks()
	r.wall += w.set
	return r
}

func TestClock(t *testing.T) {
	for _, tt := range []struct {
		name string
		set  []time.Duration // one behind the other
		told string
	}{
		{"nobody sets it", []time.Duration{0, 0}, ""},
		{"slewed", []time.Duration{100 * time.Microsecond}, ""},
		{"back", []time.Duration{-time.Hour}, "set by -1h0m0s while"},
		{"forward", []time.Duration{3 * time.Second}, "set by 3s while"},
		{"a little", []time.Duration{20 * time.Millisecond}, "set by 20ms while"},
		{"forward and back", []time.Duration{time.Minute, 0}, "set by 1m0s while"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := &wall{}
			c := newClock(w.read)
			for _, w.set = range tt.set {
				c.look()
			}
			s := c.stop(nil)
			if tt.told == "" && s != nil || tt.told != "" && (s == nil || s.Kind != recording.StopClock || !strings.Contains(s.Reason, tt.told)) {
				t.Errorf("%+v", s)
			}
		})
	}
}

// TestClockStandsBehindTheKernel: what the kernel refused it refused at any time.
func TestClockStandsBehindTheKernel(t *testing.T) {
	w := &wall{}
	c := newClock(w.read)
	w.set = time.Hour
	for kind, want := range map[recording.StopKind]recording.StopKind{
		recording.StopLacks: recording.StopLacks, recording.StopUndone: recording.StopUndone,
		recording.StopRefused: recording.StopClock, recording.StopInterrupted: recording.StopClock, recording.StopRestless: recording.StopClock,
	} {
		if s := c.stop(&recording.Stop{Kind: kind, Reason: "why"}); s.Kind != want || !strings.Contains(s.Reason, "why") {
			t.Errorf("%s: %+v", kind, s)
		}
	}
}

const seenByChild = `seen: {at: "c1:eth0 in", frames: "eth.src == @wire:eth0"}`

// TestSetClockIsNoVerdict: neither a pass nor a fail, in the run and when its
// evidence is judged again.
func TestSetClockIsNoVerdict(t *testing.T) {
	for _, set := range []time.Duration{-time.Hour, time.Hour} {
		for _, expect := range []string{seenByChild, strings.Replace(seenByChild, "seen:", "never:", 1)} {
			plans, err := scenarios.LoadBytes("clock.yaml", []byte(strings.Replace(deafLab, seenByChild, expect, 1)))
			if err != nil {
				t.Fatal(err)
			}
			r, dir, w := plans[0].Result(), t.TempDir(), &wall{}
			pinned(t, func(j *job) {
				j.opt.Out, j.clock, j.spoil = dir, w.read, func(*lab.Lab) { w.set = set }
				tryPlan(j, plans[0], &r)
			})
			if r.Outcome != assert.Inconclusive || !strings.Contains(r.Reason, "the clock of this machine was set by") {
				t.Errorf("%v, %s: %v: %s", set, expect, r.Outcome, r.Reason)
			}
			judgedAgain(t, dir, plans[0], &r)
		}
	}
}

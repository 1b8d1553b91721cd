package run

import (
	"context"
	"runtime"
	"strings"
	"testing"

	"netverify/assert"
	"netverify/frame"
	"netverify/recording"
	"netverify/scenarios"
)

// TestAThousandChildren really builds them, each in a namespace of its own, and
// proves that one of them did not see a frame.
func TestAThousandChildren(t *testing.T) {
	plan := grownLabs[0].plan(t, 1000)
	results, err := All(context.Background(), []*scenarios.Plan{plan}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := &results[0]
	if r.Outcome != assert.Pass {
		t.Fatalf("%v: %s", r.Outcome, r.Reason)
	}
	if n := len(r.Topology.Nodes); n != 1002 {
		t.Errorf("%d nodes were read back, want 1002", n)
	}
	for _, k := range r.Checks {
		if k.Quiet != "" {
			t.Errorf("%s: %s", k.Text, k.Quiet)
		}
	}
}

// planned builds a lab, and hands out its plan of fences.
func planned(t *testing.T, plan *scenarios.Plan, f func(s *session, fences []*fence)) {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	gone := &ended{}
	defer gone.closeAll()
	s, err := open(context.Background(), &job{seat: &seat{}, plan: plan, ended: gone})
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	f(s, s.fencePlan())
}

// TestFencesGrowWithTheLab counts the fences of labs, and the places that they
// are to come to: twice the lab, twice as many.
func TestFencesGrowWithTheLab(t *testing.T) {
	for i := range grownLabs[:3] {
		g := &grownLabs[i]
		count := func(n int) (sent, arrivals int) {
			planned(t, g.plan(t, n), func(_ *session, fences []*fence) {
				for _, f := range fences {
					sent++
					arrivals += len(f.arrivals)
				}
			})
			return sent, arrivals
		}
		s1, a1 := count(40)
		s2, a2 := count(80)
		if s2 > 2*s1+8 || a2 > 2*a1+8 {
			t.Errorf("%s: %d fences to %d places for 40, %d to %d for 80", g.name, s1, a1, s2, a2)
		}
	}
}

// TestOnlyTapsWithFramesAreRead: each read of a tap brings a frame at least,
// however many taps there are.
func TestOnlyTapsWithFramesAreRead(t *testing.T) {
	planned(t, grownLabs[0].plan(t, 80), func(s *session, fences []*fence) {
		if err := s.warmUp(); err != nil {
			t.Fatal(err)
		}
		frames := 0
		for _, n := range s.nodes {
			frames += len(n.seen)
		}
		if frames < len(fences) || s.reads > frames {
			t.Errorf("%d taps were read %d times for %d frames of %d fences", len(s.nodes), s.reads, frames, len(fences))
		}
	})
}

// TestABroadcastThatDoesNotFitIsNotSent: copies for more children than the backlog
// queue has room for are dropped by the kernel, a fence's too. The places say so.
func TestABroadcastThatDoesNotFitIsNotSent(t *testing.T) {
	const n = 12
	planned(t, grownLabs[0].plan(t, n), func(s *session, fences []*fence) {
		reaches := func(fences []*fence) (most int) {
			for _, f := range fences {
				most = max(most, len(f.arrivals))
			}
			return most
		}
		if got := reaches(fences); got != n+2 {
			t.Errorf("the fence that reaches most comes to %d places, want %d", got, n+2)
		}
		s.overflows.room = n - 1
		fences = s.fencePlan()
		for _, f := range fences {
			for _, a := range f.arrivals {
				if name := s.rec.Points[a.point].Name(); a.class == recording.Multidestination && (name == "host:eth0" || strings.HasPrefix(name, "c")) && a.dir == frame.In {
					t.Errorf("a broadcast fence is to come to %s", name)
				}
			}
		}
		s.step = 0
		windows := s.quietPlan(fences)
		if len(windows) == 0 {
			t.Fatal("no quiet window stands in")
		}
		for _, w := range windows {
			if want := "a broadcast to the 12 children of host:eth0 does not fit into the backlog queue of a processor (net.core.netdev_max_backlog is 11)"; w.Why != want {
				t.Errorf("%q, want %q", w.Why, want)
			}
		}
	})
}

package run

import (
	"context"
	"flag"
	"fmt"
	"os/exec"
	"runtime"
	"testing"

	"netverify/assert"
	"netverify/capture"
	"netverify/frame"
	"netverify/recording"
	"netverify/scenarios"
)

// fenceLab has two children on a parent behind a reflecting port. Whatever the
// switch's port sends arrives at c1 and c2, so a `never` there must fail.
const fenceLab = `
name: test/fence
title: What must arrive is never proven absent
topology:
  switches:
    sw: {ports: {p1: {hairpin: true}, p2: {}}}
  hosts:
    host: {interfaces: {eth0: {cable: "sw:p1"}}}
    outside: {interfaces: {eth0: {cable: "sw:p2"}}}
    c1: {interfaces: {eth0: {macvlan: {link: "host:eth0", mode: %[1]s}}}}
    c2: {interfaces: {eth0: {macvlan: {link: "host:eth0", mode: %[1]s%[2]s}}}}
steps:
  - name: the frame arrives at the child
    send: {from: "%[3]s", frame: {eth: {src: "@%[3]s", dst: "%[4]s"}}}
    expect:
      never: {at: "c2:eth0 in", frames: "eth.type == 0x88b5"}
`

// trials is how often each case is tried: -args -trials 100000 for a soak.
var trials = flag.Int("trials", 400, "stimuli for each case of the fence tests")

// repeated is a plan whose first step is done n times.
func repeated(t *testing.T, src string, n int) *scenarios.Plan {
	t.Helper()
	plans, err := scenarios.LoadBytes("fence.yaml", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	p := plans[0]
	first := p.Steps[0]
	p.Steps = nil
	for range n {
		p.Steps = append(p.Steps, first)
	}
	return p
}

// pinned runs f as a worker of All does: on a thread of one processor, with
// the kernel's clock kept.
func pinned(t *testing.T, f func(j *job)) {
	t.Helper()
	clock, err := capture.KeepClock()
	if err != nil {
		t.Fatal(err)
	}
	defer clock.Close()
	cpus, err := processors()
	if err != nil {
		t.Fatal(err)
	}
	gone := &ended{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // never unlocked: the thread dies pinned
		f(&job{ended: gone, seat: sit(cpus, 0)})
	}()
	<-done
	gone.closeAll()
}

// busy keeps every processor busy with processes of its own until the test ends.
func busy(t *testing.T) {
	t.Helper()
	for range runtime.NumCPU() {
		c := exec.Command("sh", "-c", "while :; do :; done")
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = c.Process.Kill()
			_ = c.Wait()
		})
	}
}

func TestWhatArrivesIsNeverProvenAbsent(t *testing.T) {
	for _, tt := range []struct {
		name, mode, more, from, dst string
		burn                        bool
	}{
		{"unicast from the wire", "vepa", "", "sw:p1", "@c2:eth0", false},
		{"broadcast from the wire, through the parent's work queue", "vepa", "", "sw:p1", "broadcast", false},
		{"broadcast of a sibling in bridge mode", "bridge", "", "c1:eth0", "broadcast", false},
		{"unicast of a sibling in bridge mode", "bridge", "", "c1:eth0", "@c2:eth0", false},
		{"broadcast of a sibling, reflected", "vepa", "", "c1:eth0", "broadcast", false},
		{"broadcast of a station, through the switch", "private", "", "outside:eth0", "broadcast", false},
		{"listed sender in source mode", "source", `, sources: ["@sw:p1"]`, "sw:p1", "broadcast", false},
		{"broadcast from the wire, both processors busy", "vepa", "", "sw:p1", "broadcast", true},
		{"broadcast of a sibling, reflected, both processors busy", "vepa", "", "c1:eth0", "broadcast", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.burn {
				busy(t)
			}
			p := repeated(t, fmt.Sprintf(fenceLab, tt.mode, tt.more, tt.from, tt.dst), *trials)
			pinned(t, func(j *job) {
				j.plan = p
				var r assert.Result
				scenario(context.Background(), j, &r)
				if len(r.Checks) != *trials {
					t.Fatalf("%d checks for %d steps: %s %s", len(r.Checks), *trials, r.Outcome, r.Reason)
				}
				for i, k := range r.Checks {
					if k.Outcome != assert.Fail {
						t.Fatalf("step %d: %s: %s", i, k.Outcome, k.Reason)
					}
				}
			})
		})
	}
}

// The test above is worth something only if fences of the wrong class would
// not do: unicast fences overtake the broadcasts that macvlan has queued.
func TestUnicastFencesAloneWouldLie(t *testing.T) {
	n := *trials
	p := repeated(t, fmt.Sprintf(fenceLab, "vepa", "", "sw:p1", "broadcast"), 1)
	pinned(t, func(j *job) {
		j.plan = p
		s, err := open(t.Context(), j)
		if err != nil {
			t.Error(err)
			return
		}
		defer s.close()
		if err := s.warmUp(); err != nil {
			t.Error(err)
			return
		}
		var unicast []*fence
		c2 := s.pointNamed("c2:eth0")
		for _, f := range s.fencePlan() {
			if f.arrivals[0].class == recording.Unicast && f.arrivals[len(f.arrivals)-1].point == c2 {
				unicast = append(unicast, f)
			}
		}
		// One is enough, and with a processor of its own for the work queue it takes a while.
		missed, tried := 0, 0
		for ; tried < n || missed == 0 && tried < 100*n; tried++ {
			s.begin(0)
			if err := s.act(&p.Steps[0]); err != nil {
				t.Error(err)
				return
			}
			if _, lost, err := s.wave(unicast); err != nil || len(lost) > 0 {
				t.Error(err, lost)
				return
			}
			if !heard(s, "c2:eth0") {
				missed++
			}
			if err := s.rest(s.record()); err != nil {
				t.Error(err)
				return
			}
			if !heard(s, "c2:eth0") {
				t.Error("the stimulus had not arrived when the lab was at rest")
				return
			}
			s.end()
		}
		t.Logf("unicast fences alone came before their broadcast in %d of %d trials", missed, tried)
		if missed == 0 {
			t.Error("unicast fences never overtook a broadcast: this test no longer shows that the order matters")
		}
	})
}

// heard tells whether the running step's stimulus has come in at a point.
func heard(s *session, point string) bool {
	for _, n := range s.nodes {
		for i := range n.seen {
			o := &n.seen[i]
			if o.Mark == frame.Stimulus && o.Dir == frame.In && s.rec.Points[o.Point].Name() == point {
				return true
			}
		}
	}
	return false
}

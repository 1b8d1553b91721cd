package run

import (
	"context"
	"runtime"
	"slices"
	"testing"
	"time"

	"netverify/assert"
	"netverify/capture"
	"netverify/scenarios"
)

// BenchmarkScenario is a whole scenario: lab, steps, judgement and evidence.
// Labs are torn down outside the time, as All does it beside other labs.
func BenchmarkScenario(b *testing.B) {
	plans, err := scenarios.Find([]string{"macvlan/vepa-reflective-relay"})
	if err != nil {
		b.Fatal(err)
	}
	clock, err := capture.KeepClock()
	if err != nil {
		b.Fatal(err)
	}
	defer clock.Close()
	cpus, err := processors()
	if err != nil {
		b.Fatal(err)
	}
	var whole, proof []time.Duration
	gone := &ended{}
	out := b.TempDir()
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // never unlocked: the thread dies pinned
		j := &job{plan: plans[0], opt: Options{Out: out}, ended: gone, seat: sit(cpus, 0)}
		for b.Loop() {
			r := j.run(context.Background())
			if r.Outcome != assert.Pass {
				b.Error(r.Outcome, r.Reason)
				return
			}
			whole = append(whole, r.Duration)
			for _, k := range r.Checks {
				if k.Kind == assert.KindNever {
					proof = append(proof, k.Fence)
				}
			}
		}
	}()
	<-done
	gone.closeAll()
	b.ReportMetric(float64(median(whole).Microseconds())/1000, "ms/scenario-median")
	b.ReportMetric(float64(median(proof).Nanoseconds())/1000, "µs/absence-median")
}

func median(d []time.Duration) time.Duration {
	if len(d) == 0 {
		return 0
	}
	slices.Sort(d)
	return d[len(d)/2]
}

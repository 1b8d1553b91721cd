package run

import (
	"context"
	"os"
	"runtime"
	"testing"
	"time"

	"netverify/assert"
	"netverify/scenarios"
)

// TestNothingLeaks: after 500 labs a process has as many descriptors, namespaces
// among them, and goroutines as after 50, and no more memory for what is over.
func TestNothingLeaks(t *testing.T) {
	plans, err := scenarios.LoadBytes("leak.yaml", []byte(deafLab))
	if err != nil {
		t.Fatal(err)
	}
	descriptors, goroutines, heap := afterRuns(t, plans, 50)
	d, g, h := afterRuns(t, plans, 500)
	for until := time.Now().Add(10 * time.Second); g > goroutines && time.Now().Before(until); g = runtime.NumGoroutine() {
		<-time.After(time.Millisecond) // one that has told that it is done may still be about to end
	}
	if d > descriptors || g > goroutines {
		t.Errorf("%d descriptors and %d goroutines, after fewer runs %d and %d", d, g, descriptors, goroutines)
	}
	if h > heap+16<<20 {
		t.Errorf("%d bytes are in use, after fewer runs %d", h, heap)
	}
	t.Logf("%d descriptors, %d goroutines, %d bytes; before %d, %d, %d", d, g, h, descriptors, goroutines, heap)
}

func afterRuns(t *testing.T, plans []*scenarios.Plan, n int) (descriptors, goroutines int, heap uint64) {
	t.Helper()
	results, err := All(context.Background(), plans, Options{Repeat: n})
	if err != nil || len(results) != n {
		t.Fatalf("%d results: %v", len(results), err)
	}
	for _, r := range results {
		if r.Outcome == assert.Error {
			t.Errorf("%s", r.Reason)
			break
		}
	}
	runtime.GC() // nothing holds the results any more
	runtime.GC() // finalizers of the first
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(fds), runtime.NumGoroutine(), m.HeapAlloc
}

package run

import (
	"context"
	"testing"

	"netverify/assert"
	"netverify/scenarios"
)

// TestEveryResultHasFacts, also that of the lab with which a batch of labs is
// let go.
func TestEveryResultHasFacts(t *testing.T) {
	plans, err := scenarios.Find([]string{"bridge/hairpin"})
	if err != nil {
		t.Fatal(err)
	}
	results, err := All(context.Background(), plans, Options{Repeat: keepEnded + 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if n := len(r.Facts); n == 0 || r.Facts[n-1] != (assert.Fact{Key: "timers", Value: "no stack asks a neighbour again within the scenario"}) {
			t.Errorf("repetition %d: %v", r.Repeat, r.Facts)
		}
	}
}

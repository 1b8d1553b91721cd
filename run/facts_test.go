package run

import (
	"context"
	"testing"

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
		if len(r.Facts) == 0 {
			t.Errorf("repetition %d: none", r.Repeat)
		}
	}
}

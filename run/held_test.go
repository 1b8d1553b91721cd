package run

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"netverify/assert"
	"netverify/scenarios"
)

// TestWhatTheKernelHoldsIsGivenUp: a scenario that does not come back after an
// interruption is an error, what had ended is kept, and nothing is waited for.
func TestWhatTheKernelHoldsIsGivenUp(t *testing.T) {
	old := heldTime
	heldTime = time.Second
	t.Cleanup(func() { heldTime = old })
	plans, err := scenarios.Find([]string{"bridge/hairpin", "macvlan/vepa-reflective-relay", "bridge/isolated"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, interrupt := context.WithCancelCause(t.Context())
	comesBack := make(chan struct{})
	t.Cleanup(func() { close(comesBack) })
	n := 0
	opt := Options{Jobs: 1, Begin: func(string, int) {
		if n++; n == 2 {
			interrupt(errors.New("enough"))
			<-comesBack // as a system call would
		}
	}}
	results, err := All(ctx, plans, opt)
	var held *Abandoned
	if !errors.As(err, &held) || !strings.Contains(err.Error(), "stopped after 2 of 3 scenarios: enough") {
		t.Errorf("%v", err)
	}
	if len(results) != 2 || results[0].Outcome != assert.Pass {
		t.Fatalf("%d results, the first: %+v", len(results), results[0])
	}
	if r := results[1]; r.Outcome != assert.Error || r.Name != plans[1].Name || r.Run == "" || !strings.HasPrefix(r.Reason, "interrupted, and given up: ") {
		t.Errorf("%s %s: %s", r.Name, r.Outcome, r.Reason)
	}
}

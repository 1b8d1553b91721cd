package main

import (
	"bytes"
	"testing"
	"time"
)

// TestNothingIsToldOfNothing: when all is over, and before anything has begun, there
// is no line to show.
func TestNothingIsToldOfNothing(t *testing.T) {
	var out bytes.Buffer
	p := &progress{w: &out}
	p.of("").finish()
	if p.show(); out.Len() > 0 {
		t.Errorf("before: %q", out.String())
	}
	p.note("something")
	p.clear()
	out.Reset()
	p.last = time.Time{}
	p.mu.Lock()
	p.show()
	p.mu.Unlock()
	if out.Len() > 0 {
		t.Errorf("after: %q", out.String())
	}
}

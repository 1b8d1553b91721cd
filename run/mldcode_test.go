package run

import (
	"testing"
	"time"
)

// TestResponseTimeOfMLD reads the maximum response code as RFC 3810 5.1.3 says.
func TestResponseTimeOfMLD(t *testing.T) {
	for _, c := range []struct {
		code uint16
		want time.Duration
	}{
		{0, 0}, {10000, 10 * time.Second}, {32767, 32767 * time.Millisecond},
		{0x8000, 32768 * time.Millisecond}, {0x8001, 32776 * time.Millisecond}, {0xffff, 8387584 * time.Millisecond},
	} {
		if got := mldCode([]byte{byte(c.code >> 8), byte(c.code)}); got != c.want {
			t.Errorf("code %#x: %v, want %v", c.code, got, c.want)
		}
	}
	if got := mldCode(nil); got != 0 {
		t.Errorf("no code: %v", got)
	}
}

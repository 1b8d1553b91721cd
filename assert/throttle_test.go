package assert

import (
	"testing"
	"time"
)

// TestWhatARouterSendsOnlySoOften: when the next message of a kind may be sent,
// after so many at these times.
func TestWhatARouterSendsOnlySoOften(t *testing.T) {
	const ms = int64(time.Millisecond)
	times := func(n int, every time.Duration) (list []int64) {
		for i := range n {
			list = append(list, epoch+int64(i)*int64(every))
		}
		return list
	}
	for _, tt := range []struct {
		name  string
		kind  limitedKind
		sent  []int64
		after int64 // ms after the last
		held  bool
	}{
		{"a redirect, and at once another", redirect4, times(1, 0), 1, true},
		{"within twice the load", redirect4, times(1, 0), 39, true},
		{"in the tick after it", redirect4, times(1, 0), 49, true},
		{"after it", redirect4, times(1, 0), 51, false},
		{"the fourth waits eight times as long", redirect4, times(3, time.Second), 159, true},
		{"and no longer", redirect4, times(3, time.Second), 171, false},
		{"nine, and then silence", redirect4, times(9, time.Minute/10), 20_000, true},
		{"until that is over", redirect4, times(9, time.Minute/10), 20_500, false},
		{"a silence makes it new", redirect4, times(9, time.Minute), 60, false},
		{"four errors", unreachable4, times(4, 0), 0, false},
		{"five errors", unreachable4, times(5, 0), 0, true},
		{"five errors, a second later", unreachable4, times(5, 0), 1011, false},
		{"five errors, slowly", unreachable4, times(5, 2*time.Second), 0, false},
		{"ten errors, one each half second", unreachable4, times(10, time.Second/2), 0, true},
		{"five redirects of IPv6", redirect6, times(5, 0), 0, false},
		{"six redirects of IPv6", redirect6, times(6, 0), 900, true},
	} {
		l := limiter{kind: tt.kind}
		for i, at := range tt.sent {
			l.send(i, at)
		}
		if _, why := l.held(l.last + tt.after*ms); (why != "") != tt.held {
			t.Errorf("%s: held %q, want %t", tt.name, why, tt.held)
		}
	}
}

package assert

import (
	"fmt"
	"runtime"
	"testing"
)

// growing are recordings with much of one thing.
var growing = map[string]func(n int) *book{
	"steps": func(n int) *book {
		b := newBook()
		for i := range n {
			b.step(ask(look(KindSeen, "sw:p1 in", fmt.Sprintf("icmp.seq == %d", i)), look(KindNever, "outside:eth0 in", fmt.Sprintf("icmp.seq == %d", i))))
			for range 4 {
				b.see(echo(c1, c2, 0, i), reflected...)
			}
			b.rest()
		}
		return b
	},
	"expectations of a step": func(n int) *book {
		var e []Expectation
		for i := range n {
			e = append(e, look(KindSeen, "sw:p1 in", fmt.Sprintf("icmp.seq == %d", i)))
		}
		b := newBook().step(ask(e...))
		b.see(echo(c1, c2, 0, 1), reflected...)
		return b.rest()
	},
	"frames, and their journeys": func(n int) *book {
		b := newBook().step(ask(path(toSwitch...), path(reflected...), look(KindSeen, "sw:p1 in", "icmp").times(1, 99999)))
		for i := range 4 * n {
			b.see(echo(c1, c2, 0, i), reflected...)
		}
		return b.rest()
	},
}

// TestWorkOfJudgingIsLinear: eight times as much of anything is about eight times
// what is allocated on the way to a verdict.
func TestWorkOfJudgingIsLinear(t *testing.T) {
	const times = 12 // 64 if it grew with the square
	for what, of := range growing {
		t.Run(what, func(t *testing.T) {
			work := func(n int) (size, objects uint64) {
				r := of(n)
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				Judge(&r.cas, &r.rec)
				runtime.ReadMemStats(&after)
				return after.TotalAlloc - before.TotalAlloc, after.Mallocs - before.Mallocs
			}
			const n = 64
			work(n)
			b1, o1 := work(n)
			b8, o8 := work(8 * n)
			if b8 > times*b1+1<<18 || o8 > times*o1+2000 {
				t.Errorf("%d: %d bytes in %d objects; %d: %d bytes in %d objects", n, b1, o1, 8*n, b8, o8)
			}
		})
	}
}

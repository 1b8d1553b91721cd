package report

import (
	"bytes"
	"fmt"
	"runtime"
	"testing"

	"netverify/assert"
)

// growing are reports with much of one thing.
var growing = map[string]func(n int) Report{
	"scenarios": func(n int) Report {
		var list []assert.Result
		for i := range n {
			r := failing(fmt.Sprintf("t/%d", i))
			if i%2 == 0 {
				r = passing(fmt.Sprintf("t/%d", i))
			}
			list = append(list, r)
		}
		return Of(New(Kernel{Name: "host", Release: "1"}, n, list))
	},
	"repetitions": func(n int) Report {
		var list []assert.Result
		for i := range n {
			r := passing("t/again")
			if i%3 == 0 {
				r = failing("t/again")
			}
			r.Repeat = i + 1
			list = append(list, r)
		}
		return Of(New(Kernel{Name: "host", Release: "1"}, n, list))
	},
	"checks": func(n int) Report {
		r := failing("t/checks")
		r.Checks = nil
		for i := range n {
			k := failing("t/checks").Checks
			k[0].Step, k[0].Name = i/4, fmt.Sprintf("step %d", i/4)
			r.Checks = append(r.Checks, k[0])
		}
		return Of(New(Kernel{Name: "host", Release: "1"}, 1, []assert.Result{r}))
	},
	"kernels": func(n int) Report {
		var runs []Run
		for i := range n {
			runs = append(runs, New(Kernel{Name: fmt.Sprintf("k%d", i), Release: fmt.Sprint(i)}, 1, []assert.Result{passing("t/one")}))
		}
		return Of(runs...)
	},
	"trouble": func(n int) Report {
		r := New(Kernel{Name: "host", Release: "1"}, 1, []assert.Result{passing("t/one")})
		for i := range n {
			r.Trouble = append(r.Trouble, fmt.Sprintf("trouble %d", i))
		}
		return Of(r)
	},
}

// TestWorkOfReportsIsLinear: eight times as much of anything is about eight times
// what is allocated on the way, and written, in every format.
func TestWorkOfReportsIsLinear(t *testing.T) {
	if testing.Short() {
		t.Skip("writes large reports")
	}
	const times = 12 // 64 if it grew with the square
	for what, of := range growing {
		for _, f := range Formats() {
			t.Run(what+" as "+f.Name, func(t *testing.T) {
				work := func(n int) (size, objects uint64, written int) {
					rep := of(n)
					var out bytes.Buffer
					var before, after runtime.MemStats
					runtime.ReadMemStats(&before)
					if err := f.Write(&out, rep, Options{}); err != nil {
						t.Fatal(err)
					}
					runtime.ReadMemStats(&after)
					return after.TotalAlloc - before.TotalAlloc, after.Mallocs - before.Mallocs, out.Len()
				}
				const n = 64
				work(n)
				b1, o1, w1 := work(n)
				b8, o8, w8 := work(8 * n)
				if b8 > times*b1+1<<18 || o8 > times*o1+2000 || w8 > times*w1+1<<12 {
					t.Errorf("%d: %d bytes in %d objects, %d written; %d: %d in %d, %d", n, b1, o1, w1, 8*n, b8, o8, w8)
				}
			})
		}
	}
}

package assert

import (
	"fmt"
	"testing"

	"netverify/frame"
)

// large is a step of 20,000 observations and 20 expectations, of which most
// must look at everything.
func large(same bool) *book {
	var e []Expectation
	for n := range 5 {
		e = append(e, look(KindNever, "outside:eth0 in", fmt.Sprintf("icmp.seq == %d && ip.src == @c1:eth0", 60000+n)),
			look(KindSeen, "r:eth1 out", fmt.Sprintf("arp.opcode == %d || vlan.id == 7", 3+n)),
			look(KindAnswer, "c2:eth0 in", "icmp && eth.src == @c1:eth0").times(0, n))
	}
	e = append(e, replies(ReplyWant{}), replies(ReplyWant{None: true}), path(toSwitch...), path(reflected...), look(KindSeen, "sw:p1 in", "icmp").times(1, 99999))
	b := newBook().step(ask(e...))
	for i := 0; len(b.rec.Observations) < 20_000; i++ {
		if same {
			b.see(whoHas(c1, c2), reflected...)
		} else {
			b.see(echo(c1, c2, 0, i), reflected...)
		}
	}
	return b.rest()
}

func BenchmarkJudge20k(b *testing.B) {
	for _, tt := range []struct {
		name string
		same bool
	}{{"different frames", false}, {"one frame again and again", true}} {
		b.Run(tt.name, func(b *testing.B) {
			r := large(tt.same)
			for b.Loop() {
				b.StopTimer()
				for i := range r.rec.Observations { // so that nothing is decoded yet
					r.rec.Observations[i].Frame = frame.New(r.rec.Observations[i].Frame.Bytes())
				}
				b.StartTimer()
				Judge(&r.cas, &r.rec)
			}
		})
		b.Run(tt.name+", decoded", func(b *testing.B) {
			r := large(tt.same)
			for b.Loop() {
				Judge(&r.cas, &r.rec)
			}
		})
	}
}

package assert

import (
	"testing"

	"netverify/frame"
	"netverify/recording"
)

// unreflected is a ping that a switch does not reflect: only the ARP request
// leaves, and outside answers nothing.
func unreflected(e Expectation) *book {
	return newBook().step(ask(e)).
		see(whoHas(c1, c2), "c1:eth0 out", "host:eth0 out", "sw:p1 in", "sw:br0 in", "sw:p2 out", "outside:eth0 in").
		rest()
}

// spoil takes one leg of a proof away.
type spoil struct {
	name string
	do   func(b *book)
	want string
}

func dropFence(point string, d frame.Direction, c recording.Class) func(b *book) {
	return func(b *book) {
		r := b.record()
		var left []recording.FenceRecord
		for _, f := range r.Fences {
			if f.Point != b.point(point) || f.Dir != d || f.Class != c {
				left = append(left, f)
			}
		}
		r.Fences = left
	}
}

var spoils = []spoil{
	{"tap dropped", func(b *book) { b.rec.Taps[3].Dropped = 2 }, "the tap of sw dropped 2 of 102 frames"},
	{"tap cut", func(b *book) { b.rec.Taps[0].Cut = 1 }, "the tap of c1 cut 1 frames short"},
	{"tap without an account", func(b *book) { b.rec.Taps = b.rec.Taps[1:] }, "nothing says whether the tap of c1 dropped frames"},
	{"frame captured in part", func(b *book) {
		o := &b.rec.Observations[b.record().First]
		o.Frame = frame.NewCut(o.Frame.Bytes(), 1500)
	}, "a frame was captured only in part: #"},
	{"not still", func(b *book) { b.record().Still, b.record().Waves = false, 200 }, "the lab did not come to rest: each of 200 waves of fences met other frames"},
	{"fence lost", func(b *book) {
		b.record().Still, b.record().Trouble = false, []string{"a unicast fence from sw:p1 never reached host:eth0 in (3 tries)"}
	}, "absence is not proven: a unicast fence from sw:p1 never reached host:eth0 in (3 tries)"},
	{"no wave", func(b *book) { b.record().Waves, b.record().Still, b.record().Fences = 0, false, nil }, "no fence was sent after the stimulus"},
	{"no fence came in", func(b *book) { b.record().Fences = nil }, "no fence came in anywhere"},
	{"fences before the step", func(b *book) {
		for i := range b.record().Fences {
			b.record().Fences[i].At = b.record().Begin - 1
		}
	}, "all fences are older than #"},
	{"fences before the last frame", func(b *book) { b.see(whoHas(outside, c1), "outside:eth0 out") }, "all fences are older than #"},
	{"trouble of the recording", func(b *book) { b.rec.Trouble = []string{"drop count of the tap of c1: unknown"} }, "drop count of the tap of c1"},
}

func TestEveryLegOfAnAbsenceIsNeeded(t *testing.T) {
	never := look(KindNever, "c2:eth0 in", "arp || icmp")
	atBridge := look(KindNever, "sw:br0 in", "icmp || arp.opcode == 2")
	atMost := look(KindSeen, "sw:p1 in", "arp").times(1, 1)
	missing := look(KindSeen, "c2:eth0 in", "arp")
	silent := replies(ReplyWant{None: true})
	along := path("c1:eth0 out", "host:eth0 out", "sw:p1 in", "sw:p2 out", "outside:eth0 in")
	for _, e := range []struct {
		name string
		e    Expectation
		book func(Expectation) *book
		want string
	}{
		{"never", never, unreflected, "pass"},
		{"never at a bridge", atBridge, func(e Expectation) *book {
			return unreflected(e).step(ask(e)).see(isAt(c2, c1), "outside:eth0 out").rest()
		}, "pass"},
		{"exact count", atMost, unreflected, "pass"},
		{"seen that did not come", missing, unreflected, "fail: not seen at c2:eth0 in, expected at least 1"},
		{"reply none", silent, unreflected, "pass"},
		{"end of a path", along, func(e Expectation) *book {
			return newBook().step(sends("c1:eth0", 1, e)).see(whoHas(c1, c2), "c1:eth0 out", "host:eth0 out", "sw:p1 in", "sw:p2 out", "outside:eth0 in").rest()
		}, "pass"},
		{"path left early", path("c1:eth0 out", "host:eth0 out", "sw:p1 in", "sw:p1 out"), func(e Expectation) *book {
			return newBook().step(sends("c1:eth0", 1, e)).see(whoHas(c1, c2), toSwitch...).rest()
		}, "fail: expected next at sw:p1 out; last seen at #3 sw:p1 in"},
		{"error that did not come", replies(ReplyWant{Error: "host-unreachable"}), unreflected, "fail: the stack reported nothing"},
	} {
		t.Run(e.name, func(t *testing.T) {
			k := e.book(e.e).judge()
			verdict(t, k, e.want)
			if k.Fence == 0 {
				t.Error("a proven absence without its time")
			}
			for _, s := range spoils {
				t.Run(s.name, func(t *testing.T) {
					b := e.book(e.e)
					s.do(b)
					k := b.judge()
					verdict(t, k, "inconclusive: "+s.want)
					if k.Fence != 0 {
						t.Error("time of a proof that there is not")
					}
				})
			}
		})
	}
}

func TestFencesAreNeededAtThePointItself(t *testing.T) {
	const in, out = frame.In, frame.Out
	tests := []struct {
		name string
		at   string
		do   func(b *book)
		want string
	}{
		{"no unicast fence", "c2:eth0 in", dropFence("c2:eth0", in, recording.Unicast), "inconclusive: no unicast fence was seen at c2:eth0 in after the stimulus"},
		{"no broadcast fence", "c2:eth0 in", dropFence("c2:eth0", in, recording.Multidestination), "inconclusive: no broadcast fence was seen at c2:eth0 in"},
		{"other side is not asked", "c2:eth0 in", dropFence("c2:eth0", out, recording.Unicast), "pass"},
		{"either side is asked", "c2:eth0", dropFence("c2:eth0", out, recording.Unicast), "inconclusive: no unicast fence was seen at c2:eth0 out"},
		{"fence of another point", "c2:eth0 in", dropFence("c1:eth0", in, recording.Unicast), "pass"},
		{"old fence at the point, new ones elsewhere", "c2:eth0 in", func(b *book) {
			for i := range b.record().Fences {
				if f := &b.record().Fences[i]; f.Point == b.point("c2:eth0") {
					f.At = b.record().Begin + 1
				}
			}
		}, "inconclusive: the last unicast fence at c2:eth0 in is older than #"},
		{"bridge needs none of its own", "sw:br0 out", func(*book) {}, "pass"},
		{"loopback needs one", "c1:lo in", dropFence("c1:lo", in, recording.Unicast), "inconclusive: no unicast fence was seen at c1:lo in"},
		{"loopback knows no classes", "c1:lo", func(*book) {}, "pass"},
		{"kind nobody knows needs its own", "sw:br0 in", func(b *book) {
			b.rec.Points = append([]recording.Point(nil), b.rec.Points...)
			b.rec.Points[b.point("sw:br0")].Kind = "tun"
		}, "inconclusive: no unicast fence was seen at sw:br0 in"},
		{"point not tapped", "c9:eth0 in", func(*book) {}, "inconclusive: c9:eth0 was not tapped"},
		{"quiet window instead", "c2:eth0 in", func(b *book) {
			dropFence("c2:eth0", in, recording.Unicast)(b)
			b.record().Quiet = []recording.QuietWindow{{Point: b.point("c2:eth0"), Duration: 50e6, Why: "it is down"}}
		}, "pass"},
		{"quiet window of no length", "c2:eth0 in", func(b *book) {
			dropFence("c2:eth0", in, recording.Unicast)(b)
			b.record().Quiet = []recording.QuietWindow{{Point: b.point("c2:eth0"), Why: "it is down"}}
		}, "inconclusive: no unicast fence"},
		{"quiet window elsewhere", "c2:eth0 in", func(b *book) {
			dropFence("c2:eth0", in, recording.Unicast)(b)
			b.record().Quiet = []recording.QuietWindow{{Point: b.point("c1:eth0"), Duration: 50e6}}
		}, "inconclusive: no unicast fence"},
		{"quiet window and a tap that dropped", "c2:eth0 in", func(b *book) {
			b.record().Quiet = []recording.QuietWindow{{Point: b.point("c2:eth0"), Duration: 50e6}}
			b.rec.Taps[0].Dropped = 1
		}, "inconclusive: the tap of c1 dropped 1 of 101 frames"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := unreflected(look(KindNever, tt.at, "arp.opcode == 1 && arp.src.proto_ipv4 == 192.0.2.9 || icmp"))
			b.step(CaseStep{}).see(echo(c1, c2, 1, 1), "c1:eth0 out").rest() // the control
			b.cas.Steps, b.rec.Steps = b.cas.Steps[:1], b.rec.Steps[:1]
			tt.do(b)
			k := b.judge()
			verdict(t, k, tt.want)
			if quiet := tt.name == "quiet window instead"; quiet != (k.Quiet != "" && k.Outcome == Pass) {
				t.Errorf("quiet window told as %q", k.Quiet)
			}
		})
	}
}

func TestAnAbsenceNeedsAControl(t *testing.T) {
	tests := []struct {
		name string
		cs   CaseStep
		want string
	}{
		{"filter that matches elsewhere", ask(look(KindNever, "c2:eth0", "arp")), "pass"},
		{"filter that matches nothing", ask(look(KindNever, "c2:eth0", "arp.opcode == 9")), `inconclusive: no control: the filter "arp.opcode == 9" matched nothing`},
		{"fences are no control", ask(look(KindNever, "c2:eth0", "eth.type == 0x88b5")), "inconclusive: no control"},
		{"chatter is no control", ask(look(KindNever, "c2:eth0", "igmp")), "inconclusive: but background chatter, which only a strict step looks at"},
		{"chatter of a strict step is one", CaseStep{Strict: true, Expect: []Expectation{look(KindNever, "c2:eth0", "igmp")}}, "pass"},
		{"count of none", ask(look(KindSeen, "c2:eth0", "arp.opcode == 9").times(0, 0)), "inconclusive: no control"},
		{"count of none that matches elsewhere", ask(look(KindSeen, "c2:eth0", "arp").times(0, 0)), "pass"},
		{"no filter at all", ask(look(KindNever, "c2:eth0", "")), "pass"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBook().step(tt.cs).see(igmp(outside), "outside:eth0 out").see(whoHas(c1, c2), toSwitch...).rest()
			verdict(t, b.judge(), tt.want)
		})
	}
	t.Run("nothing was seen at all", func(t *testing.T) {
		b := newBook().step(ask(look(KindNever, "c2:eth0", ""))).rest()
		verdict(t, b.judge(), "inconclusive: no control: no frame was seen anywhere")
	})
}

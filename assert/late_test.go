package assert

import (
	"testing"
	"time"

	"netverify/frame"
	"netverify/recording"
)

// TestFramesBelongToTheirCause: what a step sent and a later one saw counts
// against the first one's absences, and in the later one only if it is strict.
func TestFramesBelongToTheirCause(t *testing.T) {
	first := func(cs CaseStep, held bool) *book {
		b := newBook().step(cs).see(whoHas(c1, c2), toSwitch...).rest()
		b.step(CaseStep{Name: "wait"})
		if held {
			b.see(echo(c1, c2, 0, 1), reflected...).see(echoReply(c2, c1, 0, 1), backAgain...)
		}
		return b.rest()
	}
	none := replies(ReplyWant{None: true})
	tests := []struct {
		name   string
		expect Expectation
		held   bool
		want   string
	}{
		{"no answer", none, false, "pass"},
		{"a late answer", none, true, "fail: answered, though late: in step 2, "},
		{"never, and it came later", look(KindNever, "c2:eth0 in", "icmp.type == 8"), true, "fail: seen once at c2:eth0 in: in step 2, "},
		{"a path that goes on later", path("c1:eth0 out"), true, "fail: a frame left when the step was over"},
		{"an answer too late", replies(ReplyWant{}), true, "fail: an answer came when the step was over: in step 2, "},
		{"too often, with the late one", look(KindSeen, "host:eth0 out", "arp || icmp.type == 8").times(1, 1), true, "fail: seen 2 times at host:eth0 out, expected 1; one too many is in step 2"},
		{"not too often", look(KindSeen, "host:eth0 out", "arp || icmp.type == 8").times(1, 1), false, "pass"},
		{"not seen in its own time", look(KindSeen, "c2:eth0 in", "icmp.type == 8"), true, "fail: not seen at c2:eth0 in"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := first(ask(tt.expect), tt.held)
			verdict(t, Judge(&b.cas, &b.rec).Checks[0], tt.want)
		})
	}
}

func TestLateAnswersThatTheStackWouldNotTake(t *testing.T) {
	for name, see := range map[string]func(b *book){
		"in a VLAN":          func(b *book) { b.see(tagged(7, echoReply(c2, c1, 0, 1)), "c1:eth0 in") },
		"for another MAC":    func(b *book) { b.see(echoReply(c2, c1, 0, 1), "c1:eth0 in"); b.last().Type = frame.ToOther },
		"at another's":       func(b *book) { b.see(echoReply(c2, c1, 0, 1), "outside:eth0 in") },
		"of another request": func(b *book) { b.see(echoReply(c2, c1, 1, 1), "c1:eth0 in") },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBook().step(ask(replies(ReplyWant{None: true}))).see(whoHas(c1, c2), toSwitch...).rest()
			b.step(CaseStep{Name: "wait"})
			see(b)
			b.rest()
			verdict(t, Judge(&b.cas, &b.rec).Checks[0], "pass")
		})
	}
}

// TestRepeatedQuestions: a stack that asks its neighbour again, because a step
// took long, sends no further frame of the step.
func TestRepeatedQuestions(t *testing.T) {
	asked := func(cs CaseStep, gap time.Duration, timers ...recording.NeighbourTimer) Check {
		b := newBook().step(cs).see(whoHas(c1, c2), toSwitch...)
		b.now += int64(gap)
		b.see(whoHas(c1, c2), toSwitch...).see(echo(c1, c2, 0, 1), toSwitch...).rest()
		b.rec.TimersRead, b.rec.Timers = true, timers
		return b.judge()
	}
	second := recording.NeighbourTimer{Point: "c1:eth0", Retrans: int64(time.Second), Probes: 3}
	once := ask(look(KindSeen, "sw:p1 in", "arp.opcode == 1").times(1, 1))
	verdict(t, asked(once, time.Second, second), "pass")
	verdict(t, asked(once, 100*time.Millisecond, second), "fail: seen 2 times at sw:p1 in, expected 1")
	verdict(t, asked(once, time.Second), "fail: seen 2 times at sw:p1 in, expected 1")
	verdict(t, asked(ask(look(KindSeen, "sw:p1 in", "arp.opcode == 1").times(2, 2)), time.Second, second), "pass")
	verdict(t, asked(ask(look(KindSeen, "sw:p1 in", "arp.opcode == 1").times(3, 3)), time.Second, second), "fail: seen 2 times at sw:p1 in, expected 3")

	hand := sends("outside:eth0", 1, look(KindSeen, "sw:p1 in", "arp.opcode == 1").times(1, 1))
	verdict(t, asked(hand, time.Second, second), "inconclusive: cannot be told")
}

// TestQuestionsOfAnEarlierStep: a question that a stack went on asking belongs
// to the step that caused it, and so does its answer.
func TestQuestionsOfAnEarlierStep(t *testing.T) {
	recorded := func(first, second Expectation, strict bool) []Check {
		b := newBook().step(ask(first)).see(whoHas(c1, c2), toSwitch...).rest()
		b.record().Asking = []recording.Asking{{Point: "c1:eth0", IP: c2.ip, State: "incomplete"}}
		b.step(CaseStep{Name: "wait", Strict: strict, Expect: []Expectation{second}}).
			see(whoHas(c1, c2), reflected...).see(isAt(c2, c1), backAgain...).see(whoHas(outside, c1), "outside:eth0 out", "sw:p2 in", "sw:p1 out", "host:eth0 in", "c1:eth0 in").rest()
		return Judge(&b.cas, &b.rec).Checks
	}
	neverAt := func(src string) Expectation { return look(KindNever, "c2:eth0 in", src) }
	checks := recorded(neverAt("arp"), neverAt("arp"), false)
	verdict(t, checks[0], "fail: seen once at c2:eth0 in: in step 2, ")
	verdict(t, checks[1], "pass")
	verdict(t, recorded(neverAt("arp"), neverAt("arp"), true)[1], "fail: a straggler of step 1: #")
	verdict(t, recorded(look(KindNever, "c1:eth0 in", "arp.opcode == 2"), look(KindNever, "c1:eth0 in", "arp.opcode == 1"), false)[1], "fail: seen once at c1:eth0 in")
}

// TestRepetitionsInLaterSteps: a repetition is no further frame of its step,
// whenever it comes.
func TestRepetitionsInLaterSteps(t *testing.T) {
	asked := func(gap time.Duration) Check {
		b := newBook().step(ask(look(KindSeen, "sw:p1 in", "arp.opcode == 1").times(1, 1))).see(whoHas(c1, c2), toSwitch...).rest()
		b.record().Asking = []recording.Asking{{Point: "c1:eth0", IP: c2.ip, State: "incomplete"}}
		b.rec.TimersRead, b.rec.Timers = true, []recording.NeighbourTimer{{Point: "c1:eth0", Retrans: int64(300 * time.Millisecond), Probes: 3}}
		b.now += int64(gap)
		b.step(sends("outside:eth0", 1)).see(whoHas(c1, c2), toSwitch...).rest()
		return Judge(&b.cas, &b.rec).Checks[0]
	}
	verdict(t, asked(300*time.Millisecond), "pass")
	verdict(t, asked(time.Millisecond), "fail: seen 2 times at sw:p1 in, expected 1; one too many is in step 2")
}

func TestWhatIsStillPending(t *testing.T) {
	b := newBook().step(ask(replies(ReplyWant{None: true}))).see(whoHas(c1, c2), toSwitch...).rest()
	b.record().Pending = []recording.Pending{{Point: "r:eth0", What: "an answer on another's behalf", Timer: "net.ipv4.neigh.eth0.proxy_delay, 8s", Bound: int64(8 * time.Second)}}
	verdict(t, b.judge(), "inconclusive: absence is not proven: r:eth0 still holds an answer on another's behalf (net.ipv4.neigh.eth0.proxy_delay, 8s): "+
		"what comes of it may come after the step; write `within: 10s` to wait for it")
}

// TestAStepThatOutlastedATimer: what did not come in a step that took longer
// than a stack of it waits is no fault of the kernel's.
func TestAStepThatOutlastedATimer(t *testing.T) {
	short := recording.NeighbourTimer{Point: "c1:eth0", Retrans: int64(20 * time.Millisecond), Probes: 1, Set: true}
	asked := func(rested time.Duration, e Expectation) Check {
		b := newBook().step(ask(e)).see(whoHas(c1, c2), toSwitch...).
			reply(recording.Reply{Seq: 1, From: c1.ip, Error: "host-unreachable"}).rest()
		b.rec.TimersRead, b.rec.Timers = true, []recording.NeighbourTimer{short}
		b.record().Rested = int64(rested)
		return b.judge()
	}
	answered := replies(ReplyWant{})
	verdict(t, asked(5*time.Millisecond, answered), "fail: expected an answer of 192.0.2.2; got host-unreachable")
	verdict(t, asked(31*time.Millisecond, answered), "inconclusive: but the step took 31ms to come to rest, longer than the 20ms after which c1:eth0 gives up a neighbour")
	verdict(t, asked(31*time.Millisecond, look(KindSeen, "c2:eth0 in", "icmp")), "inconclusive: longer than the 20ms")
	verdict(t, asked(31*time.Millisecond, look(KindNever, "sw:p1 in", "arp")), "fail: seen once at sw:p1 in")
	verdict(t, asked(31*time.Millisecond, replies(ReplyWant{Error: "net-unreachable"})), "inconclusive: longer than the 20ms")
	verdict(t, asked(31*time.Millisecond, replies(ReplyWant{None: true})), "pass")
}

// TestASpanningTreeThatWasLeftToItsTimers: what the state of a port may have decided
// is no fault of the kernel where nobody sent it a BPDU in time.
func TestASpanningTreeThatWasLeftToItsTimers(t *testing.T) {
	fails := func(trees bool, before, now time.Duration) Check {
		b := newBook().step(ask(look(KindNever, "sw:p1 in", "arp"))).see(whoHas(c1, c2), toSwitch...)
		b.cas.Trees = trees
		b.rest().record().Held = int64(before)
		b.step(ask(look(KindNever, "sw:p1 in", "arp"))).see(whoHas(c1, c2), toSwitch...)
		b.rest().record().Held = int64(now)
		return b.judge()
	}
	verdict(t, fails(true, longHeld, 0), "inconclusive: but for 5s until then this machine ran something else, and a spanning tree")
	verdict(t, fails(true, longHeld-1, 1), "inconclusive: seen once at sw:p1 in")
	verdict(t, fails(true, longHeld-1, 0), "fail: seen once at sw:p1 in")
	verdict(t, fails(false, longHeld, longHeld), "fail: seen once at sw:p1 in")
}

// TestAMachineThatWasHeldUp: what came too late, or not at all, proves nothing
// where the machine spent the time on others; a wrong answer does.
func TestAMachineThatWasHeldUp(t *testing.T) {
	within := func(e Expectation, d time.Duration) Expectation { e.Within = d; return e }
	asked := func(held time.Duration, e Expectation, answers ...recording.Reply) Check {
		b := newBook().step(ask(e)).see(whoHas(c1, c2), toSwitch...)
		for _, r := range answers {
			b.reply(r)
		}
		b.rest().record().Held = int64(held)
		return b.judge()
	}
	const quick = time.Microsecond // less than a frame of the book takes
	answer := within(replies(ReplyWant{}), quick)
	verdict(t, asked(0, answer, pong(1)), "fail: expected an answer within 1µs, and it took")
	verdict(t, asked(quick/4, answer, pong(1)), "fail: expected an answer within 1µs, and it took")
	verdict(t, asked(time.Second, answer, pong(1)), "inconclusive: but for 1s of the step this machine ran something else: run it on one that is less busy, or write a longer within")
	verdict(t, asked(time.Second, answer), "inconclusive: was not answered")
	unreachable := within(replies(ReplyWant{Error: "host-unreachable"}), quick)
	verdict(t, asked(time.Second, unreachable, recording.Reply{Seq: 1, From: c1.ip, Error: "host-unreachable"}), "inconclusive: within 1µs; got host-unreachable")
	// What was late is wrong all the same, or one too many.
	verdict(t, asked(time.Second, within(replies(ReplyWant{TTL: 63}), quick), pong(1)), "fail: expected ttl 63")
	verdict(t, asked(time.Second, answer, pong(1), pong(1)), "fail: expected an answer within 1µs")
	verdict(t, asked(time.Second, unreachable, recording.Reply{Seq: 1, From: c1.ip, Error: "net-unreachable"}), "fail: expected host-unreachable; got net-unreachable")
	long := time.Hour
	verdict(t, asked(2*long, within(replies(ReplyWant{TTL: 63}), long), pong(1)), "fail: expected ttl 63")
	verdict(t, asked(2*long, within(replies(ReplyWant{None: true}), long), pong(1)), "fail: answered")
	verdict(t, asked(2*long, within(look(KindSeen, "c2:eth0 in", "icmp"), long)), "inconclusive: but for 2h0m0s")
	verdict(t, asked(2*long, within(look(KindNever, "sw:p1 in", "arp"), long)), "fail: seen once at sw:p1 in")
}

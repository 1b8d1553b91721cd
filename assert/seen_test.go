package assert

import (
	"testing"
	"time"

	"netverify/recording"
)

func TestSights(t *testing.T) {
	answered := func(cs CaseStep) *book {
		b := newBook().step(CaseStep{Name: "before"}).see(echo(c1, c2, 0, 1), "c1:eth0 out").rest()
		b.step(cs).see(igmp(c2), "c2:eth0 out").
			see(whoHas(c1, c2), reflected...).see(isAt(c2, c1), backAgain...).
			see(echo(c1, c2, 0, 7), "host:eth0 out"). // a straggler
			see(echo(c1, c2, 1, 1), reflected...).see(echoReply(c2, c1, 1, 1), backAgain...).
			see(unreachable(outside, c1, echo(c1, c2, 1, 1)), "c1:eth0 in").rest()
		return b
	}
	ms := time.Millisecond
	tests := []struct {
		name string
		cs   CaseStep
		want string
	}{
		{"seen", ask(look(KindSeen, "sw:p1 out", "arp.opcode == 1 && eth.src == @c1:eth0")), "pass"},
		{"seen, wrong side", ask(look(KindSeen, "c2:eth0 out", "arp.opcode == 1")), "fail: not seen at c2:eth0 out, expected at least 1; such a frame was last seen at #"},
		{"seen nowhere", ask(look(KindSeen, "c2:eth0 in", "udp")), "inconclusive: no control: the filter matched nothing anywhere in the recording, and nothing here could match its term \"udp\""},
		{"seen at a silent place", ask(look(KindSeen, "r:eth0", "arp")), "fail: nothing at all passed r:eth0 in this step"},
		{"seen with any look", ask(look(KindSeen, "c2:eth0 in", "")), "pass"},
		{"exact count", ask(look(KindSeen, "c2:eth0 in", "icmp").times(1, 1)), "pass"},
		{"too many", ask(look(KindSeen, "host:eth0", "arp.opcode == 1").times(1, 1)), "fail: seen 2 times at host:eth0, expected 1; one too many is #"},
		{"too few", ask(look(KindSeen, "c2:eth0 in", "arp").times(2, 3)), "fail: seen once at c2:eth0 in, expected 2-3"},
		{"in order", ask(look(KindSeen, "c2:eth0 in", "icmp").inOrder()), "pass"},
		{"one twice", ask(look(KindSeen, "host:eth0", "icmp && ip.src == @c1:eth0").inOrder()), "fail: at host:eth0 frame 1 of the step came after frame 1: #"},
		{"no marks, no order", ask(look(KindSeen, "c2:eth0 in", "arp").inOrder()), "error: it bears no mark"},
		{"no upper bound", ask(look(KindSeen, "host:eth0", "arp").times(2, -1)), "pass"},
		{"any number checks nothing", ask(look(KindSeen, "host:eth0", "arp").times(0, -1)), "error: nothing is checked"},
		{"in time", ask(look(KindSeen, "c2:eth0 in", "icmp").within(ms)), "pass"},
		{"late", ask(look(KindSeen, "c2:eth0 in", "icmp").within(3 * time.Microsecond)), "fail: not seen at c2:eth0 in, expected at least 1; later than 3µs: after 20µs #"},
		{"noise", ask(look(KindSeen, "c2:eth0 out", "igmp")), "fail: background chatter does, which only a strict step looks at: #"},
		{"noise of a strict step", CaseStep{Strict: true, Expect: []Expectation{look(KindSeen, "c2:eth0 out", "igmp")}}, "pass"},
		{"straggler", ask(look(KindSeen, "host:eth0 out", "icmp.seq == 7")), "fail: a straggler of step 1 does: #"},
		{"fence", CaseStep{Strict: true, Expect: []Expectation{look(KindSeen, "host:eth0 out", "eth.type == 0x88b5")}}, "fail: not seen"},
		{"error that quotes the step's frame", ask(look(KindSeen, "c1:eth0 in", "icmp.type == 3")), "pass"},
		{"never", ask(look(KindNever, "outside:eth0", "arp")), "pass"},
		{"never, but it came", ask(look(KindNever, "c2:eth0", "arp.opcode == 1")), "fail: seen once at c2:eth0, first #"},
		{"never, twice", ask(look(KindNever, "host:eth0", "arp.opcode == 1")), "fail: seen 2 times at host:eth0, first #"},
		{"never, but noise did", ask(look(KindNever, "c2:eth0", "igmp || udp || icmp.type == 0 && ip.src == 192.0.2.1 || arp && eth.src == 02:00:00:00:00:03")), "inconclusive: no control"},
		{"never noise, strict", CaseStep{Strict: true, Expect: []Expectation{look(KindNever, "c2:eth0", "igmp")}}, "fail: seen once"},
		{"never a straggler, strict", CaseStep{Strict: true, Expect: []Expectation{look(KindNever, "host:eth0 out", "icmp.seq == 7")}}, "fail: seen once at host:eth0 out: a straggler of step 1: #"},
		{"answer", ask(look(KindAnswer, "c1:eth0 in", "arp.opcode == 2")), "pass"},
		{"answer that is the question", ask(look(KindAnswer, "c2:eth0 in", "arp || icmp")), "fail: not seen at c2:eth0 in, expected at least 1; what the step itself sent is no answer: #"},
		{"answers counted without the question", ask(look(KindAnswer, "host:eth0 in", "icmp").times(1, 1)), "pass"},
		{"unknown reference", ask(look(KindSeen, "c1:eth0", "eth.src == @c7:eth0")), "error: c7:eth0"},
		{"unknown reference in never", ask(look(KindNever, "c1:eth0", "eth.src == @c7:eth0")), "error: c7:eth0"},
		{"unknown reference in answer", ask(look(KindAnswer, "c1:eth0", "eth.src == @c7:eth0")), "error: c7:eth0"},
		{"unknown kind", ask(Expectation{Kind: 99}), "error: unknown kind 99"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { verdict(t, answered(tt.cs).judge(), tt.want) })
	}
}

func TestASendersOwnFramesAreNoAnswers(t *testing.T) {
	hairpin := func(e Expectation) *book {
		// Two frames without a tag leave sw:p1; c2 answers, and the answer is reflected.
		return newBook().step(sends("sw:p1", 2, e)).
			see(bare(c1, 1), "sw:p1 out").see(bare(c1, 2), "sw:p1 out").
			see(bare(c1, 1), "host:eth0 in", "c2:eth0 in").see(bare(c1, 2), "host:eth0 in", "c2:eth0 in").
			see(bare(c2, 3), "c2:eth0 out", "host:eth0 out", "sw:p1 in", "sw:p1 out", "host:eth0 in").rest()
	}
	tests := []struct {
		name string
		e    Expectation
		want string
	}{
		{"second frame of the question", look(KindAnswer, "c2:eth0 in", "eth.type == 0x88b6"), "fail: what the step itself sent is no answer"},
		{"answer", look(KindAnswer, "sw:p1 in", "eth.type == 0x88b6").times(1, 1), "pass"},
		{"answer that went out again by the sender", look(KindAnswer, "sw:p1 out", "eth.type == 0x88b6").times(1, 1), "pass"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { verdict(t, hairpin(tt.e).judge(), tt.want) })
	}
}

// TestAQuestionThatAppearsOutOfNothingIsNoAnswer: no link of the lab leads from
// c1 to outside directly, and still it is c1's frame.
func TestAQuestionThatAppearsOutOfNothingIsNoAnswer(t *testing.T) {
	b := newBook().step(sends("c1:eth0", 1, look(KindAnswer, "outside:eth0 in", "arp"))).
		see(whoHas(c1, c2), "c1:eth0 out", "outside:eth0 in").rest()
	verdict(t, b.judge(), "fail: what the step itself sent is no answer: #2")
}

func TestWhatCannotBeJudged(t *testing.T) {
	e := look(KindSeen, "c1:eth0", "arp")
	tests := []struct {
		name string
		do   func(b *book)
		want string
	}{
		{"step not run", func(b *book) { b.rec.Steps = nil }, "inconclusive: the step was not run"},
		{"recording of another scenario", func(b *book) { b.rec.Steps[0].Name = "other" }, `error: its step 1 is "other"`},
		{"point that does not exist", func(b *book) { b.rec.Observations[0].Point = 99 }, "error: frame #1 was seen at a point that the recording does not name"},
		{"frames that do not exist", func(b *book) { b.rec.Steps[0].Count += 1 }, "error: step 1 claims frames"},
		{"count that overflows", func(b *book) { b.rec.Steps[0].Count = int(^uint(0) >> 1) }, "error: step 1 claims frames"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := unreflected(e)
			tt.do(b)
			verdict(t, b.judge(), tt.want)
		})
	}
}

func TestOverall(t *testing.T) {
	k := func(o Outcome) Check { return Check{Name: "s", Text: "never at x", Outcome: o, Reason: o.String()} }
	tests := []struct {
		name   string
		checks []Check
		want   Outcome
		reason string
	}{
		{"nothing checked", nil, Error, "the scenario checks nothing"},
		{"all pass", []Check{{Outcome: Pass}, {Outcome: Pass}}, Pass, ""},
		{"a failure outweighs an error", []Check{k(Pass), k(Inconclusive), k(Error), k(Fail)}, Fail, "s: never at x; fail"},
		{"an error outweighs what is inconclusive", []Check{k(Inconclusive), k(Error)}, Error, "s: never at x; error"},
		{"inconclusive", []Check{k(Pass), k(Inconclusive)}, Inconclusive, "s: never at x; inconclusive"},
		{"a check without an outcome is no pass", []Check{{Outcome: Pass}, {Name: "s"}}, Error, "s: not judged"},
		{"a check that was skipped is no pass", []Check{{Outcome: Pass}, {Name: "s", Outcome: Skip}}, Error, "s: not judged"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if o, r := Overall(tt.checks); o != tt.want || r != tt.reason {
				t.Errorf("got %s: %q", o, r)
			}
		})
	}
}

func TestAGrowingRecordingIsJudgedWithoutItsEnd(t *testing.T) {
	b := newBook().step(ask(look(KindSeen, "c1:eth0 out", "arp").times(1, 1))).rest()
	b.see(whoHas(c1, c2), "c1:eth0 out")
	b.rec.Taps = nil
	verdict(t, JudgeStep(&b.cas, &b.rec, 0)[0], "pass")
	verdict(t, b.judge(), "inconclusive: nothing says whether the tap of c1 dropped")
	b.rec.Steps[0] = recording.StepRecord{Name: "ask"}
	verdict(t, JudgeStep(&b.cas, &b.rec, 0)[0], "inconclusive: no fence was sent")
}

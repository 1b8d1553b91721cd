package assert

import (
	"net/netip"
	"testing"
	"time"

	"netverify/recording"
)

// conversation is a ping of c2 by c1 that was answered once.
func conversation(cs CaseStep) *book {
	return newBook().step(cs).
		see(whoHas(c1, c2), reflected...).see(isAt(c2, c1), backAgain...).
		see(echo(c1, c2, 0, 1), reflected...).see(echoReply(c2, c1, 0, 1), backAgain...)
}

func pong(seq int) recording.Reply { return recording.Reply{Seq: seq, From: c2.ip, TTL: 64} }

func TestReplies(t *testing.T) {
	three := func(w ReplyWant) CaseStep {
		cs := ask(replies(w))
		cs.Ping.Count = 3
		return cs
	}
	one := func(w ReplyWant) CaseStep { return ask(replies(w)) }
	quick := ask(Expectation{Kind: KindReply, Reply: &ReplyWant{}, Within: time.Microsecond})
	gone := recording.Reply{Seq: 1, From: c1.ip, Error: "host-unreachable"}
	tests := []struct {
		name string
		cs   CaseStep
		got  []recording.Reply
		want string
	}{
		{"any answer", one(ReplyWant{}), []recording.Reply{pong(1)}, "pass"},
		{"ttl", one(ReplyWant{TTL: 64}), []recording.Reply{pong(1)}, "pass"},
		{"wrong ttl", one(ReplyWant{TTL: 63}), []recording.Reply{pong(1)}, "fail: expected ttl 63; got reply of 192.0.2.2, ttl 64 (request 1)"},
		{"from", one(ReplyWant{From: "@c2:eth0"}), []recording.Reply{pong(1)}, "pass"},
		{"wrong responder", one(ReplyWant{}), []recording.Reply{{Seq: 1, From: outside.ip, TTL: 64}}, "fail: expected an answer of 192.0.2.2; got reply of 192.0.2.3"},
		{"other responder, as expected", one(ReplyWant{From: "192.0.2.3"}), []recording.Reply{{Seq: 1, From: outside.ip, TTL: 64}}, "pass"},
		{"responder unknown", one(ReplyWant{From: "@c9:eth0"}), []recording.Reply{pong(1)}, "error: @c9:eth0 has no address"},
		{"responder no address", one(ReplyWant{From: "c2"}), []recording.Reply{pong(1)}, "error: unable to parse"},
		{"twice", one(ReplyWant{}), []recording.Reply{pong(1), pong(1)}, "fail: request 1 of 1 was answered 2 times, expected 1"},
		{"twice, as expected", one(ReplyWant{Count: &Range{2, 2}}), []recording.Reply{pong(1), pong(1)}, "pass"},
		{"answer to what was not asked", one(ReplyWant{}), []recording.Reply{pong(1), pong(2)}, "fail: expected answers to requests 1 to 1; got reply of 192.0.2.2, ttl 64 (request 2)"},
		{"at least once", one(ReplyWant{Count: &Range{1, -1}}), []recording.Reply{pong(1), pong(1)}, "pass"},
		{"any number", one(ReplyWant{Count: &Range{0, -1}}), nil, "error: nothing is checked"},
		{"one of three is missing", three(ReplyWant{}), []recording.Reply{pong(1), pong(3)}, "fail: request 2 of 3 was not answered; nothing had come when the step ended, 50µs after it began; the question was last seen at #"},
		{"three", three(ReplyWant{}), []recording.Reply{pong(1), pong(2), pong(3)}, "pass"},
		{"late", quick, []recording.Reply{pong(1)}, "fail: expected an answer within 1µs, and it took 24µs"},
		{"never, but its frame came", one(ReplyWant{}), nil, "fail: request 1 of 1 was not answered; nothing had come when the step ended, 50µs after it began; an answer did reach the interface, but the stack did not take it: #24 c1:eth0 in  ICMP"},
		{"an error instead", one(ReplyWant{}), []recording.Reply{gone}, "fail: expected an answer of 192.0.2.2; got host-unreachable from 192.0.2.1 for request 1"},
		{"none, but one came", one(ReplyWant{None: true}), []recording.Reply{pong(1)}, "fail: answered: reply of 192.0.2.2, ttl 64"},
		{"none but the own stack's error", one(ReplyWant{None: true}), []recording.Reply{gone}, "pass"},
		{"none but an error without an address", one(ReplyWant{None: true}), []recording.Reply{{Seq: 1, Error: "net-unreachable"}}, "pass"},
		{"none but an error by an own address that no link brought", one(ReplyWant{None: true}), []recording.Reply{{Seq: 1, From: netip.MustParseAddr("192.0.2.77"), Error: "host-unreachable"}}, "pass"},
		{"error", one(ReplyWant{Error: "host-unreachable"}), []recording.Reply{gone}, "pass"},
		{"error of whom", one(ReplyWant{Error: "host-unreachable", From: "@c1:eth0"}), []recording.Reply{gone}, "pass"},
		{"error of another", one(ReplyWant{Error: "host-unreachable", From: "@c2:eth0"}), []recording.Reply{gone}, "fail: expected host-unreachable from 192.0.2.2; got host-unreachable from 192.0.2.1"},
		{"another error", one(ReplyWant{Error: "ttl-exceeded"}), []recording.Reply{gone}, "fail: expected ttl-exceeded; got host-unreachable"},
		{"error and an answer", one(ReplyWant{Error: "host-unreachable"}), []recording.Reply{gone, pong(1)}, "fail: expected host-unreachable; got reply of 192.0.2.2"},
		{"answer instead of an error", one(ReplyWant{Error: "host-unreachable"}), []recording.Reply{pong(1)}, "fail: got reply of 192.0.2.2"},
		{"one error stands for all", three(ReplyWant{Error: "host-unreachable"}), []recording.Reply{gone}, "pass"},
		{"errors are counted where asked for", three(ReplyWant{Error: "host-unreachable", Count: &Range{1, 1}}), []recording.Reply{gone}, "fail: request 2 of 3 was not answered"},
		{"no error came", one(ReplyWant{Error: "host-unreachable"}), nil, "fail: expected host-unreachable; the stack reported nothing; an answer did reach"},
		{"error of an unknown interface", one(ReplyWant{Error: "host-unreachable", From: "@x:y"}), nil, "error: @x:y has no address"},
		{"nobody asked", CaseStep{Expect: []Expectation{replies(ReplyWant{})}}, nil, "error: the step asks nothing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := conversation(tt.cs)
			for _, r := range tt.got {
				b.reply(r)
			}
			verdict(t, b.rest().judge(), tt.want)
		})
	}
	t.Run("asked no times", func(t *testing.T) {
		cs := ask(replies(ReplyWant{}))
		cs.Ping.Count = 0
		verdict(t, conversation(cs).rest().judge(), "error: nothing is checked")
	})
}

func TestAnErrorOfAnotherHostIsAnAnswer(t *testing.T) {
	b := newBook().step(ask(replies(ReplyWant{None: true}))).see(echo(c1, c2, 0, 1), toSwitch...).
		see(unreachable(outside, c1, echo(c1, c2, 0, 1)), "host:eth0 in", "c1:eth0 in").
		reply(recording.Reply{Seq: 1, From: outside.ip, Error: "host-unreachable"}).rest()
	k := b.judge()
	verdict(t, k, "fail: answered: host-unreachable from 192.0.2.3 for request 1")
	if len(k.Frames) != 1 || k.Frames[0] != 4 {
		t.Errorf("decided by %v, not by the error as it came in", k.Frames)
	}
}

// TestTheOwnStacksErrorsTravelOverLoopback: icmp_send (net/ipv4/icmp.c) sends
// to an own address by lo, from whichever address routing picks.
func TestTheOwnStacksErrorsTravelOverLoopback(t *testing.T) {
	own := station{c1.mac, netip.MustParseAddr("192.0.2.77")}
	b := newBook().step(ask(replies(ReplyWant{None: true}))).see(whoHas(c1, c2), toSwitch...).
		see(unreachable(own, c1, echo(c1, c2, 0, 1)), "c1:lo out", "c1:lo in").
		reply(recording.Reply{Seq: 1, From: own.ip, Error: "host-unreachable"}).rest()
	verdict(t, b.judge(), "pass")
}

func TestWhereAnAnswerGotLost(t *testing.T) {
	tests := []struct {
		name string
		b    *book
		want string
	}{
		{"question never left", newBook().step(ask(replies(ReplyWant{}))), "fail: the question was not seen leaving c1:eth0"},
		{"question lost", newBook().step(ask(replies(ReplyWant{}))).see(whoHas(c1, c2), toSwitch...), "fail: the question was last seen at #3 sw:p1 in  ARP Who has 192.0.2.2"},
		{"echo lost", newBook().step(ask(replies(ReplyWant{}))).see(whoHas(c1, c2), toSwitch...).see(echo(c1, c2, 0, 1), "c1:eth0 out", "host:eth0 out"), "fail: the question was last seen at #5 host:eth0 out  ICMP"},
		{"answer lost", newBook().step(ask(replies(ReplyWant{}))).see(echo(c1, c2, 0, 1), reflected...).see(echoReply(c2, c1, 0, 1), "c2:eth0 out", "host:eth0 out", "sw:p1 in"), "fail: an answer was last seen at #9 sw:p1 in  ICMP"},
		{"none without the question", newBook().step(ask(replies(ReplyWant{None: true}))), "inconclusive: no control: the question was not seen leaving c1:eth0"},
		{"none and the stack could not send", newBook().step(ask(replies(ReplyWant{None: true}))).reply(recording.Reply{Seq: 1, Error: "net-unreachable"}), "inconclusive: not seen leaving c1:eth0 (net-unreachable for request 1)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { verdict(t, tt.b.rest().judge(), tt.want) })
	}
}

func TestArpings(t *testing.T) {
	at := func(m station) recording.Reply { return recording.Reply{Seq: 1, From: c2.ip, MAC: m.mac} }
	second := at(c2)
	second.Seq = 2
	tests := []struct {
		name string
		n    int
		w    ReplyWant
		got  []recording.Reply
		want string
	}{
		{"answered", 1, ReplyWant{}, []recording.Reply{at(c2)}, "pass"},
		{"by whom", 1, ReplyWant{MAC: "@c2:eth0"}, []recording.Reply{at(c2)}, "pass"},
		{"by which address", 1, ReplyWant{MAC: "02:00:00:00:00:02"}, []recording.Reply{at(c2)}, "pass"},
		{"by another", 1, ReplyWant{MAC: "@c2:eth0"}, []recording.Reply{at(outside)}, "fail: expected 192.0.2.2 is at 02:00:00:00:00:02; got 192.0.2.2 is at 02:00:00:00:00:03"},
		{"of an unknown interface", 1, ReplyWant{MAC: "@x:y"}, nil, "error: @x:y does not exist in this step"},
		{"no MAC", 1, ReplyWant{MAC: "c2"}, nil, "error: invalid MAC"},
		{"two answer one request", 1, ReplyWant{}, []recording.Reply{at(c2), second}, "fail: the request was answered 2 times, expected 1"},
		{"one of two is not answered", 2, ReplyWant{}, []recording.Reply{at(c2)}, "fail: 2 requests were answered once, expected 2"},
		{"two of two", 2, ReplyWant{}, []recording.Reply{at(c2), second}, "pass"},
		{"two answers each", 1, ReplyWant{Count: &Range{2, 2}}, []recording.Reply{at(c2), second}, "pass"},
		{"not answered", 1, ReplyWant{}, nil, "fail: the request was not answered; nothing had come when the step ended, 32µs after it began; the question was last seen at #6 c2:eth0 in  ARP"},
		{"none", 1, ReplyWant{None: true}, nil, "pass"},
		{"none, but one", 1, ReplyWant{None: true}, []recording.Reply{at(c2)}, "fail: answered: 192.0.2.2 is at 02:00:00:00:00:02"},
		{"at most one, and none came", 1, ReplyWant{Count: &Range{0, 1}}, nil, "pass"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBook().step(arping(tt.n, replies(tt.w)))
			for range tt.n {
				b.see(whoHas(c1, c2), reflected...)
			}
			for _, r := range tt.got {
				b.see(isAt(c2, c1), "c1:eth0 in").reply(r)
			}
			verdict(t, b.rest().judge(), tt.want)
		})
	}
	t.Run("another question is no control", func(t *testing.T) {
		b := newBook().step(arping(1, replies(ReplyWant{None: true}))).see(whoHas(c1, outside), toSwitch...).rest()
		verdict(t, b.judge(), "inconclusive: no control: the question was not seen leaving c1:eth0")
	})
}

func TestRepliesOfTheOwnAddress(t *testing.T) {
	cs := ask(replies(ReplyWant{}))
	cs.Ping.Target = c1.ip
	b := newBook().step(cs).see(icmp(8, c1, c1, 64, 0, 1), "c1:lo out", "c1:lo in").reply(recording.Reply{Seq: 1, From: c1.ip, TTL: 64}).rest()
	verdict(t, b.judge(), "pass")
	cs.Expect[0].Reply = &ReplyWant{None: true}
	b.record().Replies = nil
	verdict(t, b.judge(), "inconclusive: no control: the question was not seen leaving c1:eth0")
}

// With lo down not even a frame of a question to oneself is seen.
func TestNoReplyOfTheOwnAddress(t *testing.T) {
	for _, tt := range []struct {
		name  string
		to    station
		asked int
		want  string
	}{
		{"the stack took the question", c1, 1, "pass"},
		{"the stack did not take it", c1, 0, "inconclusive: no control: the question was not seen leaving c1:eth0"},
		{"taken, but for another host", c2, 1, "inconclusive: no control: the question was not seen leaving c1:eth0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cs := ask(replies(ReplyWant{None: true}))
			cs.Ping.Target = tt.to.ip
			b := newBook().step(cs).rest()
			b.record().Asked = tt.asked
			verdict(t, b.judge(), tt.want)
		})
	}
}

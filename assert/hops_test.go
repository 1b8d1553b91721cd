package assert

import (
	"encoding/binary"
	"slices"
	"testing"

	"netverify/frame"
	"netverify/recording"
)

// probe is a datagram of a traceroute from c1 to outside; its data is the tag.
func probe(ttl byte) []byte {
	u := frame.AppendTag([]byte{0xc0, 0, 0x82, 0x9a, 0, 24, 0, 0}, nonce, frame.Tag{Step: 0, Mark: frame.Stimulus, Seq: int(ttl)})
	return ipv4(outside.mac, c1.mac, c1.ip, outside.ip, 17, ttl, u)
}

// icmpError quotes a probe, tag included.
func icmpError(typ, code byte, from station, quoted []byte) []byte {
	p := slices.Concat([]byte{typ, code, 0, 0, 0, 0, 0, 0}, quoted[14:])
	binary.BigEndian.PutUint16(p[2:], checksum(p))
	return ipv4(c1.mac, from.mac, from.ip, c1.ip, 1, 64, p)
}

var hopsBack = []string{"sw:p1 out", "host:eth0 in", "c1:eth0 in"}

// traceOf is a recording of a traceroute with probes of TTL first to last, all
// of which left.
func traceOf(cs CaseStep, first, last int) *book {
	b := newBook().step(cs)
	for ttl := first; ttl <= last; ttl++ {
		b.see(probe(byte(ttl)), toSwitch...)
		b.record().Asked++
	}
	return b
}

func hops(first int, udp bool, want ...HopWant) CaseStep {
	return CaseStep{Name: "trace", From: "c1:eth0",
		Ping:   &Request{From: "c1:eth0", Target: outside.ip, Count: 8, UDP: udp, Trace: true, First: first},
		Expect: []Expectation{{Kind: KindHops, Text: "hops", Hops: want}}}
}

func TestHops(t *testing.T) {
	router, target, silent := HopWant{From: "@c2:eth0"}, HopWant{From: "192.0.2.3"}, HopWant{Silent: true}
	exceeded := func(seq int) recording.Reply { return recording.Reply{Seq: seq, From: c2.ip, Error: "ttl-exceeded"} }
	closed := func(seq int) recording.Reply {
		return recording.Reply{Seq: seq, From: outside.ip, Error: "port-unreachable"}
	}
	echoed := func(seq int) recording.Reply { return recording.Reply{Seq: seq, From: outside.ip, TTL: 63} }
	type heard = []recording.Reply
	tests := []struct {
		name        string
		cs          CaseStep
		first, last int
		got         heard
		want        string
	}{
		{"a router, then the target", hops(1, true, router, target), 1, 2, heard{exceeded(1), closed(2)}, "pass"},
		{"by echo requests", hops(1, false, router, target), 1, 2, heard{exceeded(1), echoed(2)}, "pass"},
		{"from the second on", hops(2, true, target), 2, 2, heard{closed(2)}, "pass"},
		{"a silent router", hops(1, true, silent, target), 1, 2, heard{closed(2)}, "pass"},
		{"nobody at all", hops(1, true, silent, silent), 1, 2, nil, "pass"},
		{"an error, of whomever", hops(1, true, HopWant{Error: "prohibited"}), 1, 1, heard{{Seq: 1, From: c2.ip, Error: "prohibited"}}, "pass"},
		{"refused by the own stack", hops(1, true, HopWant{Error: "net-unreachable", From: "@c1:eth0"}), 1, 0, heard{{Seq: 1, From: c1.ip, Error: "net-unreachable"}}, "pass"},
		{"another router", hops(1, true, HopWant{From: "@c1:eth0"}, target), 1, 2, heard{exceeded(1), closed(2)}, "fail: hop 1: expected 192.0.2.1; got ttl-exceeded from 192.0.2.2 for request 1: the hops were 192.0.2.2, 192.0.2.3"},
		{"no router between", hops(1, true, router, target), 1, 1, heard{closed(1)}, "fail: hop 1: expected 192.0.2.2; got port-unreachable from 192.0.2.3"},
		{"a router too many", hops(1, true, target), 1, 2, heard{exceeded(1), closed(2)}, "fail: hop 1: expected 192.0.2.3; got ttl-exceeded from 192.0.2.2"},
		{"it ended before", hops(1, true, router, router, target), 1, 2, heard{exceeded(1), closed(2)}, "fail: hop 2: expected 192.0.2.2; got port-unreachable"},
		{"it is too short", hops(1, true, target, silent), 1, 1, heard{closed(1)}, "fail: hop 2: expected nobody (*); the trace ended before: the hops were 192.0.2.3"},
		{"it went on", hops(1, true, router), 1, 2, heard{exceeded(1), closed(2)}, "fail: expected 1 hop(s), and the trace went on: the hops were 192.0.2.2, 192.0.2.3"},
		{"it went on, unanswered", hops(1, true, router), 1, 2, heard{exceeded(1)}, "fail: the hops were 192.0.2.2, *; the question was last seen at #"},
		{"the router is silent", hops(1, true, router, target), 1, 2, heard{closed(2)}, "fail: hop 1: expected 192.0.2.2; nobody answered: the hops were *, 192.0.2.3; the question was last seen at #3 sw:p1 in"},
		{"the silent one answers", hops(1, true, silent, target), 1, 2, heard{exceeded(1), closed(2)}, "fail: hop 1: expected nobody (*); got ttl-exceeded"},
		{"answered twice", hops(1, true, router, target), 1, 2, heard{exceeded(1), exceeded(1), closed(2)}, "fail: hop 1 was answered 2 times, expected once: the hops were 192.0.2.2 and 192.0.2.2, 192.0.2.3"},
		{"by two routers", hops(1, true, router, target), 1, 2, heard{exceeded(1), {Seq: 1, From: c1.ip, Error: "ttl-exceeded"}, closed(2)}, "fail: hop 1 was answered 2 times"},
		{"the target reports another error", hops(1, true, router, target), 1, 2, heard{exceeded(1), {Seq: 2, From: outside.ip, Error: "prohibited"}}, "fail: hop 2: expected 192.0.2.3; got prohibited from 192.0.2.3 for request 2: the hops were 192.0.2.2, 192.0.2.3 (prohibited)"},
		{"the TTL runs out on the target", hops(1, true, target), 1, 1, heard{{Seq: 1, From: outside.ip, Error: "ttl-exceeded"}}, "fail: 192.0.2.3 (ttl-exceeded)"},
		{"an echo reply to a datagram", hops(1, true, target), 1, 1, heard{echoed(1)}, "fail: 192.0.2.3 (reply)"},
		{"a closed port for an echo request", hops(1, false, target), 1, 1, heard{closed(1)}, "fail: hop 1"},
		{"an answer to no probe", hops(1, true, target), 1, 1, heard{closed(1), exceeded(3)}, "fail: an answer to no probe that was sent: ttl-exceeded from 192.0.2.2 for request 3"},
		{"no probe was sent", hops(1, true, target), 1, 0, nil, "fail: hop 1: expected 192.0.2.3; the trace ended before: no probe was sent"},
		{"nothing is expected", hops(1, true), 1, 1, heard{closed(1)}, "error: no hop is expected"},
		{"unknown station", hops(1, true, HopWant{From: "@c9:eth0"}), 1, 1, heard{closed(1)}, "error: @c9:eth0 has no address"},
		{"no traceroute", ask(Expectation{Kind: KindHops, Hops: []HopWant{target}}), 1, 1, nil, "error: the step traces no route"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := traceOf(tt.cs, tt.first, tt.last)
			for _, r := range tt.got {
				b.reply(r)
			}
			verdict(t, b.rest().judge(), tt.want)
		})
	}
}

// A list that is complete, or a hop that is silent, is an absence: it takes
// what every absence takes.
func TestHopsAreProven(t *testing.T) {
	closed := recording.Reply{Seq: 2, From: outside.ip, Error: "port-unreachable"}
	silent, target := HopWant{Silent: true}, HopWant{From: "192.0.2.3"}
	verdict(t, traceOf(hops(1, true, silent, target), 1, 2).reply(closed).judge(), "inconclusive: no fence was sent after the stimulus")
	verdict(t, traceOf(hops(1, true, target, target), 1, 2).reply(closed).judge(), "inconclusive: hop 1: expected 192.0.2.3; nobody answered")

	unseen := newBook().step(hops(1, true, silent, target))
	unseen.record().Asked = 2
	verdict(t, unseen.reply(closed).rest().judge(), "inconclusive: no control: the probe with TTL 1 was not seen leaving c1:eth0")

	lossy := traceOf(hops(1, true, silent, target), 1, 2).reply(closed)
	lossy.rec.Taps[0].Dropped = 1
	verdict(t, lossy.rest().judge(), "inconclusive: dropped 1 of")
}

func TestHopsNameTheFramesOfTheAnswers(t *testing.T) {
	b := newBook().step(hops(1, true, HopWant{From: "@c2:eth0"}, HopWant{From: "192.0.2.3"}))
	b.see(probe(1), toSwitch...).see(icmpError(11, 0, c2, probe(1)), hopsBack...)
	b.see(probe(2), toSwitch...).see(icmpError(3, 3, outside, probe(2)), hopsBack...)
	b.record().Asked = 2
	b.reply(recording.Reply{Seq: 1, From: c2.ip, Error: "ttl-exceeded"}).reply(recording.Reply{Seq: 2, From: outside.ip, Error: "port-unreachable"})
	k := b.rest().judge()
	verdict(t, k, "pass")
	if want := []int{5, 11}; !slices.Equal(k.Frames, want) {
		t.Errorf("frames %v, want %v", k.Frames, want)
	}
}

func TestRepliesToDatagrams(t *testing.T) {
	datagram := func(w ReplyWant) CaseStep {
		return CaseStep{Name: "datagram", From: "c1:eth0", Ping: &Request{From: "c1:eth0", Target: outside.ip, Count: 1, UDP: true}, Expect: []Expectation{replies(w)}}
	}
	closed := recording.Reply{Seq: 1, From: outside.ip, Error: "port-unreachable"}
	run := func(w ReplyWant, got ...recording.Reply) Check {
		b := newBook().step(datagram(w)).see(probe(1), toSwitch...)
		b.record().Asked = 1
		for _, r := range got {
			b.see(icmpError(3, 3, outside, probe(1)), hopsBack...).reply(r)
		}
		return b.rest().judge()
	}
	verdict(t, run(ReplyWant{Error: "port-unreachable"}, closed), "pass")
	verdict(t, run(ReplyWant{Error: "prohibited"}, closed), "fail: expected prohibited; got port-unreachable")
	verdict(t, run(ReplyWant{Error: "port-unreachable"}), "fail: the stack reported nothing")
	verdict(t, run(ReplyWant{None: true}), "pass")
	verdict(t, run(ReplyWant{None: true}, closed), "fail: answered: port-unreachable from 192.0.2.3")
	verdict(t, run(ReplyWant{}, closed), "error: a datagram gets no reply but an error")

	b := newBook().step(hops(1, true, HopWant{From: "192.0.2.3"}))
	b.cas.Steps[0].Expect[0] = replies(ReplyWant{})
	verdict(t, b.rest().judge(), "error: a traceroute gets no reply, but hops")
}

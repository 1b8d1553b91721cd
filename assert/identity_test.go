package assert

import (
	"net/netip"
	"strings"
	"testing"

	"netverify/frame"
	"netverify/recording"
)

// TestWhyAnAnswerWasNotTaken: what reached the interface, and what of it the
// stack minds; and what is an answer in its upper fields only.
func TestWhyAnAnswerWasNotTaken(t *testing.T) {
	const took = "the stack did not take it"
	other := station{outside.mac, c1.ip}
	tests := []struct {
		name string
		data []byte
		to   frame.PacketType
		want string
	}{
		{"tagged", tagged(10, isAt(c2, c1)), frame.ToHost, took + ", as it bears the tag of VLAN 10 (TPID 0x8100), and c1:eth0 is not of that VLAN: #7 c1:eth0 in  802.1Q vlan 10"},
		{"a priority tag is taken off", tagged(0, isAt(c2, c1)), frame.ToHost, took + ": #7"},
		{"a tag below a priority tag", tagged(0, tagged(10, isAt(c2, c1))), frame.ToHost, "the tag of VLAN 10"},
		{"of another station", isAt(c2, c1), frame.ToOther, took + ", as it is addressed to 02:00:00:00:00:01, and c1:eth0 is"},
		{"for another's MAC", arp(2, c1.mac, c2, other), frame.ToHost, "the question was last seen at"},
		{"for another's address", arp(2, c1.mac, c2, station{c1.mac, outside.ip}), frame.ToHost, "the question was last seen at"},
		{"by another", isAt(outside, c1), frame.ToHost, "the question was last seen at"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBook().step(arping(1, replies(ReplyWant{}))).see(whoHas(c1, c2), reflected...).see(tt.data, "c1:eth0 in")
			b.rec.Observations[6].Type = tt.to
			verdict(t, b.rest().judge(), "fail: "+tt.want)
		})
	}
}

// TestAnAnswerIsOneToThisQuestion: another ping's reply, or an error that
// quotes another packet, is none.
func TestAnAnswerIsOneToThisQuestion(t *testing.T) {
	asked := func() *book {
		return newBook().step(ask(replies(ReplyWant{}))).see(echo(c1, c2, 0, 1), reflected...)
	}
	bareReply := func(from, to station, id byte) []byte { // of a ping that is not netverify's
		return ipv4(to.mac, from.mac, from.ip, to.ip, 1, 64, []byte{0, 0, 0xff, 0xff, 0, id, 0, 9})
	}
	for _, tt := range []struct {
		name   string
		data   []byte
		answer bool
	}{
		{"this one", echoReply(c2, c1, 0, 1), true},
		{"another id", bareReply(c2, c1, 77), false},
		{"between others", bareReply(outside, c2, 77), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := asked().see(tt.data, "c1:eth0 in").rest().judge()
			if got := strings.Contains(k.Reason, "an answer did reach"); got != tt.answer {
				t.Errorf("told as an answer: %t, want %t: %s", got, tt.answer, k.Reason)
			}
		})
	}
	for _, tt := range []struct {
		name   string
		quoted []byte
		want   string
	}{
		{"this one", echo(c1, c2, 0, 1), "fail: answered: host-unreachable"},
		{"of another step", echo(c1, c2, 5, 1), "pass"},
		{"of others", ipv4(c2.mac, c1.mac, outside.ip, c2.ip, 1, 64, []byte{8, 0, 0, 0, 0, 9, 0, 1}), "pass"},
	} {
		t.Run("an error that quotes "+tt.name, func(t *testing.T) {
			b := newBook().step(ask(replies(ReplyWant{None: true}))).see(echo(c1, c2, 0, 1), reflected...).
				see(unreachable(outside, c1, tt.quoted), "c1:eth0 in").reply(recording.Reply{Seq: 1, From: outside.ip, Error: "host-unreachable"})
			verdict(t, b.rest().judge(), tt.want)
		})
	}
}

// TestSeveralAnswer: each answerer is counted by itself.
func TestSeveralAnswer(t *testing.T) {
	group := station{frame.MAC{1, 0, 0x5e, 0, 0, 1}, netip.MustParseAddr("224.0.0.1")}
	subnet := station{all, netip.MustParseAddr("192.0.2.255")}
	by := func(s station, seq int) recording.Reply {
		return recording.Reply{Seq: seq, From: s.ip, MAC: s.mac, TTL: 64}
	}
	both := ReplyWant{From: "@c2:eth0", Also: []string{"192.0.2.3"}}
	for _, tt := range []struct {
		name string
		to   station
		w    ReplyWant
		got  []recording.Reply
		want string
	}{
		{"anybody", group, ReplyWant{}, []recording.Reply{by(c2, 1), by(outside, 1)}, "pass"},
		{"anybody of a subnet", subnet, ReplyWant{}, []recording.Reply{by(outside, 1)}, "pass"},
		{"nobody", group, ReplyWant{}, nil, "fail: request 1 of 1 was not answered"},
		{"one of them twice", group, ReplyWant{}, []recording.Reply{by(c2, 1), by(outside, 1), by(c2, 1)}, "fail: 192.0.2.2 answered request 1 2 times"},
		{"two", group, ReplyWant{Count: &Range{2, 2}}, []recording.Reply{by(c2, 1), by(outside, 1)}, "pass"},
		{"one of two", group, ReplyWant{Count: &Range{2, 2}}, []recording.Reply{by(c2, 1)}, "fail: request 1 of 1 was answered once, expected 2"},
		{"one, and another too", group, ReplyWant{From: "@c2:eth0"}, []recording.Reply{by(c2, 1), by(outside, 1)}, "fail: expected an answer of 192.0.2.2; got reply of 192.0.2.3"},
		{"these two", group, both, []recording.Reply{by(c2, 1), by(outside, 1)}, "pass"},
		{"these two, each twice", group, ReplyWant{From: both.From, Also: both.Also, Count: &Range{2, 2}}, []recording.Reply{by(c2, 1), by(outside, 1), by(c2, 1)},
			"fail: 192.0.2.3: request 1 of 1 was answered once, expected 2"},
		{"one of these two twice", group, both, []recording.Reply{by(c2, 1), by(c2, 1)}, "fail: 192.0.2.2: request 1 of 1 was answered 2 times"},
		{"a third one", group, both, []recording.Reply{by(c2, 1), by(outside, 1), by(c1, 1)}, "fail: expected an answer of 192.0.2.2 or 192.0.2.3; got reply of 192.0.2.1"},
		{"another for the one that was asked", c2, ReplyWant{}, []recording.Reply{by(outside, 1)}, "fail: expected an answer of 192.0.2.2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cs := ask(replies(tt.w))
			cs.Ping.Target = tt.to.ip
			b := newBook().step(cs).see(echo(c1, tt.to, 0, 1), toSwitch...)
			for _, r := range tt.got {
				b.reply(r)
			}
			verdict(t, b.rest().judge(), tt.want)
		})
	}
	twins := ReplyWant{MAC: "@c2:eth0", Also: []string{"@outside:eth0"}}
	twin := station{outside.mac, c2.ip}
	for _, tt := range []struct {
		name string
		got  []recording.Reply
		want string
	}{
		{"both", []recording.Reply{by(c2, 1), by(twin, 1)}, "pass"},
		{"one", []recording.Reply{by(c2, 1)}, "fail: 02:00:00:00:00:03: the request was not answered"},
		{"one twice", []recording.Reply{by(c2, 1), by(c2, 2)}, "fail: 02:00:00:00:00:02: the request was answered 2 times"},
	} {
		t.Run("two have one address: "+tt.name, func(t *testing.T) {
			b := newBook().step(arping(1, replies(twins))).see(whoHas(c1, c2), reflected...)
			for _, r := range tt.got {
				b.reply(r)
			}
			verdict(t, b.rest().judge(), tt.want)
		})
	}
}

package assert

import (
	"strings"
	"testing"

	"netverify/frame"
	"netverify/recording"
)

// route is a packet from c1 to a station behind r.
func route(ttl byte, dst, src frame.MAC) []byte {
	return ipv4(dst, src, c1.ip, outside.ip, 253, ttl, frame.AppendTag(nil, nonce, frame.Tag{Mark: frame.Stimulus, Seq: 1}))
}

func TestPaths(t *testing.T) {
	there := path(reflected...)
	rmac, r2mac := frame.MAC{2, 0, 0, 0, 0, 0x10}, frame.MAC{2, 0, 0, 0, 0, 0x11}
	toRouter := []string{"c1:eth0 out", "host:eth0 out", "sw:p1 in", "sw:p2 out", "r:eth0 in"}
	throughRouter := append(append([]string(nil), toRouter...), "r:eth1 out")
	three := ask(there)
	three.Ping.Count = 3
	nonceOf := func(step, seq int) []byte { return echo(c1, c2, step, seq) }
	tests := []struct {
		name string
		b    *book
		want string
	}{
		{"there and back by the same port", newBook().step(ask(there)).see(whoHas(c1, c2), toSwitch...).see(nonceOf(0, 1), reflected...), "pass"},
		{"answer is not the question", newBook().step(ask(there)).see(nonceOf(0, 1), reflected...).see(echoReply(c2, c1, 0, 1), backAgain...), "pass"},
		{"clone on its way elsewhere", newBook().step(ask(there)).see(nonceOf(0, 1), "c1:eth0 out", "host:eth0 out", "sw:p1 in", "sw:p1 out", "sw:p2 out", "host:eth0 in", "outside:eth0 in", "c2:eth0 in"), "pass"},
		{"stops short", newBook().step(ask(there)).see(nonceOf(0, 1), reflected[:5]...), "fail: expected next at c2:eth0 in; last seen at #5 host:eth0 in"},
		{"goes elsewhere", newBook().step(ask(there)).see(nonceOf(0, 1), "c1:eth0 out", "host:eth0 out", "sw:p1 in", "sw:p2 out", "outside:eth0 in"), "fail: expected next at sw:p1 out; seen instead: #4 sw:p2 out"},
		{"starts elsewhere", newBook().step(ask(path("host:eth0 out", "sw:p1 in"))).see(nonceOf(0, 1), toSwitch...), "fail: expected first at host:eth0 out; seen instead: #1 c1:eth0 out"},
		{"goes on", newBook().step(ask(path(toSwitch...))).see(nonceOf(0, 1), reflected...), "fail: expected to end at sw:p1 in; went on to #4 sw:p1 out"},
		{"goes on with a tap that dropped", func() *book {
			b := newBook().step(ask(path(toSwitch...))).see(nonceOf(0, 1), reflected...)
			b.rec.Taps[0].Dropped = 1
			return b
		}(), "fail: went on to #4"},
		{"never leaves", newBook().step(ask(there)).see(whoHas(c1, c2), toSwitch...), "fail: 0 of 1 frames were seen leaving c1:eth0"},
		{"one of three never leaves", newBook().step(three).see(nonceOf(0, 1), reflected...).see(nonceOf(0, 3), reflected...), "fail: 2 of 3 frames were seen leaving c1:eth0"},
		{"one of three stops short", newBook().step(three).see(nonceOf(0, 1), reflected...).see(nonceOf(0, 2), toSwitch...).see(nonceOf(0, 3), reflected...), "fail: last seen at #9 sw:p1 in"},
		{"three", newBook().step(three).see(nonceOf(0, 1), reflected...).see(nonceOf(0, 2), reflected...).see(nonceOf(0, 3), reflected...), "pass"},
		{"appears out of nothing", newBook().step(ask(path("c1:eth0 out", "outside:eth0 in"))).see(nonceOf(0, 1), "c1:eth0 out", "outside:eth0 in"), "fail: last seen at #1 c1:eth0 out  ICMP 192.0.2.1 > 192.0.2.2 Echo"},
		{"and says where", newBook().step(ask(path("c1:eth0 out", "outside:eth0 in"))).see(nonceOf(0, 1), "c1:eth0 out", "outside:eth0 in"), "fail: at outside:eth0 in it appeared out of nothing: #2"},
		{"identical requests, each judged", newBook().step(arping(2, there)).see(whoHas(c1, c2), reflected...).see(whoHas(c1, c2), toSwitch...), "fail: expected next at sw:p1 out; last seen at #9 sw:p1 in"},
		{"identical requests", newBook().step(arping(2, there)).see(whoHas(c1, c2), reflected...).see(whoHas(c1, c2), reflected...), "pass"},
		{"one of two identical requests", newBook().step(arping(2, there)).see(whoHas(c1, c2), reflected...), "fail: 1 of 2 frames"},
		{"another question is not judged", newBook().step(arping(1, there)).see(whoHas(c1, outside), toSwitch...).see(whoHas(c1, c2), reflected...), "pass"},
		{"frames without a tag, all judged", newBook().step(sends("c1:eth0", 2, path(toSwitch...))).see(bare(c1, 1), toSwitch...).see(bare(c1, 2), "c1:eth0 out"), "fail: last seen at #4 c1:eth0 out"},
		{"reaction of the sender is not judged", newBook().step(sends("c1:eth0", 1, path(toSwitch...))).see(bare(c1, 1), toSwitch...).see(bare(c1, 2), "c1:eth0 out"), "pass"},
		{"number of frames unknown", newBook().step(sends("c1:eth0", 0, path(toSwitch...))).see(bare(c1, 1), toSwitch...), "pass"},
		{"routed", newBook().step(sends("c1:eth0", 1, path(throughRouter...))).see(route(64, rmac, c1.mac), toRouter...).see(route(63, outside.mac, r2mac), "r:eth1 out"), "pass"},
		{"routed with a look at it", newBook().step(sends("c1:eth0", 1, path("c1:eth0 out: ip.ttl == 64", "host:eth0 out", "sw:p1 in: !vlan", "sw:p2 out: vlan.id == 5", "r:eth0 in", "r:eth1 out: ip.ttl == 63 && eth.dst == @outside:eth0"))).
			see(route(64, rmac, c1.mac), toRouter[:3]...).see(tagged(5, route(64, rmac, c1.mac)), toRouter[3:]...).see(route(63, outside.mac, r2mac), "r:eth1 out"), "pass"},
		{"routed, wrong look", newBook().step(sends("c1:eth0", 1, path(append(toRouter[:5:5], "r:eth1 out: ip.ttl == 64")...))).see(route(64, rmac, c1.mac), toRouter...).see(route(63, outside.mac, r2mac), "r:eth1 out"), `fail: at r:eth1 out the frame does not match "ip.ttl == 64": #6`},
		{"routed without taking from its lifetime", newBook().step(sends("c1:eth0", 1, path(throughRouter...))).see(route(64, rmac, c1.mac), toRouter...).see(route(64, outside.mac, r2mac), "r:eth1 out"), "fail: at r:eth1 out it appeared out of nothing"},
		{"bridged and taken from its lifetime", newBook().step(sends("c1:eth0", 1, path("c1:eth0 out", "host:eth0 out"))).see(route(64, rmac, c1.mac), "c1:eth0 out").see(route(63, rmac, c1.mac), "host:eth0 out"), "fail: appeared out of nothing"},
		{"bridge-mode sibling by the parent's in", newBook().step(ask(path("c1:eth0 out", "host:eth0 in", "c2:eth0 in"))).see(nonceOf(0, 1), "c1:eth0 out", "host:eth0 in", "c2:eth0 in"), "pass"},
		{"bridge-mode broadcast", newBook().step(arping(1, path("c1:eth0 out", "c2:eth0 in"))).see(whoHas(c1, c2), "c1:eth0 out", "c2:eth0 in", "host:eth0 out", "sw:p1 in"), "pass"},
		{"unknown reference", newBook().step(ask(path("c1:eth0 out: eth.src == @c9:eth0"))), "error: c9:eth0"},
		{"no stops", newBook().step(ask(Expectation{Kind: KindPath})), "error: nothing is checked"},
		{"stop not tapped", newBook().step(ask(path("c1:eth0 out", "ghost:eth0 in", "host:eth0 out"))).see(nonceOf(0, 1), "c1:eth0 out", "host:eth0 out"), "inconclusive: ghost:eth0 was not tapped"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k := tt.b.rest().judge()
			verdict(t, k, tt.want)
			if k.Outcome == Fail && !strings.Contains(k.Reason, "frames were seen leaving") && (len(k.Journey) == 0 || len(k.Frames) == 0) {
				t.Errorf("fails without the way of the frame")
			}
		})
	}
}

// TestClonesOfOneTimestamp: the taps of different nodes may have been read in
// any order.
func TestClonesOfOneTimestamp(t *testing.T) {
	stops := []string{"sw:p1 out", "host:eth0 in", "c2:eth0 in"}
	for _, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		b := newBook().step(ask(path(reflected...))).see(echo(c1, c2, 0, 1), toSwitch...)
		b.together(func() {
			for _, n := range order {
				b.see(echo(c1, c2, 0, 1), stops[n])
			}
		})
		verdict(t, b.rest().judge(), "pass")
	}
}

func TestAJourneyIsRenderedAsATree(t *testing.T) {
	b := newBook().step(ask(look(KindNever, "outside:eth0 in", "arp"))).
		see(whoHas(c1, c2), "c1:eth0 out", "host:eth0 out", "sw:p1 in", "sw:br0 in", "sw:p2 out", "outside:eth0 in").rest()
	var got []string
	for _, l := range b.judge().Journey {
		got = append(got, l[:strings.Index(l, "  ARP")])
	}
	want := "#1 c1:eth0 out|#2 host:eth0 out|#3 sw:p1 in|  #4 sw:br0 in|  #5 sw:p2 out|  #6 outside:eth0 in"
	if s := strings.Join(got, "|"); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
}

func TestAStormIsNotRenderedInFull(t *testing.T) {
	b := newBook().step(ask(look(KindNever, "sw:br0 in", "arp"))).see(whoHas(c1, c2), "c1:eth0 out", "host:eth0 out")
	for range 500 {
		b.see(whoHas(c1, c2), "sw:p1 in", "sw:br0 in", "sw:p1 out", "sw:p2 out", "outside:eth0 in")
	}
	k := b.rest().judge()
	verdict(t, k, "fail: seen 500 times at sw:br0 in")
	if len(k.Journey) > maxTrail+1 {
		t.Errorf("%d lines", len(k.Journey))
	}
}

func TestStates(t *testing.T) {
	facts := []recording.StateFact{
		{Target: "c1:eth0", Key: "mode", Value: "vepa"},
		{Target: "sw", Key: "fdb.02:00:00:00:00:01", Value: "p1"},
		{Target: "c1", Key: "neighbour.192.0.2.2", Value: "02:00:00:00:00:02"},
		{Target: "c1", Key: "route.198.51.100.0/24", Value: "192.0.2.2"},
		{Target: "sw", Key: "fdb.02:00:00:00:00:03", Absent: true},
		{Target: "c1:eth0", Key: "counters.rx_packets", Value: "20"},
	}
	tests := []struct {
		name string
		w    StateWant
		want string
	}{
		{"equal", StateWant{Target: "c1:eth0", Key: "mode", Want: "vepa"}, "pass"},
		{"different", StateWant{Target: "c1:eth0", Key: "mode", Want: "bridge"}, "fail: mode of c1:eth0: expected bridge, the kernel has vepa"},
		{"not", StateWant{Target: "c1:eth0", Key: "mode", Want: "bridge", Not: true}, "pass"},
		{"not, but it is", StateWant{Target: "c1:eth0", Key: "mode", Want: "vepa", Not: true}, "fail: expected anything but vepa, the kernel has vepa"},
		{"key with a reference", StateWant{Target: "sw", Key: "fdb.@c1:eth0", Want: "p1"}, "pass"},
		{"value with a reference to a MAC", StateWant{Target: "c1", Key: "neighbour.@c2:eth0", Want: "@c2:eth0"}, "pass"},
		{"value with a reference to an address", StateWant{Target: "c1", Key: "route.198.51.100.0/24", Want: "@c2:eth0"}, "pass"},
		{"value with another reference", StateWant{Target: "c1", Key: "neighbour.@c2:eth0", Want: "@c1:eth0"}, "fail: expected @c1:eth0 (02:00:00:00:00:01, 192.0.2.1), the kernel has 02:00:00:00:00:02"},
		{"unknown reference", StateWant{Target: "c1", Key: "neighbour.@c2:eth0", Want: "@c9:eth0"}, "error: @c9:eth0 does not exist in this step"},
		{"unknown reference under not", StateWant{Target: "c1", Key: "neighbour.@c2:eth0", Want: "@c9:eth0", Not: true}, "error: @c9:eth0 does not exist"},
		{"unknown reference in the key", StateWant{Target: "sw", Key: "fdb.@c9:eth0", Want: "p1"}, "inconclusive: fdb.@c9:eth0 of sw was not read"},
		{"absent", StateWant{Target: "sw", Key: "fdb.@outside:eth0", Absent: true}, "pass"},
		{"absent, but there", StateWant{Target: "sw", Key: "fdb.@c1:eth0", Absent: true}, "fail: expected none, the kernel has p1"},
		{"there", StateWant{Target: "sw", Key: "fdb.@c1:eth0", Absent: true, Not: true}, "pass"},
		{"there, but absent", StateWant{Target: "sw", Key: "fdb.@outside:eth0", Absent: true, Not: true}, "fail: expected one to exist, the kernel has none"},
		{"value, but absent", StateWant{Target: "sw", Key: "fdb.@outside:eth0", Want: "p1"}, "fail: expected p1, the kernel has none"},
		{"not a value, and absent", StateWant{Target: "sw", Key: "fdb.@outside:eth0", Want: "p1", Not: true}, "pass"},
		{"in a range", StateWant{Target: "c1:eth0", Key: "counters.rx_packets", Want: "10-20", Range: &Range{10, 20}}, "pass"},
		{"above a range", StateWant{Target: "c1:eth0", Key: "counters.rx_packets", Want: "10-19", Range: &Range{10, 19}}, "fail: counters.rx_packets of c1:eth0: expected 10-19, the kernel has 20"},
		{"below an open range", StateWant{Target: "c1:eth0", Key: "counters.rx_packets", Want: "21-", Range: &Range{21, -1}}, "fail: expected 21-, the kernel has 20"},
		{"not in a range, but it is", StateWant{Target: "c1:eth0", Key: "counters.rx_packets", Want: "10-20", Range: &Range{10, 20}, Not: true}, "fail: expected anything but 10-20, the kernel has 20"},
		{"no number in a range", StateWant{Target: "c1:eth0", Key: "mode", Want: "10-20", Range: &Range{10, 20}}, "fail: expected 10-20, the kernel has vepa"},
		{"not read", StateWant{Target: "c1:eth0", Key: "mtu", Want: "1500"}, "inconclusive: mtu of c1:eth0 was not read"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBook().step(CaseStep{Expect: []Expectation{{Kind: KindState, State: []StateWant{tt.w}}}})
			b.record().State = facts
			verdict(t, b.judge(), tt.want)
		})
	}
	t.Run("nothing compared", func(t *testing.T) {
		verdict(t, newBook().step(CaseStep{Expect: []Expectation{{Kind: KindState}}}).judge(), "error: nothing is checked")
	})
}

func TestFails(t *testing.T) {
	tests := []struct{ name, want, got, text, verdict string }{
		{"as expected", "EINVAL", "EINVAL", "", "pass"},
		{"succeeded", "EINVAL", "", "", "fail: expected EINVAL; the kernel answered success"},
		{"another", "EINVAL", "EBUSY", "master in use", "fail: expected EINVAL; the kernel answered EBUSY (master in use)"},
		{"should succeed", "", "EBUSY", "", "fail: expected success; the kernel answered EBUSY"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBook().step(CaseStep{Expect: []Expectation{{Kind: KindFails, Errno: tt.want}}})
			b.record().Errno, b.record().Errtext = tt.got, tt.text
			verdict(t, b.judge(), tt.verdict)
		})
	}
}

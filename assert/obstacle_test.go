package assert

import (
	"strings"
	"testing"

	"netverify/frame"
	"netverify/recording"
)

// TestTheStateThatExplainsALossIsNamed: what was read when the step ended, and
// nothing where that would have let the frame pass.
func TestTheStateThatExplainsALossIsNamed(t *testing.T) {
	port := func(name string, set ...func(*recording.InterfaceState)) recording.InterfaceState {
		x := recording.InterfaceState{Point: "sw:" + name, Bridge: "sw:br0"}
		for _, f := range set {
			f(&x)
		}
		return x
	}
	state := func(s string) func(*recording.InterfaceState) {
		return func(x *recording.InterfaceState) { x.State = s }
	}
	isolated := func(x *recording.InterfaceState) { x.Isolated = true }
	locked := func(x *recording.InterfaceState) { x.Locked = true }
	noFlood := func(x *recording.InterfaceState) { x.NoFlood = true }
	noBroadcasts := func(x *recording.InterfaceState) { x.NoBcastFlood = true }
	noMulticasts := func(x *recording.InterfaceState) { x.NoMcastFlood = true }
	vlans := func(pvid int, list ...recording.VLANRange) func(*recording.InterfaceState) {
		return func(x *recording.InterfaceState) { x.FiltersVLANs, x.PVID, x.VLANs = 0x8100, pvid, list }
	}
	down := func(x *recording.InterfaceState) { x.Down = true }
	child := func(point string, last byte, mode string, sources ...string) recording.InterfaceState {
		return recording.InterfaceState{Point: point, Parent: "host:eth0", Mode: mode, MAC: frame.MAC{2, 0, 0, 0, 0, last}.String(), Sources: sources}
	}
	entry := func(mac frame.MAC, vlan int, port string) recording.FDBEntry {
		return recording.FDBEntry{Bridge: "sw:br0", MAC: mac.String(), VLAN: vlan, Port: port}
	}
	toOutside := echo(c1, outside, 0, 1)
	broadcast := whoHas(c1, outside)
	group := append([]byte{0x01, 0x00, 0x5e, 1, 2, 3}, echo(c1, outside, 0, 1)[6:]...)
	out := []string{"c1:eth0 out", "host:eth0 out", "sw:p1 in"}
	list := func(x ...recording.InterfaceState) *recording.Forwarding { return &recording.Forwarding{Interfaces: x} }
	with := func(f *recording.Forwarding, e ...recording.FDBEntry) *recording.Forwarding { f.FDB = e; return f }
	for _, tt := range []struct {
		name  string
		state *recording.Forwarding
		data  []byte
		seen  []string
		at    string
		want  string // "": no state explains it
	}{
		{"old evidence", nil, toOutside, out, "outside:eth0 in", ""},
		{"all would pass", list(port("p1"), port("p2")), toOutside, out, "outside:eth0 in", ""},
		{"learning where it came in", list(port("p1", state("learning")), port("p2")), toOutside, out, "outside:eth0 in", "the port sw:p1 was learning"},
		{"blocking where it goes out", list(port("p1"), port("p2", state("blocking"))), toOutside, out, "outside:eth0 in", "the port sw:p2 was blocking"},
		{"the same, at the port itself", list(port("p1"), port("p2", state("disabled"))), toOutside, out, "sw:p2 out", "the port sw:p2 was disabled"},
		{"it did go out there", list(port("p1"), port("p2", state("blocking"))), toOutside, append(out[:3:3], "sw:p2 out"), "outside:eth0 in", ""},
		{"both isolated", list(port("p1", isolated), port("p2", isolated)), toOutside, out, "outside:eth0 in", "the ports sw:p1 and sw:p2 were both isolated"},
		{"one isolated", list(port("p1", isolated), port("p2")), toOutside, out, "outside:eth0 in", ""},
		{"VLAN not where it came in", list(port("p1", vlans(1, recording.VLANRange{From: 1, To: 9})), port("p2", vlans(1, recording.VLANRange{From: 1, To: 4094}))), tagged(10, toOutside), out, "outside:eth0 in", "VLAN 10 was not on the port sw:p1"},
		{"VLAN not where it goes out", list(port("p1", vlans(0, recording.VLANRange{From: 10, To: 20})), port("p2", vlans(1, recording.VLANRange{From: 1, To: 1}, recording.VLANRange{From: 21, To: 4094}))), tagged(20, toOutside), out, "outside:eth0 in", "VLAN 20 was not on the port sw:p2"},
		{"the PVID not where it goes out", list(port("p1", vlans(7, recording.VLANRange{From: 7, To: 7})), port("p2", vlans(1, recording.VLANRange{From: 1, To: 1}))), toOutside, out, "outside:eth0 in", "VLAN 7 was not on the port sw:p2"},
		{"no PVID", list(port("p1", vlans(0, recording.VLANRange{From: 10, To: 10})), port("p2", vlans(0, recording.VLANRange{From: 10, To: 10}))), toOutside, out, "outside:eth0 in", "the port sw:p1 had no PVID"},
		{"a priority tag", list(port("p1", vlans(7, recording.VLANRange{From: 7, To: 7})), port("p2", vlans(7, recording.VLANRange{From: 7, To: 7}))), tagged(0, toOutside), out, "outside:eth0 in", ""},
		{"a bridge that does not filter", list(port("p1"), port("p2")), tagged(10, toOutside), out, "outside:eth0 in", ""},
		{"locked", list(port("p1", locked), port("p2")), toOutside, out, "outside:eth0 in", "the port sw:p1 was locked, and the FDB of sw:br0 had no entry for 02:00:00:00:00:01 there"},
		{"locked, and known there", with(list(port("p1", locked), port("p2")), entry(c1.mac, 0, "sw:p1")), toOutside, out, "outside:eth0 in", ""},
		{"no unknown MACs", list(port("p1"), port("p2", noFlood)), toOutside, out, "outside:eth0 in", "the port sw:p2 took nothing to unknown MACs (flood off)"},
		{"a known MAC", with(list(port("p1"), port("p2", noFlood)), entry(outside.mac, 0, "sw:p2")), toOutside, out, "outside:eth0 in", ""},
		{"known in another VLAN", with(list(port("p1"), port("p2", noFlood)), entry(outside.mac, 5, "sw:p2")), toOutside, out, "outside:eth0 in", "the port sw:p2 took nothing to unknown MACs (flood off), and the FDB of sw:br0 had no entry for 02:00:00:00:00:03"},
		{"that is of unicast", list(port("p1"), port("p2", noFlood)), broadcast, out, "outside:eth0 in", ""},
		{"no broadcasts", list(port("p1"), port("p2", noBroadcasts)), broadcast, out, "outside:eth0 in", "the port sw:p2 took no broadcasts (bcast_flood off)"},
		{"no multicasts", list(port("p1"), port("p2", noMulticasts)), group, out, "outside:eth0 in", "the port sw:p2 took no multicasts (mcast_flood off)"},
		{"the MAC is at another port", with(list(port("p1"), port("p2")), entry(outside.mac, 0, "sw:p9")), toOutside, out, "outside:eth0 in", "the FDB of sw:br0 had 02:00:00:00:00:03 at sw:p9 and not at sw:p2"},
		{"nothing is reflected", list(port("p1"), port("p2")), echo(c1, c2, 0, 1), out, "host:eth0 in", "the port sw:p1 sent nothing back where it came from (hairpin off)"},
		{"it is reflected", list(port("p1", func(x *recording.InterfaceState) { x.Hairpin = true }), port("p2")), echo(c1, c2, 0, 1), out, "host:eth0 in", ""},
		{"the place is down", list(port("p1"), port("p2"), recording.InterfaceState{Point: "outside:eth0", Down: true}), toOutside, out, "outside:eth0 in", "outside:eth0 was down"},
		{"the other end is down", list(port("p1", down), port("p2")), toOutside, out[:2], "sw:p2 out", "sw:p1 was down"},
		{"without a carrier", list(recording.InterfaceState{Point: "host:eth0", NoCarrier: true}, port("p1", down)), toOutside, out[:1], "host:eth0 out", "host:eth0 had no carrier, for sw:p1 was down"},
		{"not of the sources", list(child("c2:eth0", 2, "source", "02:00:00:00:77:77")), echo(outside, c2, 0, 1), []string{"host:eth0 in"}, "c2:eth0 in", "c2:eth0 was a macvlan in mode source without 02:00:00:00:00:03 among its sources"},
		{"of the sources", list(child("c2:eth0", 2, "source", frame.MAC(outside.mac).String())), echo(outside, c2, 0, 1), []string{"host:eth0 in"}, "c2:eth0 in", ""},
		{"private", list(child("c1:eth0", 1, "bridge"), child("c2:eth0", 2, "private")), echo(c1, c2, 0, 1), out, "c2:eth0 in", "c2:eth0 was a macvlan in mode private"},
		{"bridge, and nothing else", list(child("c1:eth0", 1, "bridge"), child("c2:eth0", 2, "bridge"), port("p1")), echo(c1, c2, 0, 1), out, "c2:eth0 in", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBook().step(CaseStep{Name: "it", From: "c1:eth0", Expect: []Expectation{look(KindSeen, tt.at, "eth.src")}}).see(tt.data, tt.seen...).rest()
			b.record().Forwarding = tt.state
			k := b.judge()
			if k.Outcome != Fail || tt.want != "" && !strings.Contains(k.Reason, "; as the step ended, "+tt.want) || tt.want == "" && strings.Contains(k.Reason, "as the step ended") {
				t.Errorf("%s: %s\nwant %q", k.Outcome, k.Reason, tt.want)
			}
		})
	}
}

// TestAQuestionThatNobodyAnswered: a stack sends nothing to whom it does not know.
func TestAQuestionThatNobodyAnswered(t *testing.T) {
	const vain = "and nobody answered it, so that the request itself was not sent (the neighbour 192.0.2.2 was incomplete)"
	b := newBook().step(ask(replies(ReplyWant{}))).see(whoHas(c1, c2), toSwitch...).rest()
	verdict(t, b.judge(), "fail: "+vain)
	b = newBook().step(ask(replies(ReplyWant{}))).see(whoHas(c1, c2), reflected...).see(isAt(c2, c1), backAgain...).rest()
	if k := b.judge(); strings.Contains(k.Reason, "nobody answered it") {
		t.Error(k.Reason)
	}
	b = newBook().step(CaseStep{Name: "it", From: "c1:eth0", Ping: ask().Ping, Expect: []Expectation{look(KindSeen, "outside:eth0 in", "icmp")}}).
		see(echo(c1, c2, 0, 1), "c1:eth0 out", "host:eth0 out", "sw:p1 in", "sw:p2 out", "r:eth0 in").see(whoHas(outside, c2), "r:eth1 out").rest()
	b.record().Forwarding = new(recording.Forwarding)
	verdict(t, b.judge(), "fail: r asked for the MAC of 192.0.2.2, and nobody answered (the neighbour was incomplete): ")
}

// TestNothingLeavesWhatIsDown says so.
func TestNothingLeavesWhatIsDown(t *testing.T) {
	b := newBook().step(ask(replies(ReplyWant{}))).rest()
	b.record().Forwarding = &recording.Forwarding{Interfaces: []recording.InterfaceState{{Point: "c1:eth0", Down: true}}}
	verdict(t, b.judge(), "fail: the question was not seen leaving c1:eth0; as the step ended, c1:eth0 was down")
}

package lab

import (
	"errors"
	"net/netip"
	"testing"

	"netverify/scenarios"
)

func TestMembershipsAreWrittenAsTheyAreRead(t *testing.T) {
	for _, want := range []membership{
		{index: 7, state: 1, vid: 4094, group: "239.1.2.3"},
		{index: 0x01020304, vid: 1, group: "ff05::1234"},
		{index: 9, state: 1, group: "01:02:03:04:05:06"},
	} {
		b, err := want.bytes()
		if err != nil || len(b) != sizeofMDBEntry {
			t.Fatalf("%+v: %d bytes, %v", want, len(b), err)
		}
		if got, ok := parseMembership(b); !ok || got != want {
			t.Errorf("%+v is read as %+v", want, got)
		}
		if _, ok := parseMembership(b[:sizeofMDBEntry-1]); ok {
			t.Errorf("%+v: what is cut is read", want)
		}
	}
	if _, err := (membership{group: "nothing"}).bytes(); err == nil {
		t.Error("no group is written as one")
	}
}

func TestMembershipsAreReadBack(t *testing.T) {
	if err := Probe(feature(scenarios.FeatureBridgeSnooping)); err != nil {
		t.Logf("not on this kernel: %v", err)
		return
	}
	plan := macvlanPlan("bridge")
	snooping := true
	plan.Nodes[0].Bridge = &scenarios.Bridge{MulticastSnooping: &snooping}
	l := mustBuild(t, plan)
	n := l.node("sw")
	e := scenarios.MDBEntry{Group: "239.1.2.3", Port: "p1", State: "permanent", Op: "add"}
	var m *Mismatch
	if err := n.checkMDB(e); !errors.As(err, &m) {
		t.Errorf("not added: %v, want a mismatch", err)
	}
	mustSet(t, l, setNode("sw", scenarios.NodeSet{MDB: []scenarios.MDBEntry{e}}))
	expect(t, l, [3]string{"sw", "mdb.239.1.2.3", "p1"}, [3]string{"sw", "mdb_state.239.1.2.3", "permanent"}, [3]string{"sw", "mdb.239.1.2.4", "absent"})
	e.Op = "del"
	if err := n.checkMDB(e); !errors.As(err, &m) {
		t.Errorf("not deleted: %v, want a mismatch", err)
	}
	mustSet(t, l, setNode("sw", scenarios.NodeSet{MDB: []scenarios.MDBEntry{e}}))
	expect(t, l, [3]string{"sw", "mdb.239.1.2.3", "absent"})
}

// TestMembershipsOfOneSender are told apart from those of all, and the filter
// mode is read back.
func TestMembershipsOfOneSender(t *testing.T) {
	if err := Probe(feature(scenarios.FeatureBridgeMDBSources)); err != nil {
		t.Logf("not on this kernel: %v", err)
		return
	}
	plan := macvlanPlan("bridge")
	snooping := true
	plan.Nodes[0].Bridge = &scenarios.Bridge{MulticastSnooping: &snooping, Attributes: []scenarios.AttributeValue{attributeOfTest(t, "IFLA_BR_MCAST_IGMP_VERSION", 3)}}
	l := mustBuild(t, plan)
	n := l.node("sw")
	one := scenarios.MDBEntry{Group: "239.1.2.3", Port: "p1", State: "permanent", Op: "add", Source: netip.MustParseAddr("192.0.2.1")}
	all := scenarios.MDBEntry{Group: "239.1.2.3", Port: "p1", State: "permanent", Op: "add"}
	list := scenarios.MDBEntry{Group: "239.1.2.4", Port: "p1", State: "permanent", Op: "add", FilterMode: "include", Sources: []netip.Addr{one.Source, netip.MustParseAddr("192.0.2.2")}}
	mustSet(t, l, setNode("sw", scenarios.NodeSet{MDB: []scenarios.MDBEntry{one, list}}))
	var m *Mismatch
	if err := n.checkMDB(all); !errors.As(err, &m) {
		t.Errorf("one sender is taken for all: %v", err)
	}
	list.FilterMode = "exclude"
	if err := n.checkMDB(list); !errors.As(err, &m) {
		t.Errorf("another filter mode: %v", err)
	}
	for _, a := range list.Sources { // each a group of its own
		if err := n.checkMDB(scenarios.MDBEntry{Group: list.Group, Port: "p1", State: "permanent", Op: "add", Source: a}); err != nil {
			t.Errorf("of %s: %v", a, err)
		}
	}
	list.Op, list.Sources = "replace", nil
	one.Op = "del"
	mustSet(t, l, setNode("sw", scenarios.NodeSet{MDB: []scenarios.MDBEntry{list, one}}))
	expect(t, l, [3]string{"sw", "mdb.239.1.2.3", "absent"}, [3]string{"sw", "mdb.239.1.2.4", "p1"})
}

func TestProxiesAreToldApartFromNeighbours(t *testing.T) {
	l := mustBuild(t, macvlanPlan("bridge"))
	x := scenarios.Neighbour{Iface: "eth0", IP: netip.MustParseAddr("198.51.100.7"), Proxy: true, Op: "add"}
	mustSet(t, l, setNode("host", scenarios.NodeSet{Neighbours: []scenarios.Neighbour{x}}))
	expect(t, l, [3]string{"host", "proxy.198.51.100.7", "eth0"}, [3]string{"host", "neighbour.198.51.100.7", "absent"}, [3]string{"host", "proxy.198.51.100.8", "absent"})
	x.Op = "del"
	mustSet(t, l, setNode("host", scenarios.NodeSet{Neighbours: []scenarios.Neighbour{x}}))
	expect(t, l, [3]string{"host", "proxy.198.51.100.7", "absent"})
	if err := l.Set(setNode("host", scenarios.NodeSet{Neighbours: []scenarios.Neighbour{x}})); err == nil {
		t.Error("what is not there is deleted")
	}
}

package lab

import (
	"net/netip"
	"strings"
	"testing"

	"netverify/scenarios"
)

func TestFDBEntriesAreMadeReplacedAndReadBack(t *testing.T) {
	plan := macvlanPlan("bridge")
	plan.Nodes[0].FDB = []scenarios.FDBEntry{
		{MAC: "@c1:eth0", Port: "p1", State: "static"},
		{MAC: "02:00:00:00:77:01", Port: "p2", State: "static", Sticky: true},
		{MAC: "02:00:00:00:77:02", Port: "p2", State: "dynamic"},
		{MAC: "02:00:00:00:77:03", Port: "p2", State: "local"},
	}
	plan.Nodes[3].Interfaces[0].MAC = []byte{2, 0, 0, 0, 0, 0x31}
	l := mustBuild(t, plan)
	expect(t, l,
		[3]string{"sw", "fdb.02:00:00:00:00:31", "p1"}, [3]string{"sw", "fdb_flags.02:00:00:00:00:31", "static"},
		[3]string{"sw", "fdb.02:00:00:00:77:01", "p2"}, [3]string{"sw", "fdb_flags.02:00:00:00:77:01", "static sticky"},
		[3]string{"sw", "fdb_flags.02:00:00:00:77:02", "dynamic"}, [3]string{"sw", "fdb_flags.02:00:00:00:77:03", "local"},
		[3]string{"sw", "fdb.02:00:00:00:77:04", "absent"})

	mustSet(t, l, setNode("sw", scenarios.NodeSet{FDB: []scenarios.FDBEntry{{MAC: "@c1:eth0", Port: "p2", State: "dynamic", Sticky: true}}}))
	expect(t, l, [3]string{"sw", "fdb.02:00:00:00:00:31", "p2"}, [3]string{"sw", "fdb_flags.02:00:00:00:00:31", "dynamic sticky"})

	mustSet(t, l, setNode("sw", scenarios.NodeSet{FlushFDB: true, FDB: []scenarios.FDBEntry{{MAC: "02:00:00:00:77:04", Port: "p1", State: "dynamic"}}}))
	expect(t, l,
		[3]string{"sw", "fdb.02:00:00:00:77:02", "absent"}, [3]string{"sw", "fdb.02:00:00:00:77:01", "p2"},
		[3]string{"sw", "fdb.02:00:00:00:77:03", "p2"}, [3]string{"sw", "fdb.02:00:00:00:77:04", "p1"})
}

func TestFDBEntriesThatTheKernelRefuses(t *testing.T) {
	l := mustBuild(t, macvlanPlan("bridge"))
	for _, tt := range []struct {
		name, want string
		entry      scenarios.FDBEntry
	}{
		{"a local entry that sticks", "test.yaml:50:5: add fdb entry sw:p1 02:00:00:00:77:01: invalid argument", scenarios.FDBEntry{Pos: at(50), MAC: "02:00:00:00:77:01", Port: "p1", State: "local", Sticky: true}},
		{"no such port", "no such device", scenarios.FDBEntry{MAC: "02:00:00:00:77:01", Port: "p9", State: "static"}},
		{"no such state", `unknown fdb state "stale"`, scenarios.FDBEntry{MAC: "02:00:00:00:77:01", Port: "p1", State: "stale"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := l.Set(setNode("sw", scenarios.NodeSet{FDB: []scenarios.FDBEntry{tt.entry}}))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

// TestAnEntryThatIsNotAsAskedIsAMismatch plays a kernel that takes NTF_STICKY
// without a word, and one that has the entry elsewhere.
func TestAnEntryThatIsNotAsAskedIsAMismatch(t *testing.T) {
	plan := macvlanPlan("bridge")
	plan.Nodes[0].FDB = []scenarios.FDBEntry{{MAC: "02:00:00:00:77:01", Port: "p1", State: "static"}}
	l := mustBuild(t, plan)
	n := l.node("sw")
	list, err := n.conn.neighbours(7) // AF_BRIDGE
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range list {
		if x.mac.String() != "02:00:00:00:77:01" || x.master == 0 {
			continue
		}
		if err := n.checkFDBEntry(x, false); err != nil {
			t.Error(err)
		}
		sticky, elsewhere, gone := x, x, x
		sticky.flags |= ntfSticky
		elsewhere.index = n.iface("p2").index
		gone.mac = []byte{2, 0, 0, 0, 0x77, 9}
		for want, y := range map[string]neighbour{
			"cannot do bridge-fdb-sticky": sticky, "asked for p2 static, kernel says p1 static": elsewhere, "kernel says nothing": gone,
		} {
			if err := n.checkFDBEntry(y, false); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %q", err, want)
			}
		}
		return
	}
	t.Error("no such entry")
}

// TestCommandsForOneEntry: those of bridge-fdb(8), each with what it leaves
// behind and what the kernel refuses.
func TestCommandsForOneEntry(t *testing.T) {
	l := mustBuild(t, macvlanPlan("bridge"))
	entry := func(op, port string) scenarios.NodeSet {
		return scenarios.NodeSet{FDB: []scenarios.FDBEntry{{MAC: "02:00:00:00:77:01", Port: port, State: "static", Op: op}}}
	}
	for _, tt := range []struct{ op, port, errno, now string }{
		{"del", "p1", "ENOENT", "absent"},
		{"add", "p1", "", "p1"},
		{"add", "p2", "EEXIST", "p1"},
		{"append", "p2", "", "p2"},
		{"replace", "p1", "", "p1"},
		{"del", "p2", "ENOENT", "p1"},
		{"del", "p1", "", "absent"},
	} {
		err := l.Set(setNode("sw", entry(tt.op, tt.port)))
		if name, _ := Errno(err); name != tt.errno {
			t.Errorf("%s %s: %v, want %q", tt.op, tt.port, err, tt.errno)
		}
		expect(t, l, [3]string{"sw", "fdb.02:00:00:00:77:01", tt.now})
	}
}

func TestCommandsForOneNeighbour(t *testing.T) {
	l := mustBuild(t, macvlanPlan("bridge"))
	entry := func(op, mac string) scenarios.NodeSet {
		return scenarios.NodeSet{Neighbours: []scenarios.Neighbour{{IP: netip.MustParseAddr("192.0.2.99"), Iface: "eth0", MAC: mac, State: "permanent", Op: op}}}
	}
	const one, other = "02:00:00:00:00:01", "02:00:00:00:00:02"
	for _, tt := range []struct{ op, mac, errno, now string }{
		{"del", one, "ENOENT", "absent"},
		{"change", one, "ENOENT", "absent"},
		{"add", one, "", one},
		{"add", other, "EEXIST", one},
		{"change", other, "", other},
		{"replace", one, "", one},
		{"del", "", "", "absent"},
	} {
		err := l.Set(setNode("outside", entry(tt.op, tt.mac)))
		if name, _ := Errno(err); name != tt.errno {
			t.Errorf("%s %s: %v, want %q", tt.op, tt.mac, err, tt.errno)
		}
		expect(t, l, [3]string{"outside", "neighbour.192.0.2.99", tt.now})
	}
}

package lab

import (
	"errors"
	"testing"

	"golang.org/x/sys/unix"

	"netverify/scenarios"
)

// TestWordsOfAFlush compares the bits with those that bridge/fdb.c of iproute2
// asks with.
func TestWordsOfAFlush(t *testing.T) {
	const fixed = unix.NUD_NOARP | unix.NUD_PERMANENT
	for _, tt := range []struct {
		word scenarios.FDBFlushReason
		is   bool
		want flushBits
	}{
		{"permanent", true, flushBits{state: unix.NUD_PERMANENT, stateMask: unix.NUD_PERMANENT}},
		{"permanent", false, flushBits{stateMask: unix.NUD_PERMANENT}},
		{"static", true, flushBits{state: unix.NUD_NOARP, stateMask: fixed}},
		{"static", false, flushBits{stateMask: unix.NUD_NOARP}},
		{"dynamic", true, flushBits{stateMask: fixed}},
		{"dynamic", false, flushBits{state: unix.NUD_NOARP, stateMask: unix.NUD_NOARP}},
		{"added_by_user", true, flushBits{flag: unix.NTF_USE, flagMask: unix.NTF_USE}},
		{"extern_learn", false, flushBits{flagMask: unix.NTF_EXT_LEARNED}},
		{"sticky", true, flushBits{flag: ntfSticky, flagMask: ntfSticky}},
	} {
		if got := bitsOf(tt.word, tt.is); got != tt.want {
			t.Errorf("%s %v: %+v, want %+v", tt.word, tt.is, got, tt.want)
		}
	}
}

// TestAFlushThatLeavesWhatItMeantIsAMismatch asks what is left before anything
// was flushed, and after.
func TestAFlushThatLeavesWhatItMeantIsAMismatch(t *testing.T) {
	plan := macvlanPlan("bridge")
	plan.Nodes[0].FDB = []scenarios.FDBEntry{
		{MAC: "02:00:00:00:77:01", Port: "p1", State: "static", Sticky: true},
		{MAC: "02:00:00:00:77:02", Port: "p1", State: "static"},
		{MAC: "02:00:00:00:77:03", Port: "p2", State: "static", Sticky: true},
	}
	l := mustBuild(t, plan)
	f := &scenarios.FDBFlush{Port: "p1", Is: []scenarios.FDBFlushReason{"sticky"}}
	var m *Mismatch
	if err := l.node("sw").checkFlushed(f); !errors.As(err, &m) {
		t.Errorf("before: %v, want a mismatch", err)
	}
	if err := Probe(feature(scenarios.FeatureBridgeFDBFlush)); err != nil {
		t.Logf("not on this kernel: %v", err)
		return
	}
	mustSet(t, l, setNode("sw", scenarios.NodeSet{FDBFlush: f}))
	expect(t, l, [3]string{"sw", "fdb.02:00:00:00:77:01", "absent"}, [3]string{"sw", "fdb.02:00:00:00:77:02", "p1"}, [3]string{"sw", "fdb.02:00:00:00:77:03", "p2"})
}

func TestAnInterfacesOwnFilterIsReadBack(t *testing.T) {
	l := mustBuild(t, macvlanPlan("bridge"))
	i := l.node("host").iface("eth0")
	e := scenarios.SelfEntry{MAC: "02:00:00:00:77:01", Op: "add"}
	var m *Mismatch
	if err := i.checkSelf(e); !errors.As(err, &m) {
		t.Errorf("before: %v, want a mismatch", err)
	}
	mustSet(t, l, scenarios.Setting{Target: "host:eth0", Iface: &scenarios.InterfaceSet{FDBSelf: []scenarios.SelfEntry{e}}})
	expect(t, l, [3]string{"host:eth0", "fdb_self.02:00:00:00:77:01", "permanent"})
	e.Op = "del"
	if err := i.checkSelf(e); !errors.As(err, &m) {
		t.Errorf("not deleted: %v, want a mismatch", err)
	}
	mustSet(t, l, scenarios.Setting{Target: "host:eth0", Iface: &scenarios.InterfaceSet{FDBSelf: []scenarios.SelfEntry{e}}})
	expect(t, l, [3]string{"host:eth0", "fdb_self.02:00:00:00:77:01", "absent"})
}

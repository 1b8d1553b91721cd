package report

import (
	"bytes"
	"errors"
	"net"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"netverify/assert"
	"netverify/craft"
	"netverify/internal/golden"
	"netverify/recording"
	"netverify/scenarios"
)

// everyPlan uses each kind of interface, attribute and step once.
func everyPlan() *scenarios.Plan {
	yes, vid := true, 10
	state, cost := "blocking", 4
	frames, limit, ageing, mask := uint32(10), int32(-1), time.Second, uint16(0xfff8)
	everyBridge := &scenarios.Bridge{STP: &yes, MulticastSnooping: &yes, VLANFiltering: &yes, VLANProtocol: "802.1ad", DefaultPVID: &vid, AgeingTime: &ageing, GroupFwdMask: &mask,
		ForwardDelay: &ageing, HelloTime: &ageing, MaxAge: &ageing, Priority: &mask}
	ref := func(n, i string) *recording.Ref { return &recording.Ref{Node: n, Iface: i} }
	return &scenarios.Plan{
		Name: "demo/everything", Title: "Every kind of thing once", Verifies: []string{"A1", "B2"},
		Sources: []scenarios.Reference{{File: "drivers/net/macvlan.c", Symbol: "macvlan_queue_xmit"}, {Document: "RFC 4861, 7.2.2"}},

		Pins:  "drivers/net/macvlan.c:macvlan_queue_xmit: only broadcasts are stopped",
		Since: &scenarios.Since{Version: scenarios.Version{Major: 6, Minor: 5}, Stable: []scenarios.Version{{Major: 6, Minor: 1, Patch: 40}}, Commit: `96cc4b69581d ("macvlan: do not assume mac_header is set")`, Reason: "the child hears nothing"},
		Until: &scenarios.Since{Version: scenarios.Version{Major: 7, Minor: 1}, Commit: `b52363f706e5 ("net: macvlan: support multicast rx")`, Reason: "all siblings hear it"},
		Needs: []scenarios.Feature{{Name: "vlan", Config: "CONFIG_VLAN_8021Q"}},
		Nodes: []scenarios.Node{
			{Name: "sw", Switch: true, Bridge: everyBridge, FDB: []scenarios.FDBEntry{{MAC: "@c1:eth0", Port: "p1", State: "static", Sticky: true}}, Interfaces: []scenarios.Interface{
				{Name: "p1", Kind: scenarios.Veth, Cable: ref("host", "eth0"), Master: "br0", Port: &scenarios.Port{
					Hairpin: &yes, Isolated: &yes, Learning: &yes, Flood: &yes, McastFlood: &yes, BcastFlood: &yes,
					Locked: &yes, Guard: &yes, NeighSuppress: &yes, ProxyARP: &yes, McastToUnicast: &yes, State: &state, Cost: &cost,
					Trunk: []scenarios.VIDRange{{From: 20, To: 29}}, Native: &vid, Access: &vid,
				}},
			}},
			{
				Name: "host", Forwarding: true, LoDown: true,
				Sysctls:    []scenarios.Sysctl{{Key: "net.ipv4.conf.all.arp_ignore", Value: "1"}},
				Routes:     []scenarios.Route{{To: netip.MustParsePrefix("0.0.0.0/0"), Via: netip.MustParseAddr("192.0.2.1")}, {To: netip.MustParsePrefix("198.51.100.0/24"), Iface: "eth0"}},
				Neighbours: []scenarios.Neighbour{{Iface: "eth0", IP: netip.MustParseAddr("192.0.2.9"), MAC: "@c1:eth0", State: "permanent"}},
				Firewall: &scenarios.Firewall{Forward: &scenarios.FilterChain{Policy: "drop", Accept: []scenarios.FilterMatch{
					{IIF: "eth0", OIF: "v10"}, {SAddr: netip.MustParsePrefix("192.0.2.9/32"), DAddr: netip.MustParsePrefix("198.51.100.0/24")}, {DAddr: netip.MustParsePrefix("2001:db8::/64")},
				}}},
				Interfaces: []scenarios.Interface{
					{Name: "eth0", Kind: scenarios.Veth, Cable: ref("sw", "p1"), MAC: net.HardwareAddr{2, 0, 0, 0, 0, 1}, MTU: 1400, Down: true, Features: map[string]bool{"rx-gro": true, "a": false}},
					{Name: "v10", Kind: scenarios.VLAN, Link: ref("host", "eth0"), VLAN: &scenarios.VLANSpec{ID: 10, Protocol: "802.1Q"}},
					{Name: "i0", Kind: scenarios.Ipvlan, Link: ref("host", "eth0"), Ipvlan: &scenarios.IpvlanSpec{Mode: "l2", Flag: "bridge"}},
					{Name: "bond0", Kind: scenarios.Bond, Bond: &scenarios.BondSpec{Mode: "active-backup", Members: []string{"a", "b"}}},
				},
			},
			{Name: "c1", Interfaces: []scenarios.Interface{
				{Name: "eth0", Kind: scenarios.Macvlan, Link: ref("host", "eth0"), Macvlan: &scenarios.MacvlanSpec{Mode: "source", NoPromisc: true, NoDst: true, Sources: []string{"@host:eth0"}, BCQueueLen: &frames, BCLim: &limit}, Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.2/24")}},
				{Name: "eth1", Kind: scenarios.Macvlan, Link: ref("host", "eth0"), Macvlan: &scenarios.MacvlanSpec{}},
			}},
		},
		Steps: []scenarios.Step{
			{Name: "ping", Strict: true, Ping: &scenarios.Ping{From: *ref("c1", "eth0"), To: netip.MustParseAddr("192.0.2.1"), Count: 1, Size: 56},
				Expect: []assert.Expectation{{Text: "reply: none"}, {Text: "never at c2:eth0: arp || icmp"}}},
			{Name: "arping", Arping: &scenarios.Arping{From: *ref("c1", "eth0"), To: netip.MustParseAddr("192.0.2.1"), Count: 2}},
			{Name: "send", Send: &scenarios.Send{From: *ref("sw", "p1"), Frames: make([]craft.Spec, 2), Count: 3}},
			{Name: "set", Set: []scenarios.Setting{
				{Target: "sw:p1", Iface: &scenarios.InterfaceSet{Up: &yes, Promisc: &yes, MTU: &cost, MAC: net.HardwareAddr{2, 0, 0, 0, 0, 2}, Addresses: &[]netip.Prefix{},
					Port: &scenarios.Port{Hairpin: &yes}, Features: map[string]bool{"rx-gro": true},
					Macvlan: &scenarios.MacvlanChange{Mode: "bridge", Sources: &[]string{"@c1:eth0", "@c2:eth0"}, NoPromisc: &yes, NoDst: &yes, BCQueueLen: &frames, BCLim: &limit}}},
				{Target: "sw", Node: &scenarios.NodeSet{FlushFDB: true, FDB: []scenarios.FDBEntry{{MAC: "02:00:00:00:00:01", Port: "p1", State: "dynamic"}}}},
				{Target: "host", Fails: "EPERM", Node: &scenarios.NodeSet{Forwarding: &yes, LoUp: &yes, FlushNeighbours: true,
					Sysctls: []scenarios.Sysctl{{Key: "net.ipv4.conf.all.rp_filter", Value: "2"}}, Routes: &[]scenarios.Route{{To: netip.MustParsePrefix("::/0"), Iface: "eth0"}},
					Neighbours: []scenarios.Neighbour{{Iface: "eth0", IP: netip.MustParseAddr("192.0.2.9"), MAC: "@c1:eth0"}}, Bridge: everyBridge, Firewall: &scenarios.Firewall{}}},
			}},
			{Name: "create", Create: &scenarios.Create{Interface: scenarios.Interface{Node: "c1", Name: "eth2", Kind: scenarios.Dummy}, Fails: "EINVAL"}},
			{Name: "remove", Remove: &scenarios.Remove{Target: *ref("c1", "eth1")}},
			{Name: "wait", Wait: &scenarios.Wait{For: time.Second}},
		},
	}
}

func TestPlanShowsEverything(t *testing.T) {
	var b bytes.Buffer
	if err := Plan(&b, everyPlan(), Options{Width: 100}); err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, filepath.Join("testdata", "plan.txt"), b.Bytes())
}

func TestPlanReturnsTheWritersError(t *testing.T) {
	if err := Plan(fullDisk{}, everyPlan(), Options{}); !errors.Is(err, errFull) {
		t.Error(err)
	}
}

// TestPlansOfTheLibraryCanBeShown: no built-in scenario has a part that the
// renderer does not know.
func TestPlansOfTheLibraryCanBeShown(t *testing.T) {
	plans, err := scenarios.Library()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range plans {
		var b bytes.Buffer
		if err := Plan(&b, p, Options{}); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
		if bytes.Contains(b.Bytes(), []byte("does      nothing")) {
			t.Errorf("%s has a step of an unknown kind:\n%s", p.Name, b.Bytes())
		}
	}
}

package lab

import (
	"errors"
	"strings"
	"testing"

	"netverify/recording"
	"netverify/scenarios"
)

// Each test here has two answers. A kernel with the feature builds the device,
// and says that it is what was asked for; one without names the option. The
// probe must give the same answer.

// has tells whether this kernel has a feature.
func has(t *testing.T, name string) bool {
	t.Helper()
	err := Probe(feature(name))
	var u *Unsupported
	if err != nil && !errors.As(err, &u) {
		t.Fatal(err)
	}
	return err == nil
}

// lacks checks the refusal of a kernel that does not have a feature.
func lacks(t *testing.T, err error, name, position string) {
	t.Helper()
	var u *Unsupported
	if !errors.As(err, &u) || u.Feature != feature(name) || !strings.Contains(err.Error(), position) {
		t.Errorf("without %s: %v, want that and %q", name, err, position)
		return
	}
	says := u.Feature.Config
	if _, version, tooOld := strings.Cut(u.Lacks(), " of Linux "); tooOld {
		says = "came with Linux " + version
	}
	if !strings.Contains(err.Error(), says) {
		t.Errorf("without %s: %v, want %q", name, err, says)
	}
}

// buildIf builds a plan that needs a feature; nil where the kernel lacks it.
func buildIf(t *testing.T, name, position string, plan *scenarios.Plan) *Lab {
	t.Helper()
	if has(t, name) {
		return mustBuild(t, plan)
	}
	l, err := Build(plan)
	if err == nil {
		l.Close()
		t.Fatalf("the probe says that this kernel lacks %s, and it was built", name)
	}
	lacks(t, err, name, position)
	return nil
}

// vlan is a VLAN device on another node's interface.
func vlan(node, name string, link *recording.Ref, id int, addrs ...string) scenarios.Interface {
	return scenarios.Interface{
		Pos: at(12), Node: node, Name: name, Kind: scenarios.VLAN, Link: link,
		VLAN: &scenarios.VLANSpec{ID: id, Protocol: "802.1Q"}, Addresses: prefixes(addrs...),
	}
}

// pair is a cable between a and b, and what else they and c have.
func pair(a, c []scenarios.Interface) *scenarios.Plan {
	return planOf(
		host("a", append([]scenarios.Interface{cable("a", "eth0", "b", "eth0")}, a...)...),
		host("b", cable("b", "eth0", "a", "eth0")),
		host("c", c...))
}

func TestLinksThatThisKernelMayLack(t *testing.T) {
	parent := ref("a", "eth0")
	for _, tt := range []struct {
		feature string
		link    scenarios.Interface
		want    [][2]string
	}{
		{scenarios.FeatureVLAN, scenarios.Interface{Kind: scenarios.VLAN, Link: parent, VLAN: &scenarios.VLANSpec{
			ID: 20, Protocol: "802.1ad", ReorderHdr: ptr(false), LooseBinding: true,
			EgressQoS: map[uint32]uint32{0: 3, 6: 7}, IngressQoS: map[uint32]uint32{3: 5},
		}}, [][2]string{
			{"kind", "vlan"}, {"id", "20"}, {"protocol", "802.1ad"}, {"reorder_hdr", "false"}, {"loose_binding", "true"},
			{"egress_qos", "0:3,6:7"}, {"ingress_qos", "3:5"}, {"link", "a:eth0"}, {"operstate", "up"}, {"qdisc", "noqueue"},
		}},
		{scenarios.FeatureIpvlan, scenarios.Interface{Kind: scenarios.Ipvlan, Link: parent, Ipvlan: &scenarios.IpvlanSpec{Mode: "l2", Flag: "private"}},
			[][2]string{{"kind", "ipvlan"}, {"mode", "l2"}, {"flag", "private"}, {"link", "a:eth0"}, {"operstate", "up"}}},
		{scenarios.FeatureIpvlan, scenarios.Interface{Kind: scenarios.Ipvlan, Link: parent, Ipvlan: &scenarios.IpvlanSpec{Mode: "l3", Flag: "vepa"}},
			[][2]string{{"kind", "ipvlan"}, {"mode", "l3"}, {"flag", "vepa"}, {"link", "a:eth0"}, {"operstate", "up"}}},
		{scenarios.FeatureDummy, scenarios.Interface{Kind: scenarios.Dummy, Addresses: prefixes("192.0.2.1/32")},
			[][2]string{{"kind", "dummy"}, {"addresses", "192.0.2.1/32"}, {"up", "true"}, {"carrier", "true"}}},
		{scenarios.FeatureBond, scenarios.Interface{Kind: scenarios.Bond, Bond: &scenarios.BondSpec{Mode: "802.3ad"}, Down: true},
			[][2]string{{"kind", "bond"}, {"mode", "802.3ad"}, {"up", "false"}}},
		{scenarios.FeatureBridge, scenarios.Interface{Kind: scenarios.BridgeK, Bridge: &scenarios.Bridge{STP: ptr(true)}},
			[][2]string{{"kind", "bridge"}, {"stp", "true"}}},
	} {
		t.Run(tt.feature, func(t *testing.T) {
			x := tt.link
			x.Pos, x.Node, x.Name = at(12), "c", "x0"
			l := buildIf(t, tt.feature, "test.yaml:12:5: create c:x0", pair(nil, []scenarios.Interface{x}))
			if l == nil {
				return
			}
			for _, w := range tt.want {
				expect(t, l, [3]string{"c:x0", w[0], w[1]})
			}
			if _, bad := l.Survey(); len(bad) > 0 {
				t.Errorf("preconditions of fences: %q", bad)
			}
		})
	}
}

// TestVLANsOfOneParent: two in the parent's own namespace, one elsewhere, and a
// macvlan child on one of them.
func TestVLANsOfOneParent(t *testing.T) {
	a := []scenarios.Interface{vlan("a", "eth0.10", ref("a", "eth0"), 10, "192.0.2.1/24"), vlan("a", "eth0.20", ref("a", "eth0"), 20)}
	child := macvlan("c", "eth0", ref("a", "eth0.20"), "bridge", "198.51.100.1/24")
	l := buildIf(t, scenarios.FeatureVLAN, "create a:eth0.10 (vlan on a:eth0)", pair(a, []scenarios.Interface{child, vlan("c", "v30", ref("a", "eth0"), 30)}))
	if l == nil {
		return
	}
	mac := value(t, l, "a:eth0", "macaddress")
	for _, x := range []string{"a:eth0.10", "a:eth0.20", "c:v30"} {
		expect(t, l, [3]string{x, "macaddress", mac}, [3]string{x, "link", "a:eth0"}, [3]string{x, "operstate", "up"}, [3]string{x, "reorder_hdr", "true"})
	}
	expect(t, l, [3]string{"c:eth0", "link", "a:eth0.20"}, [3]string{"c:eth0", "operstate", "up"}, [3]string{"a:eth0.20", "promiscuity", "0"})

	// The parent's carrier is theirs.
	mustSet(t, l, setIface("b:eth0", scenarios.InterfaceSet{Up: ptr(false)}))
	expect(t, l, [3]string{"a:eth0.10", "carrier", "false"}, [3]string{"c:v30", "carrier", "false"}, [3]string{"c:eth0", "carrier", "false"})
	mustSet(t, l, setIface("b:eth0", scenarios.InterfaceSet{Up: ptr(true)}))
	expect(t, l, [3]string{"a:eth0.10", "operstate", "up"}, [3]string{"c:v30", "operstate", "up"}, [3]string{"c:eth0", "operstate", "up"})

	// While the lab lives: another one, the same id twice, and away with it.
	if err := l.Create(&scenarios.Create{Interface: vlan("a", "eth0.40", ref("a", "eth0"), 40)}); err != nil {
		t.Fatal(err)
	}
	expect(t, l, [3]string{"a:eth0.40", "id", "40"}, [3]string{"a:eth0.40", "operstate", "up"})
	err := l.Create(&scenarios.Create{Interface: vlan("a", "again", ref("a", "eth0"), 40)})
	if name, _ := Errno(err); name != "EEXIST" || !strings.Contains(err.Error(), "create a:again (vlan on a:eth0)") {
		t.Errorf("the same VLAN twice: %v", err)
	}
	if err := l.Remove(*ref("a", "eth0.40")); err != nil {
		t.Fatal(err)
	}
	expect(t, l, [3]string{"a:eth0.40", "kind", "absent"})
}

// TestSetChangesVLANs: entries of a map are added, replaced and cleared, and a
// group that a VLAN interface joins is joined by its parent as well.
func TestSetChangesVLANs(t *testing.T) {
	l := buildIf(t, scenarios.FeatureVLAN, "create a:eth0.10 (vlan on a:eth0)", pair([]scenarios.Interface{vlan("a", "eth0.10", ref("a", "eth0"), 10)}, nil))
	if l == nil {
		return
	}
	for _, tt := range []struct {
		set  scenarios.InterfaceSet
		key  string
		want string
	}{
		{scenarios.InterfaceSet{VLAN: &scenarios.VLANChange{EgressQoS: map[uint32]uint32{0: 3, 6: 5}}}, "egress_qos", "0:3,6:5"},
		{scenarios.InterfaceSet{VLAN: &scenarios.VLANChange{EgressQoS: map[uint32]uint32{0: 4, 6: 0, 7: 1}}}, "egress_qos", "0:4,7:1"},
		{scenarios.InterfaceSet{VLAN: &scenarios.VLANChange{IngressQoS: map[uint32]uint32{5: 6}}}, "ingress_qos", "5:6"},
		{scenarios.InterfaceSet{VLAN: &scenarios.VLANChange{ReorderHdr: ptr(false)}}, "reorder_hdr", "false"},
		{scenarios.InterfaceSet{VLAN: &scenarios.VLANChange{LooseBinding: ptr(true)}}, "loose_binding", "true"},
		{scenarios.InterfaceSet{MAddresses: groups("01:00:5e:01:02:03")}, "maddress.01:00:5e:01:02:03", "2"},
	} {
		mustSet(t, l, setIface("a:eth0.10", tt.set))
		expect(t, l, [3]string{"a:eth0.10", tt.key, tt.want})
	}
	expect(t, l, [3]string{"a:eth0", "maddress.01:00:5e:01:02:03", "1"}, [3]string{"a:eth0.10", "ingress_qos", "5:6"})
}

// TestAVLANMayStayDown although its parent takes all VLANs along when it comes
// up, and a loosely bound one keeps its carrier while its parent is down.
func TestAVLANMayStayDown(t *testing.T) {
	down, loose := vlan("a", "eth0.10", ref("a", "eth0"), 10), vlan("a", "eth0.20", ref("a", "eth0"), 20)
	down.Down, loose.VLAN.LooseBinding = true, true
	l := buildIf(t, scenarios.FeatureVLAN, "create a:eth0.10 (vlan on a:eth0)", pair([]scenarios.Interface{down, loose}, nil))
	if l == nil {
		return
	}
	expect(t, l, [3]string{"a:eth0.10", "up", "false"}, [3]string{"a:eth0.20", "carrier", "true"})
	mustSet(t, l, setIface("a:eth0", scenarios.InterfaceSet{Up: ptr(false)}))
	expect(t, l, [3]string{"a:eth0.20", "up", "true"}, [3]string{"a:eth0.20", "carrier", "true"})
	mustSet(t, l, setIface("a:eth0", scenarios.InterfaceSet{Up: ptr(true)}))
	expect(t, l, [3]string{"a:eth0.10", "up", "true"}, [3]string{"a:eth0.10", "carrier", "true"}, [3]string{"a:eth0.20", "carrier", "true"})
	mustSet(t, l, setIface("b:eth0", scenarios.InterfaceSet{Up: ptr(false)}))
	expect(t, l, [3]string{"a:eth0.20", "up", "true"}, [3]string{"a:eth0.20", "carrier", "false"})
}

// TestABondTakesItsMembers, and the VLAN device on it follows.
func TestABondTakesItsMembers(t *testing.T) {
	bond := scenarios.Interface{Pos: at(12), Node: "a", Name: "bond0", Kind: scenarios.Bond, Bond: &scenarios.BondSpec{Mode: "active-backup", Members: []string{"eth0", "eth1"}}}
	plan := planOf(
		host("a", cable("a", "eth0", "b", "eth0"), cable("a", "eth1", "b", "eth1"), bond),
		host("b", cable("b", "eth0", "a", "eth0"), cable("b", "eth1", "a", "eth1")),
		host("c", macvlan("c", "eth0", ref("a", "bond0"), "bridge")))
	l := buildIf(t, scenarios.FeatureBond, "create a:bond0 (bond)", plan)
	if l == nil {
		return
	}
	mac := value(t, l, "a:bond0", "macaddress")
	expect(t, l, [3]string{"a:bond0", "mode", "active-backup"}, [3]string{"a:bond0", "operstate", "up"},
		[3]string{"a:eth0", "master", "bond0"}, [3]string{"a:eth1", "master", "bond0"}, [3]string{"a:eth0", "macaddress", mac}, [3]string{"a:eth1", "macaddress", mac},
		[3]string{"c:eth0", "link", "a:bond0"}, [3]string{"c:eth0", "operstate", "up"})
	mustSet(t, l, setIface("b:eth0", scenarios.InterfaceSet{Up: ptr(false)}))
	expect(t, l, [3]string{"a:eth0", "carrier", "false"}, [3]string{"a:bond0", "operstate", "up"})
}

func vlanSwitch() *scenarios.Plan {
	plan := macvlanPlan("bridge")
	plan.Nodes[0].Interfaces[0].Port = &scenarios.Port{Trunk: []scenarios.VIDRange{{From: 10, To: 12}}, Native: ptr(100)}
	plan.Nodes[0].Interfaces[1].Port = &scenarios.Port{Access: ptr(10)}
	return plan
}

func TestPortVLANsNeedVLANFiltering(t *testing.T) {
	l := buildIf(t, scenarios.FeatureBridgeVLANFiltering, "sw", vlanSwitch())
	if l == nil {
		return
	}
	expect(t, l, [3]string{"sw", "vlan.p1.9", "absent"}, [3]string{"sw", "vlan.p1.10", "tagged"}, [3]string{"sw", "vlan.p1.11", "tagged"},
		[3]string{"sw", "vlan.p1.12", "tagged"}, [3]string{"sw", "vlan.p1.13", "absent"}, [3]string{"sw", "vlan.p1.100", "pvid untagged"},
		[3]string{"sw", "vlan.p1.1", "absent"}, [3]string{"sw", "vlan.p2.10", "pvid untagged"}, [3]string{"sw", "vlan.p2.1", "absent"},
		[3]string{"sw:br0", "vlan_filtering", "true"}, [3]string{"sw:br0", "vlan_protocol", "802.1Q"})
}

func TestSetChangesPortVLANs(t *testing.T) {
	l := buildIf(t, scenarios.FeatureBridgeVLANFiltering, "sw", vlanSwitch())
	if l == nil {
		return
	}
	set := func(p scenarios.Port) { mustSet(t, l, setIface("sw:p1", scenarios.InterfaceSet{Port: &p})) }
	set(scenarios.Port{Trunk: []scenarios.VIDRange{{From: 20, To: 20}}})
	expect(t, l, [3]string{"sw", "vlan.p1.20", "tagged"}, [3]string{"sw", "vlan.p1.10", "absent"}, [3]string{"sw", "vlan.p1.100", "pvid untagged"})
	set(scenarios.Port{Native: ptr(7)})
	expect(t, l, [3]string{"sw", "vlan.p1.7", "pvid untagged"}, [3]string{"sw", "vlan.p1.100", "absent"}, [3]string{"sw", "vlan.p1.20", "tagged"})
	set(scenarios.Port{Access: ptr(30)})
	expect(t, l, [3]string{"sw", "vlan.p1.30", "pvid untagged"}, [3]string{"sw", "vlan.p1.7", "absent"}, [3]string{"sw", "vlan.p1.20", "absent"})
}

func TestABridgeOfServiceTags(t *testing.T) {
	plan := macvlanPlan("bridge")
	plan.Nodes[0].Bridge = &scenarios.Bridge{VLANFiltering: ptr(true), VLANProtocol: "802.1ad", DefaultPVID: ptr(5)}
	l := buildIf(t, scenarios.FeatureBridgeVLANFiltering, "sw", plan)
	if l == nil {
		return
	}
	expect(t, l, [3]string{"sw:br0", "vlan_protocol", "802.1ad"}, [3]string{"sw:br0", "default_pvid", "5"},
		[3]string{"sw", "vlan.p1.5", "pvid untagged"}, [3]string{"sw", "vlan.p1.1", "absent"})
}

func TestTheLimitOfMacvlansQueue(t *testing.T) {
	plan := macvlanPlan("vepa")
	plan.Nodes[3].Interfaces[0].Macvlan.BCLim = ptr(int32(5))
	l := buildIf(t, scenarios.FeatureMacvlanBCLim, "verify c1:eth0", plan)
	if l == nil {
		l = mustBuild(t, macvlanPlan("vepa"))
		err := l.Set(setIface("c1:eth0", scenarios.InterfaceSet{Macvlan: &scenarios.MacvlanChange{BCLim: ptr(int32(-1))}}))
		lacks(t, err, scenarios.FeatureMacvlanBCLim, "c1:eth0")
		return
	}
	expect(t, l, [3]string{"c1:eth0", "bclim", "5"})
	// The last, the default, is not reported, and known all the same.
	for value, want := range map[int32]string{-1: "-1", 0: "0", 1: "1"} {
		mustSet(t, l, setIface("c1:eth0", scenarios.InterfaceSet{Macvlan: &scenarios.MacvlanChange{BCLim: ptr(value)}}))
		expect(t, l, [3]string{"c1:eth0", "bclim", want})
	}
}

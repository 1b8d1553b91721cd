package lab

import (
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netverify/assert"
	"netverify/scenarios"
)

// value reads one state key, "absent" where there is none.
func value(t *testing.T, l *Lab, target, key string) string {
	t.Helper()
	facts, err := l.State([]assert.StateWant{{Target: target, Key: key}})
	if err != nil {
		t.Fatal(err)
	}
	if facts[0].Absent {
		return "absent"
	}
	return facts[0].Value
}

// expect compares state keys, given as "target key" → value.
func expect(t *testing.T, l *Lab, list ...[3]string) {
	t.Helper()
	for _, x := range list {
		if got := value(t, l, x[0], x[1]); got != x[2] {
			t.Errorf("%s %s = %q, want %q", x[0], x[1], got, x[2])
		}
	}
}

func TestBuildMakesEveryNodeAndInterfaceInPlanOrder(t *testing.T) {
	l := mustBuild(t, macvlanPlan("vepa"))
	var got []string
	seen := map[int]string{}
	for _, f := range l.Interfaces() {
		got = append(got, f.Ref.String()+" "+f.Kind+" "+f.OperState)
		if other, twice := seen[f.Ifindex]; twice && f.Kind != "loopback" {
			t.Errorf("%s and %s have the same ifindex %d", other, f.Ref, f.Ifindex)
		}
		seen[f.Ifindex] = f.Ref.String()
	}
	want := []string{
		"sw:lo loopback unknown", "sw:br0 bridge up", "sw:p1 veth up", "sw:p2 veth up",
		"host:lo loopback unknown", "host:eth0 veth up",
		"outside:lo loopback unknown", "outside:eth0 veth up",
		"c1:lo loopback unknown", "c1:eth0 macvlan up",
		"c2:lo loopback unknown", "c2:eth0 macvlan up",
		"idle:lo loopback unknown",
	}
	if !slices.Equal(got, want) {
		t.Errorf("interfaces:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if _, bad := l.Survey(); len(bad) > 0 {
		t.Errorf("preconditions of fences: %q", bad)
	}
}

func TestStateKeysOfInterfaces(t *testing.T) {
	plan := macvlanPlan("vepa")
	p1 := &plan.Nodes[0].Interfaces[0]
	p1.Port = &scenarios.Port{
		Hairpin: ptr(true), Isolated: ptr(true), Learning: ptr(false), Flood: ptr(false), McastFlood: ptr(false), BcastFlood: ptr(false),
		Locked: ptr(true), Guard: ptr(true), NeighSuppress: ptr(true), ProxyARP: ptr(true), McastToUnicast: ptr(true), Cost: ptr(42),
	}
	plan.Nodes[0].Bridge = &scenarios.Bridge{AgeingTime: ptr(10 * time.Second), GroupFwdMask: ptr(uint16(0x4000))}
	plan.Nodes[1].Interfaces[0].MAC = net.HardwareAddr{2, 0, 0, 0, 0, 1}
	plan.Nodes[1].Interfaces[0].MTU = 1400
	plan.Nodes[3].Interfaces[0].Macvlan.BCQueueLen = ptr(uint32(123))
	plan.Nodes[3].Interfaces[0].Macvlan.NoDst = true
	l := mustBuild(t, plan)
	expect(t, l,
		[3]string{"sw:p1", "hairpin", "true"}, [3]string{"sw:p1", "isolated", "true"}, [3]string{"sw:p1", "learning", "false"},
		[3]string{"sw:p1", "flood", "false"}, [3]string{"sw:p1", "mcast_flood", "false"}, [3]string{"sw:p1", "bcast_flood", "false"},
		[3]string{"sw:p1", "locked", "true"}, [3]string{"sw:p1", "guard", "true"}, [3]string{"sw:p1", "neigh_suppress", "true"},
		[3]string{"sw:p1", "proxyarp", "true"}, [3]string{"sw:p1", "mcast_to_unicast", "true"}, [3]string{"sw:p1", "cost", "42"},
		[3]string{"sw:p1", "port_state", "forwarding"}, [3]string{"sw:p1", "master", "br0"}, [3]string{"sw:p1", "link", "host:eth0"},
		[3]string{"sw:p2", "hairpin", "false"}, [3]string{"sw:p2", "learning", "true"}, [3]string{"sw:p2", "locked", "false"},
		[3]string{"sw:br0", "stp", "false"}, [3]string{"sw:br0", "multicast_snooping", "false"}, [3]string{"sw:br0", "ageing_time", "10s"},
		[3]string{"sw:br0", "group_fwd_mask", "0x4000"}, [3]string{"sw:br0", "kind", "bridge"}, [3]string{"sw:br0", "hairpin", "absent"},
		[3]string{"host:eth0", "macaddress", "02:00:00:00:00:01"}, [3]string{"host:eth0", "mtu", "1400"}, [3]string{"host:eth0", "mode", "absent"},
		[3]string{"host:eth0", "features.tx-checksum-ip-generic", "false"}, [3]string{"host:eth0", "features.gso", "false"},
		[3]string{"host:eth0", "promiscuity", "1"}, // veth has no unicast filter: the child makes it promiscuous
		[3]string{"c1:eth0", "kind", "macvlan"}, [3]string{"c1:eth0", "mode", "vepa"}, [3]string{"c1:eth0", "link", "host:eth0"},
		[3]string{"c1:eth0", "bcqueuelen", "123"}, [3]string{"c1:eth0", "nodst", "true"},
		[3]string{"c1:eth0", "nopromisc", "false"}, [3]string{"c1:eth0", "sources", ""}, [3]string{"c1:eth0", "mtu", "1400"},
		[3]string{"c1:eth0", "addresses", "192.168.128.222/24"}, [3]string{"c1:eth0", "up", "true"}, [3]string{"c1:eth0", "carrier", "true"},
		[3]string{"c1:eth0", "operstate", "up"}, [3]string{"c1:eth0", "qdisc", "noqueue"}, [3]string{"c1:eth0", "numtxqueues", "1"},
		[3]string{"c1:eth0", "numrxqueues", "1"}, [3]string{"c1:eth0", "promisc", "false"}, [3]string{"c1:eth0", "allmulti", "0"},
		[3]string{"c1:eth0", "counters.rx_dropped", "0"}, [3]string{"c1:eth0", "master", "absent"}, [3]string{"c1:eth0", "id", "absent"},
		[3]string{"c1:eth9", "kind", "absent"}, [3]string{"c1:lo", "kind", "loopback"}, [3]string{"c1:lo", "link", "absent"},
		[3]string{"host:eth0", "addresses", "absent"},
	)
	if v := value(t, l, "c1:eth0", "link_netnsid"); v == "absent" {
		t.Error("c1:eth0 has its parent in another namespace, but no link_netnsid")
	}
	index, _, _ := l.Lookup(*ref("host", "eth0"))
	if v := value(t, l, "c1:eth0", "link_index"); v != itoa(index) {
		t.Errorf("link_index %s, want %d", v, index)
	}
	if v := value(t, l, "c2:eth0", "usedbcqueuelen"); v != "1000" { // the default of the other child is larger
		t.Errorf("usedbcqueuelen %s", v)
	}
	for _, key := range []string{"modes", "counters.", "counters.nonsense", "features.nonsense"} {
		if _, err := l.State([]assert.StateWant{{Target: "c1:eth0", Key: key}}); err == nil {
			t.Errorf("the key %q is accepted", key)
		}
	}
}

// TestEveryStateKeyIsRead asks for all keys of the table of all targets: none
// may be unknown to the lab.
func TestEveryStateKeyIsRead(t *testing.T) {
	l := mustBuild(t, macvlanPlan("bridge"))
	rest := map[string]string{
		"counters.": "rx_packets", "attribute.": "IFLA_BR_FORWARD_DELAY", "features.": "rx-gro", "neighbour.": "192.168.128.1", "neighbour_state.": "192.168.128.1",
		"route.": "default", "sysctl.": "net.ipv4.ip_forward", "address_flags.": "192.0.2.1", "maddress.": "01:00:5e:00:00:01", "fdb.": "02:00:00:00:00:01", "fdb_flags.": "02:00:00:00:00:01", "vlan.": "p1.10", "vlandb.": "p1.10", "tunnel.": "p1.10", "proxy.": "192.0.2.1", "mdb.": "239.1.2.3", "mdb_state.": "239.1.2.3", "fdb_self.": "02:00:00:00:00:01",
		"vlan_global.": "10.mcast_snooping", "vlan_set.": "p1.10.state", "vlan_stats.": "p1.10.rx_packets", "mst.": "p1.1",
	}
	for target, kind := range map[string]scenarios.TargetKind{"c1:eth0": scenarios.TargetInterface, "host": scenarios.TargetNode, "sw": scenarios.TargetSwitch} {
		for _, k := range scenarios.StateKeys(kind) {
			key := k.Name
			if k.Prefix {
				key += rest[k.Name]
			}
			if _, err := l.State([]assert.StateWant{{Target: target, Key: key}}); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestMacvlanModes(t *testing.T) {
	for _, mode := range []string{"private", "vepa", "bridge", "source"} {
		t.Run(mode, func(t *testing.T) {
			l := mustBuild(t, macvlanPlan(mode))
			expect(t, l, [3]string{"c1:eth0", "mode", mode})
		})
	}
	t.Run("the kernel's default is vepa", func(t *testing.T) {
		expect(t, mustBuild(t, macvlanPlan("")), [3]string{"c1:eth0", "mode", "vepa"})
	})
	t.Run("passthru without promiscuity", func(t *testing.T) {
		plan := macvlanPlan("passthru")
		plan.Nodes = slices.Delete(plan.Nodes, 4, 5)
		plan.Nodes[3].Interfaces[0].Macvlan.NoPromisc = true
		expect(t, mustBuild(t, plan), [3]string{"c1:eth0", "mode", "passthru"}, [3]string{"c1:eth0", "nopromisc", "true"}, [3]string{"host:eth0", "promiscuity", "0"})
	})
	t.Run("source list with a reference", func(t *testing.T) {
		plan := macvlanPlan("source")
		plan.Nodes[3].Interfaces[0].Macvlan.Sources = []string{"02:00:00:00:00:ff", "@outside:eth0"}
		l := mustBuild(t, plan)
		_, mac, _ := l.Lookup(*ref("outside", "eth0"))
		list := []string{"02:00:00:00:00:ff", mac.String()}
		slices.Sort(list)
		expect(t, l, [3]string{"c1:eth0", "sources", strings.Join(list, ",")})
	})
	t.Run("source lists that name each other", func(t *testing.T) {
		plan := macvlanPlan("source")
		plan.Nodes[4].Interfaces[0].MAC = net.HardwareAddr{2, 0, 0, 0, 0, 0x0c}
		plan.Nodes[3].Interfaces[0].Macvlan.Sources = []string{"@c2:eth0"} // is made later
		plan.Nodes[4].Interfaces[0].Macvlan.Sources = []string{"@c1:eth0"}
		expect(t, mustBuild(t, plan), [3]string{"c1:eth0", "sources", "02:00:00:00:00:0c"})
	})
	t.Run("macvtap", func(t *testing.T) {
		plan := macvlanPlan("bridge")
		plan.Nodes[3].Interfaces[0].Kind = scenarios.Macvtap
		l := mustBuild(t, plan)
		expect(t, l, [3]string{"c1:eth0", "kind", "macvtap"}, [3]string{"c1:eth0", "mode", "bridge"}, [3]string{"c1:eth0", "qdisc", "noqueue"})
		if _, bad := l.Survey(); len(bad) > 0 {
			t.Errorf("preconditions of fences: %q", bad)
		}
	})
}

func TestVLANTableChanges(t *testing.T) {
	have := tableOf{10: 0, 11: 0, 100: vlanNative}.table()
	for _, tt := range []struct {
		name string
		port scenarios.Port
		want tableOf
	}{
		{"access replaces everything", scenarios.Port{Access: ptr(7)}, tableOf{7: vlanNative}},
		{"a trunk keeps the native VLAN", scenarios.Port{Trunk: []scenarios.VIDRange{{From: 20, To: 21}}}, tableOf{20: 0, 21: 0, 100: vlanNative}},
		{"an empty trunk takes the tagged VLANs away", scenarios.Port{Trunk: []scenarios.VIDRange{}}, tableOf{100: vlanNative}},
		{"a native VLAN keeps the trunk", scenarios.Port{Native: ptr(5)}, tableOf{10: 0, 11: 0, 5: vlanNative}},
		{"a VLAN is added beside the others", scenarios.Port{VLANs: []scenarios.PortVLAN{{VID: 12, Flags: "untagged"}}}, tableOf{10: 0, 11: 0, 12: vlanUntagged, 100: vlanNative}},
		{"a new PVID leaves the old one untagged", scenarios.Port{VLANs: []scenarios.PortVLAN{{VID: 10, Flags: "pvid"}}}, tableOf{10: vlanPVID, 11: 0, 100: vlanUntagged}},
		{"a range is added over what is there", scenarios.Port{VLANs: []scenarios.PortVLAN{{VID: 9, Last: 12, Flags: "untagged"}}}, tableOf{9: vlanUntagged, 10: vlanUntagged, 11: vlanUntagged, 12: vlanUntagged, 100: vlanNative}},
		{"a range is taken away", scenarios.Port{VLANs: []scenarios.PortVLAN{{VID: 11, Last: 100, Flags: "none"}}}, tableOf{10: 0}},
		{"a VLAN is taken away", scenarios.Port{VLANs: []scenarios.PortVLAN{{VID: 11, Flags: "none"}}}, tableOf{10: 0, 100: vlanNative}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := compareVLANs(tt.want.table(), have.with(&tt.port)); err != nil {
				t.Error(err)
			}
		})
	}
	if compareVLANs(tableOf{1: 0}.table(), tableOf{1: vlanPVID}.table()) == nil || compareVLANs(nil, tableOf{1: 0}.table()) == nil {
		t.Error("different tables compare equal")
	}
}

func TestRefusalsNamePositionObjectAndKernelText(t *testing.T) {
	for _, tt := range []struct {
		name  string
		spoil func(*scenarios.Plan)
		want  []string // parts of the message
		errno error
	}{
		{"MTU too large", func(p *scenarios.Plan) { p.Nodes[3].Interfaces[0].MTU = 70000 },
			[]string{"test.yaml:77:5: create c1:eth0 (macvlan on host:eth0): invalid argument: mtu greater than device maximum"}, unix.EINVAL},
		{"MTU above the parent's", func(p *scenarios.Plan) { p.Nodes[3].Interfaces[0].MTU = 9000 },
			[]string{"test.yaml:77:5: create c1:eth0 (macvlan on host:eth0)"}, unix.EINVAL},
		{"passthru twice", func(p *scenarios.Plan) {
			p.Nodes[3].Interfaces[0].Macvlan.Mode, p.Nodes[4].Interfaces[0].Macvlan.Mode = "passthru", "passthru"
		}, []string{"test.yaml:77:5: create c2:eth0 (macvlan on host:eth0)"}, unix.EINVAL},
		{"address twice", func(p *scenarios.Plan) {
			p.Nodes[2].Interfaces[0].Addresses = prefixes("192.0.2.1/24", "192.0.2.1/24")
		}, []string{"add address 192.0.2.1/24 to outside:eth0: file exists"}, unix.EEXIST},
		{"a multicast MAC", func(p *scenarios.Plan) { p.Nodes[1].Interfaces[0].MAC = net.HardwareAddr{1, 0, 0, 0, 0, 1} },
			[]string{"create sw:p1 (cable to host:eth0)"}, unix.EADDRNOTAVAIL},
		{"a bridge port that carries macvlans", func(p *scenarios.Plan) {
			p.Nodes[3].Interfaces[0].Link = ref("sw", "p1")
		}, []string{"make sw:p1 (cable to host:eth0) a port of br0", "busy"}, unix.EBUSY},
		{"no way to the gateway", func(p *scenarios.Plan) {
			p.Nodes[3].Routes = []scenarios.Route{{Pos: at(44), To: prefixes("0.0.0.0/0")[0], Via: prefixes("203.0.113.1/32")[0].Addr()}}
		}, []string{"test.yaml:44:5: add route c1 default via 203.0.113.1: network is unreachable: Nexthop has invalid gateway"}, unix.ENETUNREACH},
		{"no such parent", func(p *scenarios.Plan) { p.Nodes[3].Interfaces[0].Link = ref("host", "eth7") },
			[]string{"create c1:eth0 (macvlan on host:eth7): host:eth7: no such device"}, unix.ENODEV},
		{"a sysctl that does not exist", func(p *scenarios.Plan) {
			p.Nodes[3].Sysctls = []scenarios.Sysctl{{Pos: at(9), Key: "net.ipv4.conf.all.no_such_key", Value: "1"}}
		}, []string{"test.yaml:9:5: set c1 sysctl net.ipv4.conf.all.no_such_key"}, unix.ENOENT},
		{"a sysctl outside of net", func(p *scenarios.Plan) {
			p.Nodes[3].Sysctls = []scenarios.Sysctl{{Pos: at(9), Key: "net/../kernel/hostname", Value: "x"}}
		}, []string{"is not a key below net."}, nil},
		{"a sysctl that the kernel changes", func(p *scenarios.Plan) {
			p.Nodes[3].Sysctls = []scenarios.Sysctl{{Pos: at(9), Key: "net.ipv4.ping_group_range", Value: "5 3"}}
		}, []string{"asked for 5 3, kernel says 1 0"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			plan := macvlanPlan("bridge")
			tt.spoil(plan)
			l, err := Build(plan)
			if err == nil {
				l.Close()
				t.Fatal("the lab was built")
			}
			for _, part := range tt.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error %q lacks %q", err, part)
				}
			}
			var e *Error
			if !errors.As(err, &e) || tt.errno != nil && !errors.Is(err, tt.errno) {
				t.Errorf("error %#v, want an *Error with %v", err, tt.errno)
			}
			var u *Unsupported
			if errors.As(err, &u) {
				t.Errorf("%v is taken for a missing feature", err)
			}
		})
	}
}

func TestErrnoGivesNameAndText(t *testing.T) {
	plan := macvlanPlan("bridge")
	plan.Nodes[3].Interfaces[0].MTU = 70000
	_, err := Build(plan)
	if name, text := Errno(err); name != "EINVAL" || text != "mtu greater than device maximum" {
		t.Errorf("Errno = %q, %q", name, text)
	}
	if name, text := Errno(errors.New("none")); name != "" || text != "" {
		t.Errorf("Errno of no errno = %q, %q", name, text)
	}
}

// TestVerifyFindsWhatTheKernelDidNotDo changes the lab behind its back.
func TestVerifyFindsWhatTheKernelDidNotDo(t *testing.T) {
	l := mustBuild(t, macvlanPlan("bridge"))
	if err := l.verify(nil); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name  string
		spoil func(*scenarios.Interface)
		want  string
	}{
		{"mode", func(s *scenarios.Interface) { s.Macvlan = &scenarios.MacvlanSpec{Mode: "vepa"} }, "mode: asked for vepa, kernel says bridge"},
		{"MTU", func(s *scenarios.Interface) { s.MTU = 1400 }, "mtu: asked for 1400, kernel says 1500"},
		{"MAC", func(s *scenarios.Interface) { s.MAC = net.HardwareAddr{2, 0, 0, 0, 0, 9} }, "macaddress: asked for 02:00:00:00:00:09, kernel says "},
		{"address", func(s *scenarios.Interface) { s.Addresses = nil }, "addresses: asked for none, kernel says 192.168.128.222/24"},
		{"flag", func(s *scenarios.Interface) { s.Macvlan = &scenarios.MacvlanSpec{NoDst: true} }, "nodst: asked for true, kernel says false"},
		{"parent", func(s *scenarios.Interface) { s.Link = ref("sw", "p2") }, "link: asked for sw:p2, kernel says host:eth0"},
		{"down", func(s *scenarios.Interface) { s.Down = true }, "up: asked for false, kernel says true"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			i := l.iface(*ref("c1", "eth0"))
			old := i.spec
			defer func() { i.spec = old }()
			tt.spoil(&i.spec)
			var m *Mismatch
			if err := l.verify(nil); !errors.As(err, &m) || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "test.yaml:77:5: verify c1:eth0") {
				t.Errorf("verify: %v, want %q", err, tt.want)
			}
		})
	}
}

func TestCloseGivesUpEveryDescriptor(t *testing.T) {
	if err := Probe(feature(scenarios.FeatureMacvlan)); err != nil { // fills the caches
		t.Fatal(err)
	}
	before := openFiles(t)
	l, err := Build(macvlanPlan("bridge"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(l.Close(), l.Close()); err != nil {
		t.Fatal(err)
	}
	bad := macvlanPlan("bridge")
	bad.Nodes[4].Interfaces[0].MTU = 70000
	if _, err := Build(bad); err == nil {
		t.Fatal("the lab was built")
	}
	if after := openFiles(t); after != before {
		t.Errorf("%d files open, %d before", after, before)
	}
}

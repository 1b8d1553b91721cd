package lab

import (
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"netverify/recording"
	"netverify/scenarios"
)

func setIface(target string, s scenarios.InterfaceSet) scenarios.Setting {
	return scenarios.Setting{Pos: at(50), Target: target, Iface: &s}
}

func setNode(target string, s scenarios.NodeSet) scenarios.Setting {
	return scenarios.Setting{Pos: at(51), Target: target, Node: &s}
}

func groups(list ...string) *[]net.HardwareAddr {
	var macs []net.HardwareAddr
	for _, s := range list {
		mac, _ := net.ParseMAC(s)
		macs = append(macs, mac)
	}
	return &macs
}

func mustSet(t *testing.T, l *Lab, s scenarios.Setting) {
	t.Helper()
	if err := l.Set(s); err != nil {
		t.Fatal(err)
	}
}

func TestSetChangesInterfaces(t *testing.T) {
	l := mustBuild(t, macvlanPlan("vepa"))
	for _, tt := range []struct {
		name, target string
		set          scenarios.InterfaceSet
		want         [][2]string
	}{
		{"hairpin", "sw:p1", scenarios.InterfaceSet{Port: &scenarios.Port{Hairpin: ptr(true)}}, [][2]string{{"hairpin", "true"}, {"isolated", "false"}}},
		{"isolated, the rest stays", "sw:p1", scenarios.InterfaceSet{Port: &scenarios.Port{Isolated: ptr(true)}}, [][2]string{{"hairpin", "true"}, {"isolated", "true"}}},
		{"port state", "sw:p2", scenarios.InterfaceSet{Port: &scenarios.Port{State: ptr("disabled")}}, [][2]string{{"port_state", "disabled"}}},
		{"macvlan mode", "c1:eth0", scenarios.InterfaceSet{Macvlan: &scenarios.MacvlanChange{Mode: "bridge"}}, [][2]string{{"mode", "bridge"}}},
		{"macvlan queue", "c1:eth0", scenarios.InterfaceSet{Macvlan: &scenarios.MacvlanChange{BCQueueLen: ptr(uint32(7))}}, [][2]string{{"bcqueuelen", "7"}}},
		{"source mode and list", "c1:eth0", scenarios.InterfaceSet{Macvlan: &scenarios.MacvlanChange{Mode: "source", NoDst: ptr(true)}}, [][2]string{{"mode", "source"}, {"nodst", "true"}}},
		{"source list", "c1:eth0", scenarios.InterfaceSet{Macvlan: &scenarios.MacvlanChange{Sources: &[]string{"02:00:00:00:00:02", "02:00:00:00:00:01"}}}, [][2]string{{"sources", "02:00:00:00:00:01,02:00:00:00:00:02"}, {"nodst", "true"}}},
		{"a sender more", "c1:eth0", scenarios.InterfaceSet{Macvlan: &scenarios.MacvlanChange{AddSources: []string{"02:00:00:00:00:03"}}}, [][2]string{{"sources", "02:00:00:00:00:01,02:00:00:00:00:02,02:00:00:00:00:03"}, {"sources_count", "3"}}},
		{"one again, which is none more", "c1:eth0", scenarios.InterfaceSet{Macvlan: &scenarios.MacvlanChange{AddSources: []string{"02:00:00:00:00:03"}}}, [][2]string{{"sources_count", "3"}}},
		{"a sender less", "c1:eth0", scenarios.InterfaceSet{Macvlan: &scenarios.MacvlanChange{DelSources: []string{"02:00:00:00:00:02"}}}, [][2]string{{"sources", "02:00:00:00:00:01,02:00:00:00:00:03"}, {"sources_count", "2"}}},
		{"none left", "c1:eth0", scenarios.InterfaceSet{Macvlan: &scenarios.MacvlanChange{FlushSources: true}}, [][2]string{{"sources", ""}, {"sources_count", "0"}}},
		{"empty source list", "c1:eth0", scenarios.InterfaceSet{Macvlan: &scenarios.MacvlanChange{Sources: &[]string{}}}, [][2]string{{"sources", ""}}},
		{"MAC", "c1:eth0", scenarios.InterfaceSet{MAC: net.HardwareAddr{2, 0, 0, 0, 0, 5}}, [][2]string{{"macaddress", "02:00:00:00:00:05"}}},
		{"MTU", "c1:eth0", scenarios.InterfaceSet{MTU: ptr(1280)}, [][2]string{{"mtu", "1280"}}},
		{"promiscuous", "c1:eth0", scenarios.InterfaceSet{Promisc: ptr(true)}, [][2]string{{"promisc", "true"}, {"promiscuity", "1"}}},
		{"all multicast", "c1:eth0", scenarios.InterfaceSet{AllMulti: ptr(true)}, [][2]string{{"allmulticast", "true"}, {"allmulti", "1"}}},
		{"a group", "c1:eth0", scenarios.InterfaceSet{MAddresses: groups("01:00:5e:01:02:03", "33:33:00:00:00:07")}, [][2]string{{"maddress.01:00:5e:01:02:03", "2"}, {"maddress.33:33:00:00:00:07", "2"}}},
		{"a group less, another more", "c1:eth0", scenarios.InterfaceSet{MAddresses: groups("33:33:00:00:00:07", "01:00:5e:00:00:08")}, [][2]string{{"maddress.01:00:5e:01:02:03", "absent"}, {"maddress.33:33:00:00:00:07", "2"}, {"maddress.01:00:5e:00:00:08", "2"}}},
		{"addresses", "c1:eth0", scenarios.InterfaceSet{Addresses: ptr(prefixes("192.0.2.7/24", "2001:db8::7/64"))}, [][2]string{{"addresses", "192.0.2.7/24,2001:db8::7/64"}}},
		{"one address less", "c1:eth0", scenarios.InterfaceSet{Addresses: ptr(prefixes("192.0.2.7/24"))}, [][2]string{{"addresses", "192.0.2.7/24"}}},
		{"offload", "host:eth0", scenarios.InterfaceSet{Features: map[string]bool{"tx-checksum-ip-generic": true}}, [][2]string{{"features.tx-checksum-ip-generic", "true"}}},
		{"down", "host:eth0", scenarios.InterfaceSet{Up: ptr(false)}, [][2]string{{"up", "false"}, {"operstate", "down"}}},
		{"up", "host:eth0", scenarios.InterfaceSet{Up: ptr(true)}, [][2]string{{"up", "true"}, {"operstate", "up"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			mustSet(t, l, setIface(tt.target, tt.set))
			for _, w := range tt.want {
				expect(t, l, [3]string{tt.target, w[0], w[1]})
			}
		})
	}
}

// TestCarriersAreSettledWhenSetReturns: what stands on a cable has followed it.
// Whether a peer in another namespace counts as a lower layer differs between
// kernels: 6.18 looks for it in the own one and says "down", 6.1 compares
// indexes and says "lowerlayerdown" (net/core/link_watch.c:default_operstate).
func TestCarriersAreSettledWhenSetReturns(t *testing.T) {
	l := mustBuild(t, macvlanPlan("vepa"))
	followers := []string{"host:eth0", "c1:eth0", "c2:eth0"}
	for range 5 {
		mustSet(t, l, setIface("sw:p1", scenarios.InterfaceSet{Up: ptr(false)}))
		expect(t, l, [3]string{"sw:br0", "operstate", "up"})
		for _, f := range followers {
			expect(t, l, [3]string{f, "carrier", "false"}, [3]string{f, "up", "true"})
			if v := value(t, l, f, "operstate"); v != "down" && v != "lowerlayerdown" {
				t.Errorf("%s operstate = %q", f, v)
			}
		}
		mustSet(t, l, setIface("sw:p1", scenarios.InterfaceSet{Up: ptr(true)}))
		for _, f := range followers {
			expect(t, l, [3]string{f, "carrier", "true"}, [3]string{f, "operstate", "up"})
		}
	}
}

func TestSetReportsTheKernelsRefusal(t *testing.T) {
	l := mustBuild(t, macvlanPlan("vepa"))
	for _, tt := range []struct {
		name  string
		set   scenarios.Setting
		errno string
		want  string
	}{
		{"passthru beside a sibling", setIface("c1:eth0", scenarios.InterfaceSet{Macvlan: &scenarios.MacvlanChange{Mode: "passthru"}}), "EINVAL", "test.yaml:50:5: set c1:eth0 mode passthru: invalid argument"},
		{"a source list in another mode", setIface("c1:eth0", scenarios.InterfaceSet{Macvlan: &scenarios.MacvlanChange{Sources: &[]string{"02:00:00:00:00:01"}}}), "EINVAL", "set c1:eth0 sources 02:00:00:00:00:01"},
		{"a sender more in another mode", setIface("c1:eth0", scenarios.InterfaceSet{Macvlan: &scenarios.MacvlanChange{AddSources: []string{"02:00:00:00:00:01"}}}), "EINVAL", "set c1:eth0 macaddr add 02:00:00:00:00:01"},
		{"MTU above the parent's", setIface("c1:eth0", scenarios.InterfaceSet{MTU: ptr(9000)}), "EINVAL", "set c1:eth0 mtu 9000: invalid argument: an MTU of 9000 is above the 1500 of host:eth0"},
		{"no such interface", setIface("c1:eth5", scenarios.InterfaceSet{Up: ptr(true)}), "ENODEV", "test.yaml:50:5: set c1:eth5: c1:eth5: no such device"},
		{"port attributes off a bridge", setIface("outside:eth0", scenarios.InterfaceSet{Port: &scenarios.Port{Hairpin: ptr(true)}}), "EOPNOTSUPP", "set outside:eth0 hairpin"},
		{"a port state that the kernel takes back without STP", setIface("sw:p2", scenarios.InterfaceSet{Port: &scenarios.Port{State: ptr("blocking")}}), "", "port_state: asked for blocking, kernel says forwarding"},
		{"unknown offload", setIface("c1:eth0", scenarios.InterfaceSet{Features: map[string]bool{"warp": true}}), "EINVAL", `no offload is named "warp"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := l.Set(tt.set)
			if err == nil {
				t.Fatal("no error")
			}
			if name, _ := Errno(err); name != tt.errno || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v (%s), want %s and %q", err, name, tt.errno, tt.want)
			}
		})
	}
}

// TestABridgeThatIsCreatedTakesItsMembers, or is not created at all.
func TestABridgeThatIsCreatedTakesItsMembers(t *testing.T) {
	l := mustBuild(t, macvlanPlan("vepa"))
	bridge := func(node string) *scenarios.Create {
		return &scenarios.Create{Interface: scenarios.Interface{Pos: at(52), Node: node, Name: "br7", Kind: scenarios.BridgeK}, Members: []string{"eth0"}}
	}
	err := l.Create(bridge("host")) // whose eth0 carries macvlans
	if name, _ := Errno(err); name != "EBUSY" || !strings.Contains(err.Error(), "make host:eth0") {
		t.Error(err)
	}
	expect(t, l, [3]string{"host:br7", "kind", "absent"}, [3]string{"host:eth0", "master", "absent"})
	for range 2 {
		if err := l.Create(bridge("outside")); err != nil {
			t.Fatal(err)
		}
		expect(t, l, [3]string{"outside:eth0", "master", "br7"}, [3]string{"outside:br7", "operstate", "up"})
		if err := l.Remove(recording.Ref{Node: "outside", Iface: "br7"}); err != nil {
			t.Fatal(err)
		}
		expect(t, l, [3]string{"outside:eth0", "master", "absent"}, [3]string{"outside:br7", "kind", "absent"})
	}
}

// TestWhatTheStepJudgesIsNotInsistedOn: that the kernel takes "blocking" back
// without STP is then the step's to judge, and other values are still read back.
func TestWhatTheStepJudgesIsNotInsistedOn(t *testing.T) {
	l := mustBuild(t, macvlanPlan("vepa"))
	blocking := scenarios.InterfaceSet{Port: &scenarios.Port{State: ptr("blocking")}, Judged: []string{"port_state"}}
	mustSet(t, l, setIface("sw:p2", blocking))
	expect(t, l, [3]string{"sw:p2", "port_state", "forwarding"})
	blocking.Judged = []string{"hairpin"}
	if err := l.Set(setIface("sw:p2", blocking)); err == nil {
		t.Error("another key that is judged hides the mismatch")
	}
}

// TestWhatTheStepJudgesOfACreateIsNotInsistedOn: a passthru child takes its
// parent's MAC, whatever it is given.
func TestWhatTheStepJudgesOfACreateIsNotInsistedOn(t *testing.T) {
	l := mustBuild(t, macvlanPlan("vepa"))
	child := macvlan("idle", "mv0", ref("outside", "eth0"), "passthru")
	child.MAC = net.HardwareAddr{2, 0, 0, 0, 0x77, 0x77}
	if err := l.Create(&scenarios.Create{Interface: child}); err == nil {
		t.Error("that the kernel gave it another MAC went unnoticed")
	}
	if err := l.Create(&scenarios.Create{Interface: child, Judged: []string{"macaddress"}}); err != nil {
		t.Error(err)
	}
}

func TestSetChangesNodes(t *testing.T) {
	l := mustBuild(t, macvlanPlan("bridge"))
	route := func(to, via, dev string) scenarios.Route {
		r := scenarios.Route{Pos: at(60), To: prefixes(to)[0], Iface: dev}
		if via != "" {
			r.Via = prefixes(via + "/32")[0].Addr()
		}
		return r
	}
	neighbour := func(ip, mac, state string) scenarios.Neighbour {
		return scenarios.Neighbour{Pos: at(61), Iface: "eth0", IP: prefixes(ip + "/32")[0].Addr(), MAC: mac, State: state}
	}
	mustSet(t, l, setNode("c1", scenarios.NodeSet{
		Forwarding: ptr(true),
		Sysctls:    []scenarios.Sysctl{{Key: "net.ipv4.conf.eth0.arp_ignore", Value: "1"}},
		LoUp:       ptr(false),
		Routes:     &[]scenarios.Route{route("0.0.0.0/0", "192.168.128.1", ""), route("198.51.100.0/24", "", "eth0")},
		Neighbours: []scenarios.Neighbour{neighbour("192.168.128.1", "@outside:eth0", "permanent"), neighbour("192.168.128.9", "02:00:00:00:00:09", "stale")},
	}))
	_, mac, _ := l.Lookup(*ref("outside", "eth0"))
	expect(t, l,
		[3]string{"c1", "forwarding", "true"}, [3]string{"c1", "sysctl.net.ipv4.conf.eth0.arp_ignore", "1"}, [3]string{"c1:lo", "up", "false"},
		[3]string{"c1", "route.default", "via 192.168.128.1 dev eth0"}, [3]string{"c1", "route.198.51.100.0/24", "dev eth0"},
		[3]string{"c1", "neighbour.192.168.128.1", mac.String()}, [3]string{"c1", "neighbour_state.192.168.128.1", "permanent"},
		[3]string{"c1", "neighbour.192.168.128.9", "02:00:00:00:00:09"}, [3]string{"c1", "neighbour_state.192.168.128.9", "stale"},
		[3]string{"c1:eth0", "neighbour.192.168.128.9", "02:00:00:00:00:09"}, [3]string{"c1:eth0", "neighbour_state.192.168.128.9", "stale"}, [3]string{"c1:lo", "neighbour.192.168.128.9", "absent"},
		[3]string{"c1", "sysctl.net.ipv4.no_such_key", "absent"}, [3]string{"c2", "forwarding", "false"},
	)
	mustSet(t, l, setNode("c1", scenarios.NodeSet{Routes: &[]scenarios.Route{route("198.51.100.0/24", "", "eth0")}, FlushNeighbours: true}))
	expect(t, l, [3]string{"c1", "route.default", "absent"}, [3]string{"c1", "route.198.51.100.0/24", "dev eth0"},
		[3]string{"c1", "route.192.168.128.0/24", "dev eth0"}, // the kernel's own
		[3]string{"c1", "neighbour.192.168.128.9", "absent"}, [3]string{"c1", "neighbour_state.192.168.128.1", "permanent"})
	mustSet(t, l, setNode("sw", scenarios.NodeSet{Bridge: &scenarios.Bridge{AgeingTime: ptr(time.Second), STP: ptr(true)}}))
	expect(t, l, [3]string{"sw:br0", "ageing_time", "1s"}, [3]string{"sw:br0", "stp", "true"})
}

func TestForwardingDatabase(t *testing.T) {
	l := mustBuild(t, macvlanPlan("bridge"))
	port, mac, _ := l.Lookup(*ref("sw", "p1"))
	expect(t, l, [3]string{"sw", "fdb." + mac.String(), "p1"}, [3]string{"sw", "fdb_flags." + mac.String(), "local"},
		[3]string{"sw", "fdb.02:00:00:00:00:aa", "absent"})
	c := l.node("sw").conn
	lladdr := net.HardwareAddr{2, 0, 0, 0, 0, 0xaa}
	err := c.do(unix.RTM_NEWNEIGH, unix.NLM_F_CREATE, ndmsg{family: unix.AF_BRIDGE, index: port, state: unix.NUD_NOARP, flags: unix.NTF_MASTER}, attr(unix.NDA_LLADDR, lladdr))
	if err != nil {
		t.Fatal(err)
	}
	expect(t, l, [3]string{"sw", "fdb.02:00:00:00:00:aa", "p1"}, [3]string{"sw", "fdb_flags.02:00:00:00:00:aa", "static"})
}

func TestGiveUpLeavesWhatIsResolved(t *testing.T) {
	l := mustBuild(t, macvlanPlan("bridge"))
	n := l.node("c1")
	add := func(last byte, state uint16) {
		t.Helper()
		data := []*nl.RtAttr{attr(unix.NDA_DST, []byte{192, 168, 128, last})}
		if state != unix.NUD_INCOMPLETE && state != unix.NUD_FAILED {
			data = append(data, attr(unix.NDA_LLADDR, []byte{2, 0, 0, 0, 0, last}))
		}
		head := ndmsg{family: unix.AF_INET, index: n.iface("eth0").index, state: state}
		if err := n.conn.do(unix.RTM_NEWNEIGH, unix.NLM_F_CREATE, request(head, data)...); err != nil {
			t.Fatal(err)
		}
	}
	add(50, unix.NUD_FAILED)
	add(52, unix.NUD_REACHABLE)
	// An unanswered question leaves an INCOMPLETE entry.
	err := n.ns.Do(func() error {
		c, err := net.Dial("udp4", "192.168.128.51:9")
		if err != nil {
			return err
		}
		defer c.Close()
		_, err = c.Write([]byte("x"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	expect(t, l, [3]string{"c1", "neighbour_state.192.168.128.50", "failed"}, [3]string{"c1", "neighbour_state.192.168.128.51", "incomplete"},
		[3]string{"c1", "neighbour.192.168.128.51", "absent"})
	if n, err := l.GiveUp(OwnQuestions); err != nil || n != 2 {
		t.Logf("%d given up", n)
		t.Fatal(err)
	}
	expect(t, l, [3]string{"c1", "neighbour_state.192.168.128.50", "absent"}, [3]string{"c1", "neighbour_state.192.168.128.51", "absent"},
		[3]string{"c1", "neighbour.192.168.128.52", "02:00:00:00:00:34"})
}

// TestAKickIsSeen: the kernel acts on the carrier at the other end of the kicker's
// cable, each time.
func TestAKickIsSeen(t *testing.T) {
	k, err := newKicker()
	if err != nil {
		t.Fatal(err)
	}
	defer k.close()
	other := k.lab.nodes[0].iface("eth0")
	w, err := watch([]*iface{other})
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	for _, want := range []string{"lowerlayerdown", "up"} {
		if err := k.kick(); err != nil {
			t.Fatal(err)
		}
		deadline := time.Now().Add(settleTime)
		for {
			got, err := other.node.conn.link(other.index)
			if err != nil {
				t.Fatal(err)
			}
			if got.operState() == want {
				break
			}
			if err := w.wait(deadline); err != nil {
				t.Fatalf("still %s, want %s: %v", got.operState(), want, err)
			}
		}
	}
}

func TestCreateAndRemove(t *testing.T) {
	l := mustBuild(t, macvlanPlan("bridge"))
	c3 := macvlan("idle", "eth0", ref("host", "eth0"), "bridge", "192.168.128.3/24", "2001:db8::3/64")
	c3.Pos = at(90)
	before := 0
	if l.kicker != nil {
		before = l.kicker.kicks
	}
	if err := l.Create(&scenarios.Create{Interface: c3}); err != nil {
		t.Fatal(err)
	}
	if l.kicker == nil || l.kicker.kicks == before {
		t.Error("nothing made the kernel look at the carrier: it was left to its once-a-second round")
	}
	expect(t, l, [3]string{"idle:eth0", "operstate", "up"}, [3]string{"idle:eth0", "addresses", "192.168.128.3/24,2001:db8::3/64"},
		[3]string{"idle:eth0", "features.rx-gro", "false"})
	if err := l.Create(&scenarios.Create{Interface: c3}); err == nil || !errors.Is(err, unix.EEXIST) {
		t.Errorf("created twice: %v", err)
	}

	passthru := macvlan("idle", "eth1", ref("host", "eth0"), "passthru")
	err := l.Create(&scenarios.Create{Interface: passthru, Fails: "EINVAL"})
	if name, _ := Errno(err); name != "EINVAL" {
		t.Errorf("passthru beside others: %v", err)
	}

	had, err := l.node("idle").conn.links() // a kernel with tunnels puts some into each namespace
	if err != nil {
		t.Fatal(err)
	}
	half := macvlan("idle", "eth1", ref("host", "eth0"), "bridge", "192.0.2.1/24", "192.0.2.1/24")
	if name, _ := Errno(l.Create(&scenarios.Create{Interface: half})); name != "EEXIST" {
		t.Errorf("an address twice: %v", err)
	}
	expect(t, l, [3]string{"idle:eth1", "kind", "absent"})
	if links, err := l.node("idle").conn.links(); err != nil || len(links) != len(had) {
		t.Errorf("the half-made interface is still there: %d links, %v", len(links), err)
	}

	if err := l.Remove(*ref("host", "eth0")); err != nil { // with all its children, and sw:p1
		t.Fatal(err)
	}
	for _, target := range []string{"host:eth0", "sw:p1", "c1:eth0", "c2:eth0", "idle:eth0"} {
		expect(t, l, [3]string{target, "kind", "absent"})
	}
	if _, _, ok := l.Lookup(*ref("c1", "eth0")); ok {
		t.Error("Lookup finds what is gone")
	}
	if name, _ := Errno(l.Remove(*ref("host", "eth0"))); name != "ENODEV" {
		t.Errorf("removed twice: %s", name)
	}
	again := cable("host", "eth0", "sw", "p1", "192.168.128.77/24")
	if err := l.Create(&scenarios.Create{Interface: again}); err != nil {
		t.Fatal(err)
	}
	expect(t, l, [3]string{"host:eth0", "operstate", "up"}, [3]string{"sw:p1", "master", "br0"}, [3]string{"sw:p1", "operstate", "up"})
}

// TestAnMTUAboveTheParentsIsNamed: the kernel says EINVAL, and not of which of all
// that was asked for.
func TestAnMTUAboveTheParentsIsNamed(t *testing.T) {
	l := mustBuild(t, macvlanPlan("vepa"))
	child := scenarios.Interface{Node: "host", Name: "m9", Kind: scenarios.Macvlan, MTU: 9000,
		Link: &recording.Ref{Node: "host", Iface: "eth0"}, Macvlan: &scenarios.MacvlanSpec{Mode: "vepa"}}
	err := l.Create(&scenarios.Create{Interface: child})
	if name, _ := Errno(err); name != "EINVAL" || !strings.Contains(err.Error(), "an MTU of 9000 is above the 1500 of host:eth0") {
		t.Errorf("%v", err)
	}
	child.MTU = 1400
	if err := l.Create(&scenarios.Create{Interface: child}); err != nil {
		t.Error(err)
	}
}

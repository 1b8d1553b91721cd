package lab

import (
	"net/netip"
	"os"
	"strings"
	"testing"

	"netverify/scenarios"
)

// joined tells whether the kernel lists a group (in the hexadecimal form of
// /proc/net/igmp or igmp6) in the namespace of a node.
func joined(t *testing.T, l *Lab, node, file, group string) bool {
	t.Helper()
	var text []byte
	err := l.NS(node).Do(func() (err error) {
		text, err = os.ReadFile("/proc/thread-self/net/" + file)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(string(text), group)
}

func TestGroupsAreJoinedAndLeft(t *testing.T) {
	four, six := netip.MustParseAddr("239.1.2.3"), netip.MustParseAddr("ff05::1234")
	const hex4, hex6 = "030201EF", "ff050000000000000000000000001234"
	before := openFiles(t)
	plan := macvlanPlan("vepa")
	c1 := &plan.Nodes[3].Interfaces[0]
	c1.Groups = []netip.Addr{four}
	l := mustBuild(t, plan)
	check := func(want4, want6 bool) {
		t.Helper()
		if g4, g6 := joined(t, l, "c1", "igmp", hex4), joined(t, l, "c1", "igmp6", hex6); g4 != want4 || g6 != want6 {
			t.Errorf("member of %s: %v, want %v; of %s: %v, want %v", four, g4, want4, six, g6, want6)
		}
	}
	check(true, false)
	mustSet(t, l, setIface("c1:eth0", scenarios.InterfaceSet{Groups: &[]netip.Addr{four, six}}))
	check(true, true)
	mustSet(t, l, setIface("c1:eth0", scenarios.InterfaceSet{Groups: &[]netip.Addr{six}}))
	check(false, true)
	mustSet(t, l, setIface("c1:eth0", scenarios.InterfaceSet{Groups: &[]netip.Addr{}}))
	check(false, false)
	mustSet(t, l, setIface("c1:eth0", scenarios.InterfaceSet{Groups: &[]netip.Addr{four, six}}))
	if joined(t, l, "c2", "igmp", hex4) {
		t.Error("a group of c1 is joined by c2 as well")
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if after := openFiles(t); after > before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}

func TestAddressesAreProbedOnDemandOnly(t *testing.T) {
	plan := macvlanPlan("bridge")
	probing := &plan.Nodes[3].Interfaces[0]
	probing.DAD = true
	plan.Nodes[3].Sysctls = []scenarios.Sysctl{
		{Key: "net.ipv6.neigh.eth0.retrans_time_ms", Value: "60000"},
		{Key: "net.ipv6.conf.eth0.hop_limit", Value: "77"},
		{Key: "net.ipv6.conf.eth0.accept_ra", Value: "1"}, // off in a lab otherwise
	}
	probing.Addresses = prefixes("192.168.128.222/24", "2001:db8::1/64")
	plan.Nodes[4].Interfaces[0].Addresses = prefixes("2001:db8::2/64")
	l := mustBuild(t, plan)
	expect(t, l,
		[3]string{"c1:eth0", "address_flags.2001:db8::1", "permanent tentative"},
		[3]string{"c1:eth0", "address_flags.192.168.128.222", "permanent"},
		[3]string{"c2:eth0", "address_flags.2001:db8::2", "nodad permanent"},
		[3]string{"c1", "sysctl.net.ipv6.conf.eth0.hop_limit", "77"},
		[3]string{"c1", "sysctl.net.ipv6.conf.eth0.accept_ra", "1"},
		[3]string{"c2", "sysctl.net.ipv6.conf.eth0.accept_ra", "0"},
	)
	facts, err := l.State(stateWants("c1:eth0", "address_flags.2001:db8::3"))
	if err != nil || !facts[0].Absent {
		t.Errorf("flags of an address that is not there: %v, %v", facts, err)
	}
	if _, err := l.State(stateWants("c1:eth0", "address_flags.x")); err == nil {
		t.Error("flags of x: no error")
	}
}

func TestAddressFlagsInTheWordsOfIP(t *testing.T) {
	for _, tt := range []struct {
		ip    string
		flags uint32
		want  string
	}{
		{"192.0.2.1", 0x80, "permanent"},
		{"192.0.2.1", 0x81, "permanent secondary"},
		{"2001:db8::1", 0x01, "dynamic temporary"},
		{"2001:db8::1", 0xc8, "dadfailed permanent tentative"},
		{"2001:db8::1", 0x120, "deprecated dynamic mngtmpaddr"},
		{"2001:db8::1", 0xa06 | 0x10, "dynamic home nodad noprefixroute optimistic stable-privacy"},
	} {
		if got := addressFlagWords(netip.MustParseAddr(tt.ip), tt.flags); got != tt.want {
			t.Errorf("%s %#x: %q, want %q", tt.ip, tt.flags, got, tt.want)
		}
	}
}

// TestIPv6AddressesAreHeardWhenBuildReturns: nobody could ask for an address
// whose group is not joined yet.
func TestIPv6AddressesAreHeardWhenBuildReturns(t *testing.T) {
	plan := macvlanPlan("bridge")
	plan.Nodes[3].Interfaces[0].Addresses = prefixes("2001:db8::1:2:3/64")
	plan.Nodes[4].Interfaces[0].Down = true
	plan.Nodes[4].Interfaces[0].Addresses = prefixes("2001:db8::4/64")
	l := mustBuild(t, plan)
	if !joined(t, l, "c1", "dev_mcast", "3333ff020003") {
		t.Error("the group of 2001:db8::1:2:3 is not joined")
	}
	mustSet(t, l, setIface("c1:eth0", scenarios.InterfaceSet{Addresses: ptr(prefixes("2001:db8::5:6/64"))}))
	if !joined(t, l, "c1", "dev_mcast", "3333ff050006") || joined(t, l, "c1", "dev_mcast", "3333ff020003") {
		t.Error("the group of the new address is not joined, or the old one not left")
	}
	mustSet(t, l, setIface("c2:eth0", scenarios.InterfaceSet{Up: ptr(true)}))
	if !joined(t, l, "c2", "dev_mcast", "3333ff000004") {
		t.Error("the group of 2001:db8::4 is not joined after its interface came up")
	}
}

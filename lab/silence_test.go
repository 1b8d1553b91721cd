package lab

import (
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netverify/internal/poll"
	"netverify/scenarios"
)

// listen opens a packet socket for all interfaces of each node.
func listen(t *testing.T, l *Lab) []unix.PollFd {
	t.Helper()
	var fds []unix.PollFd
	for _, n := range l.nodes {
		err := n.ns.Do(func() error {
			all := int(binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, unix.ETH_P_ALL)))
			fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, all)
			fds = append(fds, unix.PollFd{Fd: int32(fd), Events: unix.POLLIN})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		fd := int(fds[len(fds)-1].Fd)
		t.Cleanup(func() { unix.Close(fd) })
	}
	return fds
}

// hear returns the frames that come within a time.
func hear(t *testing.T, fds []unix.PollFd, d time.Duration) (frames [][]byte) {
	t.Helper()
	for deadline := time.Now().Add(d); ; {
		n, err := poll.Wait(fds, deadline)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return frames
		}
		for _, p := range fds {
			b := make([]byte, 2048)
			if n, _, err := unix.Recvfrom(int(p.Fd), b, 0); err == nil {
				frames = append(frames, b[:n])
			}
		}
	}
}

// TestAnIPv4LabIsSilent: nothing is heard after Build, and nothing was sent
// during it.
func TestAnIPv4LabIsSilent(t *testing.T) {
	for _, mode := range []string{"bridge", "vepa", "source"} {
		l := mustBuild(t, macvlanPlan(mode))
		for _, f := range hear(t, listen(t, l), 100*time.Millisecond) {
			t.Errorf("%s: unexpected frame %x", mode, f)
		}
		for _, f := range l.Interfaces() {
			expect(t, l, [3]string{f.Ref.String(), "counters.tx_packets", "0"})
		}
	}
}

// TestTheEarHears is the control of the test above.
func TestTheEarHears(t *testing.T) {
	l := mustBuild(t, macvlanPlan("bridge"))
	fds := listen(t, l)
	err := l.NS("c1").Do(func() error {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		return unix.Sendto(fd, []byte("x"), 0, &unix.SockaddrInet4{Port: 9, Addr: [4]byte{192, 168, 128, 1}})
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(hear(t, fds, 20*time.Millisecond)) < 5 { // c1, host, sw:p1, sw:p2, outside, c2
		t.Error("an ARP request was not heard at every node")
	}
}

// TestAnIPv6LabReportsItsGroupsOnly: MLD is all that cannot be switched off;
// no neighbour solicitation, no router solicitation, no link-local address.
func TestAnIPv6LabReportsItsGroupsOnly(t *testing.T) {
	plan := macvlanPlan("bridge")
	plan.Nodes[3].Interfaces[0].Addresses = prefixes("2001:db8::1/64")
	plan.Nodes[4].Interfaces[0].Addresses = prefixes("2001:db8::2/64")
	l := mustBuild(t, plan)
	expect(t, l, [3]string{"c1:eth0", "addresses", "2001:db8::1/64"})
	if b := Bindings(l.Interfaces())["c1:eth0"]; b.IPv6.String() != "2001:db8::1" {
		t.Errorf("binding %+v", b)
	}
	for _, f := range hear(t, listen(t, l), 300*time.Millisecond) {
		const mldReport, hopByHop = 143, 8 // behind Ethernet, IPv6 and an 8-byte hop-by-hop header
		if len(f) < 14+40+hopByHop+1 || f[14+40+hopByHop] != mldReport {
			t.Errorf("unexpected frame %x", f)
		}
	}
	value, err := l.node("host").sysctl("net.ipv6.conf.eth0.disable_ipv6")
	if err != nil || value != "1" {
		t.Errorf("IPv6 of an interface without IPv6 address: disable_ipv6 = %q, %v", value, err)
	}
}

// TestTheMachinesOwnSettingsDoNotLeakIn: IPv4 settings are copied from the
// initial namespace.
func TestTheMachinesOwnSettingsDoNotLeakIn(t *testing.T) {
	const key = "/proc/sys/net/ipv4/conf/default/arp_ignore"
	old, err := readSysctl(key)
	if err != nil {
		t.Fatal(err)
	}
	l := new(Lab)
	if err := l.addNodes([]scenarios.Node{{Name: "a"}}); err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	// A node as it would be on a machine with arp_ignore 1: that is noticed.
	err = l.nodes[0].ns.Do(func() error {
		if err := (*procfs)(nil).write(key, "1"); err != nil {
			return err
		}
		var found fresh
		err := found.silence(nil, false, func(string) bool { return false })
		if found[key] != "1" {
			t.Errorf("found %q", found[key])
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if v, _ := l.nodes[0].sysctl("net.ipv4.conf.default.arp_ignore"); v != "0" {
		t.Errorf("arp_ignore %s in the node", v)
	}
	if v, _ := readSysctl(key); v != old {
		t.Errorf("the machine's own arp_ignore went from %s to %s", old, v)
	}
}

// TestANeighboursNewMACCountsAtOnce: with a locktime of zero it does not within
// the tick of the one before.
func TestANeighboursNewMACCountsAtOnce(t *testing.T) {
	l := mustBuild(t, macvlanPlan("bridge"))
	v, err := l.node("host").sysctl("net.ipv4.neigh.eth0.locktime")
	if err != nil || !strings.HasPrefix(v, "-") {
		t.Errorf("locktime is %q, want less than 0; %v", v, err)
	}
}

func TestSysctlTimesAreRoundedUpToATick(t *testing.T) {
	for _, tt := range []struct {
		key, want, got string
		took           bool
	}{
		{"net.ipv4.neigh.eth0.retrans_time_ms", "10", "10", true},
		{"net.ipv4.neigh.eth0.retrans_time_ms", "10", "12", true},  // CONFIG_HZ_250
		{"net.ipv4.neigh.eth0.retrans_time_ms", "11", "20", true},  // CONFIG_HZ_100
		{"net.ipv4.neigh.eth0.retrans_time_ms", "10", "20", false}, // more than a tick
		{"net.ipv4.neigh.eth0.retrans_time_ms", "10", "8", false},  // rounded down
		{"net.ipv4.neigh.eth0.retrans_time_ms", "x", "12", false},
		{"net.ipv4.neigh.eth0.mcast_solicit", "10", "12", false},
	} {
		if got := tookSysctl(tt.key, tt.want, tt.got); got != tt.took {
			t.Errorf("%s: asked for %s, kernel says %s: took %t, want %t", tt.key, tt.want, tt.got, got, tt.took)
		}
	}
}

func TestSysctlPaths(t *testing.T) {
	for key, want := range map[string]string{
		"net.ipv4.ip_forward":              "/proc/sys/net/ipv4/ip_forward",
		"net.ipv4.conf.eth0/10.arp_ignore": "/proc/sys/net/ipv4/conf/eth0.10/arp_ignore",
		"net/ipv4/conf/eth0.10/arp_ignore": "/proc/sys/net/ipv4/conf/eth0.10/arp_ignore",
		"kernel.hostname":                  "",
		"net.ipv4./././/kernel.hostname":   "",
		"net/ipv4/../../kernel/hostname":   "",
		"":                                 "",
		"net.":                             "",
	} {
		if got, err := sysctlPath(key); got != want || (err == nil) != (want != "") {
			t.Errorf("sysctlPath(%q) = %q, %v", key, got, err)
		}
	}
	for key, want := range map[string]bool{
		"net.ipv4.conf.eth0.arp_ignore": true, "net.ipv4.conf.all.arp_ignore": false, "net.ipv4.conf.default.arp_ignore": false,
		"net.ipv6.neigh.eth0.retrans_time_ms": true, "net.ipv4.ip_forward": false, "net.bridge.bridge-nf-call-iptables": false,
	} {
		if got := perInterface(key); got != want {
			t.Errorf("perInterface(%q) = %v", key, got)
		}
	}
}

// TestWhatIsSaidOfIPv6Holds: what silences an interface that uses IPv6 is no last
// word: a scenario says it of the interface, of all, or of those to come, before
// the interface is there or before it has an address.
func TestWhatIsSaidOfIPv6Holds(t *testing.T) {
	sysctl := func(key, value string) scenarios.Sysctl {
		return scenarios.Sysctl{Pos: at(9), Key: "net.ipv6.conf." + key, Value: value}
	}
	six := func(list ...scenarios.Sysctl) *scenarios.Plan {
		p := macvlanPlan("bridge")
		p.Nodes[3].Sysctls = list
		p.Nodes[3].Interfaces[0].Addresses = prefixes("2001:db8::1/64")
		return p
	}
	for _, of := range []string{"eth0", "default", "all"} {
		l, err := Build(six(sysctl(of+".disable_ipv6", "1")))
		if err == nil {
			l.Close()
		}
		if name, _ := Errno(err); name != "EACCES" {
			t.Errorf("%s.disable_ipv6: %v, want the kernel's refusal of the address", of, err)
		}
	}
	for _, of := range []string{"eth0", "default"} {
		l := mustBuild(t, six(sysctl(of+".accept_ra", "2"), sysctl(of+".dad_transmits", "3")))
		expect(t, l, [3]string{"c1", "sysctl.net.ipv6.conf.eth0.accept_ra", "2"}, [3]string{"c1", "sysctl.net.ipv6.conf.eth0.dad_transmits", "3"},
			[3]string{"c1", "sysctl.net.ipv6.conf.eth0.autoconf", "0"})
	}
	for _, of := range []string{"eth0", "default"} { // the kernel makes an address that nobody asked for
		l := mustBuild(t, six(sysctl(of+".addr_gen_mode", "0")))
		if got := value(t, l, "c1:eth0", "addresses"); !strings.HasPrefix(got, "2001:db8::1/64,fe80::") {
			t.Errorf("%s.addr_gen_mode 0: %s", of, got)
		}
	}

	l := mustBuild(t, six())
	set := func(list ...scenarios.Sysctl) {
		if err := l.Set(scenarios.Setting{Target: "c2", Node: &scenarios.NodeSet{Sysctls: list}}); err != nil {
			t.Fatal(err)
		}
	}
	address := func() string {
		list := prefixes("2001:db8::2/64")
		name, _ := Errno(l.Set(setIface("c2:eth0", scenarios.InterfaceSet{Addresses: &list})))
		return name
	}
	set(sysctl("eth0.disable_ipv6", "1"), sysctl("eth0.accept_ra", "2"))
	if got := address(); got != "EACCES" {
		t.Errorf("an address where a step has disabled IPv6: %q", got)
	}
	set(sysctl("eth0.disable_ipv6", "0"), sysctl("eth0.disable_ipv6", "1"), sysctl("all.disable_ipv6", "1"), sysctl("all.disable_ipv6", "0"))
	if got := address(); got != "" {
		t.Errorf("an address where a step has enabled IPv6 again: %q", got)
	}
	expect(t, l, [3]string{"c2", "sysctl.net.ipv6.conf.eth0.accept_ra", "2"})
}

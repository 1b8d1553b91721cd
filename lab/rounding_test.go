package lab

import (
	"encoding/binary"
	"testing"

	"github.com/vishvananda/netlink/nl"
)

func TestWhatTheKernelKeepsOfASysctl(t *testing.T) {
	for _, tt := range []struct {
		key, want, got string
		took           bool
	}{
		{"net.ipv4.neigh.eth0.locktime", "-1", "-0", true}, // HZ=250: 2 jiffies, and no tick of 10 ms
		{"net.ipv4.neigh.eth0.locktime", "-3", "-2", true},
		{"net.ipv4.neigh.eth0.locktime", "-3", "3", false},
		{"net.ipv4.neigh.eth0.proxy_delay", "7", "6", true},
		{"net.ipv4.neigh.eth0.proxy_delay", "7", "5", false},
		{"net.ipv4.neigh.eth0.proxy_delay", "7", "8", false},
		{"net.ipv4.neigh.eth0.gc_stale_time", "7", "6", false},
		{"net.ipv6.conf.eth0.mldv2_unsolicited_report_interval", "5", "8", true},
		{"net.ipv4.conf.eth0.igmpv3_unsolicited_report_interval", "5", "8", false}, // plain ms
		{"net.ipv6.icmp.ratelimit", "5", "8", true},
		{"net.ipv4.icmp_ratelimit", "5", "8", false},
		{"net.ipv4.ip_local_reserved_ports", "1,2,3,80", "1-3,80", true},
		{"net.ipv4.ip_local_reserved_ports", "1,2,3,80", "1-3", false},
		{"net.bridge.bridge-nf-call-iptables", "2", "1", true},
		{"net.bridge.bridge-nf-call-iptables", "1", "0", false},
		{"net.ipv4.tcp_rmem", "0x1000 8192 16384", "4096 8192 16384", true},
		{"net.ipv4.tcp_rmem", "4096 8192 16384", "4096 8192 16385", false},
	} {
		if got := tookSysctl(tt.key, tt.want, tt.got); got != tt.took {
			t.Errorf("%s: asked for %s, kernel says %s: took %t, want %t", tt.key, tt.want, tt.got, got, tt.took)
		}
	}
}

// TestWhatTheKernelKeepsOfAnAttribute: the same value, one that is counted
// otherwise, or one that was not set at all.
func TestWhatTheKernelKeepsOfAnAttribute(t *testing.T) {
	word := func(v uint32) []byte { return binary.NativeEndian.AppendUint32(nil, v) }
	bridge := &link{kind: "bridge", data: attrs{nl.IFLA_BR_STP_STATE: word(0)}}
	tree := &link{kind: "bridge", data: attrs{nl.IFLA_BR_STP_STATE: word(1)}}
	bond := &link{kind: "bond", data: attrs{nl.IFLA_BOND_MIIMON: word(100), nl.IFLA_BOND_MODE: {modeLACP}}}
	for _, tt := range []struct {
		l                *link
		key, asked, says string
		same, kept       bool
	}{
		{bridge, "IFLA_BR_MCAST_QUERIER_INTVL", "51", "50", true, false},
		{bridge, "IFLA_BR_MCAST_QUERIER_INTVL", "51", "25500", false, true},
		{bridge, "IFLA_BR_MCAST_QUERY_INTVL", "50", "100", false, true},
		{bridge, "IFLA_BR_MCAST_STARTUP_QUERY_INTVL", "9000000", "8640000", false, true},
		{bridge, "IFLA_BR_MCAST_HASH_MAX", "50", "64", false, false},
		{bridge, "IFLA_BR_AGEING_TIME", "1", "0", true, false},
		{tree, "IFLA_BR_HELLO_TIME", "100", "200", true, false},
		{bridge, "IFLA_BR_HELLO_TIME", "100", "200", false, true},
		{bond, "IFLA_BOND_UPDELAY", "150", "100", false, true},
		{bond, "IFLA_BOND_MIIMON", "0", "100", false, true},
		{bond, "IFLA_BOND_RESEND_IGMP", "3", "1", false, false},
	} {
		same, why := tt.l.kept(attributeKey+tt.key, tt.asked, tt.says)
		if same != tt.same || (why != "") != tt.kept && !same {
			t.Errorf("%s: asked for %s, kernel says %s: same %t, %q", tt.key, tt.asked, tt.says, same, why)
		}
	}
}

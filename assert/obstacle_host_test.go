package assert

import (
	"net/netip"
	"strings"
	"testing"

	"netverify/recording"
)

// TestTheStateOfAHostThatExplainsALossIsNamed: of the host that the question came
// to, and nothing where that would have let it be answered.
func TestTheStateOfAHostThatExplainsALossIsNamed(t *testing.T) {
	in := func(arpIgnore, rpFilter int) []recording.InputState {
		return []recording.InputState{{Point: "c2:eth0", ARPIgnore: arpIgnore, RPFilter: rpFilter}}
	}
	routes := func(iface string) map[netip.Addr]string { return map[netip.Addr]string{c1.ip: iface} }
	foreign := echo(c1, station{c2.mac, netip.MustParseAddr("203.0.113.1")}, 0, 1)
	six := map[netip.Addr]string{c1.ip: "eth0", netip.MustParseAddr("203.0.113.1"): ""}
	for _, tt := range []struct {
		name string
		data []byte
		host recording.HostState
		want string // "": nothing is said
	}{
		{"arp_ignore", whoHas(c1, c2), recording.HostState{Routes: routes("eth0"), Inputs: in(1, 0)}, "c2:eth0 had arp_ignore 1"},
		{"arp_ignore minds no echo", echo(c1, c2, 0, 1), recording.HostState{Routes: routes("eth0"), Inputs: in(1, 0)}, ""},
		{"strict rp_filter", whoHas(c1, c2), recording.HostState{Routes: routes("eth1"), Inputs: in(0, 1)}, "c2:eth0 had rp_filter 1, and c2 reached 192.0.2.1 by eth1"},
		{"strict, by the same way", echo(c1, c2, 0, 1), recording.HostState{Routes: routes("eth0"), Inputs: in(0, 1)}, ""},
		{"loose rp_filter", echo(c1, c2, 0, 1), recording.HostState{Routes: routes("eth1"), Inputs: in(0, 2)}, ""},
		{"loose, and no way", echo(c1, c2, 0, 1), recording.HostState{Routes: routes(""), Inputs: in(0, 2)}, "c2:eth0 had rp_filter 2, and c2 had no route to 192.0.2.1"},
		{"echoes are ignored", echo(c1, c2, 0, 1), recording.HostState{Routes: routes("eth0"), IgnoresIP4: true}, "c2 answered no echo requests (icmp_echo_ignore_all)"},
		{"those of IPv6 are", echo(c1, c2, 0, 1), recording.HostState{Routes: routes("eth0"), IgnoresIP6: true}, ""},
		{"no way back", echo(c1, c2, 0, 1), recording.HostState{Routes: routes("")}, "c2 had no route to 192.0.2.1"},
		{"a way back", echo(c1, c2, 0, 1), recording.HostState{Routes: routes("eth0")}, ""},
		{"no router", foreign, recording.HostState{Routes: six}, "c2 was no router (forwarding off), and has not the address 203.0.113.1"},
		{"a router without a route", foreign, recording.HostState{Routes: six, ForwardsIP4: true}, "c2 had no route to 203.0.113.1"},
		{"a packet filter", foreign, recording.HostState{ForwardsIP4: true, FilterDrops: true}, "the packet filter of c2 dropped"},
		{"another host", echo(c1, c2, 0, 1), recording.HostState{Node: "outside", IgnoresIP4: true}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.host.Node == "" {
				tt.host.Node = "c2"
			}
			b := newBook().step(CaseStep{Name: "it", From: "c1:eth0", Ping: ask().Ping, Expect: []Expectation{look(KindSeen, "outside:eth0 in", "frame")}}).
				see(tt.data, reflected...).rest()
			b.record().Forwarding = &recording.Forwarding{Hosts: []recording.HostState{tt.host}}
			k := b.judge()
			verdict(t, k, "fail: ")
			switch _, got, said := strings.Cut(k.Reason, "as the step ended, "); {
			case said != (tt.want != ""), !strings.HasPrefix(got, tt.want):
				t.Errorf("%q, want %q: %s", got, tt.want, k.Reason)
			}
		})
	}
}

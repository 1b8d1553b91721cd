package run

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"netverify/assert"
)

// TestWhatIsNotTheKernelsFault: labs that are built in an administrator's order
// work, and what a scenario asks wrongly is an error, or a skip that names the
// module, and never a fail of the kernel.
func TestWhatIsNotTheKernelsFault(t *testing.T) {
	const ping = "  - {name: it, ping: {from: a, to: b}, expect: {reply: {ttl: 64}}}\n"
	tests := []struct {
		name, hosts, steps string
		want               assert.Outcome
		reason             string
	}{
		{
			"a bridge has its MTU although its port is smaller",
			`a: {interfaces: {eth0: {cable: "b:eth0", mtu: 1500}, vmbr0: {bridge: {members: [eth0]}, mtu: 9000, addresses: [10.0.0.1/24]}}}
    b: {interfaces: {eth0: {mtu: 9000, addresses: [10.0.0.2/24]}}}`,
			ping + `  - {name: mtu, wait: {for: 1ms}, expect: {state: {"a:vmbr0": {mtu: 9000}, "a:eth0": {mtu: 1500}}}}`, assert.Pass, "",
		},
		{
			"and so has what stands on it",
			`a: {interfaces: {eth0: {cable: "b:eth0"}, vmbr0: {bridge: {members: [eth0]}, mtu: 9000}}}
    c: {interfaces: {eth0: {macvlan: {link: "a:vmbr0", mode: bridge}, mtu: 8000, addresses: [10.0.0.1/24]}}}
    b: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}`,
			strings.Replace(ping, "from: a", "from: c", 1) + `  - {name: mtu, wait: {for: 1ms}, expect: {state: {"a:vmbr0": {mtu: 9000}, "c:eth0": {mtu: 8000}}}}`, assert.Pass, "",
		},
		{
			"a bridge that a step makes has its MTU",
			`a: {interfaces: {eth0: {cable: "b:eth0"}}}
    b: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}`,
			`  - {name: it, create: {"a:br-lan": {bridge: {members: [eth0]}, mtu: 9000}}, expect: {state: {"a:br-lan": {mtu: 9000}, "a:eth0": {mtu: 1500}}}}`, assert.Pass, "",
		},
		{
			"two bridges of one host, each with its own database",
			`a: {interfaces: {eno1: {cable: "b:eth0"}, eno2: {cable: "c:eth0"}, vmbr0: {bridge: {members: [eno1]}, addresses: [10.0.0.1/24]}, br-lan: {bridge: {members: [eno2]}}}}
    b: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}
    c: {interfaces: {eth0: {addresses: [10.0.1.2/24]}}}`,
			`  - {name: it, ping: {from: b, to: "10.0.0.1"}, expect: {reply: {}, state: {a: {"fdb.@b:eth0": eno1, "fdb_flags.@b:eth0": dynamic}, "a:vmbr0": {"fdb.@b:eth0": eno1}, "a:br-lan": {"fdb.@b:eth0": null, "fdb.@a:eno2": eno2}}}}`, assert.Pass, "",
		},
		{
			"a sysctl of an interface with a dot, in both spellings",
			`a: {sysctls: {net.ipv4.conf.eth0.10.arp_ignore: 1, net.ipv4.conf.eth0/10.arp_announce: 2}, interfaces: {eth0.10: {cable: "b:eth0", addresses: [10.0.0.1/24]}}}
    b: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}`,
			ping + `  - {name: they are there, wait: {for: 1ms}, expect: {state: {a: {sysctl.net.ipv4.conf.eth0/10.arp_ignore: 1, sysctl.net.ipv4.conf.eth0.10.arp_announce: 2}}}}`, assert.Pass, "",
		},
		{
			"a sysctl is written in another base",
			`a: {sysctls: {net.ipv4.conf.eth0.arp_ignore: "0x1"}, interfaces: {eth0: {cable: "b:eth0", addresses: [10.0.0.1/24]}}}
    b: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}`,
			ping, assert.Pass, "",
		},
		{
			"a sysctl of a module that is not there",
			`a: {sysctls: {net.sctp.rto_min: 1000}, interfaces: {eth0: {cable: "b:eth0", addresses: [10.0.0.1/24]}}}
    b: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}`,
			ping, assert.Skip, "module sctp is not loaded",
		},
		{
			"asked for as state",
			`a: {interfaces: {eth0: {cable: "b:eth0", addresses: [10.0.0.1/24]}}}
    b: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}`,
			`  - {name: it, wait: {for: 1ms}, expect: {state: {a: {sysctl.net.sctp.rto_min: 1000}}}}`, assert.Skip, "CONFIG_IP_SCTP",
		},
		{
			"a sysctl that is misspelt",
			`a: {sysctls: {net.ipv4.conf.eth0.arp_ingore: 1}, interfaces: {eth0: {cable: "b:eth0", addresses: [10.0.0.1/24]}}}
    b: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}`,
			ping, assert.Error, "the key is misspelt",
		},
		{
			"an offload that a macvlan has for good",
			`a: {interfaces: {eth0: {cable: "b:eth0"}}}
    c: {interfaces: {eth0: {macvlan: {link: "a:eth0", mode: bridge}}}}
    b: {interfaces: {eth0: {}}}`,
			`  - {name: it, set: {"c:eth0": {features: {tx-checksum-ip-generic: false}}}, expect: {state: {"c:eth0": {up: true}}}}`, assert.Error, "for good on a macvlan",
		},
		{
			"which a step may be about",
			`a: {interfaces: {eth0: {cable: "b:eth0"}}}
    c: {interfaces: {eth0: {macvlan: {link: "a:eth0", mode: bridge}}}}
    b: {interfaces: {eth0: {}}}`,
			`  - {name: it, set: {"c:eth0": {features: {tx-checksum-ip-generic: false}}}, expect: {state: {"c:eth0": {features.tx-checksum-ip-generic: true}}}}`, assert.Pass, "",
		},
		{
			"an offload that needs another",
			`a: {interfaces: {eth0: {cable: "b:eth0", features: {tx-tcp-segmentation: true}}}}
    b: {interfaces: {eth0: {}}}`,
			`  - {name: it, wait: {for: 1ms}, expect: {state: {"a:eth0": {up: true}}}}`, assert.Error, "derives offloads from each other",
		},
		{
			"more and larger answers than a socket has room for",
			`a: {interfaces: {eth0: {cable: "b:eth0", addresses: [10.0.0.1/24]}}}
    b: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}`,
			strings.Replace(ping, "to: b", "to: b, count: 60, size: 65000", 1), assert.Pass, "",
		},
		{
			"times that the kernel rounds",
			`a: {sysctls: {net.ipv4.neigh.eth0.locktime: 7, net.ipv4.neigh.eth0.base_reachable_time_ms: 33}, interfaces: {eth0: {cable: "b:eth0"}, vmbr0: {bridge: {members: [eth0], ageing_time: 30ms}, addresses: [10.0.0.1/24]}}}
    b: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}`,
			ping, assert.Pass, "",
		},
		{
			"a time that is less than nothing",
			`a: {sysctls: {net.ipv4.neigh.eth0.locktime: "-1", net.ipv4.ip_local_reserved_ports: "8000,8001,8002"}, interfaces: {eth0: {cable: "b:eth0", addresses: [10.0.0.1/24]}}}
    b: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}`,
			ping, assert.Pass, "",
		},
		{
			"a sysctl that can only be written",
			`a: {sysctls: {net.ipv4.route.flush: 1}, interfaces: {eth0: {cable: "b:eth0", addresses: [10.0.0.1/24]}}}
    b: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}`,
			ping, assert.Pass, "",
		},
		{
			"an interval that the kernel has a least for",
			`a: {interfaces: {eth0: {cable: "b:eth0"}, vmbr0: {bridge: {members: [eth0]}, attributes: {IFLA_BR_MCAST_QUERY_INTVL: 50}, addresses: [10.0.0.1/24]}}}
    b: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}`,
			ping, assert.Error, "no less than a second",
		},
		{
			"an interval of an odd number of ticks",
			`a: {interfaces: {eth0: {cable: "b:eth0"}, vmbr0: {bridge: {members: [eth0]}, attributes: {IFLA_BR_MCAST_QUERIER_INTVL: 51, IFLA_BR_MCAST_QUERY_INTVL: 155, IFLA_BR_AGEING_TIME: 3}, addresses: [10.0.0.1/24]}}}
    b: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}`,
			ping, assert.Pass, "",
		},
		{
			"a time that does not fit",
			`a: {interfaces: {eth0: {cable: "b:eth0"}, vmbr0: {bridge: {members: [eth0]}, attributes: {IFLA_BR_AGEING_TIME: 4294967295}, addresses: [10.0.0.1/24]}}}
    b: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}`,
			ping, assert.Pass, "",
		},
		{
			"addresses of lo, reached by a route and asked for by ARP",
			`a: {routes: [{to: 198.51.100.1/32, via: 10.0.0.2}, {to: "2001:db8:ff::1/128", via: "2001:db8::2"}], interfaces: {eth0: {cable: "b:eth0", addresses: [10.0.0.1/24, "2001:db8::1/64"]}}}
    b: {lo_addresses: [198.51.100.1/32, "2001:db8:ff::1/128"], interfaces: {eth0: {addresses: [10.0.0.2/24, "2001:db8::2/64"]}}}`,
			`  - {name: four, ping: {from: a, to: 198.51.100.1}, expect: {reply: {ttl: 64, from: 198.51.100.1}}}
  - {name: six, ping: {from: a, to: "2001:db8:ff::1"}, expect: {reply: {ttl: 64, from: "2001:db8:ff::1"}}}
  - {name: arp, arping: {from: a, to: 198.51.100.1}, expect: {reply: {mac: "@b:eth0"}}}
`, assert.Pass, "",
		},
		{
			"a route that a subnet is already",
			`a: {routes: [{to: 10.0.0.0/24, iface: eth0}], interfaces: {eth0: {cable: "b:eth0", addresses: [10.0.0.1/24]}}}
    b: {interfaces: {eth0: {addresses: [10.0.0.2/24]}}}`,
			ping, assert.Error, "write another metric",
		},
	}
	pinned(t, func(j *job) {
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				r := play(t, j, "name: test/fault\ntitle: Whose fault\ntopology:\n  hosts:\n    "+tt.hosts+"\nsteps:\n"+tt.steps+"\n")
				if strings.Contains(tt.hosts+tt.steps, "net.sctp.") && there(t, "/proc/sys/net/sctp") {
					tt.want, tt.reason = assert.Pass, "" // the value is the kernel's default
				}
				if r.Outcome != tt.want || !strings.Contains(r.Reason, tt.reason) {
					t.Errorf("%s: %s\nwant %s: %s", r.Outcome, r.Reason, tt.want, tt.reason)
				}
			})
		}
	})
}

func there(t *testing.T, file string) bool {
	t.Helper()
	_, err := os.Stat(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return err == nil
}

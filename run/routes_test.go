package run

import (
	"testing"

	"netverify/assert"
)

// TestRoutesThatKernelsTake: what ip-route(8) and ip-address(8) are taken is
// taken here, and works.
func TestRoutesThatKernelsTake(t *testing.T) {
	tests := []struct{ name, a, b, steps string }{
		{
			"a gateway by a host route, from a /32",
			`routes: [{to: 172.31.1.1/32, iface: eth0}, {to: default, via: 172.31.1.1}], interfaces: {eth0: {cable: "b:eth0", addresses: [203.0.113.77/32]}}`,
			`routes: [{to: 203.0.113.77/32, iface: eth0}], interfaces: {eth0: {addresses: [172.31.1.1/32, 198.51.100.1/24]}}`,
			`ping: {from: a, to: 198.51.100.1}`,
		},
		{
			"a gateway that is said to be on the link",
			`routes: [{to: default, via: 172.31.1.1, iface: eth0, on-link: true}], interfaces: {eth0: {cable: "b:eth0", addresses: [203.0.113.77/32]}}`,
			`routes: [{to: 203.0.113.77/32, iface: eth0}], interfaces: {eth0: {addresses: [172.31.1.1/32, 198.51.100.1/24]}}`,
			`ping: {from: a, to: 198.51.100.1}`,
		},
		{
			"a gateway of IPv6 to IPv4",
			`routes: [{to: 0.0.0.0/0, via: "fe80::b", iface: eth0}], interfaces: {eth0: {cable: "b:eth0", addresses: [203.0.113.77/32, "fe80::a/64"]}}`,
			`routes: [{to: 203.0.113.77/32, via: "fe80::a", iface: eth0}], interfaces: {eth0: {addresses: ["fe80::b/64", 198.51.100.1/24]}}`,
			`ping: {from: a, to: 198.51.100.1}`,
		},
		{
			"the smaller metric of two",
			`routes: [{to: default, via: 10.0.1.9, metric: 200}, {to: default, via: 10.0.1.2, metric: 100}], interfaces: {eth0: {cable: "b:eth0", addresses: [10.0.1.1/24]}}`,
			`interfaces: {eth0: {addresses: [10.0.1.2/24, 198.51.100.1/24]}}`,
			`ping: {from: a, to: 198.51.100.1}`,
		},
		{
			"the smaller metric of two of IPv6, one of which is the kernel's",
			`routes: [{to: default, via: "2001:db8::9"}, {to: default, via: "2001:db8::2", metric: 100}], interfaces: {eth0: {cable: "b:eth0", addresses: ["2001:db8::1/64"]}}`,
			`interfaces: {eth0: {addresses: ["2001:db8::2/64", "2001:db8:1::1/64"]}}`,
			`ping: {from: a, to: "2001:db8:1::1"}`,
		},
		{
			"a link of two addresses",
			`interfaces: {eth0: {cable: "b:eth0", addresses: [10.0.1.0/31, "2001:db8::/127"]}}`,
			`interfaces: {eth0: {addresses: [10.0.1.1/31, "2001:db8::1/127"]}}`,
			`ping: {from: a, to: b, family: ipv4}`,
		},
	}
	pinned(t, func(j *job) {
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				r := play(t, j, "name: test/routes\ntitle: Routes\ntopology:\n  hosts:\n    a: {"+tt.a+"}\n    b: {"+tt.b+"}\nsteps:\n"+
					"  - {name: it, "+tt.steps+", expect: {reply: {ttl: 64}}}\n")
				if r.Outcome != assert.Pass {
					t.Errorf("%s: %s", r.Outcome, r.Reason)
				}
			})
		}
	})
}

// A set replaces routes by their metrics, too.
func TestSetOfRoutesWithMetrics(t *testing.T) {
	const text = `
name: test/metrics
title: The other way
topology:
  hosts:
    a:
      routes: [{to: default, via: 10.0.1.2, metric: 100}, {to: default, via: 10.0.2.2, metric: 200}]
      interfaces: {eth0: {cable: "b:eth0", addresses: [10.0.1.1/24]}, eth1: {cable: "b:eth1", addresses: [10.0.2.1/24]}}
    b: {interfaces: {eth0: {addresses: [10.0.1.2/24]}, eth1: {addresses: [10.0.2.2/24]}}}
steps:
  - name: as built
    ping: {from: a, to: 198.51.100.1}
    expect: {seen: {at: "b:eth0 in", frames: icmp}, state: {a: {route.default: via 10.0.1.2 dev eth0}}}
  - name: the other way
    set: {a: {routes: [{to: default, via: 10.0.1.2, metric: 300}, {to: default, via: 10.0.2.2, metric: 200}]}}
  - name: is gone
    ping: {from: a, to: 198.51.100.1}
    expect: {seen: {at: "b:eth1 in", frames: icmp}, state: {a: {route.default: via 10.0.2.2 dev eth1}}}
`
	pinned(t, func(j *job) {
		if r := play(t, j, text); r.Outcome != assert.Pass {
			t.Errorf("%s: %s", r.Outcome, r.Reason)
		}
	})
}

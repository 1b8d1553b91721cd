package run

import (
	"strings"
	"testing"

	"netverify/assert"
	"netverify/scenarios"
)

// TestWhatAHostDoesNotMindIsNamed: where a question ends at a host, the reason
// says by which of its settings.
func TestWhatAHostDoesNotMindIsNamed(t *testing.T) {
	const pair = `
    a: {interfaces: {eth0: {cable: "b:eth0", addresses: [192.0.2.1/24, "2001:db8::1/64"]}}}
    b: {sysctls: {SYSCTLS}, interfaces: {eth0: {addresses: [192.0.2.2/24, "2001:db8::2/64"]}}}`
	const routed = `
    a: {routes: [{to: default, via: 192.0.2.254}], interfaces: {eth0: {cable: "r:eth0", addresses: [192.0.2.1/24]}}}
    r: {ROUTER interfaces: {eth0: {addresses: [192.0.2.254/24]}, eth1: {cable: "b:eth0", addresses: [198.51.100.254/24]}}}
    b: {ROUTES interfaces: {eth0: {addresses: [198.51.100.1/24]}}}`
	for _, tt := range []struct{ name, hosts, to, want string }{
		{"arp_ignore", strings.Replace(pair, "SYSCTLS", "net.ipv4.conf.all.arp_ignore: 8", 1), "192.0.2.2", "; as the step ended, b:eth0 had arp_ignore 8"},
		{"no echo", strings.Replace(pair, "SYSCTLS", "net.ipv4.icmp_echo_ignore_all: 1", 1), "192.0.2.2", "; as the step ended, b answered no echo requests (icmp_echo_ignore_all)"},
		{"no echo of IPv6", strings.Replace(pair, "SYSCTLS", "net.ipv6.icmp.echo_ignore_all: 1", 1), "2001:db8::2", "; as the step ended, b answered no echo requests (net.ipv6.icmp.echo_ignore_all)"},
		{"rp_filter", `
    a: {interfaces: {eth0: {cable: "b:eth0", addresses: [192.0.2.1/24]}}}
    b: {sysctls: {net.ipv4.conf.eth0.rp_filter: 1}, routes: [{to: 192.0.2.1/32, iface: eth1}], interfaces: {eth0: {addresses: [192.0.2.2/24]}, eth1: {cable: "c:eth0", addresses: [198.51.100.1/24]}}}
    c: {interfaces: {eth0: {}}}`, "192.0.2.2", "; as the step ended, b:eth0 had rp_filter 1, and b reached 192.0.2.1 by eth1"},
		{"no way back", strings.NewReplacer("ROUTER", "forwarding: true,", "ROUTES", "").Replace(routed), "198.51.100.1", "; as the step ended, b had no route to 192.0.2.1"},
		{"no router", strings.NewReplacer("ROUTER", "", "ROUTES", "routes: [{to: default, via: 198.51.100.254}],").Replace(routed), "198.51.100.1",
			"; as the step ended, r was no router (forwarding off), and has not the address 198.51.100.1"},
		{"a packet filter", strings.NewReplacer("ROUTER", "forwarding: true, firewall: {forward: {policy: drop}},", "ROUTES", "routes: [{to: default, via: 198.51.100.254}],").Replace(routed), "198.51.100.1",
			"; as the step ended, the packet filter of r dropped what it was to pass on and none of its rules accepts (policy drop)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := "name: test/host\ntitle: t\ntopology:\n  hosts:" + tt.hosts + "\nsteps:\n  - name: ask\n    ping: {from: a, to: \"" + tt.to + "\"}\n    expect: {reply: {}}\n"
			plans, err := scenarios.LoadBytes("host.yaml", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			if r, _ := runToItsEnd(t, plans[0]); r.Outcome != assert.Fail || !strings.Contains(r.Reason, tt.want) {
				t.Errorf("%s: %s, want %q", r.Outcome, r.Reason, tt.want)
			}
		})
	}
}

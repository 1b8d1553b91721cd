package run

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"netverify/assert"
	"netverify/capture/pcapng"
	"netverify/scenarios"
)

// routers is a way over two routers, in both families.
const routers = `
name: test/traceroute
title: A way over two routers
topology:
  hosts:
    a:
      routes: [{to: default, via: 10.0.1.1}, {to: default, via: "2001:db8:1::1"}]
      interfaces: {eth0: {cable: "r1:eth0", addresses: [10.0.1.2/24, "2001:db8:1::2/64"]}}
    r1:
      forwarding: true
      routes: [{to: 10.0.3.0/24, via: 10.0.2.2}, {to: "2001:db8:3::/64", via: "2001:db8:2::2"}]
      interfaces:
        eth0: {addresses: [10.0.1.1/24, "2001:db8:1::1/64", "fe80::1:1/64"]}
        eth1: {cable: "r2:eth0", addresses: [10.0.2.1/24, "2001:db8:2::1/64", "fe80::1:2/64"]}
    r2:
      forwarding: true
      routes: [{to: 10.0.1.0/24, via: 10.0.2.1}, {to: "2001:db8:1::/64", via: "2001:db8:2::1"}]
      interfaces:
        eth0: {addresses: [10.0.2.2/24, "2001:db8:2::2/64", "fe80::2:1/64"]}
        eth1: {cable: "b:eth0", addresses: [10.0.3.1/24, "2001:db8:3::1/64", "fe80::2:2/64"]}
    b:
      routes: [{to: default, via: 10.0.3.1}, {to: default, via: "2001:db8:3::1"}]
      interfaces: {eth0: {addresses: [10.0.3.2/24, "2001:db8:3::2/64"]}}
steps:
`

// TestSocketsOfAHost runs steps in the lab of two routers and compares their
// first check.
func TestSocketsOfAHost(t *testing.T) {
	const all = `["@r1:eth0", "@r2:eth0", "@b:eth0"]`
	tests := []struct{ name, does, expects, want string }{
		{"udp over IPv4", `traceroute: {from: a, to: b, family: ipv4}`, `{hops: ` + all + `}`, "pass"},
		{"icmp over IPv4", `traceroute: {from: a, to: b, family: ipv4, protocol: icmp}`, `{hops: ` + all + `}`, "pass"},
		{"udp over IPv6", `traceroute: {from: a, to: b, family: ipv6}`, `{hops: ` + all + `}`, "pass"},
		{"icmp over IPv6", `traceroute: {from: a, to: b, family: ipv6, protocol: icmp}`, `{hops: ` + all + `}`, "pass"},
		{"bound, from the second hop on", `traceroute: {from: "a:eth0", to: b, family: ipv4, first: 2}`, `{hops: [10.0.2.2, 10.0.3.2]}`, "pass"},
		{"to a router's far side", `traceroute: {from: a, to: 10.0.3.1}`, `{hops: ["@r1:eth0", 10.0.3.1]}`, "pass"},
		{"ends at max", `traceroute: {from: a, to: b, family: ipv4, max: 1}`, `{hops: [10.0.1.1]}`, "pass"},
		{"to itself", `traceroute: {from: a, to: a, family: ipv4}`, `{hops: [10.0.1.2]}`, "pass"},
		{"nobody has the address", `traceroute: {from: a, to: 10.0.3.77, max: 4}`, `{hops: ["@r1:eth0", "@r2:eth0", {error: host-unreachable, from: "@r2:eth0"}]}`, "pass"},
		{"nobody has the address, and the own stack gives up", `traceroute: {from: a, to: 10.0.1.77, max: 2}`, `{hops: ["*", "*"]}`, "pass"},
		{"the own stack gives up", `traceroute: {from: a, to: 10.0.1.77, max: 1}`, `{hops: [{error: host-unreachable, from: "@a:eth0"}]}`, "pass"},
		{"a router gives up a neighbour", `ping: {from: a, to: 10.0.3.77}`, `{reply: {error: host-unreachable, from: "@r2:eth0"}}`, "pass"},
		{"which is an answer", `ping: {from: a, to: 10.0.3.77}`, `{reply: none}`, "fail: answered: host-unreachable from 10.0.2.2"},
		{"the own stack's giving up is none", `ping: {from: a, to: 10.0.1.77}`, `{reply: none}`, "pass"},
		{"a router knows no way", `traceroute: {from: a, to: 10.0.4.77}`, `{hops: [{error: net-unreachable, from: "@r1:eth0"}]}`, "pass"},
		{"the own stack knows no way", `traceroute: {from: b, to: "2001:db8:9::1"}`, `{hops: [{error: net-unreachable, from: "@r2:eth1"}]}`, "pass"},

		{"the other side of a router", `traceroute: {from: a, to: b, family: ipv4}`, `{hops: ["@r1:eth0", "@r2:eth1", "@b:eth0"]}`,
			"fail: hop 2: expected 10.0.3.1; got ttl-exceeded from 10.0.2.2 for request 2: the hops were 10.0.1.1, 10.0.2.2, 10.0.3.2"},
		{"a hop too few", `traceroute: {from: a, to: b, family: ipv6}`, `{hops: ["@r1:eth0", "@b:eth0"]}`, "fail: hop 2: expected 2001:db8:3::2; got ttl-exceeded from 2001:db8:2::2"},
		{"a hop too many", `traceroute: {from: a, to: 10.0.2.2}`, `{hops: ["@r1:eth0", 10.0.2.2, "*"]}`, "fail: hop 3: expected nobody (*); the trace ended before"},
		{"no hop is silent", `traceroute: {from: a, to: b, family: ipv4}`, `{hops: ["@r1:eth0", "*", "@b:eth0"]}`, "fail: hop 2: expected nobody (*); got ttl-exceeded from 10.0.2.2"},
		{"a hop is silent", `traceroute: {from: a, to: 10.0.3.77, max: 3}`, `{hops: ["@r1:eth0", "@r2:eth0", 10.0.3.77]}`, "fail: hop 3: expected 10.0.3.77; got host-unreachable from 10.0.2.2 for request 3: the hops were 10.0.1.1, 10.0.2.2, 10.0.2.2 (host-unreachable)"},
		{"a hop that hears nothing", `traceroute: {from: a, to: 10.0.1.77, max: 1}`, `{hops: [10.0.1.77]}`, "fail: hop 1: expected 10.0.1.77; got host-unreachable from 10.0.1.2"},

		{"a closed port", `udp: {from: a, to: b, family: ipv4, dstport: 9}`, `{reply: {error: port-unreachable, from: "@b:eth0"}}`, "pass"},
		{"a hop limit that runs out", `udp: {from: a, to: b, family: ipv6, dstport: 9, ttl: 2}`, `{reply: {error: ttl-exceeded, from: "@r2:eth0"}}`, "pass"},
		{"the way of a datagram", `udp: {from: a, to: b, family: ipv4, dstport: 9, srcport: 1234}`,
			`{path: ["a:eth0 out", "r1:eth0 in", "r1:eth1 out", "r2:eth0 in", {at: "r2:eth1 out", frames: "udp.srcport == 1234 && ip.ttl == 62"}, "b:eth0 in"]}`, "pass"},
		{"a group", `udp: {from: a, to: 224.0.0.251, dstport: 5353, size: 40, count: 2}`,
			`{seen: {at: "r1:eth0 in", frames: "eth.dst == 01:00:5e:00:00:fb && ip.ttl == 1 && udp.length == 48", count: 2}}`, "pass"},
		{"a group of IPv6", `udp: {from: a, to: "ff02::fb", dstport: 5353, ttl: 3}`, `{path: ["a:eth0 out", {at: "r1:eth0 in", frames: "eth.dst == 33:33:00:00:00:fb && ipv6.hlim == 3"}]}`, "pass"},
		{"the subnet's broadcast", `udp: {from: a, to: 10.0.1.255, dstport: 9}`, `{seen: {at: "r1:eth0 in", frames: "udp && eth.dst == ff:ff:ff:ff:ff:ff", count: 1}, reply: none}`, "pass"},
		{"the limited broadcast", `udp: {from: a, to: 255.255.255.255, dstport: 9}`, `{seen: {at: "r1:eth0 in", frames: "udp && eth.dst == ff:ff:ff:ff:ff:ff", count: 1}}`, "pass"},
		{"an open port is not there", `udp: {from: a, to: b, family: ipv4, dstport: 9}`, `{reply: none}`, "fail: answered: port-unreachable from 10.0.3.2"},
		{"another way", `udp: {from: a, to: b, family: ipv4, dstport: 9}`, `{path: ["a:eth0 out", "r1:eth0 in"]}`, "fail: expected to end at r1:eth0 in"},
	}
	pinned(t, func(j *job) {
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				r := play(t, j, routers+"  - {name: it, "+tt.does+", expect: "+tt.expects+"}\n")
				if len(r.Checks) == 0 {
					t.Fatalf("%s: %s", r.Outcome, r.Reason)
				}
				for _, k := range r.Checks {
					if got := strings.TrimSuffix(k.Outcome.String()+": "+k.Reason, ": "); !strings.HasPrefix(got, tt.want) {
						t.Errorf("%s\ngot  %s\nwant %s", k.Text, got, tt.want)
					}
				}
			})
		}
	})
}

// A broken way makes the trace of a whole one fail.
func TestTraceOfABrokenWay(t *testing.T) {
	const trace = `
  - name: whole
    traceroute: {from: a, to: b, family: ipv4, max: 3}
    expect: {hops: ["@r1:eth0", "@r2:eth0", "@b:eth0"]}
  - name: change
    set: {CHANGE}
  - name: broken
    traceroute: {from: a, to: b, family: ipv4, max: 3}
    expect: {hops: ["@r1:eth0", "@r2:eth0", "@b:eth0"]}
`
	pinned(t, func(j *job) {
		for change, want := range map[string]string{
			`r2: {forwarding: false}`:                          "hop 2: expected 10.0.2.2; nobody answered: the hops were 10.0.1.1, *, *; the question was last seen at ",
			`r2: {routes: []}`:                                 "hop 2: expected 10.0.2.2; nobody answered: the hops were 10.0.1.1, *, *",
			`"b:eth0": {up: false}`:                            "hop 3: expected 10.0.3.2; got host-unreachable from 10.0.2.2 for request 3: the hops were 10.0.1.1, 10.0.2.2, 10.0.2.2 (host-unreachable)",
			`"r1:eth0": {macaddress: "02:00:00:00:99:01"}`:     "hop 1: expected 10.0.1.1; nobody answered: the hops were *, *, *", // a's neighbour is stale
			`r1: {routes: []}`:                                 "hop 1: expected 10.0.1.1; got net-unreachable from 10.0.1.1 for request 1: the hops were 10.0.1.1 (net-unreachable)",
			`r1: {routes: [{to: 10.0.3.0/24, via: 10.0.1.2}]}`: "hop 2: expected 10.0.2.2; ",
		} {
			r := play(t, j, routers+strings.Replace(trace, "CHANGE", change, 1))
			last := r.Checks[len(r.Checks)-1]
			if r.Checks[0].Outcome != assert.Pass || last.Outcome != assert.Fail || !strings.HasPrefix(last.Reason, want) {
				t.Errorf("%s: %s, then %s %s\nwant %s", change, r.Checks[0].Outcome, last.Outcome, last.Reason, want)
			}
		}
	})
}

// TestTraceIsJudgedAgain: hops are a function of the evidence and of nothing
// that only the run knew.
func TestTraceIsJudgedAgain(t *testing.T) {
	const steps = `
  - {name: right, traceroute: {from: a, to: b, family: ipv6, protocol: icmp}, expect: {hops: ["@r1:eth0", "@r2:eth0", "@b:eth0"]}}
  - {name: wrong, traceroute: {from: a, to: b, family: ipv4}, expect: {hops: ["@r1:eth0", "*"]}}
  - {name: silent, traceroute: {from: a, to: 10.0.1.77, max: 3}, expect: {hops: ["*", "*", "*"]}}
  - {name: a datagram, udp: {from: a, to: b, family: ipv4, dstport: 9}, expect: {reply: {error: port-unreachable}}}
`
	out := t.TempDir()
	var r assert.Result
	pinned(t, func(j *job) {
		j.opt.Out = out
		r = play(t, j, routers+steps)
	})
	plans, err := scenarios.LoadBytes("test.yaml", []byte(routers+steps))
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(out, r.Evidence[0]))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	file, err := pcapng.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	c := plans[0].Case()
	v := assert.Judge(&c, file.Sections[0].Recording)
	if v.Outcome != assert.Fail || v.Outcome != r.Outcome || v.Reason != r.Reason {
		t.Errorf("again %s: %s\nlive  %s: %s", v.Outcome, v.Reason, r.Outcome, r.Reason)
	}
	for i, want := range []assert.Outcome{assert.Pass, assert.Fail, assert.Pass, assert.Pass} {
		if k := v.Checks[i]; k.Outcome != want || k.Reason != r.Checks[i].Reason || !slices.Equal(k.Frames, r.Checks[i].Frames) {
			t.Errorf("%s: again %s %s %v, live %s %s %v", k.Name, k.Outcome, k.Reason, k.Frames, r.Checks[i].Outcome, r.Checks[i].Reason, r.Checks[i].Frames)
		}
	}
}

// play runs the one scenario of a text.
func play(t *testing.T, j *job, text string) (r assert.Result) {
	t.Helper()
	plans, err := scenarios.LoadBytes("test.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	tryPlan(j, plans[0], &r)
	return r
}

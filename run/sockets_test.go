package run

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"netverify/assert"
	"netverify/lab"
)

// links are two hosts with two cables between them, of link-local addresses
// and of two IPv4 subnets on one of them, and no route to anywhere else.
const links = `
name: test/links
title: Two cables
topology:
  hosts:
    a:
      interfaces:
        eth0: {cable: "b:eth0", mtu: 9000, addresses: [10.0.1.1/24, 10.0.2.1/24, "fe80::a/64"]}
        eth1: {cable: "b:eth1", addresses: [10.0.3.1/24, "fe80::a1/64"]}
    b:
      interfaces:
        eth0: {addresses: [10.0.1.2/24, 10.0.2.2/24, "fe80::b/64"]}
        eth1: {addresses: [10.0.3.2/24, "fe80::b1/64"]}
steps:
`

// TestRequestsGoAnApplicationsWay: what is sent leaves as ping(8) and an
// unbound socket would send it, and what the stack has to say of that is its
// own answer.
func TestRequestsGoAnApplicationsWay(t *testing.T) {
	tests := []struct{ name, does, expects, want string }{
		{"link-local, by the cable between the two", `ping: {from: a, to: "b:eth1", family: ipv6}`, `{reply: {}, seen: {at: "a:eth1 out", frames: "icmpv6.type == 128 && ipv6.dst == fe80::b1"}}`, "pass"},
		{"link-local with its interface", `ping: {from: a, to: "fe80::b1%eth1"}`, `{reply: {from: "fe80::b1"}, path: ["a:eth1 out", "b:eth1 in"]}`, "pass"},
		{"link-local by the interface that asks", `ping: {from: "a:eth0", to: "fe80::b"}`, `{reply: {ttl: 64}}`, "pass"},
		{"link-local that is on the other cable", `ping: {from: "a:eth0", to: "fe80::b1"}`, `{seen: {at: "b:eth0 in", frames: "icmpv6.type == 135"}}`, "pass"},
		{"the own link-local", `ping: {from: "a:eth0", to: "fe80::a"}`, `{reply: {}}`, "pass"},
		{"udp to a link-local", `udp: {from: "a:eth1", to: "fe80::b1", dstport: 9}`, `{reply: {error: port-unreachable, from: "fe80::b1"}}`, "pass"},
		{"trace to a link-local", `traceroute: {from: "a:eth1", to: "fe80::b1"}`, `{hops: ["fe80::b1"]}`, "pass"},
		{"trace to a link-local by echo requests", `traceroute: {from: a, to: "fe80::b1%eth1", protocol: icmp}`, `{hops: ["fe80::b1"]}`, "pass"},
		{"all nodes of one link", `udp: {from: "a:eth1", to: "ff02::1", dstport: 9}`, `{seen: {at: "b:eth1 in", frames: udp}, never: {at: "b:eth0 in", frames: udp}}`, "pass"},

		{"the stack chooses the source", `ping: {from: a, to: 10.0.2.2}`, `{reply: {}, seen: {at: "b:eth0 in", frames: "icmp && ip.src == 10.0.2.1"}}`, "pass"},
		{"and does so for datagrams", `udp: {from: a, to: 10.0.2.2, dstport: 9}`, `{reply: {error: port-unreachable}, seen: {at: "b:eth0 in", frames: "udp && ip.src == 10.0.2.1 && udp.srcport == 49152"}}`, "pass"},
		{"no route to a group", `udp: {from: a, to: 239.1.1.1, dstport: 9}`, `{reply: {error: net-unreachable}}`, "pass"},
		{"no route to a group for a ping", `ping: {from: a, to: 239.1.1.1}`, `{reply: {error: net-unreachable}}`, "pass"},
		{"no route to the limited broadcast", `udp: {from: a, to: 255.255.255.255, dstport: 9}`, `{reply: {error: net-unreachable}}`, "pass"},
		{"a group by an interface", `udp: {from: "a:eth1", to: 239.1.1.1, dstport: 9}`, `{seen: {at: "b:eth1 in", frames: "udp && ip.src == 10.0.3.1"}, reply: none}`, "pass"},
		{"the limited broadcast by an interface", `udp: {from: "a:eth1", to: 255.255.255.255, dstport: 9}`, `{seen: {at: "b:eth1 in", frames: "udp && eth.dst == ff:ff:ff:ff:ff:ff"}}`, "pass"},
		{"no route", `ping: {from: a, to: 192.0.2.1}`, `{reply: {error: net-unreachable}}`, "pass"},
		{"no route, and an answer is expected", `ping: {from: a, to: 192.0.2.1}`, `{reply: {}}`, "fail: expected an answer of 192.0.2.1; got net-unreachable"},
		{"above the MTU", `ping: {from: "a:eth1", to: 10.0.3.2, size: 2000, dont_fragment: true}`, `{reply: {error: too-big}}`, "pass"},

		// veth drops what its other end is too small for, since 6.6 and its like with ENOBUFS.
		{"above the MTU of the other end", `ping: {from: a, to: 10.0.2.2, size: 8000}`, `{reply: none, seen: {at: "a:eth0 out", frames: icmp}}`, "pass"},
		{"above the MTU of the other end, and an answer is expected", `ping: {from: a, to: 10.0.2.2, size: 8000}`, `{reply: {}}`, "fail: request 1 of 1 was not answered"},
		{"traced", `traceroute: {from: a, to: 10.0.2.2, max: 2}`, `{hops: [10.0.2.2]}`, "pass"},
	}
	pinned(t, func(j *job) {
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				r := play(t, j, links+"  - {name: it, "+tt.does+", expect: "+tt.expects+"}\n")
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

// Each errno of sendto(2) is an answer of the stack, a frame that was dropped,
// or an error, which never fails a check.
func TestErrnosOfSending(t *testing.T) {
	answers := 0
	for e := unix.Errno(1); e < 134; e++ {
		word, answer := refusal(e)
		switch {
		case answer && word == "", answer && dropped(e):
			t.Errorf("%v: %q", e, word)
		case answer:
			answers++
		}
	}
	if answers != len(errnoError) || answers != 7 {
		t.Errorf("%d errnos are answers", answers)
	}
	for _, e := range []unix.Errno{unix.EINVAL, unix.EAGAIN, unix.ENOMEM, unix.EMFILE, unix.ECONNREFUSED, unix.EIO, unix.EBADF, unix.ENODEV} {
		if _, answer := refusal(e); answer || dropped(e) {
			t.Errorf("%v is taken for the stack's answer", e)
		}
	}
	if _, answer := refusal(errors.New("no errno")); answer {
		t.Error("an error without an errno is taken for the stack's answer")
	}
}

// A process without descriptors is an error that names the limit and what
// raises it, before the lab is built and while it runs, and no verdict on the
// kernel.
func TestNoDescriptorsLeft(t *testing.T) {
	const step = `  - {name: it, ping: {from: "a:eth1", to: 10.0.3.2, count: 2}, expect: {reply: {}}}` + "\n"
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	restore := func() {
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &old); err != nil {
			t.Fatal(err)
		}
	}
	defer restore()
	none := func() {
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 3, Max: old.Max}); err != nil {
			t.Fatal(err)
		}
	}
	pinned(t, func(j *job) {
		if r := play(t, j, links+step); r.Outcome != assert.Pass {
			t.Fatalf("with descriptors: %s: %s", r.Outcome, r.Reason)
		}
		j.spoil = func(*lab.Lab) { none() }
		r := play(t, j, links+step)
		restore()
		if r.Outcome != assert.Error || !strings.Contains(r.Reason, "ulimit -n") {
			t.Errorf("while it runs: %s: %s", r.Outcome, r.Reason)
		}
		none()
		r = play(t, j, links+step)
		restore()
		if r.Outcome != assert.Error || !strings.Contains(r.Reason, "ulimit -n") {
			t.Errorf("before the lab is built: %s: %s", r.Outcome, r.Reason)
		}
	})
}

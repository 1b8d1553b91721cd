package run

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netverify/assert"
	"netverify/capture"
	"netverify/capture/pcapng"
	"netverify/craft"
	"netverify/frame"
	"netverify/recording"
	"netverify/scenarios"
)

// Labs in which one frame goes round for ever. %s is what is said besides.
var loops = []struct{ name, text, cables string }{
	{"two switches with two cables", `
topology:
  switches:
    s1: {ports: {p1: {}, p2: {cable: "s2:p2"}, p3: {cable: "s2:p3"}}}
    s2: {ports: {p2: {}, p3: {}}}
  hosts: {a: {interfaces: {eth0: {cable: "s1:p1", addresses: [192.0.2.1/24]}}}}`, "s1:p2 - s2:p2, s1:p3 - s2:p3"},
	{"a switch with a cable to itself", `
topology:
  switches: {s1: {ports: {p1: {}, l1: {cable: "s1:l2"}, l2: {}}}}
  hosts: {a: {interfaces: {eth0: {cable: "s1:p1", addresses: [192.0.2.1/24]}}}}`, "s1:l1 - s1:l2"},
	{"hairpin at both ends of a cable", `
topology:
  switches:
    s1: {ports: {p1: {}, p2: {cable: "s2:p2", hairpin: true}}}
    s2: {ports: {p2: {hairpin: true}}}
  hosts: {a: {interfaces: {eth0: {cable: "s1:p1", addresses: [192.0.2.1/24]}}}}`, "s1:p2 - s2:p2"},
	{"a bridge over a VEPA child that reflects, behind a port that reflects", `
topology:
  switches: {s1: {ports: {p1: {}, p2: {hairpin: true}}}}
  hosts:
    a: {interfaces: {eth0: {cable: "s1:p1", addresses: [192.0.2.1/24]}}}
    r: {interfaces: {eth0: {cable: "s1:p2"}, mv: {macvlan: {link: eth0, mode: vepa}, hairpin: true}, br: {bridge: {members: [mv]}}}}`, "r:eth0 - s1:p2"},
}

// stormPlan is a plan of one step that asks for an address that nobody has.
func stormPlan(t *testing.T, topology, limits, expect string) *scenarios.Plan {
	t.Helper()
	text := fmt.Sprintf("name: test/storm\ntitle: t\nlimits: %s%s\nsteps:\n  - name: ask\n    arping: {from: a, to: 192.0.2.9}\n    expect: %s\n", limits, topology, expect)
	plans, err := scenarios.LoadBytes("storm.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return plans[0]
}

// runToItsEnd runs a plan that must not need the end of its context.
func runToItsEnd(t *testing.T, p *scenarios.Plan) (r assert.Result, rec *recording.Recording) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	defer stop()
	dir := t.TempDir()
	r = p.Result()
	pinned(t, func(j *job) {
		j.plan, j.opt.Out = p, dir
		scenario(ctx, j, &r)
	})
	if ctx.Err() != nil {
		t.Fatal("it went on and on")
	}
	if len(r.Evidence) == 0 {
		t.Fatalf("%s: %s: no evidence (%s)", r.Outcome, r.Reason, r.Trouble)
	}
	judgedAgain(t, dir, p, &r)
	f, err := os.Open(filepath.Join(dir, r.Evidence[0]))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	file, err := pcapng.Read(f)
	if err != nil || !file.Sections[0].Native {
		t.Fatalf("evidence: %v", err)
	}
	return r, file.Sections[0].Recording
}

// TestALoopIsCut: traffic that sustains itself ends, with evidence, a reason
// that names the cables, and the verdict that the scenario asked for.
func TestALoopIsCut(t *testing.T) {
	for _, tt := range loops {
		for _, ask := range []struct {
			expect string
			want   assert.Outcome
		}{
			{"{reply: none}", assert.Inconclusive},
			{"{storm: true}", assert.Pass},
			{"{storm: false}", assert.Fail},
			{`{storm: true, seen: {at: "a:eth0 in", frames: "arp", count: 20-}}`, assert.Pass},
			{`{storm: true, never: {at: "a:eth0 in", frames: "arp"}}`, assert.Fail},
			{`{never: {at: "a:eth0 in", frames: "arp"}}`, assert.Inconclusive},
			{`{storm: true, never: {at: "a:eth0 in", frames: "icmp"}}`, assert.Inconclusive},
		} {
			t.Run(tt.name+" "+ask.expect, func(t *testing.T) {
				r, rec := runToItsEnd(t, stormPlan(t, tt.text, "{frames: 2000}", ask.expect))
				if r.Outcome != ask.want {
					t.Errorf("%s: %s, want %s", r.Outcome, r.Reason, ask.want)
				}
				if rec.Stop == nil || rec.Stop.Kind != recording.StopStorm || rec.Stop.Storm == nil || rec.Stop.Storm.Limit != "frames" {
					t.Fatalf("ended by %+v", rec.Stop)
				}
				if ask.want != assert.Pass && !strings.Contains(ask.expect, "true") && !strings.Contains(r.Reason, "it goes round by "+tt.cables) {
					t.Errorf("reason %q, want it to name %s", r.Reason, tt.cables)
				}
				if s := rec.Stop.Storm; s.Frames > s.Most+share {
					t.Errorf("%d frames were kept, and the limit is %d", s.Frames, s.Most)
				}
			})
		}
	}
}

// TestEachLimitCuts: bytes and time do as well as frames.
func TestEachLimitCuts(t *testing.T) {
	for limits, want := range map[string]string{
		"{frames: 500}": "frames", "{bytes: 64K}": "bytes", "{frames: 100000000, bytes: 1G, time: 20ms}": "time",
	} {
		r, rec := runToItsEnd(t, stormPlan(t, loops[0].text, limits, "{reply: none}"))
		if rec.Stop == nil || rec.Stop.Storm == nil || rec.Stop.Storm.Limit != want || r.Outcome != assert.Inconclusive {
			t.Errorf("%s: ended by %+v: %s: %s", limits, rec.Stop, r.Outcome, r.Reason)
		}
	}
}

// TestLoopsThatFeedEachOther: where each round makes more of a frame the kernel's
// queues are full before the taps have counted, and fences are refused.
func TestLoopsThatFeedEachOther(t *testing.T) {
	const two = `
topology:
  switches:
    s1: {ports: {h: {}, l1: {cable: "s1:l2"}, l2: {}}}
    s2: {ports: {h: {}, l1: {cable: "s2:l2"}, l2: {}}}
  hosts:
    a: {interfaces: {eth0: {cable: "s1:h"}, eth1: {cable: "s2:h"}, br0: {bridge: {members: [eth0, eth1]}, addresses: [192.0.2.1/24]}}}`
	r, rec := runToItsEnd(t, stormPlan(t, two, "{time: 10s}", "{reply: none}"))
	if rec.Stop == nil || rec.Stop.Kind != recording.StopStorm || r.Outcome != assert.Inconclusive {
		t.Errorf("ended by %+v: %s: %s", rec.Stop, r.Outcome, r.Reason)
	}
}

// TestWhatTheQueueSheds: a frame that is refused for want of room in the queue of
// all labs was sent and is lost; one that is refused although nothing was lost
// there is an error, and so is any where the step is about a refusal.
func TestWhatTheQueueSheds(t *testing.T) {
	full := &capture.SendError{Err: os.NewSyscallError("sendto", unix.ENOBUFS)}
	for _, tt := range []struct {
		name  string
		lost  uint64
		fails string
		err   error
		want  bool
	}{
		{"the queue was full", 1, "", full, false},
		{"it was not", 0, "", full, true},
		{"it was, and the step is about a refusal", 1, "ENOBUFS", full, true},
		{"it was, and the frame is too long", 1, "", &capture.SendError{Err: unix.EMSGSIZE}, true},
	} {
		now := countOverflows()
		s := &session{rec: &recording.Recording{}, overflows: overflows{backlog: now.backlog - tt.lost}}
		err := s.sendBy(&scenarios.Send{Frames: []craft.Spec{{Hex: "ffffffffffff 020000000301 88b5 0000"}}, Fails: tt.fails}, func([]byte) error { return tt.err })
		if others := countOverflows().backlog != now.backlog; (err != nil) != tt.want && !others {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// TestNoStormIsTakenForOne: where nothing goes round, a step that says so passes
// and one that expects a storm fails.
func TestNoStormIsTakenForOne(t *testing.T) {
	tree := strings.Replace(loops[0].text, `p3: {cable: "s2:p3"}`, `p3: {cable: "s2:p3", state: disabled}`, 1)
	for expect, want := range map[string]assert.Outcome{
		"{storm: false}": assert.Pass, "{storm: true}": assert.Fail, "{reply: none, storm: false}": assert.Pass,
	} {
		r, rec := runToItsEnd(t, stormPlan(t, tree, "{frames: 2000}", expect))
		if r.Outcome != want || rec.Stop != nil {
			t.Errorf("%s: %s: %s, stopped by %+v", expect, r.Outcome, r.Reason, rec.Stop)
		}
	}
}

// TestAStormBeforeTheFirstStep: chatter of the stacks storms as well, whether
// or not it has until then; and so do the steps after which a loop is closed.
func TestAStormBeforeTheFirstStep(t *testing.T) {
	six := strings.Replace(loops[0].text, "192.0.2.1/24", `192.0.2.1/24, "2001:db8::1/64"`, 1)
	r, rec := runToItsEnd(t, stormPlan(t, six, "{frames: 2000}", "{reply: none}"))
	if rec.Stop == nil || rec.Stop.Storm == nil || r.Outcome != assert.Inconclusive || !strings.Contains(r.Reason, "a storm: ") {
		t.Errorf("%s: %s", r.Outcome, r.Reason)
	}
}

// TestARoutingLoopEndsByItself: routers count packets down. Many of them are
// still more than a step may see.
func TestARoutingLoopEndsByItself(t *testing.T) {
	const text = `
name: test/routing
title: t
topology:
  hosts:
    a: {interfaces: {eth0: {cable: "r1:eth0", addresses: [10.0.0.2/24, "2001:db8:a::2/64"]}}, routes: [{to: default, via: 10.0.0.1}, {to: default, via: "2001:db8:a::1"}]}
    r1:
      forwarding: true
      interfaces: {eth0: {addresses: [10.0.0.1/24, "2001:db8:a::1/64"]}, eth1: {cable: "r2:eth1", addresses: [10.0.1.1/24, "2001:db8:b::1/64"]}}
      routes: [{to: default, via: 10.0.1.2}, {to: default, via: "2001:db8:b::2"}]
      neighbours: [{ip: 10.0.1.2, mac: "@r2:eth1"}, {ip: "2001:db8:b::2", mac: "@r2:eth1"}]
    r2:
      forwarding: true
      interfaces: {eth1: {addresses: [10.0.1.2/24, "2001:db8:b::2/64"]}}
      routes: [{to: default, via: 10.0.1.1}, {to: default, via: "2001:db8:b::1"}]
      neighbours: [{ip: 10.0.1.1, mac: "@r1:eth1"}, {ip: "2001:db8:b::1", mac: "@r1:eth1"}]
steps:
  - name: round and round
    ping: {from: a, to: "%s", count: %d, ttl: 255}
    expect: {storm: %t, seen: {at: "r2:eth1 in", frames: "%s", count: %d-}}
`
	for _, tt := range []struct {
		to     string
		count  int
		storm  bool
		frames string
	}{
		{"192.0.2.1", 10, false, "icmp.type == 8"}, {"2001:db8:99::1", 10, false, "icmpv6.type == 128"},
		{"192.0.2.1", 10000, true, "icmp.type == 8"}, {"2001:db8:99::1", 10000, true, "icmpv6.type == 128"},
	} {
		plans, err := scenarios.LoadBytes("routing.yaml", fmt.Appendf(nil, text, tt.to, tt.count, tt.storm, tt.frames, 127*min(tt.count, 20)))
		if err != nil {
			t.Fatal(err)
		}
		if r, _ := runToItsEnd(t, plans[0]); r.Outcome != assert.Pass {
			t.Errorf("%d to %s: %s: %s", tt.count, tt.to, r.Outcome, r.Reason)
		}
	}
}

// TestAFrameThatComesAgainIsKeptOnce: a loop costs no memory for its frames.
func TestAFrameThatComesAgainIsKeptOnce(t *testing.T) {
	known := newInterned()
	first := known.same(frame.New([]byte("a frame of a loop")))
	again := known.same(frame.New([]byte("a frame of a loop")))
	if first.Decode() != again.Decode() {
		t.Error("the same frame is kept twice")
	}
	if other := known.same(frame.New([]byte("another frame"))); other.Equal(first) {
		t.Error("another frame was taken for it")
	}
	if cut := known.same(frame.NewCut([]byte("a frame of a loop"), 99)); cut.Len() != 99 {
		t.Error("a frame that was cut was taken for a whole one")
	}
}

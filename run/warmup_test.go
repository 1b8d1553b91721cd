package run

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"

	"netverify/assert"
	"netverify/capture/pcapng"
	"netverify/lab"
	"netverify/recording"
	"netverify/scenarios"
)

// deafLab has two children on a parent; what the parent takes in is dropped, or
// not, by what a test does to the lab behind netverify's back.
const deafLab = `
name: test/deaf
title: A kernel that does not deliver
topology:
  hosts:
    wire: {interfaces: {eth0: {cable: "host:eth0"}}}
    host: {interfaces: {eth0: {}}}
    c1: {interfaces: {eth0: {macvlan: {link: "host:eth0", mode: private}}}}
    c2: {interfaces: {eth0: {macvlan: {link: "host:eth0", mode: private}}}}
steps:
  - name: a broadcast arrives
    send: {from: "wire:eth0", frame: {eth: {src: "@wire:eth0", dst: broadcast}}}
    expect:
      seen: {at: "c1:eth0 in", frames: "eth.src == @wire:eth0"}
`

// TestAKernelThatDoesNotDeliver: what swallows the fences of one class without
// a trace fails before the first step; what does so with a trace, or swallows
// all, shows nothing of the kernel. All leave evidence that says the same.
func TestAKernelThatDoesNotDeliver(t *testing.T) {
	for _, tt := range []struct {
		name    string
		spoil   func(*testing.T, *lab.Lab)
		outcome assert.Outcome
		reason  string
	}{
		{"one frame in three vanishes", func(t *testing.T, l *lab.Lab) { dropOneIn(t, l, 3) }, assert.Fail, "the kernel loses frames: of "},
		{"unspoiled", func(*testing.T, *lab.Lab) {}, assert.Pass, ""},
		{"broadcasts vanish", func(t *testing.T, l *lab.Lab) { dropIngress(t, l, 0, []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}) }, assert.Fail,
			"the kernel does not deliver broadcasts from host:eth0 to c1:eth0; 3 of 3 broadcast fences from wire:eth0 came as far as host:eth0 in, and none came to c1:eth0 in, on a lab where nothing else moved"},
		{"unicasts to a child vanish", func(t *testing.T, l *lab.Lab) { dropIngress(t, l, 0, child(t, l)) }, assert.Fail,
			"the kernel does not deliver unicasts from host:eth0 to c1:eth0; 3 of 3 unicast fences"},
		{"all fences vanish", func(t *testing.T, l *lab.Lab) { dropIngress(t, l, 12, []byte{0x88, 0xb5}) }, assert.Error,
			"a unicast fence from wire:eth0 never reached c1:eth0 in (3 tries)"}, // with the broadcast ones, in whatever order they got lost
		{"broadcasts are dropped and counted", noQueue, assert.Error,
			"the lab never came to rest after it was built: a broadcast fence from wire:eth0 never reached c1:eth0 in (3 tries)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel() // each waits for fences that do not come
			plans, err := scenarios.LoadBytes("deaf.yaml", []byte(deafLab))
			if err != nil {
				t.Fatal(err)
			}
			r, dir := plans[0].Result(), t.TempDir()
			pinned(t, func(j *job) {
				j.opt.Out, j.spoil = dir, func(l *lab.Lab) { tt.spoil(t, l) }
				tryPlan(j, plans[0], &r)
			})
			if r.Outcome != tt.outcome || !strings.Contains(r.Reason, tt.reason) {
				t.Errorf("%s: %s\nwant %s: %s", r.Outcome, r.Reason, tt.outcome, tt.reason)
			}
			judgedAgain(t, dir, plans[0], &r)
			regressed(t, dir, plans[0], &r)
		})
	}
}

// regressed compares what a reference makes of a result with what the same makes
// of its evidence: where all fences of a hop vanished, in a fresh lab as well, that
// is a fail.
func regressed(t *testing.T, dir string, p *scenarios.Plan, r *assert.Result) {
	t.Helper()
	again, want := *r, r.Outcome == assert.Error
	ref := &recording.Reference{Kernel: "debian:6.1", Release: "6.1.0-57-cloud-amd64", From: "a test"}
	if got := again.Regress(ref); got != want {
		t.Errorf("a reference makes of %s (suspected: %+v): %s: %s", r.Outcome, r.Suspect, again.Outcome, again.Reason)
	}
	if !want {
		return
	}
	if r.Suspect.Again != 1 || again.Outcome != assert.Fail || !strings.Contains(again.Reason, "a regression: the same scenario passed on debian:6.1 (Linux 6.1.0-57-cloud-amd64, by a test); on this kernel, in this lab and in 1 fresh one(s)") {
		t.Errorf("%+v: %s: %s", r.Suspect, again.Outcome, again.Reason)
	}
	if err := Amend(dir, r.Evidence[0], &again, func(rec *recording.Recording) { rec.Reference = ref }); err != nil {
		t.Fatal(err)
	}
	judgedAgain(t, dir, p, &again)
}

// judgedAgain compares a result with what its evidence gives.
func judgedAgain(t *testing.T, dir string, p *scenarios.Plan, r *assert.Result) {
	t.Helper()
	if len(r.Evidence) != 1 {
		t.Fatalf("%s left no evidence: %s", r.Name, r.Trouble)
	}
	file, err := pcapng.Load(filepath.Join(dir, r.Evidence[0]))
	if err != nil {
		t.Fatal(err)
	}
	c := p.Case()
	again, live := assert.Judge(&c, file.Sections[0].Recording), assert.Verdict{Outcome: r.Outcome, Reason: r.Reason, Lacks: r.Lacks, Checks: r.Checks, Suspect: r.Suspect}
	if d := cmp.Diff(live, again); d != "" {
		t.Errorf("%s: -live +judged again:\n%s", r.Name, d)
	}
}

// dropIngress lets host:eth0 drop frames with these bytes behind its tap and
// before its children (net/core/dev.c:__netif_receive_skb_core: taps, nf_ingress,
// rx_handler), and counts that nowhere.
func dropIngress(t *testing.T, l *lab.Lab, offset uint32, data []byte) {
	atIngress(t, l, []expr.Any{
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseLLHeader, Offset: offset, Len: uint32(len(data))},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: data},
		&expr.Verdict{Kind: expr.VerdictDrop},
	})
}

func atIngress(t *testing.T, l *lab.Lab, rule []expr.Any) {
	t.Helper()
	err := l.NS("host").Do(func() error {
		c, err := nftables.New(nftables.AsLasting())
		if err != nil {
			return err
		}
		table := c.AddTable(&nftables.Table{Family: nftables.TableFamilyNetdev, Name: "test"})
		chain := c.AddChain(&nftables.Chain{
			Name: "test", Table: table, Type: nftables.ChainTypeFilter, Hooknum: nftables.ChainHookIngress,
			Priority: nftables.ChainPriorityFilter, Device: "eth0",
		})
		c.AddRule(&nftables.Rule{Table: table, Chain: chain, Exprs: rule})
		return errors.Join(c.Flush(), c.CloseLasting())
	})
	if err != nil {
		t.Errorf("drop at the ingress of host:eth0: %v", err)
	}
}

// dropOneIn lets host:eth0 drop every so manieth frame there: with three, at least
// one fence of each wave, of which four come there.
func dropOneIn(t *testing.T, l *lab.Lab, n uint32) {
	atIngress(t, l, []expr.Any{
		&expr.Numgen{Register: 1, Type: unix.NFT_NG_INCREMENTAL, Modulus: n},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{0, 0, 0, 0}},
		&expr.Verdict{Kind: expr.VerdictDrop},
	})
}

func child(t *testing.T, l *lab.Lab) []byte {
	_, mac, ok := l.Lookup(recording.Ref{Node: "c1", Iface: "eth0"})
	if !ok {
		t.Error("c1:eth0 does not exist")
	}
	return mac
}

// noQueue leaves the children without a broadcast queue; the session is not
// told. What finds no place is counted on the parent.
func noQueue(t *testing.T, l *lab.Lab) {
	none := uint32(0)
	for _, node := range []string{"c1", "c2"} {
		set := scenarios.Setting{Target: node + ":eth0", Iface: &scenarios.InterfaceSet{Macvlan: &scenarios.MacvlanChange{BCQueueLen: &none}}}
		if err := l.Set(set); err != nil {
			t.Error(err)
		}
	}
}

package run

import (
	"context"
	"errors"
	"strings"
	"testing"

	"netverify/assert"
	"netverify/lab"
	"netverify/recording"
	"netverify/scenarios"
)

// pair are two hosts on a switch, in which the steps of a test are played.
const pair = `
name: test/pair
title: x
topology:
  switches: {sw: {ports: {p1: {}, p2: {}}}}
  hosts:
    a: {interfaces: {eth0: {cable: "sw:p1", addresses: [192.0.2.1/24]}}}
    b: {interfaces: {eth0: {cable: "sw:p2", addresses: [192.0.2.2/24]}}}
steps:
  - name: it arrives
    send: {from: "a:eth0", frame: {eth: {src: "@a:eth0", dst: broadcast}}}
    expect: {seen: {at: "b:eth0 in", frames: "eth.src == @a:eth0"}}
`

// TestEveryOutcomeIsJudgedAgain: real runs that end in each way in which one
// can that leaves evidence; the evidence alone gives the same.
func TestEveryOutcomeIsJudgedAgain(t *testing.T) {
	const more = "\n  - name: more\n    "
	const refused = more + `send: {from: "a:eth0", frame: {eth: {src: "@a:eth0", dst: "@b:eth0"}, payload: {size: 1501}}}`
	wrong := strings.Replace(pair, "seen:", "never:", 1)
	for _, tt := range []struct {
		name, text string
		ctx        func() context.Context
		plan       func(*scenarios.Plan)
		want       assert.Outcome
		reason     string
	}{
		{name: "pass", text: pair, want: assert.Pass},
		{name: "fail", text: wrong, want: assert.Fail, reason: "seen once at b:eth0 in"},
		{name: "without a control", text: pair + more + `ping: {from: a, to: b}` + "\n" + `    expect: {never: {at: "b:eth0", frames: "tcp.dstport == 80"}}`,
			want: assert.Inconclusive, reason: `the filter "tcp.dstport == 80" matched nothing anywhere`},
		{name: "refused as expected", text: pair + more + `set: {"sw:p1": {mtu: 20}}` + "\n    expect: {fails: EINVAL}", want: assert.Pass},
		{name: "not refused", text: pair + more + `set: {"sw:p1": {mtu: 1400}}` + "\n    expect: {fails: EINVAL}", want: assert.Fail, reason: "EINVAL"},
		{name: "refused, which nobody expected", text: pair + refused, want: assert.Error, reason: "step 2 (more): send from a:eth0"},
		{name: "refused after a failure", text: wrong + refused, want: assert.Fail, reason: "seen once at b:eth0 in"},
		{name: "interrupted", text: pair, ctx: interruptedAt, want: assert.Error, reason: "interrupted while its lab was built: enough"},
		{name: "skipped for what a step would have needed", text: wrong, plan: needLacking, want: assert.Skip, reason: "this kernel cannot do "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			plans, err := scenarios.LoadBytes("pair.yaml", []byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			p, want := plans[0], tt.want
			if tt.plan != nil {
				tt.plan(p)
				if len(p.Needs) == 0 && want == assert.Skip {
					want, tt.reason = assert.Fail, "" // this kernel lacks nothing
				}
			}
			ctx := t.Context()
			if tt.ctx != nil {
				ctx = tt.ctx()
			}
			r, dir := p.Result(), t.TempDir()
			pinned(t, func(j *job) {
				j.plan, j.opt.Out = p, dir
				scenario(ctx, j, &r)
			})
			if r.Outcome != want || !strings.Contains(r.Reason, tt.reason) {
				t.Errorf("%s: %s\nwant %s: %s", r.Outcome, r.Reason, want, tt.reason)
			}
			judgedAgain(t, dir, p, &r)
		})
	}
}

func interruptedAt() context.Context {
	ctx, stop := context.WithCancelCause(context.Background())
	stop(errors.New("enough"))
	return ctx
}

// needLacking lets a plan need a feature that this kernel lacks, if there is one.
func needLacking(p *scenarios.Plan) {
	p.Needs = nil
	for _, f := range scenarios.Features {
		var lacks *lab.Unsupported
		if errors.As(lab.Probe(f.Feature), &lacks) && lacks.Lacks() != "" && blame(lacks).Kind == recording.StopLacks {
			p.Needs = []scenarios.Feature{f.Feature}
			return
		}
	}
}

// TestHowErrorsEndARun: each is told apart by what the kernel did.
func TestHowErrorsEndARun(t *testing.T) {
	vlan, _ := scenarios.FeatureNamed(scenarios.FeatureVLAN)
	p := &scenarios.Plan{}
	for _, tt := range []struct {
		err  error
		want recording.Stop
	}{
		{&lab.Error{Op: "set", Object: "a:eth0", Err: &lab.Mismatch{Key: "mtu", Asked: "1400", Says: "1500"}},
			recording.Stop{Kind: recording.StopUndone, Reason: "set a:eth0: mtu: asked for 1400, kernel says 1500"}},
		{&lab.Unsupported{Feature: vlan, Err: errors.New("EOPNOTSUPP")},
			recording.Stop{Kind: recording.StopLacks, Reason: "this kernel cannot do vlan (CONFIG_VLAN_8021Q): EOPNOTSUPP", Lacks: "CONFIG_VLAN_8021Q"}},
		{&interrupted{"while it waited", errors.New("enough")}, recording.Stop{Kind: recording.StopInterrupted, Reason: "interrupted while it waited: enough"}},
		{&restless{why: "it moves"}, recording.Stop{Kind: recording.StopRestless, Reason: "it moves"}},
		{errors.New("something else"), recording.Stop{Kind: recording.StopRefused, Reason: "something else"}},
	} {
		if got := ending(p, tt.err); got.Kind != tt.want.Kind || got.Reason != tt.want.Reason || got.Lacks != tt.want.Lacks {
			t.Errorf("%+v, want %+v", *got, tt.want)
		}
	}
	if got := ending(p, nil); got != nil {
		t.Errorf("a run to its end: %+v", got)
	}
}

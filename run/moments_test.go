package run

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"netverify/assert"
	"netverify/scenarios"
)

// countdown is a context that ends when it has been looked at so often: the
// moments of an interruption are counted in work, not in time.
type countdown struct {
	context.Context
	end    context.CancelCauseFunc
	looks  atomic.Int64
	moment int64
}

func newCountdown(t *testing.T, moment int64) *countdown {
	ctx, end := context.WithCancelCause(t.Context())
	t.Cleanup(func() { end(nil) })
	return &countdown{Context: ctx, end: end, moment: moment}
}

func (c *countdown) Err() error {
	if c.looks.Add(1) >= c.moment {
		c.end(errors.New("enough"))
	}
	return c.Context.Err()
}

// momentLabs are run with an interruption somewhere in their building, their
// warm-up, their steps, or the storm that ends them.
var momentLabs = map[string]string{
	"steps": `
name: test/moments
title: t
topology:
  switches: {sw: {ports: {p1: {}, p2: {}}}}
  hosts:
    a: {interfaces: {eth0: {cable: "sw:p1", addresses: [192.0.2.1/24, "2001:db8::1/64"]}}}
    b: {interfaces: {eth0: {cable: "sw:p2", addresses: [192.0.2.2/24, "2001:db8::2/64"]}}}
steps:
  - {name: ping, ping: {from: a, to: b, family: ipv4, count: 100}, expect: {reply: {ttl: 64}}}
  - {name: change, set: {"sw:p2": {up: false}, "b:eth0": {mtu: 1400}}}
  - {name: change back, set: {"sw:p2": {up: true}}}
  - {name: many, send: {from: "a:eth0", count: 500, frame: {eth: {src: "@a:eth0", dst: "@b:eth0"}}}, expect: {seen: {at: "b:eth0 in", frames: "eth.type == 0x88b5", count: 500}}}
  - {name: await, wait: {for: 300ms}, expect: {never: {at: "b:eth0 in", frames: icmp}}}
  - {name: state, ping: {from: a, to: b, family: ipv6}, expect: {state: {"sw:p1": {mtu: {is: 1400, within: 300ms}}}}}
`,
	"storm": "name: test/moments\ntitle: t\nlimits: {frames: 20000}" + loops[0].text + `
steps:
  - {name: storm, arping: {from: a, to: 192.0.2.9}, expect: {reply: {within: 5s}}}
`,
}

// TestInterruptedAtAnyMoment: wherever a run is interrupted it ends there, with
// evidence that is whole and gets the same verdict again.
func TestInterruptedAtAnyMoment(t *testing.T) {
	const moments = 15 // of each lab
	for name, text := range momentLabs {
		plans, err := scenarios.LoadBytes("moments.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		whole := newCountdown(t, 1<<40)
		interruptedRun(t, plans[0], whole)
		total := whole.looks.Load()
		reasons := map[string]bool{}
		interruptions := 0
		for n := range int64(moments) {
			t.Run(fmt.Sprintf("%s %d of %d", name, n*total/moments, total), func(t *testing.T) {
				ctx := newCountdown(t, n*total/moments)
				r := interruptedRun(t, plans[0], ctx)
				if ctx.Context.Err() == nil {
					return // it had come to its end before, as a storm does when it likes
				}
				interruptions++
				switch {
				case r.Outcome == assert.Error && strings.Contains(r.Reason, "interrupted "), r.Outcome == assert.Fail:
				case r.Outcome == assert.Inconclusive && strings.HasPrefix(r.Reason, "a storm: "): // while it was looked for in a second lab
				default:
					t.Errorf("%s: %s", r.Outcome, r.Reason)
				}
				// What is looked at again afterwards is on the way out.
				if after := ctx.looks.Load() - ctx.moment; after > 100 {
					t.Errorf("it went on: %d more looks", after)
				}
				_, when, _ := strings.Cut(r.Reason, "interrupted ")
				reasons[when] = true
			})
		}
		if interruptions < moments/2 || len(reasons) < 2 {
			t.Errorf("%s: %d interruptions of %d, at %v", name, interruptions, moments, reasons)
		}
	}
}

func interruptedRun(t *testing.T, p *scenarios.Plan, ctx context.Context) (r assert.Result) {
	t.Helper()
	dir := t.TempDir()
	r = p.Result()
	pinned(t, func(j *job) {
		j.plan, j.opt.Out = p, dir
		scenario(ctx, j, &r)
	})
	if len(r.Evidence) != 1 {
		t.Fatalf("%s: %s: no evidence (%s)", r.Outcome, r.Reason, r.Trouble)
	}
	judgedAgain(t, dir, p, &r)
	return r
}

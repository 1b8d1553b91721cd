package run

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"netverify/assert"
	"netverify/capture"
	"netverify/lab"
	"netverify/report"
	"netverify/scenarios"
)

// Options say how scenarios are run.
type Options struct {
	Out        string                        // folder for the evidence; "": none is written
	Below      string                        // the folder below it for this kernel; "": none of its own. Here links are not followed
	Jobs       int                           // scenarios at a time; 0: one a processor that this process may use
	Repeat     int                           // how often each scenario is run; 0 and 1: once
	Keep       bool                          // keep the evidence of every repetition, not only of the first and of those that did not pass
	ID         string                        // of the run that the scenarios are part of; "": one is made
	Kernel     report.Kernel                 // what the evidence says of the kernel besides its release and config, which are read
	AnyVersion bool                          // run what is for newer or older kernels only (Plan.Since, Plan.Until), too
	Begin      func(name string, repeat int) // before each scenario; never two calls at a time
	Progress   func(done, total int, r assert.Result)

	Limits scenarios.Limits // of steps of scenarios that say nothing of them; what is 0 is scenarios.DefaultLimits

	StopAfter int // end each scenario after so many steps; 0: none is left out
	// Hold is asked for each scenario whose lab stands, when its verdict and its
	// evidence are there; by several goroutines at a time. Where it returns true
	// the lab goes on standing, and belongs to it.
	Hold func(r *assert.Result, h *Held) bool
}

// All runs plans in parallel, each in namespaces of its own, and returns their
// results repetition by repetition in the order of the plans. When ctx ends,
// what has not begun is left out and the error says so; what has ended is kept, and
// what the kernel does not give back then is given up (Abandoned).
func All(ctx context.Context, plans []*scenarios.Plan, opt Options) ([]assert.Result, error) {
	cpus, err := processors()
	if err != nil {
		return nil, err
	}
	clock, err := capture.KeepClock()
	if err != nil {
		return nil, err
	}
	defer clock.Close()
	if opt.Jobs <= 0 {
		opt.Jobs = len(cpus)
	}
	if opt.ID == "" {
		opt.ID = NewID()
	}
	repeat := max(opt.Repeat, 1)
	total := len(plans) * repeat
	results := newResultList()
	next := make(chan int)
	p := &progress{total: total, began: opt.Begin, report: opt.Progress}
	var workers sync.WaitGroup
	ended := &ended{}
	for w := range min(opt.Jobs, total) {
		workers.Add(1)
		go func() {
			defer workers.Done()
			// Never unlocked: the thread is pinned, and dies with the worker.
			runtime.LockOSThread()
			seat := sit(cpus, w)
			for i := range next {
				job := job{plan: plans[i%len(plans)], opt: opt, ended: ended, seat: seat}
				if opt.Repeat > 1 {
					job.repeat = i/len(plans) + 1
				}
				results.begin(i, job.begin())
				p.begin(job.plan.Name, job.repeat)
				r := job.run(ctx)
				if results.set(i, r) {
					p.done(r)
				}
			}
		}()
	}
	fed := feed(ctx, next, total)
	err = unlessHeld(ctx, func() {
		workers.Wait()
		ended.closeAll()
	})
	list := results.seal(err)
	if fed < total {
		err = errors.Join(fmt.Errorf("stopped after %d of %d scenarios: %w", fed, total, context.Cause(ctx)), err)
	}
	return list, err
}

// feed hands out the numbers below n until ctx ends, and returns how many.
func feed(ctx context.Context, next chan<- int, n int) int {
	defer close(next)
	for i := range n {
		select {
		case <-ctx.Done():
			return i
		default:
		}
		select {
		case next <- i:
		case <-ctx.Done():
			return i
		}
	}
	return n
}

type progress struct {
	sync.Mutex
	n, total int
	began    func(name string, repeat int)
	report   func(done, total int, r assert.Result)
}

func (p *progress) begin(name string, repeat int) {
	p.Lock()
	defer p.Unlock()
	if p.began != nil {
		p.began(name, repeat)
	}
}

func (p *progress) done(r assert.Result) {
	p.Lock()
	defer p.Unlock()
	p.n++
	if p.report != nil {
		p.report(p.n, p.total, r)
	}
}

// job is one scenario to be run once.
type job struct {
	plan   *scenarios.Plan
	opt    Options
	repeat int // from 1; 0 where nothing is repeated
	ended  *ended
	seat   *seat

	confirming bool // it is the run after one that showed something to be suspected of the kernel

	spoil func(*lab.Lab) // called when the lab is built; tests break it here
	clock func() reading // readClocks, but in tests
}

// begin is the result of a run that begins now.
func (j *job) begin() assert.Result {
	r := j.plan.Result()
	r.Began, r.Repeat, r.Run = time.Now(), j.repeat, j.opt.ID
	return r
}

// run never panics: a bug in one scenario's run must not take the results of
// the others with it.
func (j *job) run(ctx context.Context) (r assert.Result) {
	r = j.begin()
	began := r.Began
	defer func() {
		if v := recover(); v != nil {
			r.Outcome = assert.Error
			r.Reason = fmt.Sprintf("netverify itself broke, please report it: %v\n%s", v, debug.Stack())
		}
		r.Duration = time.Since(began)
	}()
	scenario(ctx, j, &r)
	j.seat.back()
	return r
}

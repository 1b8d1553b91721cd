package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"netverify/assert"
	"netverify/kernels"
	"netverify/lab"
	"netverify/report"
	"netverify/run"
	"netverify/scenarios"
)

// runHere runs scenarios on the kernel of this machine, and in a guest those
// that it cannot do.
func (f *runFlags) runHere(c *cobra.Command, args []string) error {
	ctx, stop := interruptible()
	defer stop()
	p := newProgress(c.ErrOrStderr())
	f.guests.machine.Progress = p.note
	var plans []*scenarios.Plan
	var unsound error
	var loading sync.WaitGroup
	loading.Go(func() { plans, unsound = scenarios.Find(args) }) // beside the trial of what is allowed
	if err := f.guests.fetchAhead(ctx, p); err != nil {
		return unable{err}
	}
	pass, err := f.hold.bind()
	if err != nil {
		return unable{err}
	}
	if done, code, err := lab.EnsurePrivilege(os.Args, pass...); err != nil {
		return unable{err}
	} else if done {
		return ended(code)
	}
	if loading.Wait(); unsound != nil {
		return unsound
	}
	return f.finish(ctx, c, p, plans, func() report.Report { return f.here(ctx, plans, p) })
}

// finish runs plans, writes their report, and keeps the lab that is to be held
// until it is released.
func (f *runFlags) finish(ctx context.Context, c *cobra.Command, p *progress, plans []*scenarios.Plan, all func() report.Report) error {
	if err := f.hold.fits(plans, f.Repeat); err != nil {
		return err
	}
	told := tellInterruption(ctx, p)
	rep := all()
	signAll(f.signer, &rep)
	err := f.output.write(c, rep)
	told()
	f.hold.release(ctx, p, rep)
	return err
}

// here runs plans on the kernel of this machine, and in a guest those that it
// cannot do.
func (f *runFlags) here(ctx context.Context, plans []*scenarios.Plan, p *progress) report.Report {
	results, trouble := f.host(ctx, plans, p)
	lacking, options := lacks(plans, results)
	if len(lacking) == 0 || ctx.Err() != nil || f.output.bisect { // another kernel's verdict says nothing of this commit
		return f.compared(f.hostRun(len(plans), results, trouble))
	}
	k, hint, fault := f.guests.instead(ctx, p)
	if fault != nil {
		trouble = append(trouble, fault.Error())
	}
	if k == nil {
		r := f.hostRun(len(plans), results, trouble)
		r.Hint = hint
		return f.compared(r)
	}
	results = slices.DeleteFunc(results, func(r assert.Result) bool { return r.Lacks != "" })
	col := column{kernel: k, machine: f.guests.machine}
	guest := f.guest(ctx, lacking, col, f.guests.beside(col.machine), p.of(""))
	guest.Kernel.Name = k.Release
	guest.Because = "In a guest, for the kernel of this machine lacks " + strings.Join(options, ", ") + ":"
	p.clear()
	if len(results) == 0 {
		return f.compared(guest)
	}
	return f.compared(f.hostRun(len(plans)-len(lacking), results, trouble), guest)
}

// host runs plans on the kernel of this machine.
func (f *runFlags) host(ctx context.Context, plans []*scenarios.Plan, p *progress) ([]assert.Result, []string) {
	opt := f.Options
	p.of("").watch(&opt)
	opt.Kernel.Name, opt.Kernel.Where = cmp.Or(opt.Kernel.Name, kernels.Host), "host"
	f.hold.options(&opt, p, len(plans)*f.Repeat)
	results, err := run.All(ctx, plans, opt)
	if held := (*run.Abandoned)(nil); errors.As(err, &held) {
		given.Store(true)
	}
	p.clear()
	return results, lines(err)
}

// hostRun is the report of so many plans.
func (f *runFlags) hostRun(plans int, results []assert.Result, trouble []string) kernelRun {
	release, config := run.Kernel()
	r := newKernelRun(report.Kernel{Name: kernels.Host, Release: release, Where: "host", Build: run.Build(), Config: config}, plans*f.Repeat, results, f.Below)
	r.Evidence = f.evidence(f.Below)
	r.Trouble = append(r.Trouble, trouble...)
	return r
}

// lacks are the plans that were skipped in each repetition because the kernel
// lacks something, and the options behind that.
func lacks(plans []*scenarios.Plan, results []assert.Result) (lacking []*scenarios.Plan, options []string) {
	able := map[string]bool{}
	lack := map[string]string{}
	for _, r := range results {
		if r.Lacks == "" {
			able[r.Name] = true
		}
		lack[r.Name] = r.Lacks
	}
	for _, p := range plans {
		option, ran := lack[p.Name]
		if !ran || able[p.Name] {
			continue
		}
		lacking = append(lacking, p)
		if !slices.Contains(options, option) {
			options = append(options, option)
		}
	}
	return lacking, options
}

// instead is the kernel that runs what the host's cannot: the default one of
// the cache, or with --fetch of Debian's archive. Where there is none it is nil,
// and hint the command that changes that.
func (g *guestFlags) instead(ctx context.Context, p *progress) (k *kernels.Kernel, hint string, err error) {
	k, err = kernels.Default("")
	if err == nil && k == nil && g.fetch {
		k, err = g.fetchDefault(ctx, p)
	}
	if err != nil {
		return nil, "", fmt.Errorf("no kernel for what this one lacks: %w", err)
	}
	if hint := kernels.Needed(k); hint != "" {
		return nil, hint, nil
	}
	return k, "", nil
}

func (g *guestFlags) fetchDefault(ctx context.Context, p *progress) (*kernels.Kernel, error) {
	defer p.clear()
	return kernels.Find(ctx, kernels.DefaultSpec, kernels.Options{Progress: p.note})
}

// fetchAhead does what a user's apt-get cannot do in the user namespace where
// labs are built.
func (g *guestFlags) fetchAhead(ctx context.Context, p *progress) error {
	if !g.fetch || os.Geteuid() == 0 {
		return nil
	}
	k, err := kernels.Default("")
	if err == nil && k == nil {
		_, err = g.fetchDefault(ctx, p)
	}
	return err
}

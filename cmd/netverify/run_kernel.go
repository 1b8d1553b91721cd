package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"netverify/kernels"
	"netverify/report"
	"netverify/scenarios"
)

// guestFlags are those of `run` that say where scenarios run.
type guestFlags struct {
	kernels []string
	modules string
	machine kernels.GuestOptions
	accel   string
}

func (g *guestFlags) define(fs *pflag.FlagSet) {
	fs.StringArrayVar(&g.kernels, "kernel", nil, "run in a guest with this kernel: an image, a build tree, a Debian package, debian:RELEASE, an entry of the cache; may be given several times")
	fs.StringVar(&g.modules, "modules", "", "with --kernel IMAGE: the folder of its modules")
	fs.IntVar(&g.machine.Memory, "memory", 0, "memory of the guest in MiB (default 384)")
	fs.IntVar(&g.machine.CPUs, "cpus", 1, "processors of the guest")
	fs.StringVar(&g.accel, "accel", "", "kvm or tcg (default: KVM where it was seen to work)")
	fs.StringVar(&g.machine.Append, "append", "", "more for the command line of the guest's kernel")
	fs.DurationVar(&g.machine.Boot, "boot-timeout", 0, "what the guest may take until its init speaks (default 1m30s)")
	fs.DurationVar(&g.machine.Silence, "guest-timeout", 0, "what the guest may be silent for; a scenario should not take longer (default 2m)")
}

func (g *guestFlags) check() error {
	switch {
	case g.machine.Memory < 0:
		return fmt.Errorf("--memory %d: less than nothing", g.machine.Memory)
	case g.machine.CPUs < 1:
		return fmt.Errorf("--cpus %d: less than one", g.machine.CPUs)
	case g.machine.Boot < 0 || g.machine.Silence < 0:
		return fmt.Errorf("--boot-timeout and --guest-timeout: less than nothing")
	case !slices.Contains([]string{"", string(kernels.KVM), string(kernels.TCG)}, g.accel):
		return fmt.Errorf("--accel %s: neither %s nor %s", g.accel, kernels.KVM, kernels.TCG)
	case g.modules != "" && len(g.kernels) == 0:
		return fmt.Errorf("--modules: of which --kernel?")
	}
	g.machine.Accel = kernels.Accel(g.accel)
	return nil
}

// runKernels runs the scenarios in one guest after the other: one run of the
// report each. No privilege is needed for that.
func (f *runFlags) runKernels(c *cobra.Command, args []string) error {
	plans, err := scenarios.Find(args)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the process at once

	p := newProgress(c.ErrOrStderr())
	f.guests.machine.Progress = p.note
	var found []*kernels.Kernel
	for _, spec := range f.guests.kernels { // all before the first is booted: a wrong name is told at once
		k, err := kernels.Find(ctx, spec, kernels.Options{Modules: f.guests.modules, Progress: p.note})
		if err != nil {
			p.clear()
			return unable{err}
		}
		found = append(found, k)
	}
	var runs []report.Run
	for i, k := range found {
		if ctx.Err() != nil && i > 0 {
			break
		}
		runs = append(runs, f.guest(ctx, plans, k, f.folder(found, i), p))
	}
	return f.write(c, report.Of(runs...))
}

// folder is where the evidence of a kernel goes: the release, with a number
// where several kernels call themselves the same.
func (f *runFlags) folder(found []*kernels.Kernel, i int) string {
	if f.Out == "" {
		return ""
	}
	name := found[i].Release
	n := 1
	for _, k := range found[:i] {
		if k.Release == name {
			n++
		}
	}
	if n > 1 {
		name = fmt.Sprintf("%s.%d", name, n)
	}
	return filepath.Join(f.Out, name)
}

// guest runs plans in one guest.
func (f *runFlags) guest(ctx context.Context, plans []*scenarios.Plan, k *kernels.Kernel, dir string, p *progress) report.Run {
	opt := f.Options
	opt.Out, opt.Progress = dir, p.show
	out, err := kernels.Run(ctx, k, plans, opt, f.guests.machine)
	p.clear()
	r := report.New(report.Kernel{Release: out.Release, Where: "qemu", Config: out.Config}, len(plans)*f.Repeat, out.Results)
	r.Evidence = dir
	r.Trouble = append(r.Trouble, out.Trouble...)
	if err != nil && len(out.Trouble) == 0 {
		r.Trouble = append(r.Trouble, err.Error())
	}
	return r
}

package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"netverify/kernels"
	"netverify/lab"
	"netverify/report"
	"netverify/scenarios"
)

// guestFlags are those of `run` that say where scenarios run.
type guestFlags struct {
	kernels []string
	matrix  string
	modules string
	machine kernels.GuestOptions
	accel   string
	atOnce  int
	fetch   bool
}

func (g *guestFlags) define(fs *pflag.FlagSet) {
	fs.StringArrayVar(&g.kernels, "kernel", nil, "run in a guest with this kernel: an image, a build tree, a Debian package, debian:RELEASE, an entry of the cache; or on this machine: host. May be given several times")
	fs.StringVar(&g.matrix, "matrix", "", "run in each of the kernels that this file lists")
	fs.StringVar(&g.modules, "modules", "", "with --kernel IMAGE: the folder of its modules")
	fs.IntVar(&g.atOnce, "guests", 0, "guests at a time (0: as many as processors and memory allow)")
	fs.IntVar(&g.machine.Memory, "memory", 0, "memory of a guest in MiB (default 384)")
	fs.IntVar(&g.machine.CPUs, "cpus", 1, "processors of a guest")
	fs.StringVar(&g.accel, "accel", "", "kvm or tcg (default: KVM where it was seen to work)")
	fs.StringVar(&g.machine.Append, "append", "", "more for the command line of a guest's kernel")
	fs.DurationVar(&g.machine.Boot, "boot-timeout", 0, "what a guest may take until its init speaks (default 1m30s)")
	fs.DurationVar(&g.machine.Silence, "guest-timeout", 0, "what a guest's scenario may go without a sign of life; neither its own waits count, nor time in which the host is busy with others (default 30s)")
	fs.BoolVar(&g.fetch, "fetch", false, "fetch a kernel ("+kernels.DefaultSpec+") for the scenarios that the one of this machine cannot do, unless there is one")
}

func (g *guestFlags) check() error {
	asked := len(g.kernels) > 0 || g.matrix != ""
	switch {
	case g.machine.Memory < 0:
		return fmt.Errorf("--memory %d: less than nothing", g.machine.Memory)
	case g.machine.CPUs < 1:
		return fmt.Errorf("--cpus %d: less than one", g.machine.CPUs)
	case g.atOnce < 0:
		return fmt.Errorf("--guests %d: less than none", g.atOnce)
	case g.machine.Boot < 0 || g.machine.Silence < 0:
		return fmt.Errorf("--boot-timeout and --guest-timeout: less than nothing")
	case !slices.Contains([]string{"", string(kernels.KVM), string(kernels.TCG)}, g.accel):
		return fmt.Errorf("--accel %s: neither %s nor %s", g.accel, kernels.KVM, kernels.TCG)
	case g.modules != "" && len(g.kernels) == 0:
		return fmt.Errorf("--modules: of which --kernel?")
	case g.fetch && asked:
		return fmt.Errorf("--fetch: what --kernel and --matrix name is fetched anyway")
	}
	g.machine.Accel = kernels.Accel(g.accel)
	return nil
}

// targets are the kernels that were asked for.
func (g *guestFlags) targets() ([]kernels.Target, error) {
	var out []kernels.Target
	for _, spec := range g.kernels {
		t := kernels.Target{Spec: spec}
		if spec != kernels.Host {
			t.Modules = g.modules
		}
		out = append(out, t)
	}
	if g.matrix == "" {
		return out, nil
	}
	more, err := kernels.LoadMatrix(g.matrix)
	return append(out, more...), err
}

// column is a target that was found.
type column struct {
	kernels.Target
	kernel  *kernels.Kernel // nil: the host's
	machine kernels.GuestOptions
	below   string // folder of its evidence, below --out
}

// runTargets runs all scenarios in each kernel: one run of the report each. No
// privilege is needed for that, unless the host's is one of them.
func (f *runFlags) runTargets(c *cobra.Command, args []string, targets []kernels.Target) error {
	plans, err := scenarios.Find(args)
	if err != nil {
		return err
	}
	ctx, stop := interruptible()
	defer stop()
	p := newProgress(c.ErrOrStderr())
	f.guests.machine.Progress = p.note
	columns, err := f.columns(ctx, targets, p)
	p.clear()
	if err != nil {
		return unable{err}
	}
	if slices.ContainsFunc(columns, column.host) {
		pass, err := f.hold.bind()
		if err != nil {
			return unable{err}
		}
		if done, code, err := lab.EnsurePrivilege(os.Args, pass...); err != nil {
			return unable{err}
		} else if done {
			return ended(code)
		}
	}
	return f.finish(ctx, c, p, plans, func() report.Report { return f.compared(f.all(ctx, plans, columns, p)...) })
}

func (c column) host() bool { return c.kernel == nil }

// columns finds all kernels before the first is booted: a wrong name is told at once.
func (f *runFlags) columns(ctx context.Context, targets []kernels.Target, p *progress) ([]column, error) {
	var out []column
	used := map[string]int{}
	for _, t := range targets {
		col := column{Target: t, machine: t.Machine(f.guests.machine)}
		folder := kernels.Host
		if t.Spec != kernels.Host {
			k, err := kernels.Find(ctx, t.Spec, kernels.Options{Modules: t.Modules, Progress: p.note})
			if err != nil {
				return nil, err
			}
			col.kernel, folder = k, k.Release
		}
		// Several kernels may call themselves the same.
		if used[folder]++; used[folder] > 1 {
			folder = fmt.Sprintf("%s.%d", folder, used[folder])
		}
		col.below = folder
		out = append(out, col)
	}
	return out, nil
}

// all runs the plans in each column: on the host first and alone, for guests
// would disturb it, then in the guests.
func (f *runFlags) all(ctx context.Context, plans []*scenarios.Plan, columns []column, p *progress) []kernelRun {
	runs := make([]kernelRun, len(columns))
	var guests []int
	var machines []kernels.GuestOptions
	for i, col := range columns {
		if !col.host() {
			guests, machines = append(guests, i), append(machines, col.machine)
			continue
		}
		here := *f
		here.Below, here.Kernel.Name = col.below, col.Label()
		results, trouble := here.host(ctx, plans, p)
		runs[i] = here.hostRun(len(plans), results, trouble)
		runs[i].Kernel.Name = col.Label()
	}
	atOnce := f.guests.beside(machines...)
	each := atOnce / max(len(guests), 1) // guests of one kernel
	kernels.Each(len(guests), atOnce, func(n int) {
		col := columns[guests[n]]
		r := f.guest(ctx, plans, col, each, p.of(col.Label()))
		r.Kernel.Name = col.Label()
		runs[guests[n]] = r
	})
	p.clear()
	return runs
}

// guest runs plans in so many guests with one kernel.
func (f *runFlags) guest(ctx context.Context, plans []*scenarios.Plan, col column, guests int, t *part) kernelRun {
	opt := f.Options
	opt.Below = col.below
	t.watch(&opt)
	defer t.finish()
	opt.Kernel.Name = cmp.Or(col.Label(), col.kernel.Release)
	out, err := kernels.RunSplit(ctx, col.kernel, plans, opt, col.machine, guests)
	r := newKernelRun(report.Kernel{Release: out.Release, Where: "qemu", Accel: out.Accel, Build: out.Build, Config: out.Config}, len(plans)*f.Repeat, out.Results, col.below)
	r.Evidence = f.evidence(col.below)
	r.Trouble = append(r.Trouble, out.Trouble...)
	if err != nil && len(out.Trouble) == 0 {
		r.Trouble = append(r.Trouble, err.Error())
	}
	return r
}

// evidence is the folder of the evidence of a kernel that has its own below --out.
func (f *runFlags) evidence(below string) string {
	if f.Out == "" {
		return ""
	}
	return filepath.Join(f.Out, below)
}

// beside is how many such guests run at a time.
func (g *guestFlags) beside(machines ...kernels.GuestOptions) int {
	if g.atOnce > 0 {
		return g.atOnce
	}
	return kernels.AtOnce(machines)
}

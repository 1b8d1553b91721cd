package kernels

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"netverify/assert"
	"netverify/internal/whole"
	"netverify/run"
	"netverify/scenarios"
)

// Outcome is what a guest gave.
type Outcome struct {
	Release string            // uname -r of the guest; that of the Kernel where it never spoke
	Build   string            // as run.Build; "" where it never spoke
	Config  map[string]string // as run.Kernel
	Accel   string            // "kvm" or "tcg"; "" where nothing was started
	Results []assert.Result   // one for each plan and repetition, in the order of run.All
	Trouble []string          // what kept the run from being whole
}

// Run runs plans in a guest, as run.All does on this machine. Evidence goes to
// opt.Out, below opt.Below, which is for this kernel alone. Whatever happens to the guest each
// plan has a result: where the kernel panicked or reported against itself while
// a scenario ran, that scenario fails. What could not run because of that runs
// in another guest, and is an error where that does not help either.
//
// The error is a *GuestError where the first guest that did not end as it should
// ended so; all of them are told in the outcome.
func Run(ctx context.Context, k *Kernel, plans []*scenarios.Plan, opt run.Options, guest GuestOptions) (Outcome, error) {
	return runWith(ctx, k, plans, opt, guest, nil, 0)
}

// mostBoots bounds the guests of one run: a kernel in which so many scenarios
// end in a crash has shown enough.
const mostBoots = 4

// runWith puts more files into the guests. hand is the number of the caller,
// from 0, where several write to the same folder.
func runWith(ctx context.Context, k *Kernel, plans []*scenarios.Plan, opt run.Options, guest GuestOptions, files []File, hand int) (Outcome, error) {
	c := newCollector(plans, opt)
	out := Outcome{Release: k.Release}
	var first error
	var absent, refused []string
	for boots := 1; ; boots++ {
		s, before := &session{onBegin: c.begin, onResult: c.add}, c.came
		c.fresh = nil
		lacks, err := c.boot(ctx, k, s, plans, guest, files)
		if boots == 1 {
			first, absent, refused = err, lacks, s.hello.Trouble
		}
		out.take(s, err, opt, boots+hand*mostBoots)
		if s.done != nil {
			c.late(s.done.Late, plans)
		}
		if err == nil {
			break
		}
		c.distrust(err)
		c.blame(err)
		more := c.came > before && opt.Repeat <= 1 // repetitions would be told apart from those before
		if plans = c.left(plans); len(plans) == 0 {
			break
		}
		if e := asGuestError(err); !more || e == nil || e.Ending == Interrupted || boots == mostBoots {
			c.missing(err)
			break
		}
	}
	c.modules(refused, absent, k)
	out.Results = c.results
	return out, first
}

// boot runs plans in one guest.
func (c *collector) boot(ctx context.Context, k *Kernel, s *session, plans []*scenarios.Plan, guest GuestOptions, files []File) (absent []string, err error) {
	opt := c.opt
	job := &guestJob{Run: runJob{Evidence: opt.Out != "", ID: opt.ID, Jobs: opt.Jobs, Repeat: opt.Repeat, Keep: opt.Keep, AnyVersion: opt.AnyVersion, Limits: opt.Limits, Kernel: opt.Kernel}}
	job.Run.Kernel.Where = "qemu"
	if err := job.addPlans(plans); err != nil {
		return nil, err
	}
	return boot(ctx, k, s, job, needs(plans), files, guest.withDefaults())
}

// take takes over what one guest told of itself, and how it ended.
func (out *Outcome) take(s *session, err error, opt run.Options, number int) {
	out.Accel = s.accel
	if s.greeted {
		out.Release, out.Build, out.Config = s.hello.Release, s.hello.Build, s.hello.Config
	}
	if out.Trouble == nil { // of the modules: the same in each guest
		out.Trouble = s.hello.Trouble
	}
	if s.done != nil && s.done.Error != "" {
		out.Trouble = append(out.Trouble, s.done.Error)
	}
	if err == nil {
		return
	}
	out.Trouble = append(out.Trouble, err.Error())
	if e := asGuestError(err); e != nil && e.Ending != Interrupted {
		out.Trouble = append(out.Trouble, e.keep(opt, number)...)
	}
}

// keep writes the whole console of the guest of that number beside the evidence,
// and says so.
func (e *GuestError) keep(opt run.Options, number int) []string {
	if opt.Out == "" || len(e.Console) == 0 {
		return consoleBlock(e.Console)
	}
	name := filepath.Join(opt.Below, consoleFile(number))
	err := whole.Write(opt.Out, name, func(w *os.File) error {
		_, err := io.WriteString(w, strings.Join(e.Console, "\n")+"\n")
		return err
	})
	if err != nil {
		return append(consoleBlock(e.Console), "the console could not be kept: "+err.Error())
	}
	return append(consoleBlock(e.Console), "all of it: "+filepath.Join(opt.Out, name))
}

// consoleFile is where the console of a guest that came to grief is kept.
func consoleFile(number int) string {
	if number == 1 {
		return "console.log"
	}
	return fmt.Sprintf("console-%d.log", number)
}

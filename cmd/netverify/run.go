package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/spf13/cobra"

	"netverify/lab"
	"netverify/report"
	"netverify/run"
	"netverify/scenarios"
)

type runFlags struct {
	run.Options
	json    string
	require bool
	bisect  bool
	guests  guestFlags
}

func runCommand() *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use:   "run [NAME|GLOB|FILE|DIR...]",
		Short: "Run scenarios and say what passed, failed or could not be shown",
		Long: `Run scenarios: built-in ones by name or glob, your own by file or folder; without
an argument the whole built-in library. Each runs in namespaces of its own, and
leaves a pcapng with every frame that was seen.

A scenario passes, fails, is inconclusive (a leg of the proof is missing, and the
reason names it), is skipped (the kernel cannot: the reason names the option, or
the commit that the kernel is too old for) or is an error (the lab could not be
built; the reason is the kernel's).`,
		Example: `  netverify run
  netverify run 'macvlan/vepa-*' --repeat 50
  netverify run scenario.yaml --out /tmp/evidence --json result.json
  netverify run --out '' --json - | jq '.runs[0].summary'
  netverify run 'vlan/*' --kernel debian:6.1 --kernel ../linux
  git bisect run sh -c 'make -j8 bzImage modules || exit 125; netverify run vlan/tagging --kernel . --bisect'`,
		Args: func(*cobra.Command, []string) error { return f.check() },
		RunE: func(c *cobra.Command, args []string) error {
			return f.run(c, args)
		},
	}
	c.Flags().StringVar(&f.Out, "out", "evidence", "folder for the evidence; '' keeps none")
	c.Flags().StringVar(&f.json, "json", "", "write the report as JSON to this file; '-' is standard output, the text then goes to standard error")
	c.Flags().IntVar(&f.Jobs, "jobs", 0, "scenarios at a time (0: one a processor)")
	c.Flags().IntVar(&f.Repeat, "repeat", 1, "run each scenario so many times, and tell those whose verdicts differ")
	c.Flags().BoolVar(&f.require, "require", false, "a skipped scenario counts as not shown: exit status 3")
	c.Flags().BoolVar(&f.bisect, "bisect", false, "end with the status that `git bisect run` wants: 0 passed, 1 failed, 125 this commit cannot be tested, 128 bad usage")
	c.Flags().BoolVar(&f.Keep, "keep", false, "with --repeat, keep the evidence of repetitions that passed too")
	c.Flags().BoolVar(&f.AnyVersion, "any-version", false, "run scenarios that are for newer kernels only, too: for a kernel with the commit that they name")
	f.guests.define(c.Flags())
	return c
}

func (f *runFlags) check() error {
	switch {
	case f.Jobs < 0:
		return fmt.Errorf("--jobs %d: less than none", f.Jobs)
	case f.Repeat < 1:
		return fmt.Errorf("--repeat %d: less than once", f.Repeat)
	case f.bisect && len(f.guests.kernels) > 1:
		return errors.New("--bisect: a commit is judged by one --kernel")
	}
	return f.guests.check()
}

func (f *runFlags) run(c *cobra.Command, args []string) error {
	if len(f.guests.kernels) > 0 {
		return f.runKernels(c, args)
	}
	return f.runHost(c, args)
}

func (f *runFlags) runHost(c *cobra.Command, args []string) error {
	var plans []*scenarios.Plan
	var unsound error
	var loading sync.WaitGroup
	loading.Go(func() { plans, unsound = scenarios.Find(args) }) // beside the trial of what is allowed
	if done, code, err := lab.EnsurePrivilege(os.Args); err != nil {
		return unable{err}
	} else if done {
		return status(code)
	}
	if loading.Wait(); unsound != nil {
		return unsound
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the process at once

	return f.write(c, report.Of(f.host(ctx, plans, newProgress(c.ErrOrStderr()))))
}

// host runs plans on the kernel of this machine.
func (f *runFlags) host(ctx context.Context, plans []*scenarios.Plan, p *progress) report.Run {
	opt := f.Options
	opt.Progress = p.show
	results, err := run.All(ctx, plans, opt)
	p.clear()

	release, config := run.Kernel()
	r := report.New(report.Kernel{Release: release, Where: "host", Config: config}, len(plans)*f.Repeat, results)
	r.Evidence = f.Out
	r.Trouble = append(r.Trouble, lines(err)...)
	return r
}

// write renders the report; what cannot be written must not hide a failure.
func (f *runFlags) write(c *cobra.Command, rep report.Report) error {
	text := c.OutOrStdout()
	if f.json == "-" {
		text = c.ErrOrStderr()
	}
	err := report.Text(text, rep, options(text))
	switch f.json {
	case "":
	case "-":
		err = errors.Join(err, report.JSON(c.OutOrStdout(), rep))
	default:
		err = errors.Join(err, writeFile(f.json, rep))
	}
	code, unshown := report.ExitCode(rep, f.require), report.ExitInconclusive
	if f.bisect {
		code, unshown = report.BisectCode(rep, f.require), report.BisectSkip
	}
	if err != nil {
		fmt.Fprintln(c.ErrOrStderr(), "netverify: the report could not be written:", err)
		if code == report.ExitPass {
			code = unshown
		}
	}
	if code != report.ExitPass {
		return status(code)
	}
	return nil
}

// writeFile leaves no half of a report: what reads it would take it for one.
func writeFile(name string, rep report.Report) error {
	var b bytes.Buffer
	if err := report.JSON(&b, rep); err != nil {
		return err
	}
	w, err := os.Create(name)
	if err != nil {
		return err
	}
	info, err := w.Stat()
	if err == nil {
		_, err = io.Copy(w, &b)
	}
	err = errors.Join(err, w.Close())
	if err != nil && info != nil && info.Mode().IsRegular() {
		err = errors.Join(err, os.Remove(name))
	}
	return err
}

// lines are the errors that were joined into err.
func lines(err error) []string {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []string{err.Error()}
	}
	var out []string
	for _, e := range joined.Unwrap() {
		out = append(out, lines(e)...)
	}
	return out
}

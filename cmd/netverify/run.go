package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"netverify/report"
	"netverify/run"
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
built; the reason is the kernel's).

What the kernel of this machine lacks runs in a guest, where the cache has a kernel
(netverify kernels add debian:6.1); the report says what ran where. With --kernel or
--matrix all scenarios run in each of these kernels and in no other.`,
		Example: `  netverify run
  netverify run 'macvlan/vepa-*' --repeat 50
  netverify run scenario.yaml --out /tmp/evidence --json result.json
  netverify run --out '' --json - | jq '.runs[0].summary'
  netverify run 'vlan/*' --kernel debian:6.1 --kernel ../linux
  git bisect run sh -c 'make -j8 bzImage modules || exit 125; netverify run vlan/tagging --kernel . --bisect'
  netverify run --matrix kernels.yaml`,
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
	case f.bisect && (len(f.guests.kernels) > 1 || f.guests.matrix != ""):
		return errors.New("--bisect: a commit is judged by one --kernel")
	}
	return f.guests.check()
}

func (f *runFlags) run(c *cobra.Command, args []string) error {
	targets, err := f.guests.targets()
	if err != nil {
		return err
	}
	if len(targets) == 0 {
		return f.runHere(c, args)
	}
	return f.runTargets(c, args, targets)
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

package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"netverify/internal/sshsig"
	"netverify/run"
)

type runFlags struct {
	run.Options
	output outputFlags
	guests guestFlags
	hold   *holding

	references references

	signKey string         // file of a private key
	signer  *sshsig.Signer // nil: nobody asked
}

func runCommand() *cobra.Command {
	f := runFlags{hold: &holding{}}
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
--matrix all scenarios run in each of these kernels and in no other.

With --hold on-fail the lab of the first scenario that does not pass is kept when all
reports are written, until Enter, Ctrl-C or SIGTERM: netverify enter NODE looks inside.
The exit status is what it would have been.`,
		Example: `  netverify run
  netverify run 'macvlan/vepa-*' --repeat 50
  netverify run scenario.yaml --out /tmp/evidence --report junit.xml --report report.html
  netverify run --out '' --format json | jq '.runs[0].summary'
  netverify run 'vlan/*' --kernel debian:6.1 --kernel ../linux
  git bisect run sh -c 'make -j8 bzImage modules || exit 125; netverify run vlan/tagging --kernel . --bisect'
  netverify run --matrix kernels.yaml
  netverify run --sign ci_key
  netverify run scenario.yaml --hold on-fail`,
		Args: func(*cobra.Command, []string) error { return f.check() },
		RunE: func(c *cobra.Command, args []string) error {
			return f.run(c, args)
		},
	}
	c.Flags().StringVar(&f.Out, "out", "evidence", "folder for the evidence; '' keeps none")
	c.Flags().IntVar(&f.Jobs, "jobs", 0, "scenarios at a time (0: one a processor)")
	c.Flags().IntVar(&f.Repeat, "repeat", 1, "run each scenario so many times, and tell those whose verdicts differ")
	c.Flags().BoolVar(&f.output.bisect, "bisect", false, "end with the status that `git bisect run` wants: 0 passed, 1 failed, 125 this commit cannot be tested, 128 bad usage")
	c.Flags().BoolVar(&f.Keep, "keep", false, "with --repeat, keep the evidence of repetitions that passed too")
	c.Flags().BoolVar(&f.AnyVersion, "any-version", false, "run scenarios that are for newer kernels only, too: for a kernel with the commit that they name")
	c.Flags().Var(limitsFlag{&f.Limits}, "limits", "what a step may take before its traffic is cut as a storm, where its scenario does not say: frames=100000,bytes=64M,time=10s, or some of them")
	c.Flags().StringVar(&f.signKey, "sign", "", "sign each file of the evidence with the private key in this `FILE` (ssh-keygen -t ed25519): its FILE.sig is for judge --verify and ssh-keygen -Y verify")
	f.output.define(c.Flags())
	f.guests.define(c.Flags())
	f.references.define(c.Flags())
	f.hold.define(c.Flags())
	return c
}

func (f *runFlags) check() error {
	switch {
	case f.Jobs < 0:
		return fmt.Errorf("--jobs %d: less than none", f.Jobs)
	case f.Repeat < 1:
		return fmt.Errorf("--repeat %d: less than once", f.Repeat)
	case f.signKey != "" && f.Out == "":
		return errors.New("--sign: with --out '' there is no evidence to sign")
	case f.output.bisect && (len(f.guests.kernels) > 1 || f.guests.matrix != ""):
		return errors.New("--bisect: a commit is judged by one --kernel")
	}
	if err := f.output.check(); err != nil {
		return err
	}
	if err := f.guests.check(); err != nil {
		return err
	}
	return f.hold.check(f)
}

func (f *runFlags) run(c *cobra.Command, args []string) (err error) {
	if f.signer, err = loadSigner(f.signKey); err != nil {
		return named(err)
	}
	if err := f.references.load(); err != nil {
		return err
	}
	targets, err := f.guests.targets()
	if err != nil {
		return err
	}
	if demoted {
		c.PrintErrln("note: real-time scheduling is given up: the kernel's own threads, which deliver frames, would get no processor")
	}
	if len(targets) == 0 {
		return f.runHere(c, args)
	}
	return f.runTargets(c, args, targets)
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

package main

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"netverify/assert"
	"netverify/report"
	"netverify/scenarios"
)

func judgeCommand() *cobra.Command {
	var o outputFlags
	var own foreignFlags
	c := &cobra.Command{
		Use:   "judge SCENARIO [FILE|DIR...]",
		Short: "Judge evidence again: the verdicts of the run, from its frames",
		Long: `Judge evidence again. A verdict is a function of the recording and of the scenario
that says what to expect, so the file that a run left (*.pcapng, or *.pcapng.gz)
gives the same verdicts, reasons and frame numbers on any machine, without
privilege, and later.

SCENARIO is a name, a glob, a file or a folder, as for run. Of a folder each file
is judged by the scenario that it records, and what SCENARIO does not name is left
out. Evidence of another version of the scenario is not judged: the digests differ.

A file that is cut or was changed is never a pass: the reason says where it ends,
or what does not fit.

Captures that others made (tcpdump, dumpcap, Wireshark; pcap or pcapng) are judged
as far as they go. --point says which place of the scenario a file is of, where
its name (sw_p1.pcap) or those of its interfaces do not. What was seen counts; what
only netverify's own run can prove stays open, and the report names what is
missing: that a frame never came, what a socket got, what the kernel answered.`,
		Example: `  netverify judge macvlan/bridge-siblings evidence/macvlan/bridge-siblings.pcapng
  netverify judge '*' evidence
  netverify judge my/scenario.yaml evidence --json verdicts.json
  netverify judge macvlan/vepa-reflective-relay --point sw:p1=eth1.pcap --point c1:eth0=dump.pcapng#veth7 --step 3`,
		Args: func(c *cobra.Command, args []string) error {
			least := 2
			if len(own.points) > 0 {
				least = 1
			}
			if err := cobra.MinimumNArgs(least)(c, args); err != nil {
				return err
			}
			return o.check()
		},
		RunE: func(c *cobra.Command, args []string) error {
			plans, err := scenarios.Find(args[:1])
			if err != nil {
				return err
			}
			files, err := own.captures(args[1:])
			if err != nil {
				return err
			}
			var rep report.Report
			if files != nil {
				rep, err = own.judge(c, plans, args[0], files)
			} else {
				rep, err = judge(plans, args)
			}
			if err != nil {
				return err
			}
			return o.write(c, rep)
		},
	}
	o.define(c.Flags())
	own.define(c.Flags())
	return c
}

// judge judges the files that args name after their first, which names the plans.
func judge(plans []*scenarios.Plan, args []string) (report.Report, error) {
	var b runsOf
	for _, arg := range args[1:] {
		list, err := evidenceIn(arg)
		if err != nil {
			return report.Report{}, fmt.Errorf("netverify: %w", err)
		}
		judged := 0
		for _, e := range list {
			p := planOf(plans, e.rec.Scenario)
			if p == nil && len(list) == 1 && len(plans) == 1 {
				p = plans[0] // the verdict says that it is of another one
			}
			if p != nil {
				b.add(e, judgedRun(p, e))
				judged++
			}
		}
		if judged == 0 {
			return report.Report{}, fmt.Errorf("netverify: %s holds nothing of a scenario that %s names%s", arg, args[0], recordedIn(list))
		}
	}
	return report.Of(b.runs()...), nil
}

func planOf(plans []*scenarios.Plan, name string) *scenarios.Plan {
	for _, p := range plans {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// recordedIn says what is there instead.
func recordedIn(list []evidenceFile) string {
	for _, e := range list {
		if e.rec.Scenario != "" {
			return fmt.Sprintf("; %s is of %s", filepath.Join(e.dir, e.name), e.rec.Scenario)
		}
	}
	return ""
}

// verdictOn is the result of a plan that a recording gives.
func verdictOn(p *scenarios.Plan, e evidenceFile) assert.Result {
	r := p.Result()
	e.about(&r)
	c := p.Case()
	r.Take(assert.Judge(&c, e.rec))
	return r
}

// judgedRun is the run of one recording. Where the verdict is another than that
// of the run, it says so.
func judgedRun(p *scenarios.Plan, e evidenceFile) report.Run {
	r := verdictOn(p, e)
	run := report.New(e.kernel, 1, []assert.Result{r})
	if s := e.recorded(); s != nil && s.Outcome != r.Outcome.String() && s.Digest == r.Digest {
		run.Trouble = append(run.Trouble, fmt.Sprintf("%s: when it was run it was %s, and this version of netverify says %s: %s", r.Name, s.Outcome, r.Outcome, r.Reason))
	}
	return run
}

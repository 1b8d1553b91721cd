package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"netverify/assert"
	"netverify/report"
	"netverify/scenarios"
)

func judgeCommand() *cobra.Command {
	var o outputFlags
	var own foreignFlags
	var in reading
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

A file that is cut, damaged, filtered or merged is never a pass: the reason says where
it ends, or what does not fit. The checksum that tells is no guard against forgery:
with --verify KEY only what the owner of the key has signed is believed (run --sign
KEY, or ssh-keygen -Y sign -n netverify), and the verdict on any other file is an
error (exit status 3). Of a file that needs more memory than --limit what was read
until then is judged, and nothing passes.

Captures that others made (tcpdump, dumpcap, Wireshark; pcap or pcapng) are judged
as far as they go. --point says which place of the scenario a file is of, where
its name (sw_p1.pcap) or those of its interfaces do not. What was seen counts; what
only netverify's own run can prove stays open, and the report names what is
missing: that a frame never came, what a socket got, what the kernel answered.`,
		Example: `  netverify judge macvlan/bridge-siblings evidence/macvlan/bridge-siblings.pcapng
  netverify judge '*' evidence
  netverify judge '*' evidence --verify ci_key.pub
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
			if err := in.check(c); err != nil {
				return named(err)
			}
			o.recordings = in.recordings
			return o.check()
		},
		RunE: func(c *cobra.Command, args []string) error {
			plans, err := scenarios.Find(args[:1])
			if err != nil {
				return err
			}
			files, err := own.captures(&in, args[1:])
			if err != nil {
				return err
			}
			var rep report.Report
			if files != nil {
				rep, err = own.judge(c, plans, args[0], files)
			} else {
				rep, err = judge(&in, plans, args)
			}
			if err != nil {
				return err
			}
			return o.write(c, rep)
		},
	}
	o.define(c.Flags())
	own.define(c.Flags())
	in.define(c.Flags())
	return c
}

// judge judges the files that args name after their first, which names the
// plans. One file is held at a time.
func judge(in *reading, plans []*scenarios.Plan, args []string) (report.Report, error) {
	var b runsOf
	byName := plansByName(plans)
	for _, arg := range args[1:] {
		all, err := find(arg)
		if err != nil {
			return report.Report{}, named(err)
		}
		judged, instead := 0, ""
		for _, f := range all.files {
			e, err := in.load(f)
			if err != nil {
				return report.Report{}, named(err)
			}
			p := byName[e.rec.Scenario]
			if p == nil && len(all.files) == 1 && len(plans) == 1 {
				p = plans[0] // the verdict says that it is of another one
			}
			if p == nil {
				if instead == "" && e.rec.Scenario != "" {
					instead = fmt.Sprintf("; %s is of %s", f.path(), e.rec.Scenario)
				}
				continue
			}
			run := judgedRun(p, e)
			if judged == 0 {
				run.Trouble = append(run.Trouble, all.trouble(arg)...)
			}
			b.add(e, run)
			judged++
		}
		if judged == 0 {
			return report.Report{}, fmt.Errorf("netverify: %s holds nothing of a scenario that %s names%s%s", arg, args[0], instead, all.leftOut("; "))
		}
	}
	return report.Of(b.runs()...), nil
}

// plansByName are plans by their names; of several of a name the first.
func plansByName(plans []*scenarios.Plan) map[string]*scenarios.Plan {
	m := make(map[string]*scenarios.Plan, len(plans))
	for _, p := range plans {
		if m[p.Name] == nil {
			m[p.Name] = p
		}
	}
	return m
}

// verdictOn is the result of a plan that a recording gives.
func verdictOn(p *scenarios.Plan, e evidenceFile) assert.Result {
	r := p.Result()
	e.about(&r)
	c := p.Case()
	r.Take(assert.Judge(&c, e.rec))
	return r
}

// judgedRun is the run of one recording. Where the verdict is another than the
// file tells, it says so.
func judgedRun(p *scenarios.Plan, e evidenceFile) report.Run {
	r := verdictOn(p, e)
	run := report.New(e.kernel, 1, []assert.Result{r})
	if s := e.recorded(); s != nil && s.Digest == r.Digest {
		if what := differs(s, &run.Scenarios[0]); what != "" {
			run.Trouble = append(run.Trouble, fmt.Sprintf("%s: the file tells another verdict than its frames: %s (another version of netverify wrote it, or it was changed)", r.Name, what))
		}
	}
	return run
}

// differs compares what a file tells of its verdict with what its frames say.
// Words may differ between versions; outcomes may not.
func differs(told, judged *report.Scenario) string {
	if told.Outcome != judged.Outcome {
		text := fmt.Sprintf("the file says %s, the frames say %s", told.Outcome, judged.Outcome)
		if judged.Reason != "" {
			text += ": " + judged.Reason
		}
		return text
	}
	if len(told.Checks) != len(judged.Checks) {
		return fmt.Sprintf("the file has %d checks, the scenario %d", len(told.Checks), len(judged.Checks))
	}
	for i := range told.Checks {
		if a, b := &told.Checks[i], &judged.Checks[i]; a.Outcome != b.Outcome {
			return fmt.Sprintf("%s: %s: the file says %s, the frames say %s", b.Step, b.Text, a.Outcome, b.Outcome)
		}
	}
	return ""
}

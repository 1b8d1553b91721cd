package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"netverify/assert"
	"netverify/report"
	"netverify/scenarios"
)

func reportCommand() *cobra.Command {
	var o outputFlags
	var in reading
	var own []string
	c := &cobra.Command{
		Use:   "report FILE|DIR...",
		Short: "Write the report of earlier runs again, in any format",
		Long: `Write the report of earlier runs again, in any format, and end with the exit status
of these runs. A FILE is a report as JSON (--report result.json), or evidence: each
*.pcapng holds the report on its scenario. Of a folder all evidence below it is taken.

What a piece of evidence says of its own verdict is not believed: its frames are judged
again, and where they say something else, that is the verdict, and the report says so.
This needs the scenario: a built-in one, or one that --scenario names, in the version
that was run. Without it the verdict is only what the file says; the report tells that,
and the exit status is 3. A report as JSON holds no frames, and is taken at its word.

With --verify KEY only what the owner of the key has signed is taken (run --sign KEY, or
ssh-keygen -Y sign -n netverify): the verdict on any other file is an error.`,
		Example: `  netverify report result.json
  netverify report evidence
  netverify report evidence --scenario my/scenarios --verify ci_key.pub
  netverify report evidence/macvlan/bridge-siblings.pcapng --format json
  netverify report shard-1.json shard-2.json --report all.xml`,
		Args: func(c *cobra.Command, args []string) error {
			if err := cobra.MinimumNArgs(1)(c, args); err != nil {
				return err
			}
			if err := in.check(c); err != nil {
				return named(err)
			}
			o.recordings = in.recordings
			return o.check()
		},
		RunE: func(c *cobra.Command, args []string) error {
			rep, err := reportOf(&in, own, args)
			if err != nil {
				return err
			}
			return o.write(c, rep)
		},
	}
	o.define(c.Flags())
	in.define(c.Flags())
	c.Flags().StringArrayVar(&own, "scenario", nil, "judge by these scenarios, too: a `NAME`, file or folder as for run. May be given several times")
	return c
}

// reportOf puts together what files and folders hold. own are scenarios besides
// the built-in ones.
func reportOf(in *reading, own, args []string) (report.Report, error) {
	var runs []report.Run
	b := retelling{in: in, own: own}
	for _, arg := range args {
		if strings.EqualFold(filepath.Ext(arg), ".json") {
			text, err := in.text(arg)
			if err != nil {
				return report.Report{}, named(err)
			}
			rep, err := report.Parse(text)
			if err != nil {
				return report.Report{}, fmt.Errorf("netverify: %s: %w", arg, err)
			}
			for _, run := range rep.Runs {
				if !b.joins(run) {
					runs = append(runs, run)
				}
			}
			continue
		}
		if err := b.take(arg); err != nil {
			return report.Report{}, err
		}
	}
	return report.Of(append(runs, b.finish()...)...), nil
}

// retelling makes the report on evidence again.
type retelling struct {
	runsOf
	in      *reading
	own     []string
	plans   map[string]*scenarios.Plan // by name; nil until they are needed
	claimed []string                   // whose verdicts are only what the files say
}

// take reads the evidence that an argument names.
func (b *retelling) take(arg string) error {
	all, err := find(arg)
	if err != nil {
		return named(err)
	}
	for i, f := range all.files {
		e, err := b.in.load(f)
		if err != nil {
			return named(err)
		}
		run, err := b.run(e)
		if err != nil {
			return err
		}
		if i == 0 {
			run.Trouble = append(run.Trouble, all.trouble(arg)...)
		}
		b.add(e, run)
	}
	return nil
}

// run is the run that a file tells of, judged again. What is cut or damaged
// tells of none, and says that.
func (b *retelling) run(e evidenceFile) (report.Run, error) {
	if e.rec.Stop != nil && e.report == nil {
		r := assert.Result{Name: e.rec.Scenario}
		if r.Name == "" {
			r.Name = e.path()
		}
		e.about(&r)
		r.Take(assert.Stopped(e.rec.Stop))
		return report.New(e.kernel, 1, []assert.Result{r}), nil
	}
	if e.report == nil {
		return report.Run{}, errors.New("netverify: " + e.path() + ": holds no report, as older versions of netverify wrote none; netverify judge makes one")
	}
	p, err := b.plan(e)
	if err != nil {
		return report.Run{}, err
	}
	if p != nil {
		return judgedRun(p, e), nil
	}
	run := e.report.Runs[0]
	run.Scenarios[0].Relocate(filepath.ToSlash(e.name))
	if e.signature == nil {
		b.claimed = append(b.claimed, run.Scenarios[0].Name)
	}
	return run, nil
}

// plan is the scenario of a file, in the version that was run; nil where it is
// not at hand. The user's own come before built-in ones of the same name.
func (b *retelling) plan(e evidenceFile) (*scenarios.Plan, error) {
	if b.plans == nil && len(b.own) > 0 {
		mine, err := scenarios.Find(b.own)
		if err != nil {
			return nil, err
		}
		b.plans = plansByName(mine)
	}
	if p := b.plans[e.rec.Scenario]; p != nil && p.Digest == e.rec.Digest {
		return p, nil
	}
	built, err := scenarios.BuiltIn(e.rec.Scenario)
	for _, p := range built {
		if p.Name == e.rec.Scenario && p.Digest == e.rec.Digest {
			return p, nil
		}
	}
	return nil, err
}

// finish is all that was told, and which of it is only claimed.
func (b *retelling) finish() []report.Run {
	runs := b.runs()
	if n := len(b.claimed); n > 0 {
		const most = 3
		names := strings.Join(b.claimed[:min(most, n)], ", ")
		if n > most {
			names += fmt.Sprintf(" and %d more", n-most)
		}
		runs[0].Trouble = append(runs[0].Trouble, "not judged again, for the scenario is not at hand in the version that was run, so that the verdict is only what the file says: "+
			names+"; name it with --scenario, or have the file verified with --verify")
	}
	return runs
}

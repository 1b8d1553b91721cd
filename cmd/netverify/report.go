package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"netverify/assert"
	"netverify/report"
)

func reportCommand() *cobra.Command {
	var o outputFlags
	c := &cobra.Command{
		Use:   "report FILE|DIR...",
		Short: "Write the report of earlier runs again, in any format",
		Long: `Write the report of earlier runs again, in any format, and end with the exit status
of these runs. A FILE is a report as JSON (--report result.json), or evidence: each
*.pcapng holds the report on its scenario. Of a folder all evidence below it is taken.
Nothing is judged here; see netverify judge.`,
		Example: `  netverify report result.json
  netverify report evidence
  netverify report evidence/macvlan/bridge-siblings.pcapng --format json
  netverify report shard-1.json shard-2.json --report all.xml`,
		Args: func(c *cobra.Command, args []string) error {
			if err := cobra.MinimumNArgs(1)(c, args); err != nil {
				return err
			}
			return o.check()
		},
		RunE: func(c *cobra.Command, args []string) error {
			rep, err := reportOf(args)
			if err != nil {
				return fmt.Errorf("netverify: %w", err)
			}
			return o.write(c, rep)
		},
	}
	o.define(c.Flags())
	return c
}

// reportOf puts together what files and folders hold.
func reportOf(args []string) (report.Report, error) {
	var runs []report.Run
	var b runsOf
	for _, arg := range args {
		if strings.EqualFold(filepath.Ext(arg), ".json") {
			rep, err := reportFrom(arg)
			if err != nil {
				return report.Report{}, err
			}
			runs = append(runs, rep.Runs...)
			continue
		}
		list, err := evidenceIn(arg)
		if err != nil {
			return report.Report{}, err
		}
		for _, e := range list {
			run, err := recordedRun(e)
			if err != nil {
				return report.Report{}, err
			}
			b.add(e, run)
		}
	}
	return report.Of(append(runs, b.runs()...)...), nil
}

// reportFrom reads a report as JSON.
func reportFrom(name string) (report.Report, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return report.Report{}, err
	}
	rep, err := report.Parse(text)
	if err != nil {
		return rep, fmt.Errorf("%s: %w", name, err)
	}
	return rep, nil
}

// recordedRun is the run that a file tells of. What is cut or damaged tells of
// none, and says that.
func recordedRun(e evidenceFile) (report.Run, error) {
	if e.rec.Stop != nil && e.report == nil {
		r := assert.Result{Name: e.rec.Scenario}
		if r.Name == "" {
			r.Name = filepath.Join(e.dir, e.name)
		}
		e.about(&r)
		r.Take(assert.Stopped(e.rec.Stop))
		return report.New(e.kernel, 1, []assert.Result{r}), nil
	}
	if e.report == nil {
		return report.Run{}, errors.New(filepath.Join(e.dir, e.name) + ": holds no report, as older versions of netverify wrote none; netverify judge makes one")
	}
	run := e.report.Runs[0]
	run.Scenarios[0].Relocate(filepath.ToSlash(e.name))
	return run, nil
}

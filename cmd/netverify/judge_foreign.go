package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"netverify/assert"
	"netverify/capture/pcapng"
	others "netverify/foreign"
	"netverify/recording"
	"netverify/report"
	"netverify/scenarios"
)

// foreignFlags are those of judge that say what captures others made are of.
type foreignFlags struct {
	points []string
	step   int

	signatures []report.Signature // of the captures, where they were asked for
}

func (f *foreignFlags) define(fs *pflag.FlagSet) {
	fs.StringArrayVar(&f.points, "point", nil, "the frames of a place of the scenario are in a file, or in one interface of it: `NODE:INTERFACE=FILE[#INTERFACE]`. May be given several times")
	fs.IntVar(&f.step, "step", 0, "the captures are of this step of the scenario, from 1 (0: of the only one that sends or expects anything, or of those of the run beside which they were made)")
}

// captures reads the files, if others than netverify made one of them, or a
// flag says so; else it returns nil.
func (f *foreignFlags) captures(in *reading, args []string) ([]others.File, error) {
	var names []string
	for _, text := range f.points {
		m, err := others.ParseMapping(text)
		if err != nil {
			return nil, fmt.Errorf("netverify: --point: %w", err)
		}
		if !slices.Contains(names, m.File) {
			names = append(names, m.File)
		}
	}
	asked := len(f.points) > 0 || f.step > 0
	for _, a := range args {
		if info, err := os.Stat(a); err == nil && info.IsDir() {
			if asked {
				return nil, fmt.Errorf("netverify: %s is a folder: name the captures in it one by one", a)
			}
			return nil, nil
		}
		if !slices.Contains(names, a) {
			names = append(names, a)
		}
	}
	for i := 0; i < len(names) && !asked; i++ {
		ours, err := in.native(names[i])
		if err != nil {
			return nil, named(err)
		}
		asked = !ours
	}
	if !asked {
		return nil, nil
	}
	var files []others.File
	budget := in.budget() // all of them are held at a time
	for _, name := range names {
		c, err := in.read(name, pcapng.ReadOptions{Budget: budget})
		if err == nil && c.err != nil && len(c.Sections) == 0 {
			err = c.err
		}
		if err != nil {
			return nil, named(err)
		}
		if c.signature != nil {
			c.signature.File = filepath.ToSlash(name)
			f.signatures = append(f.signatures, *c.signature)
		}
		files = append(files, others.File{Name: name, File: c.File, Err: c.err})
	}
	return files, nil
}

// judge is the report on captures that others made.
func (f *foreignFlags) judge(c *cobra.Command, plans []*scenarios.Plan, arg string, files []others.File) (report.Report, error) {
	if len(plans) != 1 {
		return report.Report{}, fmt.Errorf("netverify: %s names %d scenarios: say of which one the captures are", arg, len(plans))
	}
	o := others.Options{Files: files, Step: f.step}
	for _, text := range f.points {
		m, err := others.ParseMapping(text)
		if err != nil {
			return report.Report{}, fmt.Errorf("netverify: --point: %w", err)
		}
		o.Points = append(o.Points, m)
	}
	rec, notes, err := others.Record(plans[0], o)
	if err != nil {
		return report.Report{}, named(err)
	}
	for _, file := range files {
		file.Forget() // judging takes memory of its own
	}
	for _, n := range notes {
		c.PrintErrln("note:", n)
	}
	for _, s := range f.signatures {
		if s.State != report.Verified {
			rec.Stop = &recording.Stop{Kind: recording.StopDamaged, Reason: fmt.Sprintf("%s is not verified: %s", s.File, s.Reason)}
			break
		}
	}
	cas := plans[0].Case()
	r := plans[0].Result()
	r.Take(assert.Judge(&cas, rec))
	sources(&r, rec, files)
	slices.SortStableFunc(r.Checks, func(a, b assert.Check) int { // steps without a capture come last
		return cmp.Compare(len(legOf(a)), len(legOf(b)))
	})
	for _, n := range notes {
		r.Facts = append(r.Facts, assert.Fact{Key: "note", Value: n})
	}
	run := report.New(report.Kernel{Release: systems(files)}, 1, []assert.Result{r})
	run.Signatures = append(run.Signatures, f.signatures...)
	run.Trouble = append(run.Trouble, rec.Trouble...) // where a file was not read to its end
	for _, l := range others.Lacks(r.Checks) {
		run.Trouble = append(run.Trouble, "these captures lack "+l)
	}
	return report.Of(run), nil
}

// legOf is LegStep where a check is of a step that was not captured.
func legOf(k assert.Check) []assert.Leg {
	if slices.Contains(k.Lacks, assert.LegStep) {
		return k.Lacks
	}
	return nil
}

// sources tells where each frame is, and which file is of which place.
func sources(r *assert.Result, rec *recording.Recording, files []others.File) {
	for _, f := range files {
		r.Evidence = append(r.Evidence, filepath.ToSlash(f.Name))
	}
	count := make([]int, len(rec.Points))
	r.Sources = []assert.Source{}
	for i := range rec.Observations {
		point := rec.Observations[i].Point
		count[point]++
		r.Sources = append(r.Sources, assert.Source{File: filepath.ToSlash(rec.Foreign.Points[point].File), Number: rec.Foreign.Frames[i]})
		if at := time.Unix(0, rec.Observations[i].At); r.Began.IsZero() || at.Before(r.Began) {
			r.Began = at
		}
	}
	for i, p := range rec.Points {
		r.Facts = append(r.Facts, assert.Fact{Key: p.Name(), Value: fmt.Sprintf("%d frames in %s", count[i], rec.Foreign.Points[i].File)})
	}
}

// systems are the kernels that the files say they were made on.
func systems(files []others.File) string {
	const most = 4 // a report has a line for it
	var list []string
	for _, f := range files {
		for _, s := range f.Sections {
			release := strings.TrimPrefix(s.OS, "Linux ")
			if release == "" || slices.Contains(list, release) {
				continue
			}
			if len(list) == most {
				return strings.Join(list, ", ") + ", ..."
			}
			list = append(list, release)
		}
	}
	return strings.Join(list, ", ")
}

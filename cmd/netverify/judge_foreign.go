package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
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
	"netverify/frame"
	"netverify/report"
	"netverify/scenarios"
)

// foreignFlags are those of judge that say what captures others made are of.
type foreignFlags struct {
	points []string
	step   int
}

func (f *foreignFlags) define(fs *pflag.FlagSet) {
	fs.StringArrayVar(&f.points, "point", nil, "the frames of a place of the scenario are in a file, or in one interface of it: `NODE:INTERFACE=FILE[#INTERFACE]`. May be given several times")
	fs.IntVar(&f.step, "step", 0, "the captures are of this step of the scenario, from 1 (0: of the only one that sends or expects anything, or of those of the run beside which they were made)")
}

// captures reads the files, if others than netverify made one of them, or a
// flag says so; else it returns nil.
func (f *foreignFlags) captures(args []string) ([]others.File, error) {
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
	var files []others.File
	for _, name := range names {
		file, err := pcapng.Load(name)
		if path := (*fs.PathError)(nil); errors.As(err, &path) {
			return nil, fmt.Errorf("netverify: %w", err)
		}
		if err != nil && len(file.Sections) == 0 && asked {
			return nil, fmt.Errorf("netverify: %w", err)
		}
		asked = asked || len(file.Sections) > 0 && !file.Sections[0].Announced
		files = append(files, others.File{Name: name, File: file, Err: err})
	}
	if !asked {
		return nil, nil
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
		return report.Report{}, fmt.Errorf("netverify: %w", err)
	}
	for _, n := range notes {
		c.PrintErrln("note:", n)
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
func sources(r *assert.Result, rec *frame.Recording, files []others.File) {
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
	var list []string
	for _, f := range files {
		for _, s := range f.Sections {
			if release := strings.TrimPrefix(s.OS, "Linux "); release != "" && !slices.Contains(list, release) {
				list = append(list, release)
			}
		}
	}
	return strings.Join(list, ", ")
}

package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"netverify/assert"
	"netverify/docs"
	"netverify/internal/input"
	"netverify/recording"
	"netverify/report"
	"netverify/run"
	"netverify/scenarios"
)

// A kernel that refuses to build a lab, or in which all fences of a hop vanish,
// fails only where the same scenario is known to have passed on another one:
// assert.Suspect. These are the places where that is looked up.
type references struct {
	files []string // of --reference
	none  bool     // nobody is to be compared with

	given    []passed // by the files
	recorded []passed // of the library
}

// passed is a kernel, and the digests of the scenarios that passed on it.
type passed struct {
	recording.Reference
	scenario map[string]string
}

const noReference = "none"

func (r *references) define(fs *pflag.FlagSet) {
	fs.StringArrayVar(&r.files, "reference", nil, "where a lab cannot be built, or a hop loses all that is sent over it, it is a fail if the same scenario passed in this report (JSON `FILE`), besides on the other kernels of this run, and those of the library's record ("+noReference+": compare with nobody)")
}

// load reads what there is to compare with.
func (r *references) load() error {
	r.given, r.none = nil, false
	for _, name := range r.files {
		if name == noReference {
			r.none = true
			continue
		}
		text, err := input.ReadFile(name, mostReference)
		if err != nil {
			return fmt.Errorf("--reference: %w", err)
		}
		rep, err := report.Parse(text)
		if err != nil {
			return fmt.Errorf("--reference %s: %w", name, err)
		}
		for _, kernel := range rep.Runs {
			p := passed{recording.Reference{Kernel: kernel.Kernel.Name, Release: kernel.Kernel.Release, From: filepath.Base(name)}, map[string]string{}}
			for _, s := range kernel.Scenarios {
				p.note(s.Name, s.Digest, s.Outcome)
			}
			r.given = append(r.given, p)
		}
	}
	var err error
	r.recorded, err = recorded(docs.Seen)
	return err
}

// mostReference bounds a report that is read, in bytes.
const mostReference = 512 << 20

// note takes in one run of a scenario: what did not pass each time did not pass.
func (p *passed) note(name, digest, outcome string) {
	if was, known := p.scenario[name]; outcome != assert.Pass.String() || known && was != digest {
		digest = ""
	}
	p.scenario[name] = digest
}

// recorded reads seen.json.
func recorded(text []byte) (list []passed, err error) {
	var seen struct {
		Kernels   []struct{ Name, Release string }
		Scenarios map[string]struct {
			Digest   string
			Outcomes map[string]string
		}
	}
	if err := json.Unmarshal(text, &seen); err != nil {
		return nil, fmt.Errorf("what is recorded of the library: %w", err)
	}
	for _, k := range seen.Kernels {
		p := passed{recording.Reference{Kernel: k.Name, Release: k.Release, From: "the library's record"}, map[string]string{}}
		for name, s := range seen.Scenarios {
			p.note(name, s.Digest, s.Outcomes[k.Name])
		}
		list = append(list, p)
	}
	return list, nil
}

// of finds a kernel to compare one of this release with: what the user named, or
// the newest that is no newer, one of this run before one of the record. A
// scenario that passes on newer kernels only may be about what came with them.
func (r *references) of(s *assert.Result, release string, beside []passed) *recording.Reference {
	has := func(p *passed) bool { return s.Digest != "" && p.scenario[s.Name] == s.Digest }
	for i := range r.given {
		if has(&r.given[i]) {
			return &r.given[i].Reference
		}
	}
	mine, ok := scenarios.ParseRelease(release)
	if !ok || r.none {
		return nil
	}
	var best *recording.Reference
	var newest scenarios.Version
	for _, list := range [][]passed{beside, r.recorded} {
		for i := range list {
			v, known := scenarios.ParseRelease(list[i].Release)
			if v = v.Series(); !known || v.Compare(mine.Series()) > 0 || !has(&list[i]) {
				continue
			}
			if best == nil || v.Compare(newest) > 0 {
				best, newest = &list[i].Reference, v
			}
		}
	}
	return best
}

// kernelRun is the run of one kernel, with its results as they can still be changed.
type kernelRun struct {
	report.Run
	planned int
	results []assert.Result
	below   string // folder of its evidence, below --out
}

func newKernelRun(kernel report.Kernel, planned int, results []assert.Result, below string) kernelRun {
	return kernelRun{report.New(kernel, planned, results), planned, results, below}
}

// passed is what one run has to say to the others.
func (r *kernelRun) passed() passed {
	p := passed{recording.Reference{Kernel: r.Kernel.Name, Release: r.Kernel.Release, From: "this run"}, map[string]string{}}
	for i := range r.results {
		p.note(r.results[i].Name, r.results[i].Digest, r.results[i].Outcome.String())
	}
	return p
}

// compared makes a report of runs in which what only shows that a kernel is to be
// suspected is compared with the references.
func (f *runFlags) compared(runs ...kernelRun) report.Report {
	beside := make([]passed, len(runs))
	for i := range runs {
		beside[i] = runs[i].passed()
	}
	var out []report.Run
	for i := range runs {
		others := append(append([]passed{}, beside[:i]...), beside[i+1:]...)
		if f.regressions(&runs[i], others) {
			again := report.New(runs[i].Kernel, runs[i].planned, runs[i].results)
			runs[i].Scenarios, runs[i].Summary, runs[i].Repeats = again.Scenarios, again.Summary, again.Repeats
		}
		out = append(out, runs[i].Run)
	}
	return report.Of(out...)
}

// regressions fails the results of one run that a reference makes failures, and
// writes into their evidence by which.
func (f *runFlags) regressions(r *kernelRun, beside []passed) (changed bool) {
	for i := range r.results {
		s := &r.results[i]
		if len(s.Suspect.Keys) == 0 {
			continue
		}
		ref := f.references.of(s, r.Kernel.Release, beside)
		if ref == nil || !s.Regress(ref) {
			continue
		}
		changed = true
		for _, name := range s.Evidence {
			err := run.Amend(f.Out, filepath.Join(r.below, name), s, func(rec *recording.Recording) { rec.Reference = ref })
			if err != nil {
				s.Trouble = strings.TrimPrefix(s.Trouble+"; "+err.Error(), "; ")
			}
		}
	}
	return changed
}

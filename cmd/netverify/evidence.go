package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"netverify/assert"
	"netverify/capture/pcapng"
	"netverify/recording"
	"netverify/report"
)

// evidenceFile is a file that a run left, or what could be read of it.
type evidenceFile struct {
	dir, name string               // the folder that the report names, and the file below it
	rec       *recording.Recording // never nil; its Stop says where the file is cut or damaged
	kernel    report.Kernel
	report    *report.Report    // that was written with it; nil where there is none
	signature *report.Signature // nil: nobody asked for one
}

// captureFile matches the names of the files that a folder is searched for.
var captureFile = regexp.MustCompile(`\.pcapng(\.gz)?$`)

// load reads one file. The error is that of the machine, which cannot read it.
func (r *reading) load(f foundFile) (evidenceFile, error) {
	e := evidenceFile{dir: f.dir, name: f.name, rec: &recording.Recording{}}
	c, err := r.read(f.path(), pcapng.ReadOptions{Budget: r.budget()})
	if err != nil {
		return e, err
	}
	e.take(c.File, c.err)
	if s := c.signature; s != nil {
		s.File = filepath.ToSlash(f.name)
		e.signature = s
		if s.State != report.Verified {
			e.stop(recording.StopDamaged, "%s is not verified: %s", f.path(), s.Reason)
		}
	}
	return e, nil
}

// recordings reads a file of a run's evidence for a report that shows frames: of
// a file that is cut or damaged what can be read, and the error. The frames of
// another run, which has replaced the file since, are none of this report's.
func (r *reading) recordings(run *report.Run, file string) (*recording.Recording, error) {
	e, err := r.load(foundFile{run.Evidence, file})
	if err != nil {
		return e.rec, err
	}
	if err := e.ofAnother(run, file); err != nil {
		return &recording.Recording{}, err
	}
	if s := e.rec.Stop; s != nil && (s.Kind == recording.StopCut || s.Kind == recording.StopDamaged) {
		err = errors.New(s.Reason)
	}
	return e.rec, err
}

// ofAnother says that the file is of another run than the report's scenario that
// names it: by the ids that both have or, in older ones, by when it began.
func (e *evidenceFile) ofAnother(run *report.Run, file string) error {
	got := e.recorded()
	if got == nil {
		return nil // the file does not tell, and why not is told
	}
	for i := range run.Scenarios {
		want := &run.Scenarios[i]
		if !slices.Contains(want.Evidence, file) {
			continue
		}
		if want.Run != got.Run || want.Began != got.Began {
			return fmt.Errorf("%s holds the frames of another run, which began at %s and has replaced those of this report, from %s: give each run a folder of its own (--out)", e.path(), got.Began, want.Began)
		}
	}
	return nil
}

// path is where the file is.
func (e *evidenceFile) path() string { return foundFile{e.dir, e.name}.path() }

// take makes one recording of what was read of a file.
func (e *evidenceFile) take(file *pcapng.File, err error) {
	var cut *pcapng.TruncatedError
	var full *pcapng.LimitError
	if len(file.Sections) > 0 {
		s := file.Sections[0]
		e.rec = s.Recording
		e.kernel.Release = strings.TrimPrefix(s.OS, "Linux ")
		err = errors.Join(err, e.reported(s.Report))
	}
	switch {
	case errors.As(err, &full):
		e.stop(recording.StopCut, "%v; what the run did is written behind them", err)
	case errors.As(err, &cut):
		e.stop(recording.StopCut, "%v; %d frames were read up to there, and what the run did is written behind them", err, len(e.rec.Observations))
	case err != nil:
		e.stop(recording.StopDamaged, "%v", err)
	case len(file.Sections) > 1:
		e.stop(recording.StopDamaged, "%s holds %d recordings, one behind the other; judge them file by file", filepath.Join(e.dir, e.name), len(file.Sections))
	case !file.Sections[0].Native:
		e.stop(recording.StopDamaged, "%s was not written by netverify: it does not say what was done while its frames were captured", filepath.Join(e.dir, e.name))
	}
}

func (e *evidenceFile) stop(kind recording.StopKind, format string, args ...any) {
	e.rec.Stop = &recording.Stop{Kind: kind, Reason: fmt.Sprintf(format, args...)}
	e.report = nil // of a file that is not sound nothing is believed
}

// reported takes over the report that was written with a recording.
func (e *evidenceFile) reported(text []byte) error {
	if len(text) == 0 {
		return nil
	}
	rep, err := report.Parse(text)
	if err != nil {
		return fmt.Errorf("the report inside: %w", err)
	}
	if len(rep.Runs) != 1 || len(rep.Runs[0].Scenarios) != 1 {
		return errors.New("the report inside is not that of one scenario")
	}
	e.report, e.kernel = &rep, rep.Runs[0].Kernel
	return nil
}

// recorded is what the run said of its scenario; nil where the file does not
// tell.
func (e *evidenceFile) recorded() *report.Scenario {
	if e.report == nil {
		return nil
	}
	return &e.report.Runs[0].Scenarios[0]
}

// about fills in what a recording says of its run besides the verdict.
func (e *evidenceFile) about(r *assert.Result) {
	r.Evidence = []string{filepath.ToSlash(e.name)}
	if steps := e.rec.Steps; len(steps) > 0 {
		r.Began = time.Unix(0, steps[0].Begin)
	}
	s := e.recorded()
	if s == nil {
		return
	}
	r.Duration, r.Repeat, r.Run = time.Duration(s.DurationNS), s.Repeat, s.Run
	if began, err := time.Parse(time.RFC3339Nano, s.Began); err == nil {
		r.Began = began
	}
	r.Topology = s.Topology
	for _, f := range s.Facts {
		r.Facts = append(r.Facts, assert.Fact{Key: f.Key, Value: f.Value})
	}
}

// runsOf brings what single files give together, one run a kernel. Which kernel
// that was, and in which run of netverify, the files say; where they lie says
// nothing of it.
type runsOf struct {
	order []string
	parts map[string][]fromFolder
}

// joins takes over a run of another report: runs on one kernel are told together
// where it says which kernel that was, and where its evidence is.
func (b *runsOf) joins(run report.Run) (ok bool) {
	if run.Kernel.Build == "" || run.Evidence == "" {
		return false
	}
	b.put(run.Kernel, fromFolder{run.Evidence, run})
	return true
}

// fromFolder is what one file gives, and the folder that it was found in.
type fromFolder struct {
	dir string
	run report.Run
}

func (b *runsOf) add(e evidenceFile, run report.Run) {
	run.Signatures = nil // what a file says of its own signature counts for nothing
	if e.signature != nil {
		run.Signatures = []report.Signature{*e.signature}
	}
	b.put(e.kernel, fromFolder{e.dir, run})
}

func (b *runsOf) put(k report.Kernel, p fromFolder) {
	key := strings.Join([]string{k.Name, k.Release, k.Build, k.Where, k.Accel}, "\x00")
	if b.parts[key] == nil {
		b.order = append(b.order, key)
	}
	if b.parts == nil {
		b.parts = map[string][]fromFolder{}
	}
	b.parts[key] = append(b.parts[key], p)
}

func (b *runsOf) runs() (runs []report.Run) {
	for _, key := range b.order {
		runs = append(runs, report.Join(oneFolder(b.parts[key])...))
	}
	return runs
}

// oneFolder lets the files of several folders be named from one.
func oneFolder(parts []fromFolder) (runs []report.Run) {
	dir := parts[0].dir
	for _, p := range parts {
		if p.dir != dir {
			dir = common(dir, p.dir)
		}
	}
	for _, p := range parts {
		if below, err := filepath.Rel(dir, p.dir); err == nil && below != "." {
			for i := range p.run.Scenarios {
				if s := &p.run.Scenarios[i]; len(s.Evidence) > 0 {
					s.Relocate(filepath.ToSlash(filepath.Join(below, s.Evidence[0])))
				}
			}
			for i := range p.run.Signatures {
				s := &p.run.Signatures[i]
				s.File = filepath.ToSlash(filepath.Join(below, s.File))
			}
		}
		p.run.Evidence = dir
		runs = append(runs, p.run)
	}
	return runs
}

// common is a folder that two folders are below, as short as it can be said.
func common(a, b string) string {
	for dir := a; ; dir = filepath.Dir(dir) {
		below, err := filepath.Rel(dir, b)
		if err == nil && below != ".." && !strings.HasPrefix(below, ".."+string(filepath.Separator)) {
			return dir
		}
		if dir == filepath.Dir(dir) {
			return absolute(a, b)
		}
	}
}

// absolute is the folder above two of which one is named from the root, or from
// above the working directory.
func absolute(a, b string) string {
	x, err1 := filepath.Abs(a)
	y, err2 := filepath.Abs(b)
	if err := errors.Join(err1, err2); err != nil || x == a && y == b {
		return string(filepath.Separator)
	}
	return common(x, y)
}

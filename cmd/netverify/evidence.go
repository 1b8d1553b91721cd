package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"netverify/assert"
	"netverify/capture/pcapng"
	"netverify/frame"
	"netverify/report"
)

// evidenceFile is a file that a run left, or what could be read of it.
type evidenceFile struct {
	dir, name string           // the folder that the report names, and the file below it
	rec       *frame.Recording // never nil; its Stop says where the file is cut or damaged
	kernel    report.Kernel
	report    *report.Report    // that was written with it; nil where there is none
	signature *report.Signature // nil: nobody asked for one
}

// captureFile matches the names of the files that a folder is searched for.
var captureFile = regexp.MustCompile(`\.pcapng(\.gz)?$`)

// load reads one file. The error is that of the machine, which cannot read it.
func (r *reading) load(f foundFile) (evidenceFile, error) {
	e := evidenceFile{dir: f.dir, name: f.name, rec: &frame.Recording{}}
	c, err := r.read(f.path(), pcapng.ReadOptions{Budget: r.budget()})
	if err != nil {
		return e, err
	}
	e.take(c.File, c.err)
	if s := c.signature; s != nil {
		s.File = filepath.ToSlash(f.name)
		e.signature = s
		if s.State != report.Verified {
			e.stop(frame.StopDamaged, "%s is not verified: %s", f.path(), s.Reason)
		}
	}
	return e, nil
}

// recordings reads a file of a run's evidence for a report that shows frames: of
// a file that is cut or damaged what can be read, and the error.
func (r *reading) recordings(run *report.Run, file string) (*frame.Recording, error) {
	e, err := r.load(foundFile{run.Evidence, file})
	if s := e.rec.Stop; err == nil && s != nil && (s.Kind == frame.StopCut || s.Kind == frame.StopDamaged) {
		err = errors.New(s.Reason)
	}
	return e.rec, err
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
		e.stop(frame.StopCut, "%v; what the run did is written behind them", err)
	case errors.As(err, &cut):
		e.stop(frame.StopCut, "%v; %d frames were read up to there, and what the run did is written behind them", err, len(e.rec.Observations))
	case err != nil:
		e.stop(frame.StopDamaged, "%v", err)
	case len(file.Sections) > 1:
		e.stop(frame.StopDamaged, "%s holds %d recordings, one behind the other; judge them file by file", filepath.Join(e.dir, e.name), len(file.Sections))
	case !file.Sections[0].Native:
		e.stop(frame.StopDamaged, "%s was not written by netverify: it does not say what was done while its frames were captured", filepath.Join(e.dir, e.name))
	}
}

func (e *evidenceFile) stop(kind frame.StopKind, format string, args ...any) {
	e.rec.Stop = &frame.Stop{Kind: kind, Reason: fmt.Sprintf(format, args...)}
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
	r.Duration, r.Repeat = time.Duration(s.DurationNS), s.Repeat
	if began, err := time.Parse(time.RFC3339Nano, s.Began); err == nil {
		r.Began = began
	}
	r.Topology = s.Topology
	for _, f := range s.Facts {
		r.Facts = append(r.Facts, assert.Fact{Key: f.Key, Value: f.Value})
	}
}

// runsOf brings what single files give together, one run a kernel and folder of
// evidence.
type runsOf struct {
	order []string
	parts map[string][]report.Run
}

func (b *runsOf) add(e evidenceFile, run report.Run) {
	k := e.kernel
	key := strings.Join([]string{k.Name, k.Release, k.Where, k.Accel, e.dir}, "\x00")
	if b.parts[key] == nil {
		b.order = append(b.order, key)
	}
	if b.parts == nil {
		b.parts = map[string][]report.Run{}
	}
	run.Evidence, run.Signatures = e.dir, nil // what a file says of its own signature counts for nothing
	if e.signature != nil {
		run.Signatures = []report.Signature{*e.signature}
	}
	b.parts[key] = append(b.parts[key], run)
}

func (b *runsOf) runs() (runs []report.Run) {
	for _, key := range b.order {
		runs = append(runs, report.Join(b.parts[key]...))
	}
	return runs
}

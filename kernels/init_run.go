package kernels

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"netverify/assert"
	"netverify/run"
)

// labsAtOnce bounds the scenarios at a time that each processor of a guest gets,
// whatever --jobs asks of the machine: an emulated one that is shared by dozens
// is slower than the time that the kernel is given for an answer.
const labsAtOnce = 4

// runScenarios runs the job's scenarios as a host would, and sends each result
// as soon as it is there.
func (g *guest) runScenarios(job *guestJob) {
	plans, err := job.plans()
	if err != nil {
		g.broken(err.Error())
		return
	}
	if len(plans) == 0 {
		return
	}
	opt := run.Options{ID: job.Run.ID, Jobs: min(job.Run.Jobs, labsAtOnce*runtime.NumCPU()), Repeat: job.Run.Repeat, Keep: job.Run.Keep, AnyVersion: job.Run.AnyVersion, Limits: job.Run.Limits, Kernel: job.Run.Kernel}
	if job.Run.Evidence {
		opt.Out = guestEvidence
	}
	opt.Begin = func(name string, _ int) {
		g.kernel.read() // what is there already is not this scenario's
		g.kernel.note(begunPrefix + name)
		g.send(recordBegin, []byte(name))
		if g.begin != nil {
			g.begin(name)
		}
	}
	opt.Progress = func(_, _ int, r assert.Result) { g.result(r) }
	p := &pulse{Context: context.Background()}
	ended := make(chan struct{})
	var beating sync.WaitGroup
	beating.Go(func() { g.beat(p, ended) })
	if _, err := run.All(p, plans, opt); err != nil {
		g.done.Error = err.Error()
	}
	close(ended)
	beating.Wait()
}

// result sends one result with its evidence, which is then taken away: it
// lives in the guest's memory.
func (g *guest) result(r assert.Result) {
	record := resultRecord{Result: r, Trouble: g.kernel.since(r.Began)}
	g.kernel.ended = r.Name
	for _, name := range r.Evidence {
		file := filepath.Join(guestEvidence, name)
		data, err := os.ReadFile(file)
		if err == nil {
			err = os.Remove(file)
		}
		if err != nil {
			record.Result.Trouble = errors.Join(errors.New(r.Trouble), err).Error()
			continue
		}
		record.Evidence = append(record.Evidence, evidenceFile{Name: name, Data: data})
	}
	payload, err := record.encode()
	if err != nil {
		g.broken(err.Error())
		return
	}
	g.send(recordResult, payload)
}

// since returns what the kernel logged against itself while a scenario ran
// that began at a time. Where several run at a time, each of them gets it.
func (l *kernelLog) since(began time.Time) []trouble {
	l.read()
	var out []trouble
	for i := range l.found {
		if !l.found[i].seen.Before(began) {
			l.found[i].told = true
			out = append(out, l.found[i].trouble)
		}
	}
	return out
}

// trouble returns what no scenario has been told.
func (l *kernelLog) trouble() []trouble {
	l.read()
	var out []trouble
	for i := range l.found {
		if !l.found[i].told {
			l.found[i].told = true
			out = append(out, l.found[i].trouble)
		}
	}
	return out
}

// note writes a line into the kernel's log, so that its console shows what ran
// when something happened. Level 4 is the least that the console shows.
func (l *kernelLog) note(line string) {
	_, _ = fmt.Fprintf(l.out, "<12>%s\n", line) // of use to readers only
}

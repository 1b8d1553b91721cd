package kernels

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"netverify/assert"
	"netverify/internal/whole"
	"netverify/run"
	"netverify/scenarios"
)

// collector puts results in their places as they come.
type collector struct {
	opt     run.Options
	results []assert.Result // with Outcome 0 where none has come
	place   map[resultKey]int
	last    map[string]int      // name of a scenario to the place of its last result
	needs   map[string][]string // name of a scenario to the modules of its features
	plans   map[string]*scenarios.Plan
	nonces  map[[8]byte]resultKey // marks of the recordings that came
	came    int
	begins  int
	fresh   []int // places of what the guest that runs now has sent
}

type resultKey struct {
	name   string
	repeat int
}

func newCollector(plans []*scenarios.Plan, opt run.Options) *collector {
	repeat := max(opt.Repeat, 1)
	if opt.ID == "" {
		opt.ID = run.NewID() // by which a result is known as one of this run
	}
	c := &collector{
		opt: opt, place: map[resultKey]int{}, last: map[string]int{}, needs: map[string][]string{},
		plans: map[string]*scenarios.Plan{}, nonces: map[[8]byte]resultKey{},
	}
	for _, p := range plans {
		c.plans[p.Name] = p
		c.needs[p.Name] = FeatureModules(p.Needs...)
	}
	for n := range repeat {
		for _, p := range plans {
			r := p.Result()
			if repeat > 1 {
				r.Repeat = n + 1
			}
			c.place[resultKey{r.Name, r.Repeat}] = len(c.results)
			c.results = append(c.results, r)
		}
	}
	return c
}

// begin says that a scenario has begun. Its repetitions are not told apart.
func (c *collector) begin(name string) error {
	if _, planned := c.needs[name]; !planned {
		return lie("%q begins, which it was not asked to run", name)
	}
	if c.begins++; c.begins > mostBoots*len(c.results) {
		return lie("%q begins, the %dth that does, of %d", name, c.begins, len(c.results))
	}
	if c.opt.Begin != nil {
		c.opt.Begin(name, 0)
	}
	return nil
}

// add takes a result in and writes its evidence. The error says that the guest
// lies.
func (c *collector) add(r *resultRecord) error {
	i, planned := c.place[resultKey{r.Result.Name, r.Result.Repeat}]
	if !planned {
		return lie("a result of %q (repetition %d), which it was not asked to run", r.Result.Name, r.Result.Repeat)
	}
	if c.results[i].Outcome != 0 {
		c.fresh = append(c.fresh, i)
		return lie("a second result of %q", r.Result.Name)
	}
	plan := c.plans[r.Result.Name]
	if err := cmp.Or(credible(&r.Result), c.ofThis(&r.Result, plan), c.credibleFiles(r)); err != nil {
		return err
	}
	if err := c.judged(r, plan); err != nil {
		return err
	}
	said := plan.Result() // what is known here is not taken from a guest
	r.Result.Title, r.Result.File, r.Result.Verifies, r.Result.Graph = said.Title, said.File, said.Verifies, said.Graph
	c.keep(r)
	c.accuse(&r.Result, r.Trouble, "while it ran the kernel reported against itself")
	c.results[i] = r.Result
	c.fresh = append(c.fresh, i)
	c.last[r.Result.Name] = i
	c.came++
	if c.opt.Progress != nil {
		c.opt.Progress(c.came, len(c.results), r.Result)
	}
	return nil
}

// credibleFiles compares the names of evidence with those that a run gives: no
// guest writes over another scenario's.
func (c *collector) credibleFiles(r *resultRecord) error {
	name := run.EvidenceName(&r.Result)
	for i, f := range r.Evidence {
		if c.opt.Out == "" || i > 0 || f.Name != name {
			return lie("evidence %q of %q", f.Name, r.Result.Name)
		}
	}
	return nil
}

// keep writes the evidence.
func (c *collector) keep(r *resultRecord) {
	r.Result.Evidence = nil
	for _, f := range r.Evidence {
		if err := c.writeEvidence(f); err != nil {
			r.Result.Trouble = err.Error()
			continue
		}
		r.Result.Evidence = append(r.Result.Evidence, f.Name)
	}
}

func (c *collector) writeEvidence(f evidenceFile) error {
	return whole.Write(c.opt.Out, filepath.Join(c.opt.Below, f.Name), func(w *os.File) error {
		_, err := w.Write(f.Data)
		return err
	})
}

// distrust takes back the passes of a guest that was seen to lie.
func (c *collector) distrust(err error) {
	e := asGuestError(err)
	if !errors.Is(err, errGuestLies) && (e == nil || e.Ending != CountsDiffer) {
		return
	}
	for _, i := range c.fresh {
		if r := &c.results[i]; r.Outcome == assert.Pass {
			r.Outcome, r.Reason = assert.Error, "its pass is not believed: "+err.Error()
		}
	}
}

// late are reports that came while no scenario ran: they count against the one
// whose lab was then being taken away, or the first of those that were to run.
func (c *collector) late(list []trouble, plans []*scenarios.Plan) {
	for _, t := range list {
		if i, ok := c.last[t.After]; ok {
			c.accuse(&c.results[i], []trouble{t}, "after it had ended the kernel reported against itself")
			continue
		}
		for i := range c.results {
			if c.results[i].Name == plans[0].Name {
				c.accuse(&c.results[i], []trouble{t}, "before it began the kernel reported against itself")
				break
			}
		}
	}
}

// modules adds to a skip why the module behind it is not there. A module that
// stands on one that is missing, or was refused, is missing or refused itself.
func (c *collector) modules(failed, absent []string, k *Kernel) {
	for i := range c.results {
		if r := &c.results[i]; r.Outcome == assert.Skip {
			c.explain(r, c.absence(r.Name, failed, absent, k))
		}
	}
}

// absence says what is known of the modules that a scenario needs.
func (c *collector) absence(name string, failed, absent []string, k *Kernel) (why string) {
	// What is built in is not known then, let alone what is missing.
	if k.Modules == "" && slices.ContainsFunc(c.needs[name], func(m string) bool { return slices.Contains(absent, m) }) {
		why += fmt.Sprintf("; %s came without modules", k.Release)
	}
	for _, m := range c.needs[name] {
		if k.Modules != "" && slices.Contains(absent, m) {
			why += fmt.Sprintf("; %s is neither builtin nor a module of %s (%s)", m, k.Release, k.Modules)
		}
		for _, f := range failed {
			if strings.HasPrefix(f, moduleRefused(m)) {
				why += "; " + f
			}
		}
	}
	return why
}

// blame gives a result to the scenario during which a guest came to grief.
func (c *collector) blame(err error) {
	e := asGuestError(err)
	if e == nil || !slices.Contains([]Ending{Panicked, OutOfMemory, Silent, StreamCut, InitDied, QEMUFailed}, e.Ending) {
		return
	}
	for i := range c.results { // the first repetition without a result is the one that ran
		r := &c.results[i]
		if r.Outcome != 0 || e.During != r.Name {
			continue
		}
		r.Outcome, r.Reason = assert.Error, e.explain()
		if e.Ending == Panicked || e.Report != "" { // a kernel may hang after a BUG instead
			r.Outcome = assert.Fail
		}
		c.came++
		if c.opt.Progress != nil {
			c.opt.Progress(c.came, len(c.results), *r)
		}
		return
	}
}

// left are the plans without a result, of some.
func (c *collector) left(plans []*scenarios.Plan) []*scenarios.Plan {
	lacking := map[string]bool{}
	for _, r := range c.results {
		lacking[r.Name] = lacking[r.Name] || r.Outcome == 0
	}
	return slices.DeleteFunc(slices.Clone(plans), func(p *scenarios.Plan) bool { return !lacking[p.Name] })
}

// missing gives results to the scenarios without one; an interrupted run leaves
// them out, as run.All does.
func (c *collector) missing(err error) {
	if e := asGuestError(err); e != nil && e.Ending == Interrupted {
		c.results = slices.DeleteFunc(c.results, func(r assert.Result) bool { return r.Outcome == 0 })
		return
	}
	for i := range c.results {
		if r := &c.results[i]; r.Outcome == 0 {
			r.Outcome, r.Reason = assert.Error, "not run: "+err.Error()
		}
	}
}

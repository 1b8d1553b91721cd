package kernels

import (
	"errors"
	"fmt"
	"slices"

	"netverify/report"
	"netverify/scenarios"
)

// Where things are in a guest.
const (
	guestFolder   = "/netverify"
	guestJobFile  = guestFolder + "/job.json"
	guestModules  = guestFolder + "/modules"
	guestEvidence = "/tmp/evidence"
	guestTests    = guestFolder + "/tests"
)

// guestJob is what a guest is to do; it travels in the initramfs.
type guestJob struct {
	Modules []string // files below guestModules, in loading order
	Sources []sourceFile
	Plans   []planRef
	Run     runJob
	Test    *testJob
}

// sourceFile is the text of a scenario file: a guest does not look into its own
// library, as a user's file may have changed one of its scenarios.
type sourceFile struct{ Name, Text string }

// planRef names one scenario of a source file.
type planRef struct {
	File string
	Name string
}

// runJob are those of run.Options that have a meaning in a guest.
type runJob struct {
	Evidence   bool
	ID         string
	Jobs       int
	Repeat     int
	Keep       bool
	AnyVersion bool
	Limits     scenarios.Limits
	Kernel     report.Kernel
}

// testJob is a test program to be run.
type testJob struct {
	Program string
	Dir     string
	Args    []string
	Env     []string
}

// addPlans puts in the sources of plans.
func (j *guestJob) addPlans(plans []*scenarios.Plan) error {
	for _, p := range plans {
		j.Plans = append(j.Plans, planRef{p.File, p.Name})
		if slices.ContainsFunc(j.Sources, func(s sourceFile) bool { return s.Name == p.File }) {
			continue
		}
		text, err := scenarios.SourceOf(p)
		if err != nil {
			return fmt.Errorf("source of %s: %w", p.Name, err)
		}
		j.Sources = append(j.Sources, sourceFile{p.File, string(text)})
	}
	return nil
}

// plans resolves the sources again.
func (j *guestJob) plans() ([]*scenarios.Plan, error) {
	have := map[planRef]*scenarios.Plan{}
	for _, s := range j.Sources {
		list, err := scenarios.LoadBytes(s.Name, []byte(s.Text))
		if err != nil {
			return nil, err
		}
		for _, p := range list {
			have[planRef{p.File, p.Name}] = p
		}
	}
	var plans []*scenarios.Plan
	var wrong []error
	for _, ref := range j.Plans {
		p := have[ref]
		if p == nil {
			wrong = append(wrong, fmt.Errorf("%s no longer holds the scenario %s", ref.File, ref.Name))
			continue
		}
		plans = append(plans, p)
	}
	return plans, errors.Join(wrong...)
}

// needs are the features that a guest's kernel should have for plans, each once.
func needs(plans []*scenarios.Plan) []scenarios.Feature {
	var out []scenarios.Feature
	for _, p := range plans {
		for _, f := range p.Needs {
			if !slices.Contains(out, f) {
				out = append(out, f)
			}
		}
	}
	return out
}

package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"netverify/report"
	"netverify/scenarios"
)

// seen is docs/seen.json: what came of each scenario in the last recorded run
// on each kernel.
type seen struct {
	Kernels   []kernel         `json:"kernels"` // from the oldest
	Scenarios map[string]sight `json:"scenarios"`
}

type kernel struct {
	Name    string `json:"name"`    // what it was asked for by: "debian:6.1"
	Release string `json:"release"` // uname -r
}

// sight is what was seen of one scenario.
type sight struct {
	Digest   string            `json:"digest"`   // scenarios.Plan.Digest of what was run
	Outcomes map[string]string `json:"outcomes"` // by name of the kernel: "pass", or "skip: " and why
}

// version is the part of a kernel's name that tells it from the others: "6.1"
// of "debian:6.1".
func (k kernel) version() string {
	_, version, found := strings.Cut(k.Name, ":")
	if !found {
		return k.Name
	}
	return version
}

// read returns what is recorded; nothing where there is no file yet.
func read(file string) (*seen, error) {
	s := &seen{}
	if err := decode(file, s); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	if s.Scenarios == nil {
		s.Scenarios = map[string]sight{}
	}
	return s, nil
}

// encode writes one line a kernel and one a scenario, so that a change can be
// read.
func (s *seen) encode() []byte {
	var b bytes.Buffer
	line := func(v any) string {
		var one bytes.Buffer
		e := json.NewEncoder(&one)
		e.SetEscapeHTML(false)
		_ = e.Encode(v) // texts and maps of texts: nothing that JSON cannot hold
		return strings.TrimSpace(one.String())
	}
	var kernels, list []string
	for _, k := range s.Kernels {
		kernels = append(kernels, "\n  "+line(k))
	}
	for _, name := range slices.Sorted(maps.Keys(s.Scenarios)) {
		list = append(list, "\n  "+line(name)+": "+line(s.Scenarios[name]))
	}
	fmt.Fprintf(&b, "{\n \"kernels\": [%s\n ],\n \"scenarios\": {%s\n }\n}\n", strings.Join(kernels, ","), strings.Join(list, ","))
	return b.Bytes()
}

// record takes over what a report says of the library. What it says nothing
// of stays, as far as it is of the library's present scenarios.
func (s *seen) record(rep report.Report, plans []*scenarios.Plan) error {
	if rep.Schema != report.Schema {
		return fmt.Errorf("the report's schema is %q, not %q", rep.Schema, report.Schema)
	}
	s.forget(plans)
	for _, run := range rep.Runs {
		if err := s.run(run, plans); err != nil {
			return err
		}
	}
	slices.SortFunc(s.Kernels, func(a, b kernel) int {
		v, _ := scenarios.ParseRelease(a.Release)
		w, _ := scenarios.ParseRelease(b.Release)
		return cmp.Or(v.Compare(w), strings.Compare(a.Name, b.Name))
	})
	return nil
}

// forget drops what was recorded of scenarios that have gone or changed.
func (s *seen) forget(plans []*scenarios.Plan) {
	now := map[string]string{}
	for _, p := range plans {
		now[p.Name] = p.Digest
	}
	maps.DeleteFunc(s.Scenarios, func(name string, was sight) bool { return now[name] != was.Digest })
}

// run takes over one run. A report that shows anything but rules that hold is
// refused whole.
func (s *seen) run(run report.Run, plans []*scenarios.Plan) error {
	if len(run.Trouble) > 0 {
		return fmt.Errorf("%s: the run is not whole: %s", run.Kernel.Name, strings.Join(run.Trouble, "; "))
	}
	now := map[string]*scenarios.Plan{}
	for _, p := range plans {
		now[p.Name] = p
	}
	mine := map[string]string{}
	for _, r := range run.Scenarios {
		p := now[r.Name]
		if p == nil {
			return fmt.Errorf("%s: the library has no scenario %s", run.Kernel.Name, r.Name)
		}
		if p.Digest != r.Digest {
			return fmt.Errorf("%s: %s has changed since it was run: run it again", run.Kernel.Name, r.Name)
		}
		said, err := outcome(r)
		if err != nil {
			return fmt.Errorf("%s: %w", run.Kernel.Name, err)
		}
		if before, again := mine[r.Name]; again && before != said {
			return fmt.Errorf("%s: %s is flaky: %s, and %s", run.Kernel.Name, r.Name, before, said)
		}
		mine[r.Name] = said
	}
	if err := s.kernel(kernel{Name: run.Kernel.Name, Release: run.Kernel.Release}, len(mine) == len(plans)); err != nil {
		return err
	}
	for name, said := range mine {
		was, known := s.Scenarios[name]
		if !known {
			was = sight{Digest: now[name].Digest, Outcomes: map[string]string{}}
		}
		was.Outcomes[run.Kernel.Name] = said
		s.Scenarios[name] = was
	}
	return nil
}

// outcome is what is recorded of a result.
func outcome(r report.Scenario) (string, error) {
	switch {
	case r.Outcome == "pass":
		return "pass", nil
	case r.Outcome == "skip":
		// "this kernel cannot do vlan (CONFIG_VLAN_8021Q): what it answered", and
		// "Linux 5.10.237 is too old: the rule holds since ...", which the scenario
		// says itself.
		why, _, _ := strings.Cut(r.Reason, ":")
		return "skip: " + strings.TrimPrefix(why, "this kernel "), nil
	}
	return "", fmt.Errorf("%s: %s (%s): a rule that does not hold there is not recorded", r.Name, r.Outcome, r.Reason)
}

// kernel notes that a kernel was run. One that has become another release must
// be run whole, for what is recorded of it was seen on the former.
func (s *seen) kernel(k kernel, whole bool) error {
	i := slices.IndexFunc(s.Kernels, func(old kernel) bool { return old.Name == k.Name })
	switch {
	case i < 0:
		s.Kernels = append(s.Kernels, k)
	case s.Kernels[i] == k:
	case !whole:
		return fmt.Errorf("%s is %s now, and what is recorded was seen on %s: run the whole library", k.Name, k.Release, s.Kernels[i].Release)
	default:
		s.Kernels[i] = k
	}
	return nil
}

// missing names the scenarios that were not run on every recorded kernel as
// they are now.
func (s *seen) missing(plans []*scenarios.Plan) (names []string) {
	for _, p := range plans {
		was := s.Scenarios[p.Name]
		unseen := slices.ContainsFunc(s.Kernels, func(k kernel) bool { return was.Outcomes[k.Name] == "" })
		if was.Digest != p.Digest || unseen || len(s.Kernels) == 0 {
			names = append(names, p.Name)
		}
	}
	return names
}

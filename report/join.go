package report

// Join makes one run of several that are parts of the same: on one kernel,
// with their evidence in one folder. What belongs to the whole is taken from
// the first.
func Join(parts ...Run) Run {
	if len(parts) == 0 {
		return New(Kernel{}, 0, nil)
	}
	run := parts[0]
	run.Scenarios, run.Trouble, run.Signatures = []Scenario{}, []string{}, []Signature{}
	told := map[string]bool{}
	for _, p := range parts {
		run.Scenarios = append(run.Scenarios, p.Scenarios...)
		run.Signatures = append(run.Signatures, p.Signatures...)
		for _, t := range p.Trouble {
			if !told[t] {
				told[t] = true
				run.Trouble = append(run.Trouble, t)
			}
		}
	}
	run.sumUp()
	return run
}

// Relocate lets a scenario name its evidence as it is called now, wherever it
// was when the report was made.
func (s *Scenario) Relocate(file string) {
	s.Evidence = []string{file}
	for i := range s.Checks {
		for j := range s.Checks[i].Evidence {
			s.Checks[i].Evidence[j].File = file
		}
	}
}

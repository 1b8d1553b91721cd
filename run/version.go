package run

import (
	"fmt"
	"strings"

	"netverify/lab"
	"netverify/recording"
	"netverify/scenarios"
)

// outside says why a plan's rule does not hold on the running kernel, ""
// where it does. A kernel that does not say how old it is may have any rule.
func outside(p *scenarios.Plan) string {
	v, known := lab.KernelVersion()
	if !known {
		return ""
	}
	return outsideOf(p, v)
}

func outsideOf(p *scenarios.Plan, v scenarios.Version) string {
	const anyway = "(--any-version runs it all the same)"
	if s := p.Since; s != nil && !s.In(v) {
		return fmt.Sprintf("Linux %s is too old: the rule holds since %s, by commit %s; before it: %s %s", v, s, s.Commit, strings.TrimSuffix(s.Reason, "."), anyway)
	}
	if u := p.Until; u != nil && u.In(v) {
		return fmt.Sprintf("Linux %s is too new: the rule held before %s, and ended by commit %s; since then: %s %s", v, u, u.Commit, strings.TrimSuffix(u.Reason, "."), anyway)
	}
	return ""
}

// blame tells a kernel that was built without a feature, or before it, from one
// that has lost it: where its version should have the feature, and what the
// feature is part of is there, the kernel is at fault.
func blame(missing *lab.Unsupported) *recording.Stop {
	v, known := lab.KernelVersion()
	first, younger := missing.Feature.CameWith()
	if known && younger && v.Compare(first.Version) >= 0 && wholeBut(missing.Feature) {
		why := fmt.Sprintf("Linux %s should be able to do %s, which came with %s: %v", v, missing.Feature.Name, first, missing.Err)
		return &recording.Stop{Kind: recording.StopLost, Reason: why}
	}
	return &recording.Stop{Kind: recording.StopLacks, Reason: missing.Error(), Lacks: missing.Lacks()}
}

// wholeBut tells whether the kernel has what came under the option of a
// feature from the start.
func wholeBut(f scenarios.Feature) bool {
	for _, g := range scenarios.Features {
		if _, younger := g.CameWith(); g.Config == f.Config && !younger && lab.Probe(g.Feature) != nil {
			return false
		}
	}
	return true
}

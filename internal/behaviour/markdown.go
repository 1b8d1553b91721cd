package main

import (
	"fmt"
	"strings"

	"netverify/scenarios"
)

const head = `# Behaviour

Made by ` + "`go generate ./internal/behaviour`" + ` from the library and from what is recorded in seen.json; do not edit.

The rules of Linux that the built-in scenarios verify. Below each rule: the scenario (its file has the topology and the
steps, with exact frames and counts), the [observations](observations.md) that it verifies, and on which of these kernels
it passed as it is now; then the functions of the kernel that decide it, and what is surprising about it.

`

const howTo = `
` + "`make behaviour`" + ` runs the library in these kernels and writes this page anew;
` + "`go run ./internal/behaviour -linux TREE`" + ` looks the functions up in a source tree. They are named as in Linux 6.1, and
where the rule is younger as in the release that brought it; functions move now and then.
`

// topics are the words that a folder of the library is introduced with.
var topics = map[string]string{
	"bridge":      "The Linux bridge",
	"ipv4":        "Which packets of IPv4 a stack takes",
	"ipv6":        "IPv6 over macvlan and VLANs",
	"ipvlan":      "ipvlan",
	"labs":        "Container networks on a trunk, whole",
	"macvlan":     "macvlan",
	"arp":         "Whom a stack answers and learns by ARP",
	"macvtap":     "macvtap",
	"defaults":    "What the kernel chooses when nobody says",
	"refused":     "What the kernel refuses",
	"stacking":    "Which kinds may stand on which",
	"regressions": "What kernels once got wrong",
	"vlan":        "VLAN interfaces and VLANs on a switch",
	"wire":        "The cable of the labs (veth)",
}

// markdown writes the whole document.
func markdown(plans []*scenarios.Plan, s *seen) string {
	var b strings.Builder
	b.WriteString(head)
	kernels(&b, plans, s)
	b.WriteString(howTo)
	topic := ""
	for _, r := range rules(plans) {
		if t, _, _ := strings.Cut(r[0].Name, "/"); t != topic {
			topic = t
			title := topics[t]
			if title == "" {
				title = t
			}
			fmt.Fprintf(&b, "\n## %s\n", title)
		}
		rule(&b, r, s)
	}
	return b.String()
}

// kernels is the table of the kernels that were recorded.
func kernels(b *strings.Builder, plans []*scenarios.Plan, s *seen) {
	b.WriteString("| kernel | release | scenarios passed | skipped |\n|---|---|---|---|\n")
	for _, k := range s.Kernels {
		passed, skipped := 0, 0
		for _, p := range plans {
			switch was := s.of(p, k); {
			case was == "pass":
				passed++
			case was != "":
				skipped++
			}
		}
		fmt.Fprintf(b, "| %s | `%s`, %s | %d | %d |\n", k.version(), k.Name, k.Release, passed, skipped)
	}
}

// of is what was seen of a plan as it is now, "" for nothing.
func (s *seen) of(p *scenarios.Plan, k kernel) string {
	was := s.Scenarios[p.Name]
	if was.Digest != p.Digest {
		return ""
	}
	return was.Outcomes[k.Name]
}

// rules puts the plans of each file together: a matrix is one rule.
func rules(plans []*scenarios.Plan) (list [][]*scenarios.Plan) {
	place := map[string]int{}
	for _, p := range plans {
		i, known := place[p.File]
		if !known {
			i = len(list)
			place[p.File] = i
			list = append(list, nil)
		}
		list[i] = append(list[i], p)
	}
	return list
}

// rule writes one entry.
func rule(b *strings.Builder, r []*scenarios.Plan, s *seen) {
	p := r[0]
	title := p.Title
	if len(r) > 1 {
		title = variable.ReplaceAllString(p.Rule, "‹$1›")
	}
	fmt.Fprintf(b, "\n### %s\n\n", escape(title))
	if ranges := ranges(r); ranges != "" {
		fmt.Fprintf(b, "%s\n\n", ranges)
	}
	facts := []string{fmt.Sprintf("[%s](../scenarios/%s)", strings.TrimSuffix(p.File, ".yaml"), p.File)}
	if len(p.Verifies) > 0 {
		facts = append(facts, strings.Join(p.Verifies, " "))
	}
	fmt.Fprintf(b, "%s\n", strings.Join(append(facts, where(r, s)...), " · "))
	if p.Since != nil {
		fmt.Fprintf(b, "\nSince %s, by %s. Before: %s.\n", p.Since, escape(p.Since.Commit), escape(sentence(p.Since.Reason)))
	}
	if p.Until != nil {
		fmt.Fprintf(b, "\nUntil %s, by %s. Since then: %s.\n", p.Until, escape(p.Until.Commit), escape(sentence(p.Until.Reason)))
	}
	if len(p.Sources) > 0 {
		fmt.Fprintf(b, "\n%s\n", places(p.Sources))
	}
	if p.Pins != "" {
		fmt.Fprintf(b, "\n> %s\n", escape(sentence(p.Pins)))
	}
}

// where says on which kernels all plans of a rule passed, and of the others
// why not.
func where(r []*scenarios.Plan, s *seen) (list []string) {
	var passed, others []string
	for _, k := range s.Kernels {
		said := map[string]int{}
		var order []string
		for _, p := range r {
			was := s.of(p, k)
			if said[was]++; said[was] == 1 {
				order = append(order, was)
			}
		}
		if said["pass"] == len(r) {
			passed = append(passed, k.version())
			continue
		}
		for _, was := range order {
			of := ""
			if said[was] < len(r) {
				of = fmt.Sprintf(", %d of %d", said[was], len(r))
			}
			others = append(others, fmt.Sprintf("%s: %s%s", k.version(), words(was), of))
		}
	}
	if len(passed) > 0 {
		list = append(list, "passed on "+strings.Join(passed, ", "))
	}
	if len(passed)+len(others) == 0 {
		others = append(others, "**not run yet**")
	}
	return append(list, others...)
}

// words are an outcome for a reader.
func words(was string) string {
	switch why, skipped := strings.CutPrefix(was, "skip: "); {
	case was == "":
		return "**not run as it is now**"
	case skipped:
		return "skipped, " + why
	}
	return "passed"
}

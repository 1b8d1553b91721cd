package main

import (
	"fmt"
	"slices"
	"strings"

	"netverify/scenarios"
)

// ranges lists the values of the variables that the sentence of a matrix has;
// where it has none, what tells the names of its plans apart.
func ranges(r []*scenarios.Plan) string {
	if len(r) == 1 {
		return ""
	}
	var parts []string
	for _, m := range variable.FindAllStringSubmatch(r[0].Rule, -1) {
		var values []string
		for _, p := range r {
			for _, v := range p.Variables {
				if v.Name == m[1] && !slices.Contains(values, quoted(v.Value)) {
					values = append(values, quoted(v.Value))
				}
			}
		}
		part := fmt.Sprintf("‹%s›: %s", m[1], escape(strings.Join(values, ", ")))
		if !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
	}
	if parts == nil {
		parts = []string{escape(strings.Join(suffixes(r), ", "))}
	}
	return strings.Join(append(parts, fmt.Sprintf("%d scenarios", len(r))), "; ")
}

// suffixes are the names of plans without the beginning that all share, up to
// its last - or [.
func suffixes(r []*scenarios.Plan) (list []string) {
	common := r[0].Name
	for _, p := range r {
		for !strings.HasPrefix(p.Name, common) {
			common = common[:len(common)-1]
		}
	}
	common = common[:strings.LastIndexAny(common, "-[/")+1]
	for _, p := range r {
		list = append(list, strings.TrimSuffix(strings.TrimPrefix(p.Name, common), "]"))
	}
	return list
}

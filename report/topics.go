package report

import (
	"fmt"
	"strings"

	"netverify/internal/cells"
)

// topics tells of each topic in a line how much of it passed.
func (p *page) topics(groups []repetitions) {
	type topic struct {
		passed, all int
		took        int64
	}
	var order []string
	topics := map[string]*topic{}
	most := 0
	for _, g := range groups {
		n := "others"
		if i := strings.Index(g[0].Name, "/"); i > 0 {
			n = clean(g[0].Name[:i]) + "/*"
		}
		t := topics[n]
		if t == nil {
			t = &topic{}
			order, topics[n] = append(order, n), t
			most = max(most, cells.Count(n))
		}
		t.all++
		if g.outcome() == "pass" {
			t.passed++
			t.took += g.sum()
		}
	}
	for _, n := range order {
		t := topics[n]
		said := fmt.Sprintf("%d of %d", t.passed, t.all)
		if t.passed == t.all {
			said = fmt.Sprintf("all %d", t.all)
		}
		if t.passed > 0 {
			p.line(p.paint("pass", "pass") + "  " + cells.Pad(n, most) + "  " + cells.Pad(said, 12) + "  " + duration(t.took))
		}
	}
}

package draw

import (
	"fmt"
	"math"
	"strings"
)

func (s *svgWriter) path(p path) {
	class := "t-cable"
	if p.stack {
		class = "t-stack"
	}
	for _, r := range []*row{p.edge.from, p.edge.to} {
		if !p.stack && (!r.iface.Up || !r.iface.Carrier) {
			class = "t-cable t-off"
		}
	}
	s.f(`<g class="%s" data-from="%s" data-to="%s">`, class, xmlText(p.edge.from.point), xmlText(p.edge.to.point))
	s.f(`<path d="%s"/>`, way(p.points))
	if p.edge.label != "" {
		s.f(`<text x="%v" y="%v">%s</text>`, p.label, p.labelY, xmlText(p.edge.label))
	}
	s.f("</g>\n")
}

// way is the way through points, with round corners.
func way(points [][2]float64) string {
	var b strings.Builder
	fmt.Fprintf(&b, "M%s %s", px(points[0][0]), px(points[0][1]))
	for i := 1; i < len(points)-1; i++ {
		before, p, after := points[i-1], points[i], points[i+1]
		r := min(6, distance(before, p)/2, distance(p, after)/2)
		a, z := towards(p, before, r), towards(p, after, r)
		fmt.Fprintf(&b, "L%s %sQ%s %s %s %s", px(a[0]), px(a[1]), px(p[0]), px(p[1]), px(z[0]), px(z[1]))
	}
	last := points[len(points)-1]
	fmt.Fprintf(&b, "L%s %s", px(last[0]), px(last[1]))
	return b.String()
}

func distance(a, b [2]float64) float64 { return math.Hypot(a[0]-b[0], a[1]-b[1]) }

func towards(from, to [2]float64, by float64) [2]float64 {
	d := distance(from, to)
	if d == 0 {
		return from
	}
	return [2]float64{from[0] + (to[0]-from[0])*by/d, from[1] + (to[1]-from[1])*by/d}
}

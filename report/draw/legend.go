package draw

import (
	"fmt"
	"slices"
	"strings"

	"netverify/assert"
)

// key is an entry of the legend: a mark, and what it means.
type key struct {
	mark, text string
	x, y       float64
}

const mark = 26.0 // width of a mark

// key lists the marks that the drawing has and places them below it, from y on;
// it returns where the legend ends.
func (d *drawing) key(y float64) float64 {
	have := func(f func(r *row) bool) bool {
		return slices.ContainsFunc(d.nodes, func(n *node) bool { return slices.ContainsFunc(n.rows, f) })
	}
	vlan := func(flags string) func(r *row) bool {
		return func(r *row) bool {
			for _, v := range r.iface.VLANs {
				if v.Flags == flags {
					return true
				}
			}
			return false
		}
	}
	add := func(shown bool, mark, text string) {
		if shown {
			d.legend = append(d.legend, key{mark: mark, text: text})
		}
	}
	add(slices.ContainsFunc(d.edges, func(e *edge) bool { return !e.stack }), "cable", "cable")
	add(slices.ContainsFunc(d.edges, func(e *edge) bool { return e.stack }), "stack", "child on its parent, with its mode")
	add(have(vlan("tagged")), "tagged", "VLAN, tagged")
	add(have(vlan("pvid untagged")), "untagged", "VLAN, untagged and PVID")
	add(have(func(r *row) bool { return r.iface.Options["hairpin"] == "true" }), "hairpin", "reflects (hairpin)")
	if len(d.legend) == 1 && d.legend[0].mark == "cable" {
		d.legend = nil // which nobody has to be told
	}
	if d.before != nil {
		add(have(d.changed) || slices.ContainsFunc(d.nodes, d.rerouted), "changed", "changed by the steps")
	}
	if d.top.Planned {
		d.legend = append(d.legend, key{text: "as planned: nothing was built"})
	}
	x := margin
	for i := range d.legend {
		k := &d.legend[i]
		w := width(k.text, small)
		if k.mark != "" {
			w += mark
		}
		if x > margin && x+w > d.w-margin {
			x, y = margin, y+lineHeight
		}
		k.x, k.y = x, y
		x += w + 18
	}
	if len(d.legend) == 0 {
		return y
	}
	return y + lineHeight
}

func (s *svgWriter) legend() {
	if len(s.d.legend) == 0 {
		return
	}
	s.f(`<g class="t-legend" aria-hidden="true">`)
	for _, k := range s.d.legend {
		x, y := k.x, k.y+7
		switch k.mark {
		case "cable", "stack":
			s.f(`<g class="t-%s"><path d="M%v %vh20"/></g>`, k.mark, x, y)
		case "tagged", "untagged":
			class := "t-vlan"
			if k.mark == "untagged" {
				class += " t-full"
			}
			s.f(`<rect class="%s" x="%v" y="%v" width="18" height="11" rx="3"/>`, class, x+1, y-5.5)
		case "changed":
			s.f(`<g class="t-if t-changed"><rect x="%v" y="%v" width="18" height="11" rx="3"/></g>`, x+1, y-5.5)
		case "hairpin":
			s.f(`<path class="t-loop" d="M%v %vc-11 0 -11 10 0 10"/><path class="t-tip" d="M%v %vl-5 -3v6z"/>`, x+14, y-5, x+14, y+5)
		}
		if k.mark != "" {
			x += mark
		}
		s.f(`<text class="t-dim" x="%v" y="%v">%s</text>`, x, k.y+11, xmlText(k.text))
	}
	s.f("</g>\n")
}

// words says a topology in sentences, for those who do not see the drawing.
func words(t assert.Topology) string {
	var out []string
	for i := range t.Nodes {
		n := &t.Nodes[i]
		kind := strings.ToUpper(n.Kind[:min(1, len(n.Kind))]) + n.Kind[min(1, len(n.Kind)):]
		var list []string
		for k := range n.Interfaces {
			list = append(list, n.Interfaces[k].Name+" ("+brief(&n.Interfaces[k])+")")
		}
		text := kind + " " + n.Name
		if len(list) > 0 {
			text += " has " + strings.Join(list, ", ")
		} else {
			text += " has no interface"
		}
		out = append(out, text+".")
	}
	return strings.Join(out, " ")
}

// brief says what an interface is and what it hangs on.
func brief(i *assert.Interface) string {
	text := strings.TrimSpace(i.Kind + " " + i.Mode)
	if i.Kind == "vlan" {
		text += fmt.Sprintf(" %d", i.VLAN.ID)
	}
	switch {
	case i.Peer != "":
		text += " to " + i.Peer
	case i.Link != "":
		text += " on " + i.Link
	}
	if i.Master != "" {
		text += " in " + i.Master
	}
	return text
}

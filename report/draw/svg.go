package draw

import (
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"netverify/assert"
	"netverify/internal/plain"
)

// Options say how a drawing is put into its surroundings.
type Options struct {
	ID         string           // begins the ids in it; unique in a page
	Title      string           // what it is the topology of
	Standalone bool             // a file of its own: with CSS and colours in it
	Before     *assert.Topology // mark the interfaces that are not what they were here
}

// SVG draws a topology: nodes as boxes with their interfaces, cables
// between them, and children of other namespaces beside what they stand on. It
// is one svg element without scripts; each interface has the attribute
// data-point="node:interface". Its colours are those of the text around it, but
// for VLANs, which have one each; a page needs CSS once. The same
// topology gives the same bytes. The error is the writer's.
func SVG(w io.Writer, t assert.Topology, opt Options) error {
	d := newDrawing(t)
	d.before = opt.Before
	d.layout()
	s := &svgWriter{d: d, opt: opt}
	s.document()
	_, err := io.WriteString(w, s.b.String())
	return err
}

// svgWriter writes a drawing.
type svgWriter struct {
	d   *drawing
	opt Options
	b   strings.Builder
}

// xmlText makes text harmless in content and attributes.
func xmlText(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(plain.Line(s))) // a strings.Builder takes all
	return b.String()
}

// px writes a length with at most one decimal.
func px(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) }

func (s *svgWriter) f(format string, args ...any) {
	for i, a := range args {
		if v, ok := a.(float64); ok {
			args[i] = px(v)
		}
	}
	fmt.Fprintf(&s.b, format, args...)
}

func (s *svgWriter) document() {
	id := xmlText(s.opt.ID)
	w, h := math.Ceil(s.d.w), math.Ceil(s.d.h)
	s.f(`<svg class="topology" xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="%s-title %s-desc" viewBox="0 0 %v %v" width="%v" height="%v">`, id, id, w, h, w, h)
	title := "Topology"
	if s.opt.Title != "" {
		title += " of " + s.opt.Title
	}
	s.f("\n<title id=\"%s-title\">%s</title>\n<desc id=\"%s-desc\">%s</desc>\n", id, xmlText(title), id, xmlText(words(s.d.top)))
	if s.opt.Standalone {
		s.f("<style>%s%s</style>\n", CSS, standaloneCSS)
	}
	for _, n := range s.d.nodes {
		s.node(n)
	}
	for _, p := range s.d.paths {
		s.path(p)
	}
	for _, n := range s.d.nodes {
		for _, r := range n.rows {
			if r != n.bar {
				s.row(r)
			}
		}
	}
	s.legend()
	s.f("</svg>\n")
}

func (s *svgWriter) node(n *node) {
	class := "t-node t-" + class(n)
	if s.d.rerouted(n) {
		class += " t-changed"
	}
	s.f(`<g class="%s" data-node="%s">`, class, xmlText(n.node.Name))
	s.f(`<rect x="%v" y="%v" width="%v" height="%v" rx="6"/>`, n.x, n.y, n.w, n.h)
	if n.bar != nil {
		s.point(n.bar, "t-bar")
		s.f(`<rect x="%v" y="%v" width="%v" height="%v"/>`, n.x+n.bar.x+7, n.y+n.bar.y, n.bar.w-14, n.bar.h)
		s.f("</g>")
	}
	s.lines(n.head, n.x+pad, n.y+5)
	s.lines(n.foot, n.x+pad, n.y+n.h-n.foot.height()-5)
	for _, r := range n.rows {
		s.twig(r)
	}
	s.f("</g>\n")
}

func class(n *node) string {
	switch n.node.Kind {
	case "switch", "router":
		return n.node.Kind
	}
	return "host"
}

// twig is the line from a row to the one that it stands on, and from a port to
// the bar of its switch.
func (s *svgWriter) twig(r *row) {
	n := r.node
	x, y := n.x+r.x, n.y+r.middle()-n.y
	switch {
	case r.below != nil && r.below != n.bar:
		s.f(`<path class="t-twig" d="M%v %vV%vH%v"/>`, n.x+r.below.x+indent/2, n.y+r.below.y+r.below.frame, y, x)
	case r.master != nil && r.master == n.bar && slices.Contains(n.west, r):
		s.f(`<path class="t-stub" d="M%v %vh7"/>`, x+r.w, y)
	case r.master != nil && r.master == n.bar:
		s.f(`<path class="t-stub" d="M%v %vh-7"/>`, x, y)
	}
}

// point opens the group of an interface.
func (s *svgWriter) point(r *row, class string) {
	if s.d.changed(r) {
		class += " t-changed"
	}
	s.f(`<g id="%s" class="%s" data-point="%s"><title>%s</title>`, xmlText(s.opt.ID+"-"+r.point), class, xmlText(r.point), xmlText(r.point+": "+r.iface.String()))
}

// changed tells whether an interface is not what it was before.
func (d *drawing) changed(r *row) bool {
	if d.before == nil {
		return false
	}
	was := d.before.Point(r.point)
	return was == nil || !reflect.DeepEqual(was, r.iface)
}

// rerouted tells whether of a node something else than its interfaces is not
// what it was before, or one of them is gone.
func (d *drawing) rerouted(n *node) bool {
	if d.before == nil {
		return false
	}
	for i := range d.before.Nodes {
		was := &d.before.Nodes[i]
		if was.Name != n.node.Name {
			continue
		}
		a, b := *was, *n.node
		a.Interfaces, b.Interfaces = nil, nil
		return !reflect.DeepEqual(a, b) || slices.ContainsFunc(was.Interfaces, func(i assert.Interface) bool {
			return !slices.ContainsFunc(n.rows, func(r *row) bool { return r.iface.Name == i.Name })
		})
	}
	return true
}

func (s *svgWriter) row(r *row) {
	x, y := r.node.x+r.x, r.node.y+r.y
	class := "t-if"
	if !r.iface.Up || !r.iface.Carrier {
		class += " t-off"
	}
	s.point(r, class)
	if len(r.members) > 0 {
		s.f(`<rect class="t-frame" x="%v" y="%v" width="%v" height="%v" rx="4"/>`, x, y, r.w, r.frame)
	}
	s.f(`<rect x="%v" y="%v" width="%v" height="%v" rx="3"/>`, x, y, r.w, r.h)
	s.lines(r.lines, x+inset, y+2)
	if r.iface.Options["hairpin"] == "true" {
		s.hairpin(r)
	}
	s.f("</g>\n")
}

// hairpin is a loop at the port: what comes in by it goes out by it again.
func (s *svgWriter) hairpin(r *row) {
	x, y, turn := r.node.x+r.x, r.node.y+r.y+r.h/2, -1.0
	if slices.Contains(r.node.west, r) {
		x, turn = x+r.w, 1
	}
	s.f(`<path class="t-loop" d="M%v %vc%v 0 %v 10 0 10"/>`, x, y-2, turn*11, turn*11)
	s.f(`<path class="t-tip" d="M%v %vl%v -3v6z"/>`, x, y+8, turn*5)
}

// lines writes a small text whose first line begins at y.
func (s *svgWriter) lines(l lines, x, y float64) {
	for i, line := range l {
		at, base := x, y+float64(i)*lineHeight+11
		for _, p := range line {
			s.piece(p, at, base)
			at += p.width() + 6
		}
	}
}

func (s *svgWriter) piece(p piece, x, base float64) {
	if !p.chip {
		s.f(`<text class="%s" x="%v" y="%v">%s</text>`, p.class, x, base, xmlText(p.text))
		return
	}
	s.f(`<rect class="%s" x="%v" y="%v" width="%v" height="13" rx="3"/>`, p.class, x, base-10, p.width())
	s.f(`<text x="%v" y="%v">%s</text>`, x+4, base, xmlText(p.text))
}

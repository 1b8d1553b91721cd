package draw

import (
	"fmt"
	"strings"

	"netverify/assert"
	"netverify/internal/cells"
	"netverify/internal/plain"
)

// Sizes of the drawing, in pixels at its natural size.
const (
	glyph      = 0.605 // width of a character over its size: DejaVu Sans Mono's 0.602, the widest of the usual fonts
	name       = 12.0  // size of the names of interfaces
	title      = 13.0  // of the names of nodes
	small      = 10.0  // of all else
	lineHeight = 15.0  // height of a line
	inset      = 7.0   // from the edge of a box to what it holds
	gap        = 6.0   // between the boxes of a node
	indent     = 16.0  // of what stands on an interface
	columns    = 30    // characters of a line, at most
	many       = 4     // addresses and the like that are listed; of more, the number
)

// piece is a word of a line: plain text, or a chip, which is text in a
// frame.
type piece struct {
	text  string
	class string // of the text; of a chip, of its frame
	chip  bool
}

func (p piece) size() float64 {
	switch p.class {
	case "t-name":
		return name
	case "t-title":
		return title
	}
	return small
}

func (p piece) width() float64 {
	w := width(p.text, p.size())
	if p.chip {
		w += 8
	}
	return w
}

// width is the width of text in a monospaced font.
func width(s string, size float64) float64 { return float64(cells.Count(s)) * size * glyph }

// lines is a small text: lines of pieces.
type lines [][]piece

func (l lines) width() float64 {
	widest := 0.0
	for _, line := range l {
		w := float64(len(line)-1) * 6
		for _, p := range line {
			w += p.width()
		}
		widest = max(widest, w)
	}
	return widest
}

func (l lines) height() float64 { return float64(len(l)) * lineHeight }

// flow adds pieces in as many lines as they take.
func (l lines) flow(pieces []piece) lines {
	const widest = columns * small * glyph
	var line []piece
	used := 0.0
	for _, p := range pieces {
		if len(line) > 0 && used+p.width() > widest {
			l, line, used = append(l, line), nil, 0
		}
		line, used = append(line, p), used+p.width()+6
	}
	if len(line) > 0 {
		l = append(l, line)
	}
	return l
}

// text adds a text in as many lines as it takes.
func (l lines) text(class, s string) lines {
	for _, part := range cells.Wrap(s, columns) {
		l = append(l, []piece{{text: part, class: class}})
	}
	return l
}

// few adds a line for each of a list, and the number of those that are too
// many.
func (l lines) few(class, before string, list []string) lines {
	for i, s := range list {
		if i == many-1 && len(list) > many {
			return append(l, []piece{{text: fmt.Sprintf("and %d more", len(list)-i), class: class}})
		}
		l = append(l, []piece{{text: cells.Cut(plain.Line(before+s), columns), class: class}})
	}
	return l
}

// rowText is what the box of an interface says.
func (d *drawing) rowText(r *row) lines {
	i := r.iface
	head := []piece{{text: cells.Cut(plain.Line(i.Name), columns), class: "t-name"}}
	if s := d.kindWords(r); s != "" {
		head = append(head, piece{text: s, class: "t-dim"})
	}
	if i.Kind == "vlan" {
		head = append(head, d.vlanChip(fmt.Sprintf("VLAN %d", i.VLAN.ID), i.VLAN.ID, false))
		if i.VLAN.Protocol != "802.1Q" {
			head = append(head, piece{text: plain.Line(i.VLAN.Protocol), class: "t-dim"})
		}
	}
	l := lines(nil).flow(head)
	l = l.flow(stateChips(i))
	l = l.few("t-addr", "", i.Addresses)
	if r.ownMAC() {
		l = append(l, []piece{{text: cells.Cut(plain.Line(i.MAC), columns), class: "t-dim"}})
	}
	if d.shut(r) {
		l = l.flow([]piece{{text: "no VLAN", class: "t-warn", chip: true}})
	}
	l = l.flow(d.vlanChips(i))
	l = l.flow(optionChips(i))
	if s := i.Options["sources"]; s != "" {
		l = l.few("t-dim", "from ", strings.Split(s, ","))
	}
	return l
}

// ownMAC tells whether the MAC of a row is worth a line: that of a switch's port
// is no station's, and a VLAN's is usually that of its parent.
func (r *row) ownMAC() bool {
	if r.iface.MAC == "" || r.master != nil && r.master == r.node.bar {
		return false
	}
	h := r.holder()
	return h == nil || h.iface.MAC != r.iface.MAC || r.iface.Kind == "macvlan" || r.iface.Kind == "macvtap"
}

// kindWords says what an interface is, as far as the drawing does not show it.
func (d *drawing) kindWords(r *row) string {
	i := r.iface
	var words []string
	switch i.Kind {
	case "veth":
		if i.Peer != "" && d.rows[i.Peer] == nil {
			words = append(words, "to "+i.Peer)
		}
		return cells.Cut(plain.Line(strings.Join(words, " ")), columns)
	case "vlan":
	default:
		words = append(words, i.Kind)
	}
	if i.Mode != "" && !r.labelled {
		words = append(words, i.Mode)
	}
	if i.Link != "" && !r.labelled && r.below == nil {
		words = append(words, "on "+i.Link)
	}
	return cells.Cut(plain.Line(strings.Join(words, " ")), columns)
}

// foot is what a node says below its interfaces.
func foot(n *assert.Node) lines {
	var l lines
	var routes []string
	for _, r := range n.Routes {
		s := r.To
		if r.Via != "" {
			s += " via " + r.Via
		} else if r.Dev != "" {
			s += " dev " + r.Dev
		}
		routes = append(routes, s)
	}
	for i, s := range routes {
		if i == many-1 && len(routes) > many {
			l = l.text("t-dim", fmt.Sprintf("and %d more routes", len(routes)-i))
			break
		}
		l = l.text("t-dim", s)
	}
	if n.Firewall != "" {
		for part := range strings.SplitSeq(n.Firewall, "; ") {
			l = l.text("t-dim", part)
		}
	}
	if n.Trouble != "" {
		l = l.text("t-dim", "cannot be read: "+n.Trouble)
	}
	if len(n.Interfaces) == 0 && n.Trouble == "" {
		l = l.text("t-dim", "no interface")
	}
	return l
}

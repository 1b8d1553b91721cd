package report

import (
	"fmt"
	"strings"

	"netverify/assert"
)

// Sizes of the drawing, in pixels at its natural size.
const (
	topoGlyph   = 0.605 // width of a character over its size: DejaVu Sans Mono's 0.602, the widest of the usual fonts
	topoName    = 12.0  // size of the names of interfaces
	topoTitle   = 13.0  // of the names of nodes
	topoSmall   = 10.0  // of all else
	topoLine    = 15.0  // height of a line
	topoInset   = 7.0   // from the edge of a box to what it holds
	topoGap     = 6.0   // between the boxes of a node
	topoIndent  = 16.0  // of what stands on an interface
	topoColumns = 30    // characters of a line, at most
	topoMany    = 4     // addresses and the like that are listed; of more, the number
)

// topoPiece is a word of a line: plain text, or a chip, which is text in a
// frame.
type topoPiece struct {
	text  string
	class string // of the text; of a chip, of its frame
	chip  bool
}

func (p topoPiece) size() float64 {
	switch p.class {
	case "t-name":
		return topoName
	case "t-title":
		return topoTitle
	}
	return topoSmall
}

func (p topoPiece) width() float64 {
	w := topoWidth(p.text, p.size())
	if p.chip {
		w += 8
	}
	return w
}

// topoWidth is the width of text in a monospaced font.
func topoWidth(s string, size float64) float64 { return float64(columns(s)) * size * topoGlyph }

// topoLines is a small text: lines of pieces.
type topoLines [][]topoPiece

func (l topoLines) width() float64 {
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

func (l topoLines) height() float64 { return float64(len(l)) * topoLine }

// flow adds pieces in as many lines as they take.
func (l topoLines) flow(pieces []topoPiece) topoLines {
	const widest = topoColumns * topoSmall * topoGlyph
	var line []topoPiece
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
func (l topoLines) text(class, s string) topoLines {
	for _, part := range wrap(s, topoColumns) {
		l = append(l, []topoPiece{{text: part, class: class}})
	}
	return l
}

// few adds a line for each of a list, and the number of those that are too
// many.
func (l topoLines) few(class, before string, list []string) topoLines {
	for i, s := range list {
		if i == topoMany-1 && len(list) > topoMany {
			return append(l, []topoPiece{{text: fmt.Sprintf("and %d more", len(list)-i), class: class}})
		}
		l = append(l, []topoPiece{{text: cut(clean(before+s), topoColumns), class: class}})
	}
	return l
}

// rowText is what the box of an interface says.
func (d *topoDrawing) rowText(r *topoRow) topoLines {
	i := r.iface
	head := []topoPiece{{text: cut(clean(i.Name), topoColumns), class: "t-name"}}
	if s := d.kindWords(r); s != "" {
		head = append(head, topoPiece{text: s, class: "t-dim"})
	}
	if i.Kind == "vlan" {
		head = append(head, d.vlanChip(fmt.Sprintf("VLAN %d", i.VLAN.ID), i.VLAN.ID, false))
		if i.VLAN.Protocol != "802.1Q" {
			head = append(head, topoPiece{text: clean(i.VLAN.Protocol), class: "t-dim"})
		}
	}
	l := topoLines(nil).flow(head)
	l = l.flow(topoStateChips(i))
	l = l.few("t-addr", "", i.Addresses)
	if r.ownMAC() {
		l = append(l, []topoPiece{{text: cut(clean(i.MAC), topoColumns), class: "t-dim"}})
	}
	if d.shut(r) {
		l = l.flow([]topoPiece{{text: "no VLAN", class: "t-warn", chip: true}})
	}
	l = l.flow(d.vlanChips(i))
	l = l.flow(topoOptionChips(i))
	if s := i.Options["sources"]; s != "" {
		l = l.few("t-dim", "from ", strings.Split(s, ","))
	}
	return l
}

// ownMAC tells whether the MAC of a row is worth a line: that of a switch's port
// is no station's, and a VLAN's is usually that of its parent.
func (r *topoRow) ownMAC() bool {
	if r.iface.MAC == "" || r.master != nil && r.master == r.node.bar {
		return false
	}
	h := r.holder()
	return h == nil || h.iface.MAC != r.iface.MAC || r.iface.Kind == "macvlan" || r.iface.Kind == "macvtap"
}

// kindWords says what an interface is, as far as the drawing does not show it.
func (d *topoDrawing) kindWords(r *topoRow) string {
	i := r.iface
	var words []string
	switch i.Kind {
	case "veth":
		if i.Peer != "" && d.rows[i.Peer] == nil {
			words = append(words, "to "+i.Peer)
		}
		return cut(clean(strings.Join(words, " ")), topoColumns)
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
	return cut(clean(strings.Join(words, " ")), topoColumns)
}

// topoFoot is what a node says below its interfaces.
func topoFoot(n *assert.Node) topoLines {
	var l topoLines
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
		if i == topoMany-1 && len(routes) > topoMany {
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

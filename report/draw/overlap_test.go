package draw

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"netverify/assert"
	"netverify/internal/cells"
)

// drawnThing is a thing of a drawing, as its SVG has it.
type drawnThing struct {
	kind       string // "node", "if", "frame", "chip", "text" or "line"
	name       string
	x, y, r, b float64
}

func (s drawnThing) String() string {
	return fmt.Sprintf("%s %s (%g,%g)-(%g,%g)", s.kind, s.name, s.x, s.y, s.r, s.b)
}

const tenth = 0.11 // what lengths are rounded to, and a little

func (s drawnThing) apart(o drawnThing) bool {
	return s.r <= o.x+tenth || o.r <= s.x+tenth || s.b <= o.y+tenth || o.b <= s.y+tenth
}

func (s drawnThing) holds(o drawnThing) bool {
	return s.x <= o.x+tenth && s.y <= o.y+tenth && s.r >= o.r-tenth && s.b >= o.b-tenth
}

// fontSizes are the fonts of CSS.
var fontSizes = map[string]float64{"t-title": 13, "t-name": 12}

// drawnThings reads a drawing back.
func drawnThings(t fataler, svg string) (list []drawnThing, page drawnThing) {
	var stack []element
	var text *drawnThing
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return list, page
		}
		if err != nil {
			t.Fatalf("%v in %s", err, svg)
		}
		switch e := token.(type) {
		case xml.EndElement:
			stack = stack[:len(stack)-1]
			text = nil
		case xml.CharData:
			if text != nil {
				text.name = string(e)
				text.r = text.x + float64(cells.Count(string(e)))*(text.b-text.y)*0.602
				list = append(list, *text)
			}
		case xml.StartElement:
			me := element{name: e.Name.Local, attrs: map[string]string{}}
			for _, x := range e.Attr {
				me.attrs[x.Name.Local] = x.Value
			}
			var parent element
			if len(stack) > 0 {
				parent = stack[len(stack)-1]
			}
			stack = append(stack, me)
			switch {
			case me.name == "svg":
				page = drawnThing{kind: "page", r: me.number("width"), b: me.number("height")}
			case me.name == "rect":
				list = append(list, me.box(parent))
			case me.name == "text":
				size := fontSizes[me.attrs["class"]]
				if size == 0 {
					size = 10
				}
				text = &drawnThing{kind: "text", x: me.number("x"), y: me.number("y") - 0.8*size, b: me.number("y") + 0.2*size}
			case me.name == "path" && strings.HasPrefix(parent.attrs["class"], "t-cable"), me.name == "path" && strings.HasPrefix(parent.attrs["class"], "t-stack"):
				list = append(list, segments(parent.attrs["class"], me.attrs["d"])...)
			}
		}
	}
}

// element is one of an SVG.
type element struct {
	name  string
	attrs map[string]string
}

func (e element) number(key string) float64 {
	v, _ := strconv.ParseFloat(e.attrs[key], 64) // 0 is out of place enough to be found
	return v
}

// box tells what a rect is by its class, or by the group that it is in.
func (e element) box(parent element) drawnThing {
	x, y := e.number("x"), e.number("y")
	s := drawnThing{kind: "chip", x: x, y: y, r: x + e.number("width"), b: y + e.number("height")}
	group := parent.attrs["class"]
	switch {
	case e.attrs["class"] == "t-frame":
		s.kind, s.name = "frame", parent.attrs["data-point"]
	case e.attrs["class"] != "":
	case strings.HasPrefix(group, "t-node"):
		s.kind, s.name = "node", parent.attrs["data-node"]
	case strings.HasPrefix(group, "t-if"):
		s.kind, s.name = "if", parent.attrs["data-point"]
	default:
		s.kind, s.name = "bar", parent.attrs["data-point"]
	}
	return s
}

type fataler interface{ Fatalf(string, ...any) }

var number = regexp.MustCompile(`-?[0-9.]+`)

// segments are the straight parts of a way; its round corners lie within the
// box around its points.
func segments(class, d string) (list []drawnThing) {
	if strings.Contains(d, "h") { // of the legend
		return nil
	}
	var points [][2]float64
	all := number.FindAllString(d, -1)
	for i := 0; i+1 < len(all); i += 2 {
		x, _ := strconv.ParseFloat(all[i], 64)
		y, _ := strconv.ParseFloat(all[i+1], 64)
		points = append(points, [2]float64{x, y})
	}
	for i := 1; i < len(points); i++ {
		a, b := points[i-1], points[i]
		list = append(list, drawnThing{kind: "line", name: class, x: min(a[0], b[0]), y: min(a[1], b[1]) - 0.5, r: max(a[0], b[0]), b: max(a[1], b[1]) + 0.5})
	}
	return list
}

// collisions lists what is drawn over something else, or outside.
func collisions(t fataler, svg string) (out []string) {
	list, page := drawnThings(t, svg)
	for i, a := range list {
		if !page.holds(a) {
			out = append(out, fmt.Sprintf("%v is outside of %v", a, page))
		}
		for _, b := range list[i+1:] {
			if !a.apart(b) && !mayMeet(a, b) {
				out = append(out, fmt.Sprintf("%v meets %v", a, b))
			}
		}
	}
	return out
}

// mayMeet tells what may lie on what: smaller things in larger ones, and lines
// over each other and where they begin.
func mayMeet(a, b drawnThing) bool {
	if rank(a) > rank(b) {
		a, b = b, a
	}
	switch {
	case a.kind == "line" && b.kind == "line":
		return true
	case b.kind == "line":
		// It may leave a row through the frames around it, and nothing else.
		return a.kind == "frame" || a.kind == "node" && (b.x >= a.x+(a.r-a.x)/2 || b.r <= a.x+(a.r-a.x)/2) || a.kind == "if" && touches(a, b)
	case a.kind == "frame" && b.kind == "frame":
		return a.holds(b) || b.holds(a)
	case a.kind == b.kind:
		return false
	}
	return a.holds(b)
}

// touches tells whether a line only reaches the edge of a box.
func touches(box, line drawnThing) bool { return line.x >= box.r-0.2 || line.r <= box.x+0.2 }

func rank(s drawnThing) int {
	return slices.Index([]string{"page", "node", "frame", "if", "bar", "chip", "text", "line"}, s.kind)
}

func TestNothingIsDrawnOverAnythingElse(t *testing.T) {
	for _, p := range library(t) {
		if list := collisions(t, svgOf(t, p.Topology(), Options{ID: "a"})); len(list) > 0 {
			t.Errorf("%s:\n%s", p.Name, strings.Join(list, "\n"))
		}
	}
}

// TestCollisionsAreFound: a drawing in which one box was moved fails the test
// above.
func TestCollisionsAreFound(t *testing.T) {
	svg := svgOf(t, library(t)[0].Topology(), Options{ID: "a"})
	for _, broken := range []string{
		regexp.MustCompile(`<rect x="[^"]*"`).ReplaceAllString(svg, `<rect x="11"`),
		regexp.MustCompile(` y="[^"]*">eth0`).ReplaceAllString(svg, ` y="3000">eth0`),
		regexp.MustCompile(`(<text class="t-name" x=")[^"]*(" y=")[^"]*`).ReplaceAllString(svg, `${1}20${2}60`),
	} {
		if broken == svg || len(collisions(t, broken)) == 0 {
			t.Error("a drawing out of place was taken for a good one")
		}
	}
}

// TestAnyTopologyIsDrawn: rings, parents in circles, children of children in
// other nodes, ends that are missing.
func TestAnyTopologyIsDrawn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		top := anyTopology(t)
		var b strings.Builder
		if err := SVG(&b, top, Options{ID: "a"}); err != nil {
			t.Fatal(err)
		}
		for _, c := range collisions(t, b.String()) {
			if !strings.Contains(c, "line ") { // of tangles, some lines cross what they must not
				t.Fatalf("%s", c)
			}
		}
	})
}

func anyTopology(t *rapid.T) assert.Topology {
	name := rapid.SampledFrom([]string{"a", "b", "c", "d", "a-rather-long-name-of-a-container-that-is-cut"})
	iface := rapid.SampledFrom([]string{"eth0", "eth1", "br0", "bond0", "eth0.4094"})
	point := rapid.Custom(func(t *rapid.T) string { return name.Draw(t, "node") + ":" + iface.Draw(t, "interface") })
	maybe := rapid.OneOf(rapid.Just(""), point)
	interfaces := rapid.Custom(func(t *rapid.T) assert.Interface {
		return assert.Interface{
			Name: iface.Draw(t, "name"), Kind: rapid.SampledFrom([]string{"veth", "macvlan", "vlan", "bridge", "bond", "unheard-of"}).Draw(t, "kind"),
			MAC: rapid.SampledFrom([]string{"", "02:00:00:00:00:01"}).Draw(t, "mac"), MTU: rapid.SampledFrom([]int{1500, 9000}).Draw(t, "mtu"),
			Up: rapid.Bool().Draw(t, "up"), Carrier: rapid.Bool().Draw(t, "carrier"),
			Addresses: rapid.SliceOfN(rapid.SampledFrom([]string{"192.0.2.1/24", "2001:db8:1234:5678:9abc:def0:1234:5678/128"}), 0, 7).Draw(t, "addresses"),
			Link:      maybe.Draw(t, "link"), Peer: maybe.Draw(t, "peer"), Master: rapid.SampledFrom([]string{"", "br0", "bond0", "eth0"}).Draw(t, "master"),
			Mode: rapid.SampledFrom([]string{"", "bridge", "active-backup"}).Draw(t, "mode"),
			VLAN: assert.VLAN{Protocol: "802.1ad", ID: rapid.IntRange(0, 4094).Draw(t, "vid")},
			Options: rapid.MapOfN(rapid.SampledFrom([]string{"hairpin", "isolated", "nodst", "sources", "egress_qos", "vlan_filtering"}),
				rapid.SampledFrom([]string{"true", "false", "0:1,1:2,2:3,3:4,4:5,5:6,6:7,7:0"}), 0, 4).Draw(t, "options"),
			VLANs: rapid.SliceOfN(rapid.SampledFrom([]assert.PortVLAN{{From: 1, To: 1, Flags: "pvid untagged"}, {From: 10, To: 4094, Flags: "tagged"}, {From: 3, To: 3, Flags: "pvid"}}), 0, 9).Draw(t, "vlans"),
		}
	})
	nodes := rapid.Custom(func(t *rapid.T) assert.Node {
		return assert.Node{
			Name: name.Draw(t, "name"), Kind: rapid.SampledFrom([]string{"host", "router", "switch"}).Draw(t, "kind"),
			Interfaces: rapid.SliceOfN(interfaces, 0, 6).Draw(t, "interfaces"),
			Routes:     rapid.SliceOfN(rapid.Just(assert.Route{To: "2001:db8:1234:5678::/64", Via: "2001:db8::1"}), 0, 6).Draw(t, "routes"),
			Firewall:   rapid.SampledFrom([]string{"", "forward policy drop; iif eth0 oif eth1 ip saddr 192.0.2.0/24 tcp dport 443 accept"}).Draw(t, "firewall"),
		}
	})
	return assert.Topology{Nodes: rapid.SliceOfN(nodes, 0, 8).Draw(t, "nodes"), Planned: rapid.Bool().Draw(t, "planned")}
}

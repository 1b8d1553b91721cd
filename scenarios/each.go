package scenarios

import (
	"fmt"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"netverify/scenarios/internal/yamltree"
)

// Bounds of what the steps of a file may expand to.
const (
	maxEach           = 1000    // rows of one step
	maxExpandedValues = 1 << 21 // values of a file, its plans together
)

// The words for values that are too many to be written one by one.
var (
	spanValue  = regexp.MustCompile(`^(0|[1-9][0-9]{0,8})-(0|[1-9][0-9]{0,8})$`)
	bitsValue  = regexp.MustCompile(`^bits ([1-9][0-9]?)$`)
	flipsValue = regexp.MustCompile(`^flips ([1-9][0-9]?) of ([0-9]+|[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5})$`)
)

// each expands those steps of a file that say `each`: a frame, or an
// expectation, in which variables stand becomes one for each combination of
// their values.
// Everything else of the step stays as it is, once.
func (p *problems) each(root *yamltree.Node) *yamltree.Node {
	steps := root.Get("steps")
	if steps == nil || steps.Kind != yamltree.List || !slices.ContainsFunc(steps.Items, func(s *yamltree.Node) bool { return s.Get("each") != nil }) {
		return root
	}
	list := *steps
	list.Items = nil
	for _, step := range steps.Items {
		if values := step.Get("each"); values != nil {
			step = p.eachOf(step, values)
		}
		list.Items = append(list.Items, step)
	}
	return with(root, "steps", &list)
}

// with is a copy of a map with another value for one key; nil takes it away.
func with(n *yamltree.Node, key string, value *yamltree.Node) *yamltree.Node {
	out := *n
	out.Pairs = nil
	for _, p := range n.Pairs {
		switch {
		case p.Key.Value != key:
			out.Pairs = append(out.Pairs, p)
		case value != nil:
			value.Parent, value.Name = n, key
			out.Pairs = append(out.Pairs, yamltree.Pair{Key: p.Key, Value: value})
		}
	}
	return &out
}

func (p *problems) eachOf(step, values *yamltree.Node) *yamltree.Node {
	bare := with(step, "each", nil)
	before := len(p.list)
	x := &eacher{problems: p, values: p.spelled(values), used: map[string]bool{}}
	x.variables = x.names()
	if len(x.variables) == 0 || len(p.list) > before {
		return bare
	}
	send := step.Get("send")
	if send == nil {
		p.at(values, "each is for steps that send frames; this one has no send")
		return bare
	}
	bare = with(bare, "send", x.send(send))
	if expect := step.Get("expect"); expect != nil {
		bare = with(bare, "expect", x.expect(expect))
	}
	for _, v := range x.variables {
		if !x.used[v.Value] {
			p.at(v, "the variable %q is not used: ${%s} stands in no frame and no expectation of the step", v.Value, v.Value)
		}
	}
	x.leftover(bare)
	return bare
}

// spelled returns the values with those written out that stand for several.
func (p *problems) spelled(values *yamltree.Node) *yamltree.Node {
	if values.Kind != yamltree.Map {
		return values
	}
	out := *values
	out.Pairs = nil
	for _, v := range values.Pairs {
		list := &yamltree.Node{Pos: v.Value.Pos, Kind: yamltree.List, Parent: v.Value.Parent, Name: v.Value.Name}
		items := v.Value.Items
		if v.Value.Kind == yamltree.Scalar {
			items = []*yamltree.Node{v.Value}
		}
		for _, item := range items {
			many, ok := p.spell(item)
			if !ok {
				many = []*yamltree.Node{item}
				if v.Value.Kind == yamltree.Scalar {
					p.at(v.Value, "%q must be a list of values, or 0-7, bits 12, flips 12 of 10; not %s", v.Key.Value, v.Value.What())
				}
			}
			list.Items = append(list.Items, many...)
		}
		if len(list.Items) > maxEach {
			list.Items = list.Items[:maxEach+1]
		}
		out.Pairs = append(out.Pairs, yamltree.Pair{Key: v.Key, Value: list})
	}
	return &out
}

// spell writes out one value that stands for several; false for any other.
func (p *problems) spell(n *yamltree.Node) (list []*yamltree.Node, ok bool) {
	if n.Kind != yamltree.Scalar {
		return nil, false
	}
	add := func(text string) {
		item := *n
		item.Value, item.Plain = text, true
		list = append(list, &item)
	}
	if m := spanValue.FindStringSubmatch(n.Value); m != nil {
		from, _ := strconv.Atoi(m[1])
		to, _ := strconv.Atoi(m[2])
		if to < from {
			p.at(n, "%s: the second number is below the first", n.Value)
		}
		for v := from; v <= min(to, from+maxEach); v++ {
			add(strconv.Itoa(v))
		}
		return list, true
	}
	if m := bitsValue.FindStringSubmatch(n.Value); m != nil {
		for bit := range p.bits(n, m[1]) {
			add(strconv.FormatUint(1<<bit, 10))
		}
		return list, true
	}
	if m := flipsValue.FindStringSubmatch(n.Value); m != nil {
		for bit := range p.bits(n, m[1]) {
			add(flipped(m[2], bit))
		}
		return list, true
	}
	return nil, false
}

// bits is a number of bits, up to those of a MAC.
func (p *problems) bits(at *yamltree.Node, text string) int {
	n, _ := strconv.Atoi(text)
	if n > 48 {
		p.at(at, "%d bits: 48 at most, those of a MAC", n)
		return 0
	}
	return n
}

// flipped is a number or a MAC with one bit changed; bit 0 is the lowest.
func flipped(value string, bit int) string {
	if mac, err := net.ParseMAC(value); err == nil {
		mac[5-bit/8] ^= 1 << (bit % 8)
		return mac.String()
	}
	n, _ := strconv.ParseUint(value, 10, 64)
	return strconv.FormatUint(n^1<<bit, 10)
}

// eacher fills the values of one step in.
type eacher struct {
	*problems
	values    *yamltree.Node   // as cells takes them
	variables []*yamltree.Node // their names
	used      map[string]bool
}

// names checks the values, and returns the names of the variables.
func (x *eacher) names() (names []*yamltree.Node) {
	if x.values.Kind != yamltree.Map { // rows, or what cells reports
		if rows := x.cells("each", x.values); len(rows) > 0 {
			for _, v := range rows[0] {
				names = append(names, v.Key)
			}
		}
		return names
	}
	for _, v := range x.values.Pairs {
		one := *x.values
		one.Pairs = []yamltree.Pair{v}
		x.cells("each", &one)
		names = append(names, v.Key)
	}
	return names
}

// rows are the combinations of the values of some variables.
func (x *eacher) rows(names map[string]bool) []cell {
	values := *x.values
	if values.Kind == yamltree.Map {
		values.Pairs = slices.DeleteFunc(slices.Clone(values.Pairs), func(v yamltree.Pair) bool { return !names[v.Key.Value] })
	}
	return x.cells("each", &values)
}

// varies returns the variables of the step that stand in a tree.
func (x *eacher) varies(n *yamltree.Node) map[string]bool {
	names := map[string]bool{}
	n.Variables(func(name string, _ yamltree.Pos) {
		for _, v := range x.variables {
			if v.Value == name {
				x.used[name], names[name] = true, true
			}
		}
	})
	return names
}

// copies returns a tree once for each combination of the values that its
// variables have, in the order of the rows, or as it is where nothing varies.
func (x *eacher) copies(n *yamltree.Node) (list []*yamltree.Node) {
	names := x.varies(n)
	if len(names) == 0 {
		return []*yamltree.Node{n}
	}
	seen := map[string]bool{}
	for _, row := range x.rows(names) {
		key := row.of(names)
		if seen[key] {
			continue
		}
		seen[key] = true
		tree, errs := n.Fill(func(name string) *yamltree.Node {
			for _, v := range row {
				if v.Key.Value == name {
					return v.Value
				}
			}
			return nil
		})
		x.tree(errs)
		list = append(list, tree)
	}
	return list
}

// of tells the values of some variables of a row from other rows'.
func (c cell) of(names map[string]bool) string {
	var b strings.Builder
	for _, v := range c {
		switch {
		case !names[v.Key.Value]:
		case v.Value.Kind == yamltree.Scalar:
			fmt.Fprintf(&b, "%q ", v.Value.Value)
		default:
			fmt.Fprintf(&b, "%p ", v.Value)
		}
	}
	return b.String()
}

// list expands a value that is one thing or a list of them; always makes a
// list of it.
func (x *eacher) list(n *yamltree.Node, always bool) *yamltree.Node {
	items := []*yamltree.Node{n}
	if n.Kind == yamltree.List {
		items = n.Items
	}
	out := &yamltree.Node{Pos: n.Pos, Kind: yamltree.List, Parent: n.Parent, Name: n.Name}
	for _, item := range items {
		out.Items = append(out.Items, x.copies(item)...)
	}
	if len(out.Items) == 1 && n.Kind != yamltree.List && !always {
		return n
	}
	for i, item := range out.Items {
		item.Parent, item.Name = out, fmt.Sprintf("[%d]", i)
	}
	return out
}

// send makes a list of frames of the one that varies.
func (x *eacher) send(n *yamltree.Node) *yamltree.Node {
	if n.Kind != yamltree.Map {
		return n
	}
	out := *n
	out.Pairs = nil
	for _, p := range n.Pairs {
		switch {
		case p.Key.Value == "frame" && len(x.varies(p.Value)) > 0:
			key := *p.Key
			key.Value = "frames"
			out.Pairs = append(out.Pairs, yamltree.Pair{Key: &key, Value: x.list(p.Value, true)})
		case p.Key.Value == "frames":
			out.Pairs = append(out.Pairs, yamltree.Pair{Key: p.Key, Value: x.list(p.Value, true)})
		default:
			out.Pairs = append(out.Pairs, p)
		}
	}
	return &out
}

// expect expands what is about frames, and the values of state.
func (x *eacher) expect(n *yamltree.Node) *yamltree.Node {
	if n.Kind != yamltree.Map {
		return n
	}
	out := *n
	out.Pairs = nil
	for _, p := range n.Pairs {
		switch p.Key.Value {
		case "seen", "never", "answer", "receivers":
			p.Value = x.list(p.Value, false)
		case "state":
			p.Value = x.state(p.Value)
		}
		out.Pairs = append(out.Pairs, p)
	}
	return &out
}

// state expands the keys of each target.
func (x *eacher) state(n *yamltree.Node) *yamltree.Node {
	out := *n
	out.Pairs = nil
	for _, target := range n.Pairs {
		keys := *target.Value
		keys.Pairs = nil
		for _, p := range target.Value.Pairs {
			one := &yamltree.Node{Pos: p.Key.Pos, Kind: yamltree.Map, Parent: target.Value.Parent, Name: target.Value.Name, Pairs: []yamltree.Pair{p}}
			for _, filled := range x.copies(one) {
				keys.Pairs = append(keys.Pairs, filled.Pairs...)
			}
		}
		out.Pairs = append(out.Pairs, yamltree.Pair{Key: target.Key, Value: &keys})
	}
	return &out
}

// leftover reports variables of the step in places that do not vary.
func (x *eacher) leftover(step *yamltree.Node) {
	step.Variables(func(name string, at yamltree.Pos) {
		for _, v := range x.variables {
			if v.Value == name {
				x.add(at, nil, "${%s} of each cannot stand here: it is for frame, frames, seen, never, answer, receivers and state", name)
			}
		}
	})
}

package scenarios

import (
	"slices"
	"strings"

	"netverify/recording"
)

// cables connects the ends of cables.
func (r *resolver) cables() {
	holds := map[recording.Ref]recording.Ref{} // whose cable a far end holds
	for _, ref := range r.order {
		i, doc := r.live[ref], r.docs[ref]
		if i == nil || doc == nil || !doc.Cable.set() {
			continue
		}
		far, ok := r.ref(doc.Cable)
		if !ok {
			continue
		}
		other, otherDoc := r.live[far], r.docs[far]
		first, held := holds[far]
		switch {
		case far == ref:
			r.at(doc.Cable.node, "the cable of %s ends where it begins", ref)
		case held:
			r.at(doc.Cable.node, "%s holds the cable of %s already (line %d)", far, first, r.live[first].Line)
		case otherDoc == nil:
			r.at(doc.Cable.node, "%s is the switch's own bridge; a cable ends in one of its ports", far)
		case otherDoc.Cable.S == ref.String():
			r.at(doc.Cable.node, "%s says so already (line %d); a cable is written at one end", far, other.Line)
		case other.Kind != "":
			r.at(doc.Cable.node, "%s is a %s; it cannot hold a cable", far, kindWord(other.Kind))
		default:
			holds[far] = ref
			i.Cable, other.Cable = &far, &ref
		}
	}
	for _, ref := range r.order {
		i := r.live[ref]
		switch {
		case i == nil || i.Kind != "":
		case i.Cable != nil:
			i.Kind = Veth
		case r.nodes[ref.Node].Switch:
			r.missing(r.docs[ref].node, "no cable ends at %s", ref)
		default:
			r.missing(r.docs[ref].node, "%s is nothing: it needs cable, macvlan, macvtap, ipvlan, vlan, bond, bridge, dummy, tun, ipip, sit or vrf, or a cable that ends here", ref)
		}
	}
}

func kindWord(k InterfaceKind) string {
	if k == Veth {
		return "cable of its own"
	}
	return string(k)
}

// linkText returns where the parent of an interface is written.
func (doc *interfaceDoc) linkText() text {
	switch {
	case doc == nil:
	case doc.Macvlan != nil:
		return doc.Macvlan.Link
	case doc.Macvtap != nil:
		return doc.Macvtap.Link
	case doc.Ipvlan != nil:
		return doc.Ipvlan.Link
	case doc.VLAN != nil:
		return doc.VLAN.Link
	}
	return text{}
}

// links finds the parents, and links that go round in a circle.
func (r *resolver) links() {
	for _, ref := range r.order {
		if i := r.live[ref]; i != nil {
			r.parent(i, r.docs[ref])
		}
	}
}

func (r *resolver) parent(i *Interface, doc *interfaceDoc) {
	t := doc.linkText()
	if parent, ok := r.link(t, i.Node); ok {
		i.Link = &parent
	}
}

// parentRefused is parent for an interface that the kernel is to refuse: it may
// also stand on lo, on itself, and on nothing.
func (r *resolver) parentRefused(i *Interface, doc *interfaceDoc) {
	switch t := doc.linkText(); t.S {
	case "none":
	case "lo", i.Node + ":lo":
		i.Link = &recording.Ref{Node: i.Node, Iface: "lo"}
	default:
		r.parent(i, doc)
	}
}

// members puts interfaces into the bonds and bridges of their host.
func (r *resolver) members() {
	for _, ref := range r.order {
		if i := r.live[ref]; i != nil && r.docs[ref] != nil {
			r.enslave(i, r.docs[ref], false, false)
		}
	}
	for _, ref := range r.order {
		if i, doc := r.live[ref], r.docs[ref]; i != nil && doc != nil && !r.nodes[ref.Node].Switch {
			r.hostPort(i, doc)
		}
	}
	for _, ref := range r.order {
		if i, doc := r.live[ref], r.docs[ref]; i != nil && doc != nil {
			i.Attributes = r.attributes(doc.Link.Attributes, i.Node, attributeKinds(i)...)
		}
	}
	r.circles()
}

// members returns where the members of a bond or bridge are written.
func (doc *interfaceDoc) members() []text {
	switch {
	case doc.Bond != nil:
		return doc.Bond.Members
	case doc.Bridge != nil:
		return doc.Bridge.Members
	}
	return nil
}

// enslave makes the members of a bond or bridge its ports. One that is made by a
// step takes those of others, as the kernel lets it (net/core/rtnetlink.c:do_set_master).
func (r *resolver) enslave(i *Interface, doc *interfaceDoc, step, fails bool) {
	for _, t := range doc.members() {
		m := r.live[recording.Ref{Node: i.Node, Iface: t.S}]
		switch {
		case !t.set():
		case t.S == "lo" && fails:
		case m == nil:
			r.at(t.node, "host %q has no interface %q%s", i.Node, t.S, oneOf(t.S, r.namesIn(i.Node)))
		case fails:
		case m == i:
			r.at(t.node, "%s cannot be a member of itself", t.S)
		case m.Master != "" && !step:
			r.at(t.node, "%s is a member of %s already", t.S, m.Master)
		default:
			m.Master = i.Name
		}
	}
}

func (r *resolver) namesIn(node string) (names []string) {
	for _, name := range r.interfacesOf(node) {
		names = append(names, strings.TrimPrefix(name, node+":"))
	}
	return names
}

// hostPort takes the port attributes of an interface of a host, which it may
// have where it is a port of a bridge.
func (r *resolver) hostPort(i *Interface, doc *interfaceDoc) {
	if master := r.live[recording.Ref{Node: i.Node, Iface: i.Master}]; master != nil && master.Kind == BridgeK {
		i.Port = r.port(&doc.Bridged, false)
	} else if key := doc.Bridged.written(doc.node); key != nil {
		r.at(key, "%s is for ports of bridges; %s is none", key.Value, describe(i))
	}
}

// below returns what must exist before an interface.
func (r *resolver) below(i *Interface) (refs []recording.Ref) {
	if i.Link != nil {
		refs = append(refs, *i.Link)
	}
	if i.Kind == Bond || i.Kind == BridgeK && r.docs[recording.Ref{Node: i.Node, Iface: i.Name}] != nil {
		for _, ref := range r.within[i.Node] {
			if m := r.live[ref]; m != nil && m.Master == i.Name {
				refs = append(refs, ref)
			}
		}
	}
	return refs
}

// circles reports interfaces that stand on themselves, each circle once.
func (r *resolver) circles() {
	const open, done = 1, 2
	state := map[recording.Ref]int{}
	var way []recording.Ref
	var walk func(ref recording.Ref)
	walk = func(ref recording.Ref) {
		if state[ref] == open {
			var names []string
			for _, w := range append(way[slices.Index(way, ref):], ref) {
				names = append(names, w.String())
			}
			r.at(r.docs[ref].node, "links in a circle: %s", strings.Join(names, " stands on "))
		}
		if state[ref] != 0 {
			return
		}
		state[ref] = open
		way = append(way, ref)
		if i := r.live[ref]; i != nil {
			for _, b := range r.below(i) {
				walk(b)
			}
		}
		way = way[:len(way)-1]
		state[ref] = done
	}
	for _, ref := range r.order {
		walk(ref)
	}
}

// buildOrder returns the interfaces of a node, those that others stand on first.
func (r *resolver) buildOrder(node string) (list []Interface) {
	done := map[recording.Ref]bool{}
	var add func(ref recording.Ref)
	add = func(ref recording.Ref) {
		i := r.live[ref]
		if i == nil || done[ref] {
			return
		}
		done[ref] = true
		for _, b := range r.below(i) {
			add(b)
		}
		if i.Node == node {
			list = append(list, *i)
		}
	}
	for _, ref := range r.within[node] {
		add(ref)
	}
	return list
}

// realParent returns what carries a macvlan: a macvlan on a macvlan stands on
// the latter's parent (macvlan_common_newlink).
func realParent(live map[recording.Ref]*Interface, i *Interface) *Interface {
	for range 100 {
		if i == nil || i.Link == nil {
			return nil
		}
		p := live[*i.Link]
		if i.Macvlan == nil || p == nil || p.Macvlan == nil {
			return p
		}
		i = p
	}
	return nil
}

// checkParents finds what the kernel refuses: a parent has one rx_handler
// (netdev_rx_handler_register returns EBUSY), and a passthru child is alone.
func (r *resolver) checkParents() {
	before := map[*Interface][]*Interface{} // by parent, the first of each sort
	for _, ref := range r.order {
		if i, doc := r.live[ref], r.docs[ref]; i != nil && doc != nil {
			parent := realParent(r.live, i)
			if msg := r.refused(i, before[parent]); msg != "" {
				r.at(doc.linkText().node, "%s", msg)
			}
			if !slices.ContainsFunc(before[parent], func(s *Interface) bool { return sameSort(s, i) }) {
				before[parent] = append(before[parent], i)
			}
		}
	}
}

// refused says why the kernel would not put i on its parent, beside those that
// are there; "" if it would.
func (r *resolver) refused(i *Interface, there []*Interface) string {
	parent := realParent(r.live, i)
	if parent == nil || i.Kind == VLAN {
		return ""
	}
	name := describe(parent)
	if parent.Master != "" {
		return name + " is a port of " + parent.Master + "; the kernel lets it have no " + string(i.Kind) + " children (EBUSY)"
	}
	for _, s := range there {
		if s.Link == nil || realParent(r.live, s) != parent || s.Kind == VLAN {
			continue
		}
		switch {
		case (s.Macvlan == nil) != (i.Macvlan == nil):
			return name + " carries the " + string(s.Kind) + " " + describe(s) + "; the kernel lets it have no " + string(i.Kind) + " beside it (EBUSY)"
		case passthru(s):
			return name + " has the passthru child " + describe(s) + ", which must be alone (EINVAL); only a create step that expects fails may try"
		case passthru(i):
			return "a passthru child must be alone, and " + name + " has " + describe(s) + " already (EINVAL); only a create step that expects fails may try"
		}
	}
	return ""
}

// sameSort tells whether two children are the same to whoever joins them.
func sameSort(a, b *Interface) bool {
	return a.Kind == b.Kind && passthru(a) == passthru(b)
}

func passthru(i *Interface) bool { return i.Macvlan != nil && i.Macvlan.Mode == "passthru" }

package scenarios

import (
	"slices"

	"netverify/recording"
)

// layer2 is what passes Ethernet frames on in a plan, as it is at one step.
type layer2 struct {
	live    map[recording.Ref]*Interface // copies, with all changes so far
	order   []recording.Ref
	ports   []recording.Ref                   // of bridges
	of      map[recording.Ref][]recording.Ref // ports of a bridge or members of a bond
	above   map[recording.Ref][]recording.Ref // what stands on an interface
	bridges map[recording.Ref]*Bridge

	members map[recording.Ref]map[int]membership // of ports, as far as they were asked for
}

func newLayer2(p *Plan) *layer2 {
	n := &layer2{live: map[recording.Ref]*Interface{}, bridges: map[recording.Ref]*Bridge{}}
	for i := range p.Nodes {
		node := &p.Nodes[i]
		for j := range node.Interfaces {
			n.add(&node.Interfaces[j])
		}
		if node.Switch && n.bridges[recording.Ref{Node: node.Name, Iface: bridgeName}] == nil {
			n.add(&Interface{Pos: node.Pos, Node: node.Name, Name: bridgeName, Kind: BridgeK, Bridge: node.Bridge})
		}
	}
	n.index()
	return n
}

func (n *layer2) add(i *Interface) {
	c, ref := *i, recording.Ref{Node: i.Node, Iface: i.Name}
	n.live[ref] = &c
	n.order = append(n.order, ref)
	if c.Kind == BridgeK {
		b := Bridge{}
		if c.Bridge != nil {
			b = *c.Bridge
		}
		n.bridges[ref] = &b
	}
}

// index finds out who is whose port, and what stands on what.
func (n *layer2) index() {
	n.members = map[recording.Ref]map[int]membership{}
	n.ports, n.of, n.above = nil, map[recording.Ref][]recording.Ref{}, map[recording.Ref][]recording.Ref{}
	for _, ref := range n.order {
		i := n.live[ref]
		if i == nil {
			continue
		}
		if i.Master != "" {
			master := recording.Ref{Node: i.Node, Iface: i.Master}
			n.of[master] = append(n.of[master], ref)
			if n.bridges[master] != nil {
				n.ports = append(n.ports, ref)
			}
		}
		if i.Link != nil {
			n.above[*i.Link] = append(n.above[*i.Link], ref)
		}
	}
}

// change does what a step does, and tells whether that may close a loop.
func (n *layer2) change(s *Step) (changed bool) {
	switch {
	case s.Create != nil && s.Create.Fails == "":
		n.add(&s.Create.Interface)
		for _, m := range s.Create.Members {
			if i := n.live[recording.Ref{Node: s.Create.Interface.Node, Iface: m}]; i != nil {
				i.Master = s.Create.Interface.Name
			}
		}
		changed = true
	case s.Remove != nil && s.Remove.Fails == "":
		delete(n.live, s.Remove.Target)
		delete(n.bridges, s.Remove.Target)
		n.order = slices.DeleteFunc(n.order, func(r recording.Ref) bool { return r == s.Remove.Target })
		changed = true
	}
	for i := range s.Set {
		changed = n.set(&s.Set[i]) || changed
	}
	if changed {
		n.index()
	}
	return changed
}

func (n *layer2) set(s *Setting) bool {
	if s.Fails != "" {
		return false
	}
	if s.Node != nil && s.Node.Bridge != nil {
		b := n.bridges[recording.Ref{Node: s.Target, Iface: bridgeName}]
		if b == nil {
			return false
		}
		overlay(&b.STP, s.Node.Bridge.STP)
		overlay(&b.VLANFiltering, s.Node.Bridge.VLANFiltering)
		overlay(&b.DefaultPVID, s.Node.Bridge.DefaultPVID)
		return true
	}
	ref, ok := recording.ParseRef(s.Target)
	i := n.live[ref]
	if !ok || i == nil || s.Iface == nil {
		return false
	}
	if s.Iface.Up != nil {
		i.Down = !*s.Iface.Up
	}
	if m := s.Iface.Macvlan; m != nil && m.Mode != "" && i.Macvlan != nil {
		spec := *i.Macvlan
		spec.Mode = m.Mode
		i.Macvlan = &spec
	}
	if c := s.Iface.Port; c != nil {
		port := Port{}
		if i.Port != nil {
			port = *i.Port
		}
		overlay(&port.Hairpin, c.Hairpin)
		overlay(&port.Isolated, c.Isolated)
		overlay(&port.BcastFlood, c.BcastFlood)
		overlay(&port.Locked, c.Locked)
		overlay(&port.State, c.State)
		overlay(&port.Native, c.Native)
		overlay(&port.Access, c.Access)
		port.Trunk = append(slices.Clone(port.Trunk), c.Trunk...)
		port.VLANs = append(slices.Clone(port.VLANs), c.VLANs...)
		i.Port = &port
	}
	return true
}

func overlay[T any](have **T, v *T) {
	if v != nil {
		*have = v
	}
}

func yes(b *bool) bool { return b != nil && *b }
func no(b *bool) bool  { return b != nil && !*b }

// mayLoop is a quick look at whether there can be a loop at all: bridges and
// what carries their ports make a graph with a circle, or ports reflect.
func (n *layer2) mayLoop() bool {
	parent := map[recording.Ref]recording.Ref{}
	root := func(r recording.Ref) recording.Ref {
		for parent[r] != (recording.Ref{}) && parent[r] != r {
			r = parent[r]
		}
		return r
	}
	reflect := 0
	for _, ref := range n.ports {
		i := n.live[ref]
		if i.Port != nil && yes(i.Port.Hairpin) {
			reflect++
		}
		for _, base := range n.bases(ref, 0) {
			a, b := root(recording.Ref{Node: i.Node, Iface: i.Master}), root(base)
			if a == b {
				return true
			}
			parent[a] = b
		}
	}
	return reflect > 1
}

// bases are the cables, by the lesser of their ends, that carry an interface.
func (n *layer2) bases(ref recording.Ref, depth int) (list []recording.Ref) {
	i := n.live[ref]
	switch {
	case i == nil || depth > maxDepth:
	case i.Cable != nil:
		if i.Cable.String() < ref.String() {
			ref = *i.Cable
		}
		return []recording.Ref{{Node: ref.Node, Iface: "cable " + ref.Iface}}
	case i.Link != nil:
		return n.bases(*i.Link, depth+1)
	case i.Kind == Bond && len(n.of[ref]) > 0:
		return n.bases(n.of[ref][0], depth+1) // a bond sends each frame by one of them
	}
	return list
}

// maxDepth bounds how many interfaces stand on each other.
const maxDepth = 20

// outcome is where a frame comes in next.
type outcome struct {
	passage
	cable string
}

// forward is what a bridge makes of a frame that comes in by one of its ports.
func (n *layer2) forward(p passage) (list []outcome) {
	i := n.live[p.port]
	bridge := recording.Ref{Node: i.Node, Iface: i.Master}
	b := n.bridges[bridge]
	if b == nil || yes(b.STP) || !n.passes(i) {
		return nil
	}
	vid, tags := 0, p.tags
	filtering := yes(b.VLANFiltering)
	if filtering {
		if vid, tags = n.classify(b, i, p.tags); vid == 0 {
			return nil
		}
	}
	for _, ref := range n.of[bridge] {
		o := n.live[ref]
		hairpin := o.Port != nil && yes(o.Port.Hairpin)
		if o == i && !hairpin || !n.passes(o) || isolated(o) && isolated(i) || o.Port != nil && no(o.Port.BcastFlood) {
			continue
		}
		out := tags
		if filtering {
			m := n.memberships(b, ref)[vid]
			if !m.member {
				continue
			}
			if !m.untagged {
				out = vidTags(vid) + tags
			}
		}
		list = append(list, n.send(ref, out, "", 0)...)
	}
	return list
}

func isolated(i *Interface) bool { return i.Port != nil && yes(i.Port.Isolated) }

// passes tells whether a port takes part in forwarding. "blocking" is taken back
// at once where no spanning tree runs (net/bridge/br_netlink.c:br_set_port_state).
func (n *layer2) passes(i *Interface) bool {
	switch {
	case i.Down || n.bridgeDown(i):
		return false
	case i.Port == nil:
		return true
	case yes(i.Port.Locked):
		return false
	}
	return i.Port.State == nil || *i.Port.State == "forwarding" || *i.Port.State == "blocking"
}

func (n *layer2) bridgeDown(i *Interface) bool {
	b := n.live[recording.Ref{Node: i.Node, Iface: i.Master}]
	return b == nil || b.Down
}

// send puts a frame on the wire by an interface and follows it to the ports at
// which it comes in.
func (n *layer2) send(ref recording.Ref, tags, cable string, depth int) (list []outcome) {
	i := n.live[ref]
	if i == nil || i.Down || depth > maxDepth {
		return nil
	}
	switch {
	case i.Cable != nil:
		ends := []string{ref.String(), i.Cable.String()}
		slices.Sort(ends)
		return n.receive(*i.Cable, tags, ends[0]+" - "+ends[1], depth+1)
	case i.Kind == VLAN && i.VLAN != nil && i.Link != nil:
		return n.send(*i.Link, vidTags(i.VLAN.ID)+tags, cable, depth+1)
	case i.Macvlan != nil && i.Link != nil:
		list = n.send(*i.Link, tags, cable, depth+1)
		for _, s := range n.above[*i.Link] {
			if o := n.live[s]; o != nil && o != i && o.Macvlan != nil && o.Macvlan.Mode == "bridge" && i.Macvlan.Mode == "bridge" {
				list = append(list, n.receive(s, tags, cable, depth+1)...)
			}
		}
	case i.Kind == Bond && len(n.of[ref]) > 0:
		return n.send(n.of[ref][0], tags, cable, depth+1)
	}
	return list
}

// receive is what becomes of a frame that comes in by an interface: who takes it,
// and at which port of a bridge that is.
func (n *layer2) receive(ref recording.Ref, tags, cable string, depth int) (list []outcome) {
	i := n.live[ref]
	if i == nil || i.Down || depth > maxDepth {
		return nil
	}
	for _, up := range n.above[ref] {
		o := n.live[up]
		if o == nil || o.Kind != VLAN || o.VLAN == nil || tags == "" || []rune(tags)[0] != rune(o.VLAN.ID) {
			continue
		}
		return n.receive(up, string([]rune(tags)[1:]), cable, depth+1)
	}
	if i.Master != "" {
		master := recording.Ref{Node: i.Node, Iface: i.Master}
		if n.bridges[master] != nil {
			return []outcome{{passage{ref, tags}, cable}}
		}
		return n.receive(master, tags, cable, depth+1)
	}
	for _, up := range n.above[ref] {
		if o := n.live[up]; o != nil && o.Macvlan != nil && o.Macvlan.Mode != "source" {
			list = append(list, n.receive(up, tags, cable, depth+1)...)
		}
	}
	return list
}

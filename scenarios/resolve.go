package scenarios

import (
	"reflect"
	"slices"

	"netverify/recording"
	"netverify/scenarios/internal/yamltree"
)

// bridgeName is the bridge of a switch.
const bridgeName = "br0"

// Bounds of a topology: what a kernel and two seconds a thousand are good for.
const (
	maxNodes      = 10_000
	maxInterfaces = 10_000
)

// resolver turns a decoded file into a Plan. It plays the scenario through:
// live is what exists at the step at hand.
type resolver struct {
	*problems
	doc  *scenarioDoc
	plan *Plan

	nodes   map[string]*Node
	places  int                          // of the filters' regular expressions so far
	live    map[recording.Ref]*Interface // as it is now: the addresses after every `set`
	known   map[recording.Ref]bool       // what exists at any time
	removed map[recording.Ref]int        // line that removed it
	order   []recording.Ref              // known, in the order of the file
	within  map[string][]recording.Ref   // the same, node by node
	docs    map[recording.Ref]*interfaceDoc
	serial  map[string]int // interfaces that a node has had, for MACs

	routesNow map[string][]Route                // of each node, after every `set`
	stpNow    map[recording.Ref]bool            // of bridges of which a `set` says it
	modes     map[recording.Ref]map[string]bool // macvlan modes that it ever has
	routers   map[string]bool                   // nodes that ever forward
	made      []*Interface                      // by create
	mastered  []*Interface                      // by a set of their master, as they were after it
}

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }

// resolve checks a whole file and makes its plan. The plan is of use only
// where p has no errors afterwards.
func resolve(p *problems, root *yamltree.Node) *Plan {
	var doc scenarioDoc
	d := &decoder{p}
	d.into(root, &doc, &fieldTag{})
	r := &resolver{
		problems: p, doc: &doc,
		plan:    &Plan{Name: doc.Name.S, File: p.file, Title: doc.Title.S, Pins: doc.Pins.S, Limits: doc.Limits.limits(), LoopIntended: doc.Topology.Loop.set()},
		nodes:   map[string]*Node{},
		live:    map[recording.Ref]*Interface{},
		known:   map[recording.Ref]bool{},
		within:  map[string][]recording.Ref{},
		removed: map[recording.Ref]int{},
		docs:    map[recording.Ref]*interfaceDoc{},
		serial:  map[string]int{},
		modes:   map[recording.Ref]map[string]bool{},
		routers: map[string]bool{},

		routesNow: map[string][]Route{},
		stpNow:    map[recording.Ref]bool{},
	}
	r.head()
	if r.topology() {
		r.steps()
		r.finish()
	}
	return r.plan
}

func (r *resolver) head() {
	if r.doc.Name.set() && !scenarioName.MatchString(r.plan.Name) {
		r.at(r.doc.Name.node, "name %q: topic/name, in lower-case letters, digits and -", r.plan.Name)
	}
	if r.doc.Title.set() && r.plan.Title == "" {
		r.at(r.doc.Title.node, "title is empty")
	}
	if r.doc.Pins.set() && r.plan.Pins == "" {
		r.at(r.doc.Pins.node, "pins is empty")
	}
	r.references()
	r.age()
	for _, id := range r.doc.Verifies {
		switch {
		case !id.set():
		case !observation.MatchString(id.S):
			r.at(id.node, "verifies %q: an id of an observation is a letter from A to E and a number", id.S)
		case slices.Contains(r.plan.Verifies, id.S):
			r.at(id.node, "verifies %s twice", id.S)
		default:
			r.plan.Verifies = append(r.plan.Verifies, id.S)
		}
	}
}

// topology makes the nodes with all that is in them. It tells whether there is
// any sense in going on.
func (r *resolver) topology() bool {
	r.plan.VLANOffload = r.doc.Topology.VLANOffload.V
	var nodes []*Node
	for i := range r.doc.Topology.Switches.Entries {
		e := &r.doc.Topology.Switches.Entries[i]
		if n := r.node(e.Key); n != nil {
			nodes = append(nodes, n)
			r.switchNode(n, &e.Value)
		}
	}
	for i := range r.doc.Topology.Hosts.Entries {
		e := &r.doc.Topology.Hosts.Entries[i]
		if n := r.node(e.Key); n != nil {
			nodes = append(nodes, n)
			r.hostNode(n, &e.Value)
		}
	}
	slices.SortStableFunc(nodes, func(a, b *Node) int {
		return slices.Compare([]int{a.Line, a.Col}, []int{b.Line, b.Col})
	})
	r.willExist()
	if len(nodes) > maxNodes || len(r.order) > maxInterfaces {
		r.at(r.doc.Topology.node, "%d nodes with %d interfaces; a scenario has at most %d and %d", len(nodes), len(r.order), maxNodes, maxInterfaces)
		return false
	}
	r.kinds()
	r.cables()
	r.links()
	r.members()
	r.checkParents()
	r.notKept()
	for number, n := range nodes {
		r.number(n, number+1)
		r.plan.Nodes = append(r.plan.Nodes, *n)
	}
	for i := range r.plan.Nodes {
		n := &r.plan.Nodes[i]
		r.nodes[n.Name] = n
		n.Interfaces = r.buildOrder(n.Name)
	}
	r.duplicateMACs()
	r.duplicateAddresses()
	for i := range r.doc.Topology.Switches.Entries {
		e := &r.doc.Topology.Switches.Entries[i]
		if n := r.nodes[e.Key.S]; n != nil && n.Switch {
			n.FDB = r.fdb(n.Name, e.Value.FDB, false)
			n.Neighbours = r.neighbours(n.Name, e.Value.Neighbours, false)
		}
	}
	for i := range r.doc.Topology.Hosts.Entries {
		e := &r.doc.Topology.Hosts.Entries[i]
		if n := r.nodes[e.Key.S]; n != nil && !n.Switch {
			n.Sysctls = r.sysctls(n.Name, e.Value.Stack.Sysctls)
			n.Routes = r.routes(n.Name, e.Value.Stack.Routes)
			r.routesNow[n.Name] = n.Routes
			n.Neighbours = r.neighbours(n.Name, e.Value.Stack.Neighbours, false)
			n.Firewall = r.firewall(n.Name, e.Value.Stack.Firewall)
		}
	}
	return true
}

func (r *resolver) node(key text) *Node {
	switch first := r.nodes[key.S]; {
	case !nodeName.MatchString(key.S):
		r.at(key.node, "node name %q: a letter, then at most 30 letters, digits, _ and -", key.S)
		return nil
	case first != nil:
		r.at(key.node, "node %q is in line %d already", key.S, first.Line)
		return nil
	}
	n := &Node{Pos: key.pos(), Name: key.S}
	r.nodes[key.S] = n
	return n
}

func (r *resolver) switchNode(n *Node, doc *switchDoc) {
	n.Switch = true
	n.Bridge = r.bridge(&doc.Bridge)
	r.enter(&Interface{Pos: n.Pos, Node: n.Name, Name: bridgeName, Kind: BridgeK, Bridge: n.Bridge}, nil)
	for i := range doc.Ports.Entries {
		e := &doc.Ports.Entries[i]
		p := &e.Value
		if !r.checkIfaceName(e.Key, true) {
			continue
		}
		iface := r.interfaceOf(n.Name, e.Key, &interfaceDoc{loc: p.loc, Cable: p.Cable, Link: p.Link, Bridged: p.Bridged})
		iface.Master = bridgeName
		iface.Port = r.port(&p.Bridged, false)
		if hasVLANs(iface.Port) && n.Bridge.VLANFiltering == nil {
			on := true
			n.Bridge.VLANFiltering = &on
		}
	}
}

func (r *resolver) hostNode(n *Node, doc *hostDoc) {
	n.Forwarding = doc.Forwarding.V
	n.LoDown = doc.Stack.Lo.S == "down"
	n.LoAddresses = r.prefixes(doc.Stack.LoAddresses)
	r.routers[n.Name] = n.Forwarding
	for i := range doc.Interfaces.Entries {
		e := &doc.Interfaces.Entries[i]
		if r.checkIfaceName(e.Key, false) {
			r.interfaceOf(n.Name, e.Key, &e.Value)
		}
	}
}

// enter makes an interface known and live.
func (r *resolver) enter(i *Interface, doc *interfaceDoc) *Interface {
	ref := recording.Ref{Node: i.Node, Iface: i.Name}
	r.know(ref)
	r.live[ref] = i
	r.docs[ref] = doc
	return i
}

func (r *resolver) know(ref recording.Ref) {
	if !r.known[ref] {
		r.known[ref] = true
		r.order = append(r.order, ref)
		r.within[ref.Node] = append(r.within[ref.Node], ref)
	}
}

// willExist makes what later steps create known, so that filters and places
// may name it.
func (r *resolver) willExist() {
	for i := range r.doc.Steps {
		if c := r.doc.Steps[i].Create; c != nil && len(c.Interfaces.Entries) == 1 {
			key := c.Interfaces.Entries[0].Key
			if ref, ok := recording.ParseRef(key.S); ok && r.nodes[ref.Node] != nil {
				r.know(ref)
			}
		}
	}
}

// number gives the interfaces of a node their MACs.
func (r *resolver) number(n *Node, number int) {
	count := 0
	for _, ref := range r.within[n.Name] {
		i := r.live[ref]
		if i == nil {
			continue
		}
		if ref.Iface != bridgeName || !n.Switch {
			count++
		}
		r.giveMAC(i, number, count, false)
	}
	r.serial[n.Name] = count
}

// giveMAC sets the MAC that is asked for, or the one that the interface has in
// every run: evidence of two runs is then alike. What shares or takes over the
// MAC of another interface gets none.
func (r *resolver) giveMAC(i *Interface, node, number int, fails bool) {
	doc := r.docs[recording.Ref{Node: i.Node, Iface: i.Name}]
	var asked text
	if doc != nil {
		asked = doc.Link.MACAddress
	}
	switch {
	case asked.S == "kernel":
	case asked.set() && fails:
		i.MAC, _ = r.anyMAC(asked)
	case asked.set():
		i.MAC, _ = r.mac(asked)
	case i.Kind == VLAN || i.Kind == Ipvlan || i.Kind == Bond || !i.Ethernet():
	case i.Macvlan != nil && i.Macvlan.Mode == "passthru":
	default:
		i.MAC = []byte{0x02, 0, byte(number >> 8), byte(node >> 8), byte(node), byte(number)}
	}
}

func (r *resolver) finish() {
	expects := 0
	for i := range r.plan.Steps {
		expects += len(r.plan.Steps[i].Expect)
	}
	if expects == 0 && len(r.doc.Steps) > 0 {
		r.missing(r.doc.node, "no step expects anything: the scenario could not fail")
	}
	r.plan.Graph = r.graph()
	r.plan.Needs = r.needs()
}

func describe(i *Interface) string { return recording.Ref{Node: i.Node, Iface: i.Name}.String() }

package scenarios

import (
	"slices"

	"netverify/recording"
	"netverify/scenarios/internal/yamltree"
)

// set reads changes of what lives, and makes them in live.
func (r *resolver) set(doc *setDoc, fails string) (list []Setting) {
	if fails != "" && len(doc.Targets) > 1 {
		r.at(doc.node, "a set that must fail changes one thing, not %d", len(doc.Targets))
	}
	for i := range doc.Targets {
		t := &doc.Targets[i]
		s := Setting{Pos: t.Name.pos(), Target: t.Name.S, Fails: fails}
		switch {
		case t.Iface != nil && t.Iface.node != nil:
			if ref, ok := r.ref(t.Name); ok {
				s.Iface = r.ifaceSet(ref, t.Iface, fails != "")
			}
		case t.Node != nil && t.Node.node != nil:
			if n := r.nodes[t.Name.S]; n == nil {
				r.at(t.Name.node, "there is no node %q%s", t.Name.S, oneOf(t.Name.S, r.nodeNames()))
			} else {
				s.Node = r.nodeSet(n, t.Node)
			}
		}
		list = append(list, s)
	}
	return list
}

func (r *resolver) ifaceSet(ref recording.Ref, doc *interfaceChange, fails bool) *InterfaceSet {
	set := &InterfaceSet{Up: doc.Up.ptr(), MTU: doc.MTU.ptr(), Features: features(doc.Features), Promisc: doc.Promisc.ptr(), AllMulti: doc.AllMulti.ptr()}
	if doc.MACAddress.set() && fails {
		set.MAC, _ = r.anyMAC(doc.MACAddress)
	} else {
		set.MAC, _ = r.mac(doc.MACAddress)
	}
	r.masterSet(set, ref, doc.Master, fails)
	live := r.live[ref]
	if doc.NetNS.set() {
		set.NetNS = doc.NetNS.S
		switch {
		case !fails:
			r.at(doc.NetNS.node, "netns is for a set that expects fails; what can move is made in %s at once", doc.NetNS.S)
		case r.nodes[doc.NetNS.S] == nil:
			r.at(doc.NetNS.node, "there is no node %q%s", doc.NetNS.S, oneOf(doc.NetNS.S, r.nodeNames()))
		}
	}
	set.Attributes = r.attributes(doc.Attributes, ref.Node, attributeKinds(live)...)
	set.FlushFDB = r.portFlush(ref, live, doc)
	set.FDBSelf = r.fdbSelf(doc.FDBSelf)
	r.leastMTU(doc.MTU, fails)
	if doc.Addresses != nil {
		addrs := r.prefixes(*doc.Addresses)
		set.Addresses = &addrs
		if !fails {
			changed := *live
			changed.Addresses = addrs
			r.live[ref] = &changed
		}
	}
	if doc.Groups != nil {
		groups := r.groups(*doc.Groups)
		set.Groups = &groups
	}
	if key := doc.Bridged.written(doc.node); key != nil {
		if live.Port == nil && (live.Kind != BridgeK || !doc.Bridged.onlyVLANs(doc.node)) {
			r.at(key, "%s is for ports of bridges; %s is none", key.Value, ref)
		}
		set.Port = r.port(&doc.Bridged, fails)
	}
	if doc.MAddresses != nil {
		macs := r.groupMACs(*doc.MAddresses)
		set.MAddresses = &macs
	}
	set.Macvlan = r.macvlanSet(ref, live, doc, fails)
	set.VLAN = r.vlanSet(ref, live, doc)
	return set
}

// masterSet makes an interface a port of another master, or of none.
func (r *resolver) masterSet(set *InterfaceSet, ref recording.Ref, t text, fails bool) {
	if !t.set() {
		return
	}
	name := t.S
	if name == "none" {
		name = ""
	}
	set.Master = &name
	master := r.live[recording.Ref{Node: ref.Node, Iface: name}]
	switch {
	case r.nodes[ref.Node].Switch && !fails:
		r.at(t.node, "every interface of %s is a port of its bridge, and stays one", ref.Node)
	case name != "" && master == nil:
		r.at(t.node, "node %q has no interface %q%s", ref.Node, name, oneOf(name, r.namesIn(ref.Node)))
	case name != "" && master.Kind != BridgeK && master.Kind != Bond && master.Kind != VRF && !fails:
		r.at(t.node, "%s is a %s; a master is a bridge, a bond or a VRF", name, master.Kind)
	case !fails:
		changed := *r.live[ref]
		if changed.Master, changed.Port = name, nil; master != nil && master.Kind == BridgeK {
			changed.Port = &Port{}
		}
		r.live[ref] = &changed
		r.mastered = append(r.mastered, &changed)
	}
}

// written returns the first key of a change that is one of names.
func (doc *interfaceChange) written(names []string) *yamltree.Node {
	for _, p := range doc.node.Pairs {
		if slices.Contains(names, p.Key.Value) {
			return p.Key
		}
	}
	return nil
}

// vlanKeys are those of interfaceChange that only a VLAN interface has.
var vlanKeys = []string{"reorder_hdr", "loose_binding", "egress_qos_map", "ingress_qos_map"}

func (r *resolver) vlanSet(ref recording.Ref, live *Interface, doc *interfaceChange) *VLANChange {
	key := doc.written(vlanKeys)
	if key == nil {
		return nil
	}
	if live.VLAN == nil {
		r.at(key, "%s is for VLAN interfaces; %s is a %s", key.Value, ref, live.Kind)
		return nil
	}
	v := &doc.VLAN
	return &VLANChange{
		ReorderHdr: v.ReorderHdr.ptr(), LooseBinding: v.LooseBinding.ptr(),
		EgressQoS: r.qos(v.EgressQoS, maxSkbPriority), IngressQoS: r.qos(v.IngressQoS, maxPCP),
	}
}

// macvlanKeys are those of interfaceChange that only a macvlan has.
var macvlanKeys = []string{"mode", "sources", "macaddr", "nopromisc", "nodst", "bcqueuelen", "bclim"}

func (r *resolver) macvlanSet(ref recording.Ref, live *Interface, doc *interfaceChange, fails bool) *MacvlanChange {
	first := doc.written(macvlanKeys)
	if first == nil {
		return nil
	}
	if live.Macvlan == nil {
		r.at(first, "%s is for macvlan and macvtap; %s is a %s", first.Value, ref, live.Kind)
		return nil
	}
	c := &MacvlanChange{Mode: doc.Mode.S, NoPromisc: doc.NoPromisc.ptr(), NoDst: doc.NoDst.ptr(), BCQueueLen: ptr[uint32](doc.BCQueueLen), BCLim: ptr[int32](doc.BCLim)}
	if doc.Sources != nil {
		macs := r.sources(*doc.Sources, fails)
		c.Sources = &macs
	}
	r.macaddr(c, doc, fails)
	if c.Mode != "" {
		r.modeOf(ref, c.Mode)
	}
	return c
}

// macaddr reads a command for a source list.
func (r *resolver) macaddr(c *MacvlanChange, doc *interfaceChange, fails bool) {
	m := doc.MACAddr
	if m == nil || m.node == nil || m.node.Kind != yamltree.Map {
		return
	}
	if doc.Sources != nil {
		r.at(m.node, "sources says the whole list already; macaddr changes it by one command: write one of both")
	}
	if len(m.node.Pairs) != 1 {
		r.missing(m.node, "macaddr is one command: add, del, flush or set")
	}
	if m.Flush.set() && !m.Flush.V {
		r.at(m.Flush.node, "flush: true empties the list; there is no other value")
	}
	c.AddSources, c.DelSources, c.FlushSources = r.sources(m.Add, fails), r.sources(m.Del, fails), m.Flush.V
	if m.Set != nil {
		macs := r.sources(*m.Set, fails)
		c.Sources = &macs
	}
}

// ofSwitch are the keys of nodeChange that a switch has besides the options of
// its bridge.
var ofSwitch = map[string]bool{"fdb": true, "flush_fdb": true, "fdb_flush": true, "mdb": true, "neighbours": true, "flush_neighbours": true}

// onlyOfSwitch are those that a host has not.
var onlyOfSwitch = map[string]bool{"fdb": true, "flush_fdb": true, "fdb_flush": true, "mdb": true}

func (r *resolver) nodeSet(n *Node, doc *nodeChange) *NodeSet {
	set := &NodeSet{Forwarding: doc.Forwarding.ptr(), FlushNeighbours: doc.FlushNeighbours.V, FlushFDB: doc.FlushFDB.V}
	options := fieldsOf(typeOf[bridgeOptions]())
	for _, p := range doc.node.Pairs {
		isOption := options.named(p.Key.Value) != nil
		switch {
		case isOption && !n.Switch:
			r.at(p.Key, "%s is for switches; %s is a host", p.Key.Value, n.Name)
		case isOption:
			set.Bridge = r.bridge(&doc.Options)
		case onlyOfSwitch[p.Key.Value] && !n.Switch:
			r.at(p.Key, "%s is for switches; %s is a host", p.Key.Value, n.Name)
		case n.Switch && !ofSwitch[p.Key.Value]:
			r.at(p.Key, "%s is for hosts; %s is a switch", p.Key.Value, n.Name)
		}
	}
	if n.Switch {
		set.FDBFlush = r.fdbFlush(n.Name, doc.FDBFlush)
		set.FDB = r.fdb(n.Name, doc.FDB, true)
		set.MDB = r.mdb(n.Name, doc.MDB)
		set.Neighbours = r.neighbours(n.Name, doc.Neighbours, true)
		return set
	}
	if doc.Forwarding.V {
		r.routers[n.Name] = true
	}
	if doc.Lo.set() {
		up := doc.Lo.S == "up"
		set.LoUp = &up
	}
	set.Sysctls = r.sysctls(n.Name, doc.Sysctls)
	if doc.Routes != nil {
		routes := r.routes(n.Name, *doc.Routes)
		set.Routes = &routes
		r.routesNow[n.Name] = routes
	}
	set.Neighbours = r.neighbours(n.Name, doc.Neighbours, true)
	set.Firewall = r.firewall(n.Name, doc.Firewall)
	return set
}

// create reads a new interface and puts it among the living, unless it must fail.
func (r *resolver) create(doc *createDoc, fails string) *Create {
	c := &Create{Fails: fails}
	if len(doc.Interfaces.Entries) != 1 {
		return c
	}
	e := &doc.Interfaces.Entries[0]
	ref, ok := r.splitRef(e.Key)
	if !ok || e.Value.node == nil {
		return c
	}
	name := text{e.Key.loc, ref.Iface}
	if fails == "" && !r.checkIfaceName(name, r.nodes[ref.Node].Switch) {
		return c
	}
	if r.nodes[ref.Node].Switch {
		r.at(e.Key.node, "%s is a switch; an interface can be created in a host", ref.Node)
		return c
	}
	old, oldDoc := r.live[ref], r.docs[ref]
	if old != nil && fails == "" {
		r.at(e.Key.node, "%s exists already (line %d)", ref, old.Line)
		return c
	}
	i := r.newborn(ref, name, &e.Value, fails != "")
	c.Interface = *i
	for _, t := range e.Value.members() {
		c.Members = append(c.Members, t.S)
	}
	if fails != "" {
		if old == nil {
			r.release(ref)
		}
		r.live[ref], r.docs[ref] = old, oldDoc
		return c
	}
	delete(r.removed, ref)
	r.made = append(r.made, i)
	return c
}

func (r *resolver) newborn(ref recording.Ref, name text, doc *interfaceDoc, fails bool) *Interface {
	var there []*Interface
	for _, other := range r.order {
		if o := r.live[other]; o != nil && other != ref {
			there = append(there, o)
		}
	}
	i := r.interfaceOf(ref.Node, name, doc)
	r.kind(i, doc, fails)
	r.serial[ref.Node]++
	switch {
	case doc.Cable.set():
		r.at(doc.Cable.node, "create lays no cables: its other end would have to be created too")
	case i.Kind == "":
		r.missing(doc.node, "create %s: it needs macvlan, macvtap, ipvlan, vlan, bond, bridge, dummy, tun, ipip, sit or vrf", ref)
	}
	if fails {
		r.parentRefused(i, doc)
	} else {
		r.parent(i, doc)
	}
	if i.Link != nil && *i.Link == ref && !fails {
		r.at(doc.linkText().node, "%s cannot stand on itself", ref)
		i.Link = nil
	}
	r.enslave(i, doc, true, fails)
	i.Attributes = r.attributes(doc.Link.Attributes, i.Node, attributeKinds(i)...)
	if key := doc.Bridged.written(doc.node); key != nil {
		r.at(key, "%s is for ports of bridges; %s is none", key.Value, ref)
	}
	r.giveMAC(i, r.numberOf(ref.Node), r.serial[ref.Node], fails)
	if fails {
		return i
	}
	if msg := r.refused(i, there); msg != "" {
		r.at(doc.linkText().node, "%s", msg)
	}
	for _, o := range there {
		if doc.Link.MACAddress.set() && i.MAC != nil && o.MAC.String() == i.MAC.String() {
			r.at(doc.Link.MACAddress.node, "%s is the MAC of %s already", i.MAC, describe(o))
		}
	}
	return i
}

func (r *resolver) numberOf(node string) int {
	for i := range r.plan.Nodes {
		if r.plan.Nodes[i].Name == node {
			return i + 1
		}
	}
	return 0
}

// release frees the members of a bridge or bond that there is no more.
func (r *resolver) release(master recording.Ref) {
	for _, ref := range r.within[master.Node] {
		if m := r.live[ref]; m != nil && m.Master == master.Iface {
			free := *m
			free.Master, free.Port = "", nil
			r.live[ref] = &free
		}
	}
}

// remove takes an interface from the living, with those that stand on it.
func (r *resolver) remove(t text, fails string) *Remove {
	ref, ok := r.ref(t)
	rm := &Remove{Target: ref, Fails: fails}
	switch {
	case !ok || fails != "":
		return rm
	case r.docs[ref] == nil || r.live[ref].Master == bridgeName && r.nodes[ref.Node].Switch:
		r.at(t.node, "%s belongs to the switch and stays", ref)
		return rm
	}
	gone := []recording.Ref{ref}
	if far := r.live[ref].Cable; far != nil {
		gone = append(gone, *far)
	}
	for len(gone) > 0 {
		g := gone[0]
		gone = gone[1:]
		if r.live[g] == nil {
			continue
		}
		r.release(g)
		r.live[g] = nil
		r.removed[g] = t.node.Line
		for _, ref := range r.order {
			if i := r.live[ref]; i != nil && i.Link != nil && *i.Link == g {
				gone = append(gone, ref)
			}
		}
	}
	return rm
}

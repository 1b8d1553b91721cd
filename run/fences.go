package run

import (
	"net"
	"net/netip"
	"slices"

	"netverify/craft"
	"netverify/frame"
	"netverify/lab"
	"netverify/recording"
)

// Addresses of fences. A frame from the zero address ends at the next hop: a
// bridge port drops it behind the tap and learns nothing (br_handle_frame in
// net/bridge/br_input.c: !is_valid_ether_addr(h_source)), macvlan knows no such
// sibling and treats it as any other sender's, and no stack knows its
// ethertype. So a fence proves its hop and provokes nothing beyond.
var (
	deadEnd   = net.HardwareAddr{0, 0, 0, 0, 0, 0}
	nobody    = net.HardwareAddr{0x02, 0xfe, 0xce, 0xfe, 0xce, 0xfe}
	broadcast = net.HardwareAddr{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
)

// manySiblings bounds the fences between bridge-mode siblings: from every one
// to every one up to this number, beyond it from the first only (they share
// the queue of the processor).
const manySiblings = 8

// fence is one frame over one hop, or over several that share a queue.
type fence struct {
	node     int // index into session.nodes
	ifindex  int
	point    int // where it is sent
	src, dst net.HardwareAddr
	vlans    []craft.VLAN
	target   netip.Addr // of an ARP fence
	arrivals []arrival
}

func (f *fence) bytes(tag frame.Tag, nonce [8]byte) []byte {
	if f.target.IsValid() {
		return craft.ARPFence(f.src, f.dst, f.vlans, f.target, tag, nonce)
	}
	return craft.Fence(f.src, f.dst, f.vlans, tag, nonce)
}

// planner turns the interfaces as the kernel has them now into fences.
type planner struct {
	s      *session
	up     map[recording.Ref]*lab.Interface
	fences []*fence

	upon    map[recording.Ref][]*lab.Interface // what stands on an interface and is up, in order
	bridged map[recording.Ref][]*lab.Interface // those of them that are macvlans in bridge mode
	tags    map[recording.Ref][]craft.VLAN     // what VLAN interfaces take off, by parent
	open    map[recording.Ref]bool             // queueOpen
	room    int                                // frames that a processor's backlog queue holds
	crowds  map[recording.Ref]int              // see session
}

// fencePlan returns one fence for each hop and delivery class of the lab that
// can be passed at present.
func (s *session) fencePlan() []*fence {
	p := newPlanner(s)
	for i := range s.ifaces {
		f := p.up[s.ifaces[i].Ref]
		if f == nil {
			continue
		}
		switch f.Kind {
		case "loopback":
			p.add(f, deadEnd, deadEnd, nil, recording.Unicast, p.out(f), p.in(f))
		case "veth":
			p.cable(f)
		case "macvlan", "macvtap":
			p.leave(f)
			p.siblings(f)
			p.deliver(f)
		case "vlan":
			p.leave(f)
			p.deliver(f)
		case "ipvlan":
			p.ipvlan(f)
		}
	}
	s.crowds = p.crowds
	return p.fences
}

func newPlanner(s *session) *planner {
	p := &planner{
		s: s, up: make(map[recording.Ref]*lab.Interface), room: s.overflows.room, open: make(map[recording.Ref]bool),
		upon: make(map[recording.Ref][]*lab.Interface), tags: make(map[recording.Ref][]craft.VLAN), crowds: make(map[recording.Ref]int),
		bridged: make(map[recording.Ref][]*lab.Interface),
	}
	for i := range s.ifaces {
		f := &s.ifaces[i]
		if f.Parent != nil {
			if tag := p.tag(f); tag != nil {
				p.tags[*f.Parent] = append(p.tags[*f.Parent], *tag)
			}
		}
		if !f.Up || f.OperState != "up" && f.OperState != "unknown" {
			continue
		}
		p.up[f.Ref] = f
		if f.Parent == nil || f.Kind == "veth" {
			continue
		}
		p.upon[*f.Parent] = append(p.upon[*f.Parent], f)
		if f.Mode == "bridge" && (f.Kind == "macvlan" || f.Kind == "macvtap") {
			p.bridged[*f.Parent] = append(p.bridged[*f.Parent], f)
		}
	}
	return p
}

type side struct {
	point int
	dir   frame.Direction
}

func (p *planner) in(f *lab.Interface) side  { return side{p.point(f), frame.In} }
func (p *planner) out(f *lab.Interface) side { return side{p.point(f), frame.Out} }

func (p *planner) point(f *lab.Interface) int {
	return p.s.node(f.Ref.Node).points[f.Ifindex]
}

func (p *planner) add(from *lab.Interface, src, dst net.HardwareAddr, vlans []craft.VLAN, c recording.Class, at ...side) *fence {
	f := &fence{
		node:    p.s.node(from.Ref.Node).number,
		ifindex: from.Ifindex, point: p.point(from), src: src, dst: dst, vlans: vlans,
	}
	for _, a := range at {
		f.arrivals = append(f.arrivals, arrival{a.point, a.dir, c})
	}
	p.fences = append(p.fences, f)
	return f
}

// parent is what an interface stands on, or the other end of its cable; nil
// where that is down or not of this lab.
func (p *planner) parent(f *lab.Interface) *lab.Interface {
	if f.Parent == nil {
		return nil
	}
	return p.up[*f.Parent]
}

// cable fences one direction of a cable, in both classes: a macvlan parent at
// its end hands the broadcast on to its children through a work queue.
func (p *planner) cable(f *lab.Interface) {
	end := p.parent(f)
	if end == nil {
		return
	}
	p.add(f, deadEnd, end.MAC, nil, recording.Unicast, p.out(f), p.in(end))
	all, fit := p.crowd(end)
	if !fit {
		return
	}
	at := []side{p.out(f), p.in(end)}
	if p.queueOpen(end) {
		for _, c := range all {
			at = append(at, p.in(c))
		}
	}
	p.add(f, deadEnd, broadcast, nil, recording.Multidestination, at...)
}

// children are the macvlans on a parent that are up.
func (p *planner) children(parent *lab.Interface) []*lab.Interface {
	var out []*lab.Interface
	for _, f := range p.upon[parent.Ref] {
		if f.Kind == "macvlan" || f.Kind == "macvtap" {
			out = append(out, f)
		}
	}
	return out
}

// crowd are the children that one broadcast on the parent goes to, and whether
// all copies fit into the backlog queue of the processor: they are put there
// before any is taken out (drivers/net/macvlan.c:macvlan_process_broadcast,
// macvlan_broadcast), and what finds no room is dropped.
func (p *planner) crowd(parent *lab.Interface) (all []*lab.Interface, fit bool) {
	for _, c := range p.children(parent) {
		if c.Mode != "source" {
			all = append(all, c)
		}
	}
	if len(all) > p.room {
		p.crowds[parent.Ref] = len(all)
		return nil, false
	}
	return all, true
}

// queueOpen tells whether the broadcast queue of a macvlan parent takes
// anything: its length is the largest that a child asks for, and 0 drops all
// (update_port_bc_queue_len in drivers/net/macvlan.c).
func (p *planner) queueOpen(parent *lab.Interface) bool {
	open, known := p.open[parent.Ref]
	if !known {
		for _, c := range p.children(parent) {
			m := p.s.specs[c.Ref]
			open = open || m == nil || m.Macvlan == nil || m.Macvlan.BCQueueLen == nil || *m.Macvlan.BCQueueLen > 0
		}
		p.open[parent.Ref] = open
	}
	return open
}

// leave fences the way of an upper device's frames out to the wire.
func (p *planner) leave(f *lab.Interface) {
	at := []side{p.out(f)}
	for lower := p.parent(f); lower != nil; lower = p.parent(lower) {
		if lower.Kind == "veth" {
			at = append(at, p.out(lower))
			if end := p.parent(lower); end != nil {
				at = append(at, p.in(end))
			}
			break
		}
		at = append(at, p.out(lower))
	}
	p.add(f, deadEnd, nobody, nil, recording.Unicast, at...)
}

// siblings fences what bridge-mode children hand to each other directly
// (macvlan_queue_xmit), without the parent's queue.
func (p *planner) siblings(f *lab.Interface) {
	parent := p.parent(f)
	if f.Mode != "bridge" || parent == nil {
		return
	}
	all := p.bridged[parent.Ref]
	if len(all) < 2 || len(all) > manySiblings && all[0] != f {
		return
	}
	if len(all) > p.room {
		p.crowds[parent.Ref] = len(all)
		return
	}
	at := []side{p.out(f)}
	for _, c := range all {
		if c != f {
			at = append(at, p.in(c))
		}
	}
	p.add(f, deadEnd, broadcast, nil, recording.Multidestination, at...)
}

// deliver fences what comes from the wire for an upper device: unicast to its
// own address, and what the cable's own broadcast does not bring (tagged
// frames, and frames for source mode, which hears listed senders only).
func (p *planner) deliver(f *lab.Interface) {
	wire, vlans := p.wire(f)
	if wire == nil {
		return
	}
	src := deadEnd
	if f.Mode == "source" {
		if src = p.listed(f); src == nil {
			return
		}
	}
	p.add(wire, src, f.MAC, vlans, recording.Unicast, p.out(wire), p.in(f))
	parent := p.parent(f)
	switch {
	case f.Mode == "source", f.Kind == "vlan" && len(vlans) > 0:
		p.add(wire, src, broadcast, vlans, recording.Multidestination, p.out(wire), p.in(f))
	case len(vlans) > 0 && p.queueOpen(parent):
		p.tagged(wire, f, vlans)
	}
}

// tagged fences the way of a tagged broadcast to the children of a VLAN
// interface: one fence to each of a few, one to all of many.
func (p *planner) tagged(wire, f *lab.Interface, vlans []craft.VLAN) {
	all, fit := p.crowd(p.parent(f))
	at := []side{p.out(wire), p.in(f)}
	switch {
	case !fit, len(all) > manySiblings && all[0] != f:
		return
	case len(all) > manySiblings:
		for _, c := range all[1:] {
			at = append(at, p.in(c))
		}
	}
	p.add(wire, deadEnd, broadcast, vlans, recording.Multidestination, at...)
}

// wire finds the far end of the cable that feeds a device through its parents,
// and the tags that a frame for it must bear there, outermost first; nil where
// none can come that far.
func (p *planner) wire(f *lab.Interface) (*lab.Interface, []craft.VLAN) {
	var vlans []craft.VLAN
	for ; f != nil && f.Kind != "veth"; f = p.parent(f) {
		if tag := p.tag(f); tag != nil {
			vlans = append([]craft.VLAN{*tag}, vlans...)
		} else if len(vlans) > 0 && p.taken(f, vlans[0]) {
			return nil, nil
		}
	}
	if f == nil {
		return nil, nil
	}
	return p.parent(f), vlans
}

// tag is what a VLAN interface takes off; nil of others.
func (p *planner) tag(f *lab.Interface) *craft.VLAN {
	spec := p.s.specs[f.Ref]
	if f.Kind != "vlan" || spec == nil || spec.VLAN == nil {
		return nil
	}
	tpid := 0x8100
	if spec.VLAN.Protocol == "802.1ad" {
		tpid = 0x88a8
	}
	return &craft.VLAN{ID: spec.VLAN.ID, TPID: &tpid}
}

// taken tells whether a VLAN interface on the same parent takes what bears a
// tag before f sees it: those are asked before whoever has the parent's receive
// handler, also while they are down (net/core/dev.c:__netif_receive_skb_core).
func (p *planner) taken(f *lab.Interface, tag craft.VLAN) bool {
	return f.Parent != nil && slices.ContainsFunc(p.tags[*f.Parent], func(t craft.VLAN) bool { return t.ID == tag.ID && *t.TPID == *tag.TPID })
}

// listed is one of the senders that a source-mode child accepts.
func (p *planner) listed(f *lab.Interface) net.HardwareAddr {
	spec := p.s.specs[f.Ref]
	if spec == nil || spec.Macvlan == nil {
		return nil
	}
	for _, text := range spec.Macvlan.Sources {
		if text[0] == '@' {
			if b, ok := p.s.bindings[text[1:]]; ok {
				return b.MAC[:]
			}
			continue
		}
		if mac, err := net.ParseMAC(text); err == nil {
			return mac
		}
	}
	return nil
}

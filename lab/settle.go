package lab

import (
	"slices"
	"sync/atomic"
	"time"

	"netverify/scenarios"
)

// settleTime bounds the wait for carriers. It is never the normal end: a veth
// is up within 10 ms on an idle machine; emulated and loaded ones are slower.
const settleTime = 15 * time.Second

// gaveUp is set once a wait has run out: a kernel that has not reported one
// carrier in all that time is given less for the next.
var gaveUp atomic.Bool

const settleAgain = 3 * time.Second

func settleLimit() time.Duration {
	if gaveUp.Load() {
		return settleAgain
	}
	return settleTime
}

// patience is how long the kernel may be silent before it is kicked: longer
// than it needs to report a carrier that it does report at once.
const patience = 10 * time.Millisecond

// carrier is what an interface's operational state is going to be.
type carrier uint8

const (
	carrierAny carrier = iota // not foreseeable: nothing is awaited
	carrierOn
	carrierOff
)

// snapshot are all interfaces of a lab as they are now.
type snapshot map[*node]map[int]*link

func (l *Lab) snapshot() (snapshot, error) {
	s := make(snapshot, len(l.nodes))
	return s, l.reread(s, l.nodes)
}

// reread brings some nodes of a snapshot up to date.
func (l *Lab) reread(s snapshot, nodes []*node) error {
	for _, n := range nodes {
		links, err := n.conn.links()
		if err != nil {
			return l.fail(n.plan.Pos, n.plan.Pos, "read links of", n.name, err)
		}
		s[n] = links
	}
	return nil
}

// nodesOf are the nodes of interfaces, each once.
func nodesOf(list []*iface) (nodes []*node) {
	seen := map[*node]bool{}
	for _, i := range list {
		if !seen[i.node] {
			seen[i.node] = true
			nodes = append(nodes, i.node)
		}
	}
	return nodes
}

// loose tells whether a VLAN interface is bound loosely: one that is not told
// when its parent is set down, and keeps the carrier that it had
// (net/8021q/vlan.c:vlan_device_event, NETDEV_DOWN).
func loose(got *link) bool {
	v, ok := values["loose_binding"](got)
	return ok && v == "true"
}

// foresee works out the carrier that an interface will have once the kernel
// has told everyone (linkwatch), from what is administratively up.
func (l *Lab) foresee(s snapshot, i *iface) carrier {
	got := s[i.node][i.index]
	switch {
	case got == nil || i.name == "lo":
		return carrierAny
	case !got.up():
		return carrierOff
	}
	switch i.spec.Kind {
	case scenarios.Veth:
		if other := l.iface(*i.spec.Cable); other != nil && other.index == got.parent() {
			if peer := s[other.node][other.index]; peer == nil || !peer.up() {
				return carrierOff
			}
			return carrierOn
		}
	case scenarios.Macvlan, scenarios.Macvtap, scenarios.VLAN, scenarios.Ipvlan:
		if parent := l.iface(*i.spec.Link); parent != nil && parent.index == got.parent() {
			if below := s[parent.node][parent.index]; loose(got) && below != nil && !below.up() {
				return carrierAny
			}
			return l.foresee(s, parent)
		}
	case scenarios.BridgeK, scenarios.Bond:
		return l.foreseePorts(s, i)
	}
	return carrierAny // a dummy's state stays "unknown"
}

// foreseePorts is foresee for an interface that has the carrier of its ports.
// A port in another state than forwarding may keep a bridge without one.
func (l *Lab) foreseePorts(s snapshot, i *iface) carrier {
	sum := carrierOff
	for _, p := range i.node.ifaces {
		got := s[i.node][p.index]
		if got == nil || got.master() != i.index {
			continue
		}
		c := l.foresee(s, p)
		if p.spec.Port != nil && p.spec.Port.State != nil || i.spec.Bridge != nil && i.spec.Bridge.STP != nil && *i.spec.Bridge.STP {
			c = carrierAny
		}
		if c == carrierOn {
			return carrierOn
		}
		if c == carrierAny {
			sum = carrierAny
		}
	}
	return sum
}

// unsettled lists the interfaces of nodes whose operational state is not yet what
// it is going to be.
func (l *Lab) unsettled(s snapshot) (list []*iface) {
	for _, n := range l.nodes {
		list = append(list, l.waiting(s, n.ifaces)...)
	}
	return list
}

// waiting are those of some interfaces.
func (l *Lab) waiting(s snapshot, of []*iface) (list []*iface) {
	for _, i := range of {
		got := s[i.node][i.index]
		if got != nil && got.unnoticed() && !i.node.watchesLinks(got.master()) {
			list = append(list, i)
			continue
		}
		want := l.foresee(s, i)
		if got == nil || want == carrierAny {
			continue
		}
		state := got.operState()
		// An ipvlan whose parent had a carrier when it was made stays unknown:
		// it took the carrier over without an event (drivers/net/ipvlan/ipvlan_main.c:
		// ipvlan_init, netif_stacked_transfer_operstate), and passes frames.
		up := state == "up" || state == "unknown" && i.spec.Kind == scenarios.Ipvlan
		if up != (want == carrierOn) {
			list = append(list, i)
		}
	}
	return list
}

// watchesLinks tells whether the scenario itself says how a bond watches the
// carriers of its members, and so is about the time that takes.
func (n *node) watchesLinks(bond int) bool {
	i := n.byIndex(bond)
	return i == nil || slices.ContainsFunc(i.spec.Attributes, func(v scenarios.AttributeValue) bool {
		return v.Name == "IFLA_BOND_MIIMON" || v.Name == "IFLA_BOND_UPDELAY" || v.Name == "IFLA_BOND_DOWNDELAY"
	})
}

// settle waits until the lab is as it is going to be: carriers, and the groups
// by which IPv6 addresses are asked for.
//
// Interfaces of the list judged ("node:interface") are waited for, too, but
// whether they have come to be so is the verdict of a step.
func (l *Lab) settle(judged ...string) error {
	_, err := l.settled(judged...)
	return err
}

// settled is settle, and returns how the links were when they had settled; nil
// where some have not.
func (l *Lab) settled(judged ...string) (snapshot, error) {
	s, err := l.settleCarriers(judged)
	if err != nil {
		return nil, err
	}
	return s, l.awaitGroups()
}

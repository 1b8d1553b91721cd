package lab

import (
	"context"

	"golang.org/x/sys/unix"

	"netverify/scenarios"
)

// bridgeName is the bridge of a switch.
const bridgeName = "br0"

// Build makes a plan's topology real: all of it, or nothing and an error
// (*Error, with an *Unsupported inside where the kernel lacks a feature). The
// caller needs CAP_SYS_ADMIN and CAP_NET_ADMIN in its user namespace (see
// EnsurePrivilege).
func Build(plan *scenarios.Plan) (*Lab, error) {
	return BuildUntil(context.Background(), plan)
}

func (l *Lab) build(plan *scenarios.Plan) error {
	if err := l.addNodes(plan.Nodes); err != nil {
		return err
	}
	if err := l.eachNode((*node).createLinks, (*node).enslaveAll); err != nil {
		return err
	}
	if err := l.setMTUs(); err != nil {
		return err
	}
	if err := l.eachNode((*node).offloadsOff, (*node).applySysctls, (*node).addressAll); err != nil {
		return err
	}
	if err := l.upAll(); err != nil {
		return err
	}
	for _, n := range l.nodes {
		if err := n.applyTables(); err != nil {
			return err
		}
		for _, i := range n.ifaces {
			if err := i.joinGroups(i.spec.Groups, i.spec.Pos); err != nil {
				return err
			}
		}
	}
	settled, err := l.settled()
	if err != nil {
		return err
	}
	for _, n := range l.nodes {
		if err := n.applyPortStates(); err != nil {
			return err
		}
		if err := n.applyVLANOptions(); err != nil {
			return err
		}
		if err := n.addFDB(n.plan.FDB); err != nil {
			return err
		}
	}
	return l.verify(settled)
}

// eachNode runs one stage after the other, each for all nodes.
func (l *Lab) eachNode(stages ...func(*node) error) error {
	for _, stage := range stages {
		for _, n := range l.nodes {
			if err := l.unwanted(); err != nil {
				return err
			}
			if err := stage(n); err != nil {
				return err
			}
		}
	}
	return nil
}

// createLinks makes the links of a node in plan order; a switch's bridge
// comes first, so that its ports find it.
func (n *node) createLinks() error {
	if br := n.switchBridge(); br != nil {
		if err := n.lab.createLink(br); err != nil {
			return err
		}
	}
	for i := range n.plan.Interfaces {
		spec := &n.plan.Interfaces[i]
		if n.iface(spec.Name) != nil {
			continue // the second end of a cable, or br0
		}
		if err := n.lab.createLink(spec); err != nil {
			return err
		}
	}
	n.order()
	return nil
}

// switchBridge returns br0 as an interface; nil unless the node is a switch.
func (n *node) switchBridge() *scenarios.Interface {
	if !n.plan.Switch {
		return nil
	}
	for i := range n.plan.Interfaces {
		if s := &n.plan.Interfaces[i]; s.Name == bridgeName {
			return s
		}
	}
	return &scenarios.Interface{Pos: n.plan.Pos, Node: n.name, Name: bridgeName, Kind: scenarios.BridgeK, Bridge: n.plan.Bridge}
}

// order puts the interfaces in plan order: the second end of a cable was made
// together with the first.
func (n *node) order() {
	sorted := append(make([]*iface, 0, len(n.ifaces)), n.ifaces[0]) // lo
	if br := n.iface(bridgeName); br != nil && n.plan.Switch {
		sorted = append(sorted, br)
	}
	for i := range n.plan.Interfaces {
		if f := n.iface(n.plan.Interfaces[i].Name); f != nil && (!n.plan.Switch || f.name != bridgeName) {
			sorted = append(sorted, f)
		}
	}
	n.have(sorted)
}

func (n *node) applySysctls() error {
	for _, s := range n.plan.Sysctls {
		if perInterface(s.Key) {
			if err := n.setSysctl(s); err != nil {
				return err
			}
		}
	}
	return nil
}

func (n *node) addressAll() error {
	for _, i := range n.ifaces {
		if i.name == "lo" {
			if err := i.addAddresses(n.plan.LoAddresses); err != nil {
				return err
			}
			continue
		}
		if err := i.addAddresses(i.spec.Addresses); err != nil {
			return err
		}
		if err := i.setMAddresses(i.spec.MAddresses, i.spec.Pos); err != nil {
			return err
		}
	}
	return nil
}

// setUp changes IFF_UP. A macvtap gets its queueing discipline then: pfifo_fast
// by default, as it alone of a lab's kinds has none of IFF_NO_QUEUE
// (drivers/net/macvtap.c:macvtap_setup), and would reorder by priority.
func (i *iface) setUp(up bool) error {
	var flags uint32
	if up {
		flags = unix.IFF_UP
		if i.spec.Kind == scenarios.Macvtap {
			if err := i.node.conn.noQueue(i.index); err != nil {
				return err
			}
		}
	}
	return i.node.conn.changeLink(i.index, unix.IFF_UP, flags)
}

// applyTables adds the neighbours, the routes and the packet filter of a node;
// routes need the interfaces to be up.
func (n *node) applyTables() error {
	for _, x := range n.plan.Neighbours {
		if err := n.addNeighbour(x); err != nil {
			return err
		}
	}
	for _, r := range n.plan.Routes {
		if err := n.addRoute(r); err != nil {
			return err
		}
	}
	return n.setFirewall(n.plan.Firewall)
}

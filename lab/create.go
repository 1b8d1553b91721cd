package lab

import (
	"errors"
	"fmt"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"netverify/recording"
	"netverify/scenarios"
)

// describe returns "c1:eth0 (macvlan on host:eth0)".
func (i *iface) describe() string {
	if i.spec.Kind == "" {
		return i.ref().String()
	}
	return describe(&i.spec)
}

func describe(s *scenarios.Interface) string {
	ref := recording.Ref{Node: s.Node, Iface: s.Name}
	switch {
	case s.Cable != nil:
		return fmt.Sprintf("%s (cable to %s)", ref, s.Cable)
	case s.Link != nil:
		return fmt.Sprintf("%s (%s on %s)", ref, s.Kind, s.Link)
	}
	return fmt.Sprintf("%s (%s)", ref, s.Kind)
}

// createLink makes one link, in the namespace where it lives; a cable's other
// end as well.
func (l *Lab) createLink(s *scenarios.Interface) error {
	err := l.newLink(s)
	if errors.Is(err, unix.EOPNOTSUPP) {
		err = &Unsupported{l.featureOf(s, err), err}
	}
	return l.fail(s.Pos, s.Pos, "create", describe(s), l.aboveParent(err, s.MTU, s.Link))
}

// aboveParent says so where an MTU was refused that is above that of the interface
// below: the kernel says no more than EINVAL (drivers/net/macvlan.c:
// macvlan_change_mtu) or ERANGE (net/8021q/vlan_dev.c:vlan_dev_change_mtu).
func (l *Lab) aboveParent(err error, mtu int, below *recording.Ref) error {
	if below == nil || !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ERANGE) {
		return err
	}
	parent := l.iface(*below)
	if parent == nil {
		return err
	}
	got, unread := parent.node.conn.link(parent.index)
	if unread != nil || mtu <= got.mtu() {
		return err
	}
	return fmt.Errorf("%w: an MTU of %d is above the %d of %s", err, mtu, got.mtu(), below)
}

func (l *Lab) newLink(s *scenarios.Interface) error {
	n := l.node(s.Node)
	if n == nil {
		return fmt.Errorf("no node %q", s.Node)
	}
	if n.iface(s.Name) != nil {
		return &kernelError{unix.EEXIST, ""}
	}
	data, err := l.infoData(s)
	if err != nil {
		return err
	}
	made := []*iface{{node: n, name: s.Name, index: l.index + 1, spec: *s}}
	c, attrs := n.conn, l.linkAttrs(s)
	switch {
	case s.Link != nil && *s.Link == (recording.Ref{Node: s.Node, Iface: s.Name}):
		attrs = append(attrs, attr32(unix.IFLA_LINK, uint32(made[0].index))) // on itself: to be refused
	case s.Link != nil:
		// Asked in the parent's namespace, for the child's: no namespace id is
		// needed to name the parent, and the child is never moved.
		parent, err := l.need(*s.Link)
		if err != nil {
			return err
		}
		c = parent.node.conn
		if s.VLAN != nil {
			if err := parent.settleTags(); err != nil {
				return err
			}
		}
		attrs = append(attrs, attr32(unix.IFLA_LINK, uint32(parent.index)))
		if parent.node != n {
			attrs = append(attrs, attr32(unix.IFLA_NET_NS_FD, uint32(n.ns.FD())))
		}
	case s.Cable != nil:
		other, peer, err := l.peer(s)
		if err != nil {
			return err
		}
		data = append(data, peer)
		made = append(made, other)
	}
	if s.Kind == scenarios.Tun {
		return l.newTun(made[0])
	}
	more, err := l.attributeData(s.Attributes, string(s.Kind))
	if err != nil {
		return err
	}
	data = append(data, more...)
	info := nest(unix.IFLA_LINKINFO, attr(nl.IFLA_INFO_KIND, []byte(s.Kind)))
	if len(data) > 0 {
		info.AddChild(nest(nl.IFLA_INFO_DATA, data...))
	}
	head := nl.NewIfInfomsg(unix.AF_UNSPEC)
	head.Index = int32(made[0].index)
	if err := c.do(unix.RTM_NEWLINK, unix.NLM_F_CREATE|unix.NLM_F_EXCL, request(head, append(attrs, info))...); err != nil {
		return unknownBit(err)
	}
	l.enter(made...)
	for _, i := range made {
		if !i.spec.KernelName {
			continue
		}
		switch got, err := i.node.conn.link(i.index); {
		case err != nil:
			return err
		case got.name != i.name:
			return &Mismatch{"name", i.name, got.name}
		}
	}
	for _, i := range made {
		if err := i.quietTimers(); err != nil {
			return fmt.Errorf("set its neighbour timers: %w", err)
		}
	}
	return nil
}

// enter makes new interfaces known.
func (l *Lab) enter(made ...*iface) {
	l.index += len(made)
	for _, i := range made {
		i.node.gain(i)
		l.makers[i.index] = i.node
	}
}

// linkAttrs are the attributes that all kinds have in common.
func (l *Lab) linkAttrs(s *scenarios.Interface) []*nl.RtAttr {
	var attrs []*nl.RtAttr
	if !s.KernelName {
		attrs = append(attrs, attrString(unix.IFLA_IFNAME, s.Name))
	}
	if !s.Queues { // one: with several no order exists between frames
		attrs = append(attrs, attr32(unix.IFLA_NUM_TX_QUEUES, 1), attr32(unix.IFLA_NUM_RX_QUEUES, 1))
	}
	if s.MAC != nil {
		attrs = append(attrs, attr(unix.IFLA_ADDRESS, s.MAC))
	}
	if s.MTU != 0 {
		attrs = append(attrs, attr32(unix.IFLA_MTU, uint32(s.MTU)))
	}
	return attrs
}

// peer returns the other end of a cable, and VETH_INFO_PEER for it.
func (l *Lab) peer(s *scenarios.Interface) (*iface, *nl.RtAttr, error) {
	n := l.node(s.Cable.Node)
	if n == nil {
		return nil, nil, fmt.Errorf("no node %q", s.Cable.Node)
	}
	other := scenarios.Interface{
		Pos: s.Pos, Node: s.Cable.Node, Name: s.Cable.Iface, Kind: scenarios.Veth,
		Cable: &recording.Ref{Node: s.Node, Iface: s.Name},
	}
	for i := range n.plan.Interfaces {
		if p := &n.plan.Interfaces[i]; p.Name == other.Name {
			other = *p
		}
	}
	i := &iface{node: n, name: other.Name, index: l.index + 2, spec: other}
	peer := attr(nl.VETH_INFO_PEER, nil)
	head := nl.NewIfInfomsgChild(peer, unix.AF_UNSPEC)
	head.Index = int32(i.index)
	extend(peer, l.linkAttrs(&other)...)
	extend(peer, attr32(unix.IFLA_NET_NS_FD, uint32(n.ns.FD())))
	return i, peer, nil
}

// featureOf names what a kernel lacks that refuses a link with EOPNOTSUPP.
func (l *Lab) featureOf(s *scenarios.Interface, err error) scenarios.Feature {
	name := string(s.Kind) // the kinds bear the names of their features
	_, text := Errno(err)
	if s.Kind == scenarios.BridgeK && text != "Unknown device type" && wantsVLANs(l.bridgeOptions(s)) {
		name = scenarios.FeatureBridgeVLANFiltering
	}
	return feature(name)
}

func feature(name string) scenarios.Feature {
	f, _ := scenarios.FeatureNamed(name)
	return f
}

package lab

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"netverify/scenarios"
)

func (l *Lab) setNode(s scenarios.Setting) error {
	n := l.node(s.Target)
	if n == nil {
		return fmt.Errorf("no node %q", s.Target)
	}
	if s.Node.Forwarding != nil {
		if err := n.setForwarding(*s.Node.Forwarding, s.Pos); err != nil {
			return err
		}
	}
	for _, x := range s.Node.Sysctls {
		if err := n.setSysctl(x); err != nil {
			return err
		}
	}
	if s.Node.LoUp != nil {
		if err := n.iface("lo").setLink(&scenarios.InterfaceSet{Up: s.Node.LoUp}, s.Pos); err != nil {
			return err
		}
	}
	if s.Node.Routes != nil {
		if err := n.setRoutes(*s.Node.Routes, s.Pos); err != nil {
			return err
		}
	}
	if s.Node.FlushNeighbours {
		keep := uint16(unix.NUD_PERMANENT | unix.NUD_NOARP)
		if _, err := n.forget(func(x neighbour) bool { return x.state&keep == 0 }); err != nil {
			return l.fail(s.Pos, n.plan.Pos, "flush neighbours of", n.name, err)
		}
	}
	for _, x := range s.Node.Neighbours {
		if err := n.addNeighbour(x); err != nil {
			return err
		}
	}
	if err := n.setFirewall(s.Node.Firewall); err != nil {
		return err
	}
	if err := n.setBridge(s.Node.Bridge, s.Pos); err != nil {
		return err
	}
	if s.Node.FlushFDB {
		if err := n.flushFDB(s.Pos); err != nil {
			return err
		}
	}
	if err := n.flushChosen(s.Node.FDBFlush); err != nil {
		return err
	}
	if err := n.addFDB(s.Node.FDB); err != nil {
		return err
	}
	return n.changeMDB(s.Node.MDB)
}

func (n *node) setForwarding(on bool, pos scenarios.Pos) error {
	value := strconv.Itoa(int(b2u8(on)))
	if err := n.setSysctl(scenarios.Sysctl{Pos: pos, Key: "net.ipv4.ip_forward", Value: value}); err != nil {
		return err
	}
	err := n.ns.Do(func() error { return n.proc.writeIfThere(ipv6Conf+"all/forwarding", value) })
	return n.lab.fail(pos, n.plan.Pos, "set", n.name+" sysctl net.ipv6.conf.all.forwarding", err)
}

// setBridge changes options of a switch's bridge.
func (n *node) setBridge(b *scenarios.Bridge, pos scenarios.Pos) error {
	if b == nil {
		return nil
	}
	i := n.iface(bridgeName)
	if i == nil {
		return n.lab.fail(pos, n.plan.Pos, "set", n.name+" bridge", unix.ENODEV)
	}
	asked := *b
	if b.STP != nil && *b.STP && b.ForwardDelay == nil && n.lab.portStates[n.name] { // it was put off: bridgeOptions
		usual := 15 * time.Second
		asked.ForwardDelay = &usual
	}
	data, err := n.lab.bridgeData(asked)
	if b.VLANFiltering != nil && !*b.VLANFiltering {
		data = append(data, attr8(nl.IFLA_BR_VLAN_FILTERING, 0))
	}
	if err == nil {
		err = n.conn.changeLink(i.index, 0, 0, nest(unix.IFLA_LINKINFO,
			attr(nl.IFLA_INFO_KIND, []byte("bridge")), nest(nl.IFLA_INFO_DATA, data...)))
	}
	err = unknownBit(err)
	if errors.Is(err, unix.EOPNOTSUPP) && b.VLANFiltering != nil {
		err = &Unsupported{feature(scenarios.FeatureBridgeVLANFiltering), err}
	}
	if err != nil {
		return n.lab.fail(pos, n.plan.Pos, "set", i.ref().String(), err)
	}
	if b.STP != nil {
		merged := *b
		if i.spec.Bridge != nil {
			merged = *i.spec.Bridge
			merged.STP = b.STP
		}
		i.spec.Bridge = &merged // settle has to know whether STP holds the carrier
	}
	if err := i.readBack(pos, nil, append(bridgeWants(*b), n.lab.attributeWants(b.Attributes)...)...); err != nil {
		return err
	}
	return i.setVLANOptions(b.VLANGlobal, true, pos)
}

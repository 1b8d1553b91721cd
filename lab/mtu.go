package lab

import (
	"cmp"
	"slices"

	"golang.org/x/sys/unix"

	"netverify/scenarios"
)

// setMTUs sets the MTUs that are asked for once more, where bridges and bonds
// have changed them when their ports joined, as an administrator, ifupdown and
// systemd-networkd do: a bridge takes the smallest MTU of its ports until it is
// given one by hand (net/bridge/br_if.c:br_mtu_auto_adjust), and a bond gives its
// own to its members (drivers/net/bonding/bond_main.c:bond_enslave). What stands
// on a link was made after it, and is lowered along with it
// (net/8021q/vlan.c:vlan_device_event): it comes later here, too.
func (l *Lab) setMTUs() error {
	var all []*iface
	masters := false
	for _, n := range l.nodes {
		for _, i := range n.ifaces {
			masters = masters || i.spec.Kind == scenarios.BridgeK || i.spec.Kind == scenarios.Bond
			if i.spec.MTU != 0 {
				all = append(all, i)
			}
		}
	}
	if !masters {
		return nil
	}
	slices.SortFunc(all, func(a, b *iface) int { return cmp.Compare(a.index, b.index) }) // as they were made
	for _, i := range all {
		if err := i.setMTU(); err != nil {
			return err
		}
	}
	return nil
}

// setMTU gives an interface the MTU of its spec, where it has another.
func (i *iface) setMTU() error {
	if i.spec.MTU == 0 {
		return nil
	}
	got, err := i.node.conn.link(i.index)
	if err == nil && got.mtu() != i.spec.MTU {
		err = i.node.conn.changeLink(i.index, 0, 0, attr32(unix.IFLA_MTU, uint32(i.spec.MTU)))
	}
	return i.node.lab.fail(i.spec.Pos, i.node.plan.Pos, "set the mtu of", i.describe(), err)
}

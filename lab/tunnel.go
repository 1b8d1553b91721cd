package lab

import (
	"fmt"
	"strconv"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"netverify/scenarios"
)

// setTunnels gives VLANs of a port their tunnels, as `bridge vlan add dev PORT
// vid VID tunnel_info id ID` does, and reads them back. The kernel wants the
// port's flag vlan_tunnel and the VLANs there before
// (net/bridge/br_vlan_tunnel.c:nbp_vlan_tunnel_info_add).
func (i *iface) setTunnels(tunnels []scenarios.PortTunnel, pos scenarios.Pos) error {
	if len(tunnels) == 0 {
		return nil
	}
	c := i.node.conn
	for _, t := range tunnels {
		head := nl.NewIfInfomsg(unix.AF_BRIDGE)
		head.Index = int32(i.index)
		info := nest(nl.IFLA_BRIDGE_VLAN_TUNNEL_INFO|unix.NLA_F_NESTED,
			attr32(nl.IFLA_BRIDGE_VLAN_TUNNEL_ID, t.ID), attr16(nl.IFLA_BRIDGE_VLAN_TUNNEL_VID, uint16(t.VID)))
		if err := c.do(unix.RTM_SETLINK, 0, head, nest(unix.IFLA_AF_SPEC, info)); err != nil {
			return i.node.lab.fail(pos, i.spec.Pos, "add", fmt.Sprintf("%s tunnel %d of VLAN %d", i.ref(), t.ID, t.VID), err)
		}
	}
	have, err := c.tunnels(i.index)
	for _, t := range tunnels {
		if got, ok := have[uint16(t.VID)]; err == nil && (!ok || got != t.ID) {
			err = &Mismatch{fmt.Sprintf("tunnel of VLAN %d", t.VID), strconv.Itoa(int(t.ID)), strconv.Itoa(int(got))}
		}
	}
	return i.node.lab.fail(pos, i.spec.Pos, "verify", i.describe(), err)
}

// tunnels lists the tunnel ids of a port by VLAN id
// (net/bridge/br_netlink_tunnel.c:br_fill_vlan_tunnel_info).
func (c *conn) tunnels(index int) (map[uint16]uint32, error) {
	msgs, err := c.dump(unix.RTM_GETLINK, nl.NewIfInfomsg(unix.AF_BRIDGE), attr32(unix.IFLA_EXT_MASK, nl.RTEXT_FILTER_BRVLAN))
	if err != nil {
		return nil, err
	}
	ids := map[uint16]uint32{}
	for _, m := range msgs {
		if len(m) < unix.SizeofIfInfomsg || int(nl.DeserializeIfInfomsg(m).Index) != index {
			continue
		}
		var entries []attrs
		eachAttr(parseAttrs(m[unix.SizeofIfInfomsg:])[unix.IFLA_AF_SPEC], func(typ int, b []byte) {
			if typ == nl.IFLA_BRIDGE_VLAN_TUNNEL_INFO {
				entries = append(entries, parseAttrs(b))
			}
		})
		addTunnels(ids, entries)
	}
	return ids, nil
}

// addTunnels adds IFLA_BRIDGE_VLAN_TUNNEL_INFO entries, the first and the last
// of a range among them: the ids of both rise by one from VLAN to VLAN.
func addTunnels(ids map[uint16]uint32, entries []attrs) {
	var first uint16
	for _, a := range entries {
		vid, id := a.u16(nl.IFLA_BRIDGE_VLAN_TUNNEL_VID), a.u32(nl.IFLA_BRIDGE_VLAN_TUNNEL_ID)
		switch flags := a.u16(nl.IFLA_BRIDGE_VLAN_TUNNEL_FLAGS); {
		case flags&nl.BRIDGE_VLAN_INFO_RANGE_BEGIN != 0:
			first = vid
		case flags&nl.BRIDGE_VLAN_INFO_RANGE_END != 0:
			for v := vid; v > first && first != 0; v-- {
				ids[v] = id - uint32(vid-v)
			}
			first = 0
			continue
		}
		ids[vid] = id
	}
}

// tunnelValue reads the tunnel id of "PORT.VID".
func (n *node) tunnelValue(rest string) (string, bool, error) {
	i, vid, err := n.portVID(rest)
	if i == nil || err != nil {
		return "", false, err
	}
	ids, err := n.conn.tunnels(i.index)
	if err != nil {
		return "", false, err
	}
	id, ok := ids[vid]
	return strconv.FormatUint(uint64(id), 10), ok, nil
}

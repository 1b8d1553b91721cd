package lab

import (
	"fmt"
	"strconv"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"netverify/scenarios"
)

// setTunnels gives VLANs of a port their tunnels, or takes them, as `bridge vlan add dev PORT
// vid VID tunnel_info id ID` does, and reads them back. The kernel wants the
// port's flag vlan_tunnel and the VLANs there before
// (net/bridge/br_vlan_tunnel.c:nbp_vlan_tunnel_info_add).
func (i *iface) setTunnels(tunnels []scenarios.PortTunnel, pos scenarios.Pos) error {
	if len(tunnels) == 0 {
		return nil
	}
	c := i.node.conn
	for _, t := range tunnels {
		typ, op := unix.RTM_SETLINK, "add"
		if t.Gone {
			typ, op = unix.RTM_DELLINK, "remove"
		}
		head := nl.NewIfInfomsg(unix.AF_BRIDGE)
		head.Index = int32(i.index)
		spec := nest(unix.IFLA_AF_SPEC)
		for _, info := range tunnelInfos(t) {
			spec.AddChild(info)
		}
		if err := c.do(typ, 0, head, spec); err != nil {
			return i.node.lab.fail(pos, i.spec.Pos, op, fmt.Sprintf("%s tunnel %d of VLAN %d", i.ref(), t.ID, t.VID), err)
		}
	}
	have, err := c.tunnels(i.index)
	for _, t := range tunnels {
		if err == nil {
			err = checkTunnels(t, have)
		}
	}
	return i.node.lab.fail(pos, i.spec.Pos, "verify", i.describe(), err)
}

// tunnelInfos are the attributes of one tunnel, or of the first and the last
// of a range (net/bridge/br_netlink_tunnel.c:br_process_vlan_tunnel_info). A
// deletion names ids, too, and the kernel looks at the VLANs alone.
func tunnelInfos(t scenarios.PortTunnel) []*nl.RtAttr {
	info := func(vid int, id uint32, flags uint16) *nl.RtAttr {
		return nest(nl.IFLA_BRIDGE_VLAN_TUNNEL_INFO|unix.NLA_F_NESTED, attr32(nl.IFLA_BRIDGE_VLAN_TUNNEL_ID, id),
			attr16(nl.IFLA_BRIDGE_VLAN_TUNNEL_VID, uint16(vid)), attr16(nl.IFLA_BRIDGE_VLAN_TUNNEL_FLAGS, flags))
	}
	r := t.Range()
	if r.From == r.To {
		return []*nl.RtAttr{info(t.VID, t.ID, 0)}
	}
	return []*nl.RtAttr{
		info(r.From, t.ID, nl.BRIDGE_VLAN_INFO_RANGE_BEGIN),
		info(r.To, t.ID+uint32(r.To-r.From), nl.BRIDGE_VLAN_INFO_RANGE_END),
	}
}

// checkTunnels compares what was asked for with the tunnels that there are.
func checkTunnels(t scenarios.PortTunnel, have map[uint16]uint32) error {
	for vid := t.VID; vid <= t.Range().To; vid++ {
		asked, says := strconv.Itoa(int(t.ID)+vid-t.VID), "none"
		if t.Gone {
			asked = "none"
		}
		if got, ok := have[uint16(vid)]; ok {
			says = strconv.Itoa(int(got))
		}
		if asked != says {
			return &Mismatch{fmt.Sprintf("tunnel of VLAN %d", vid), asked, says}
		}
	}
	return nil
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

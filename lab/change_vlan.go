package lab

import (
	"maps"
	"strconv"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"netverify/scenarios"
)

// setVLAN changes flags and priority maps of a VLAN interface: the rest of it
// the kernel does not let one change (net/8021q/vlan_netlink.c:vlan_changelink).
func (i *iface) setVLAN(s *scenarios.InterfaceSet, pos scenarios.Pos) error {
	v := s.VLAN
	if v == nil {
		return nil
	}
	before, err := i.node.conn.link(i.index)
	if err == nil {
		data := append(vlanFlags(v.ReorderHdr, v.LooseBinding), vlanMaps(v.EgressQoS, v.IngressQoS)...)
		err = i.node.conn.changeLink(i.index, 0, 0, nest(unix.IFLA_LINKINFO,
			attr(nl.IFLA_INFO_KIND, []byte(i.spec.Kind)), nest(nl.IFLA_INFO_DATA, data...)))
	}
	if err != nil {
		return i.node.lab.fail(pos, i.spec.Pos, "set", i.describe(), err)
	}
	return i.readBack(pos, s.Judged, vlanChangeWants(before, v)...)
}

// vlanChangeWants lists what must be read back after a change of an interface
// that was as before says.
func vlanChangeWants(before *link, v *scenarios.VLANChange) (w []want) {
	if v.ReorderHdr != nil {
		w = append(w, want{"reorder_hdr", strconv.FormatBool(*v.ReorderHdr)})
	}
	if v.LooseBinding != nil {
		w = append(w, want{"loose_binding", strconv.FormatBool(*v.LooseBinding)})
	}
	for _, m := range []struct {
		key     string
		typ     int
		changes map[uint32]uint32
	}{{"egress_qos", nl.IFLA_VLAN_EGRESS_QOS, v.EgressQoS}, {"ingress_qos", nl.IFLA_VLAN_INGRESS_QOS, v.IngressQoS}} {
		if len(m.changes) == 0 {
			continue
		}
		now := before.qosMap(m.typ)
		maps.Copy(now, m.changes)
		w = append(w, want{m.key, mapWords(cleared(now))})
	}
	return w
}

// cleared returns a priority map without the entries that lead to 0: the kernel
// does not list them (net/8021q/vlan_netlink.c:vlan_fill_info).
func cleared(qos map[uint32]uint32) map[uint32]uint32 {
	m := maps.Clone(qos)
	maps.DeleteFunc(m, func(_, to uint32) bool { return to == 0 })
	return m
}

// vlanFlags are the flags that are given (struct ifla_vlan_flags).
func vlanFlags(reorderHdr, looseBinding *bool) []*nl.RtAttr {
	var flags, mask uint32
	for _, f := range []struct {
		v   *bool
		bit uint32
	}{{reorderHdr, nl.VLAN_FLAG_REORDER_HDR}, {looseBinding, nl.VLAN_FLAG_LOOSE_BINDING}} {
		if f.v != nil {
			mask |= f.bit
			flags |= uint32(b2u8(*f.v)) * f.bit
		}
	}
	if mask == 0 {
		return nil
	}
	return []*nl.RtAttr{attr(nl.IFLA_VLAN_FLAGS, append(nl.Uint32Attr(flags), nl.Uint32Attr(mask)...))}
}

// vlanMaps are the entries of the priority maps (struct ifla_vlan_qos_mapping).
func vlanMaps(egress, ingress map[uint32]uint32) (data []*nl.RtAttr) {
	for _, m := range []struct {
		typ int
		qos map[uint32]uint32
	}{{nl.IFLA_VLAN_EGRESS_QOS, egress}, {nl.IFLA_VLAN_INGRESS_QOS, ingress}} {
		if len(m.qos) == 0 {
			continue
		}
		list := nest(m.typ)
		for from, to := range m.qos {
			list.AddRtAttr(nl.IFLA_VLAN_QOS_MAPPING, append(nl.Uint32Attr(from), nl.Uint32Attr(to)...))
		}
		data = append(data, list)
	}
	return data
}

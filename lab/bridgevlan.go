package lab

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"netverify/scenarios"
)

// vlanTable are the VLANs of one port: BRIDGE_VLAN_INFO_* flags by VLAN id.
type vlanTable map[uint16]uint16

const (
	vlanPVID     = nl.BRIDGE_VLAN_INFO_PVID
	vlanUntagged = nl.BRIDGE_VLAN_INFO_UNTAGGED
	vlanNative   = vlanPVID | vlanUntagged
)

// with returns the table after a change: `access` replaces everything, `trunk`
// the tagged VLANs, `native` the untagged one, and `vlans` those that it names.
// What is nil stays.
func (t vlanTable) with(p *scenarios.Port) vlanTable {
	out := t.withRoles(p)
	for _, v := range p.VLANs {
		out.add(v)
	}
	return out
}

// withRoles is with but for `vlans`.
func (t vlanTable) withRoles(p *scenarios.Port) vlanTable {
	out := vlanTable{}
	if p.Access != nil {
		out[uint16(*p.Access)] = vlanNative
		return out
	}
	for vid, flags := range t {
		tagged := flags&vlanUntagged == 0
		if tagged && p.Trunk == nil || !tagged && p.Native == nil {
			out[vid] = flags
		}
	}
	for _, r := range p.Trunk {
		for vid := r.From; vid <= r.To; vid++ {
			out[uint16(vid)] = 0
		}
	}
	if p.Native != nil {
		out[uint16(*p.Native)] = vlanNative
	}
	return out
}

// add is `bridge vlan add`, or `bridge vlan del` where the flags are "none". A
// port has one PVID: a new one takes that flag from the VLAN that had it, and
// nothing else (net/bridge/br_vlan.c:__vlan_add_pvid).
func (t vlanTable) add(v scenarios.PortVLAN) {
	vid, flags := uint16(v.VID), flagsOfWords(v.Flags)
	if v.Flags == "none" {
		delete(t, vid)
		return
	}
	if flags&vlanPVID != 0 {
		for other := range t {
			t[other] &^= vlanPVID
		}
	}
	t[vid] = flags
}

func (t vlanTable) sorted() []uint16 {
	vids := make([]uint16, 0, len(t))
	for vid := range t {
		vids = append(vids, vid)
	}
	slices.Sort(vids)
	return vids
}

// vlanWords writes flags as bridge(8) does: "pvid untagged"; "tagged" for none.
func vlanWords(flags uint16) string {
	var words []string
	if flags&vlanPVID != 0 {
		words = append(words, "pvid")
	}
	if flags&vlanUntagged != 0 {
		words = append(words, "untagged")
	}
	if len(words) == 0 {
		return "tagged"
	}
	return strings.Join(words, " ")
}

// flagsOfWords reads what vlanWords writes.
func flagsOfWords(words string) (flags uint16) {
	if strings.Contains(words, "pvid") {
		flags |= vlanPVID
	}
	if strings.Contains(words, "untagged") {
		flags |= vlanUntagged
	}
	return flags
}

// setPortVLANs makes the VLANs of a port, or of a bridge itself, what p says.
func (i *iface) setPortVLANs(p *scenarios.Port, pos scenarios.Pos) error {
	if p.Trunk != nil || p.Native != nil || p.Access != nil {
		if err := i.setVLANRoles(p, pos); err != nil {
			return err
		}
	}
	for _, v := range p.VLANs {
		typ, op := unix.RTM_SETLINK, "add"
		if v.Flags == "none" {
			typ, op = unix.RTM_DELLINK, "remove"
		}
		if err := i.changeVLAN(typ, uint16(v.VID), flagsOfWords(v.Flags)); err != nil {
			return i.vlanError(pos, op, uint16(v.VID), err)
		}
	}
	return nil
}

// setVLANRoles replaces those VLANs of a port that trunk, native and access
// stand for.
func (i *iface) setVLANRoles(p *scenarios.Port, pos scenarios.Pos) error {
	c := i.node.conn
	tables, err := c.portVLANs()
	if err != nil {
		return i.node.lab.fail(pos, i.spec.Pos, "read VLANs of", i.ref().String(), err)
	}
	have := tables[i.index]
	want := have.withRoles(p)
	for _, vid := range have.sorted() {
		if flags, keep := want[vid]; !keep || flags != have[vid] {
			if err := i.changeVLAN(unix.RTM_DELLINK, vid, 0); err != nil {
				return i.vlanError(pos, "remove", vid, err)
			}
		}
	}
	for _, vid := range want.sorted() {
		if flags, there := have[vid]; !there || flags != want[vid] {
			if err := i.changeVLAN(unix.RTM_SETLINK, vid, want[vid]); err != nil {
				return i.vlanError(pos, "add", vid, err)
			}
		}
	}
	return nil
}

func (i *iface) vlanError(pos scenarios.Pos, op string, vid uint16, err error) error {
	if errors.Is(err, unix.EOPNOTSUPP) {
		err = &Unsupported{feature(scenarios.FeatureBridgeVLANFiltering), err}
	}
	return i.node.lab.fail(pos, i.spec.Pos, op, fmt.Sprintf("%s VLAN %d", i.ref(), vid), err)
}

// changeVLAN adds (RTM_SETLINK) or removes (RTM_DELLINK) one VLAN of a port, or
// of a bridge itself (`bridge vlan add ... self`).
func (i *iface) changeVLAN(typ int, vid, flags uint16) error {
	head := nl.NewIfInfomsg(unix.AF_BRIDGE)
	head.Index = int32(i.index)
	info := binary.NativeEndian.AppendUint16(nil, flags) // struct bridge_vlan_info
	info = binary.NativeEndian.AppendUint16(info, vid)
	spec := nest(unix.IFLA_AF_SPEC, attr(nl.IFLA_BRIDGE_VLAN_INFO, info))
	if i.spec.Kind == scenarios.BridgeK {
		spec.AddChild(attr16(nl.IFLA_BRIDGE_FLAGS, nl.BRIDGE_FLAGS_SELF))
	}
	return i.node.conn.do(typ, 0, head, spec)
}

// portVLANs lists the VLANs of all ports by the port's index.
func (c *conn) portVLANs() (map[int]vlanTable, error) {
	msgs, err := c.dump(unix.RTM_GETLINK, nl.NewIfInfomsg(unix.AF_BRIDGE), attr32(unix.IFLA_EXT_MASK, nl.RTEXT_FILTER_BRVLAN))
	if err != nil {
		return nil, err
	}
	all := map[int]vlanTable{}
	for _, m := range msgs {
		if len(m) < unix.SizeofIfInfomsg {
			continue
		}
		t := vlanTable{}
		all[int(nl.DeserializeIfInfomsg(m).Index)] = t
		spec := parseAttrs(m[unix.SizeofIfInfomsg:])[unix.IFLA_AF_SPEC]
		eachAttr(spec, func(typ int, b []byte) {
			if typ == nl.IFLA_BRIDGE_VLAN_INFO && len(b) >= 4 {
				t[binary.NativeEndian.Uint16(b[2:])] = binary.NativeEndian.Uint16(b) & vlanNative
			}
		})
	}
	return all, nil
}

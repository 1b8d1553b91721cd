package lab

import (
	"errors"
	"fmt"
	"strings"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"netverify/scenarios"
)

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
		out = out.add(v)
	}
	return out
}

// withRoles is with but for `vlans`.
func (t vlanTable) withRoles(p *scenarios.Port) (out vlanTable) {
	if p.Access != nil {
		return out.set(oneVLAN(*p.Access, vlanNative))
	}
	for _, r := range t {
		tagged := r.flags&vlanUntagged == 0
		if tagged && p.Trunk == nil || !tagged && p.Native == nil {
			out = append(out, r)
		}
	}
	for _, r := range p.Trunk {
		out = out.set(vlanRun{uint16(r.From), uint16(r.To), 0})
	}
	if p.Native != nil {
		out = out.set(oneVLAN(*p.Native, vlanNative))
	}
	return out
}

// add is `bridge vlan add`, or `bridge vlan del` where the flags are "none". A
// port has one PVID: a new one takes that flag from the VLAN that had it, and
// nothing else (net/bridge/br_vlan.c:__vlan_add_pvid).
func (t vlanTable) add(v scenarios.PortVLAN) vlanTable {
	r := runOf(v)
	if v.Flags == "none" {
		return t.cut(r)
	}
	if r.flags&vlanPVID != 0 {
		for _, old := range t {
			if old.flags&vlanPVID != 0 {
				old.flags &^= vlanPVID
				t = t.set(old)
			}
		}
	}
	return t.set(r)
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
		r := runOf(v)
		if err := i.changeVLAN(typ, r); err != nil {
			return i.vlanError(pos, op, r, err)
		}
	}
	return nil
}

// setVLANRoles replaces those VLANs of a port that trunk, native and access
// stand for.
func (i *iface) setVLANRoles(p *scenarios.Port, pos scenarios.Pos) error {
	have, err := i.node.conn.vlanDatabase(i.index)
	if err != nil {
		return i.node.lab.fail(pos, i.spec.Pos, "read VLANs of", i.ref().String(), err)
	}
	want := have.withRoles(p)
	if err := i.changeVLANs(unix.RTM_DELLINK, "remove", have.minus(want), pos); err != nil {
		return err
	}
	return i.changeVLANs(unix.RTM_SETLINK, "add", want.minus(have), pos)
}

func (i *iface) vlanError(pos scenarios.Pos, op string, r vlanRun, err error) error {
	if errors.Is(err, unix.EOPNOTSUPP) {
		err = &Unsupported{feature(scenarios.FeatureBridgeVLANFiltering), err}
	}
	return i.node.lab.fail(pos, i.spec.Pos, op, fmt.Sprintf("%s VLAN %s", i.ref(), r), err)
}

// changeVLANs adds or removes any number of VLANs with one request. What the
// kernel refuses it names only by a number, so the runs are then tried one by one
// to find the one that it means; what it took already it takes again.
func (i *iface) changeVLANs(typ int, op string, runs vlanTable, pos scenarios.Pos) error {
	if len(runs) == 0 {
		return nil
	}
	err := i.changeVLAN(typ, runs...)
	if err == nil {
		return nil
	}
	for _, r := range runs {
		switch one := i.changeVLAN(typ, r); {
		case one == nil, typ == unix.RTM_DELLINK && errors.Is(one, unix.ENOENT):
		default:
			return i.vlanError(pos, op, r, one)
		}
	}
	return i.vlanError(pos, op, runs[0], err)
}

// changeVLAN adds (RTM_SETLINK) or removes (RTM_DELLINK) VLANs of a port, or of
// a bridge itself (`bridge vlan add ... self`). A run of several is two
// attributes, its first and its last (net/bridge/br_netlink.c:br_process_vlan_info).
func (i *iface) changeVLAN(typ int, runs ...vlanRun) error {
	head := nl.NewIfInfomsg(unix.AF_BRIDGE)
	head.Index = int32(i.index)
	spec := nest(unix.IFLA_AF_SPEC)
	for _, r := range runs {
		if typ == unix.RTM_DELLINK {
			r.flags = 0
		}
		for _, info := range r.infos() {
			spec.AddChild(attr(nl.IFLA_BRIDGE_VLAN_INFO, info))
		}
	}
	if i.spec.Kind == scenarios.BridgeK {
		spec.AddChild(attr16(nl.IFLA_BRIDGE_FLAGS, nl.BRIDGE_FLAGS_SELF))
	}
	return i.node.conn.do(typ, 0, head, spec)
}

// portVLANs lists the VLANs of all ports by the port's index. The kernel is asked
// to tell those in a row at once.
func (c *conn) portVLANs() (map[int]vlanTable, error) {
	msgs, err := c.dump(unix.RTM_GETLINK, nl.NewIfInfomsg(unix.AF_BRIDGE), attr32(unix.IFLA_EXT_MASK, nl.RTEXT_FILTER_BRVLAN_COMPRESSED))
	if err != nil {
		return nil, err
	}
	all := make(map[int]vlanTable, len(msgs))
	for _, m := range msgs {
		if len(m) < unix.SizeofIfInfomsg {
			continue
		}
		all[int(nl.DeserializeIfInfomsg(m).Index)] = parseVLANs(parseAttrs(m[unix.SizeofIfInfomsg:])[unix.IFLA_AF_SPEC])
	}
	return all, nil
}

package lab

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"netverify/scenarios"
)

// Options of VLANs: those of a whole bridge (`bridge vlan global set`) and those
// of a port (`bridge vlan set`), both by RTM_NEWVLAN (linux/if_bridge.h).
const (
	vlandbGlobal       = 2 // BRIDGE_VLANDB_GLOBAL_OPTIONS
	vlandbGlobalID     = 1 // BRIDGE_VLANDB_GOPTS_ID
	vlandbGlobalRange  = 2 // BRIDGE_VLANDB_GOPTS_RANGE
	vlandbDumpFlags    = 1 // BRIDGE_VLANDB_DUMP_FLAGS
	vlandbDumpStats    = 1 // BRIDGE_VLANDB_DUMPF_STATS
	vlandbDumpGlobal   = 2 // BRIDGE_VLANDB_DUMPF_GLOBAL
	vlandbEntryStats   = 5 // BRIDGE_VLANDB_ENTRY_STATS
	vlanInfoOnlyOpts   = 1 << 6
	vlanInfoBrentry    = 1 << 5
	sizeofVLANInfo     = 4 // struct bridge_vlan_info: flags, vid
	iflaBridgeMST      = 6 // IFLA_BRIDGE_MST
	iflaBridgeMSTEntry = 1 // IFLA_BRIDGE_MST_ENTRY
	mstEntryMSTI       = 1 // IFLA_BRIDGE_MST_ENTRY_MSTI
	mstEntryState      = 2 // IFLA_BRIDGE_MST_ENTRY_STATE
	extFilterMST       = 1 << 7
)

// vlanCounters are the BRIDGE_VLANDB_STATS_* in their order.
var vlanCounters = []string{"", "rx_bytes", "rx_packets", "tx_bytes", "tx_packets"}

// optionTable has the attributes of VLANs by their ids.
type optionTable map[uint16]attrs

// vlanOptions lists the options of VLANs of a port, or of a bridge as a whole.
// Kernels that have none of the latter tell of ports instead, which is nothing here.
func (c *conn) vlanOptions(index int, flags uint32) (optionTable, error) {
	msgs, err := c.dump(unix.RTM_GETVLAN, brVLANMsg{uint32(index)}, attr32(vlandbDumpFlags, flags))
	if errors.Is(err, unix.EOPNOTSUPP) { // without VLAN filtering a bridge has no VLANs, and nobody to ask
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	t := optionTable{}
	for _, m := range msgs {
		if len(m) < sizeofBrVLANMsg {
			continue
		}
		eachAttr(m[sizeofBrVLANMsg:], func(typ int, b []byte) {
			a := parseAttrs(b)
			switch {
			case flags == vlandbDumpGlobal && typ == vlandbGlobal:
				t.add(a, a.u16(vlandbGlobalID), a.u16(vlandbGlobalRange))
			case flags != vlandbDumpGlobal && typ == vlandbEntry && len(a[vlandbEntryInfo]) >= sizeofVLANInfo:
				t.add(a, binary.NativeEndian.Uint16(a[vlandbEntryInfo][2:]), a.u16(vlandbEntryRange))
			}
		})
	}
	return t, nil
}

func (t optionTable) add(a attrs, first, last uint16) {
	for vid := int(first); vid <= int(max(first, last)); vid++ {
		t[uint16(vid)] = a
	}
}

// setVLANOptions sets options of VLANs one by one and reads them back.
func (i *iface) setVLANOptions(list []scenarios.VLANOption, global bool, pos scenarios.Pos) error {
	for k := range list {
		if err := i.setVLANOption(&list[k], global); err != nil {
			return i.node.lab.fail(pos, i.spec.Pos, "set", fmt.Sprintf("%s VLAN %d %s", i.ref(), list[k].VID, list[k].Key), err)
		}
	}
	return nil
}

func (i *iface) setVLANOption(o *scenarios.VLANOption, global bool) error {
	value, err := i.node.lab.attributeBytes(&scenarios.AttributeValue{Attribute: o.Attribute, Value: o.Value})
	if err != nil {
		return err
	}
	entry := nest(vlandbEntry|unix.NLA_F_NESTED, attr(vlandbEntryInfo, i.vlanInfo(o.VID)), attr(o.Number, value))
	var flags uint32
	if global {
		entry = nest(vlandbGlobal|unix.NLA_F_NESTED, attr16(vlandbGlobalID, uint16(o.VID)), attr(o.Number, value))
		flags = vlandbDumpGlobal
	}
	refused := i.node.conn.do(unix.RTM_NEWVLAN, 0, brVLANMsg{uint32(i.index)}, entry)
	have, err := i.node.conn.vlanOptions(i.index, flags)
	if err != nil {
		return err
	}
	says, told := have[uint16(o.VID)][o.Number]
	switch {
	case !told && i.node.hasVLAN(i, o.VID) && (refused == nil || errors.Is(refused, unix.EINVAL) || errors.Is(refused, unix.EOPNOTSUPP)):
		return &Unsupported{o.Feature(), &Mismatch{o.Key, attributeWord(o.Type, value), "nothing"}}
	case refused != nil:
		return refused
	case attributeWord(o.Type, says) != attributeWord(o.Type, value):
		return &Mismatch{o.Key, attributeWord(o.Type, value), attributeWord(o.Type, says)}
	}
	return nil
}

// hasVLAN tells whether a port, or any port of a bridge, is in a VLAN.
func (n *node) hasVLAN(i *iface, vid int) bool {
	tables, err := n.conn.portVLANs()
	if err != nil {
		return false
	}
	for index, t := range tables {
		if _, ok := t.get(uint16(vid)); ok && (index == i.index || i.spec.Kind == scenarios.BridgeK) {
			return true
		}
	}
	return false
}

// vlanInfo is a struct bridge_vlan_info with which a VLAN is neither added nor
// changed but in its options.
func (i *iface) vlanInfo(vid int) []byte {
	flags := uint16(vlanInfoOnlyOpts)
	if i.spec.Kind == scenarios.BridgeK {
		flags |= vlanInfoBrentry
	}
	return binary.NativeEndian.AppendUint16(binary.NativeEndian.AppendUint16(nil, flags), uint16(vid))
}

// applyVLANOptions sets what a topology says of VLANs, once ports are in them:
// that of bridges first, for a port has a state in those instances of the
// spanning tree alone that one of its VLANs belongs to (net/bridge/br_mst.c:br_mst_set_state).
func (n *node) applyVLANOptions() error {
	for _, i := range n.ifaces {
		if b := i.spec.Bridge; b != nil {
			if err := i.setVLANOptions(b.VLANGlobal, true, i.spec.Pos); err != nil {
				return err
			}
		}
	}
	for _, i := range n.ifaces {
		if p := i.spec.Port; p != nil {
			if err := i.setPortOptions(p, i.spec.Pos); err != nil {
				return err
			}
		}
	}
	return nil
}

func (i *iface) setPortOptions(p *scenarios.Port, pos scenarios.Pos) error {
	if err := i.setVLANOptions(p.VLANOptions, false, pos); err != nil {
		return err
	}
	for _, s := range p.MST {
		if err := i.setMST(s); err != nil {
			return i.node.lab.fail(pos, i.spec.Pos, "set", fmt.Sprintf("%s state %s in the spanning tree %d", i.ref(), s.State, s.MSTI), err)
		}
	}
	return nil
}

// setMST sets a state as `bridge mst set` does, and reads it back.
func (i *iface) setMST(s scenarios.MSTState) error {
	head := nl.NewIfInfomsg(unix.AF_BRIDGE)
	head.Index = int32(i.index)
	entry := nest(iflaBridgeMSTEntry|unix.NLA_F_NESTED, attr16(mstEntryMSTI, uint16(s.MSTI)), attr8(mstEntryState, stateNumber(s.State)))
	if err := i.node.conn.do(unix.RTM_SETLINK, 0, head, nest(unix.IFLA_AF_SPEC, nest(iflaBridgeMST|unix.NLA_F_NESTED, entry))); err != nil {
		return err
	}
	says, ok, err := i.mstState(s.MSTI)
	if err == nil && (!ok || says != s.State) {
		err = &Mismatch{fmt.Sprintf("mst %d", s.MSTI), s.State, orNone(says)}
	}
	return err
}

func stateNumber(state string) uint8 {
	for n, name := range portStates {
		if name == state {
			return uint8(n)
		}
	}
	return 0
}

// mstState reads the state of a port in an instance of the spanning tree
// (net/bridge/br_mst.c:br_mst_fill_info).
func (i *iface) mstState(msti int) (state string, ok bool, err error) {
	msgs, err := i.node.conn.dump(unix.RTM_GETLINK, nl.NewIfInfomsg(unix.AF_BRIDGE), attr32(unix.IFLA_EXT_MASK, extFilterMST))
	if err != nil {
		return "", false, err
	}
	for _, m := range msgs {
		if len(m) < unix.SizeofIfInfomsg || int(nl.DeserializeIfInfomsg(m).Index) != i.index {
			continue
		}
		eachAttr(parseAttrs(m[unix.SizeofIfInfomsg:]).nested(unix.IFLA_AF_SPEC)[iflaBridgeMST], func(_ int, b []byte) {
			if a := parseAttrs(b); int(a.u16(mstEntryMSTI)) == msti {
				state, ok = nameOf(portStates, int(a.u8(mstEntryState))), true
			}
		})
	}
	return state, ok, nil
}

// vlanOptionValue reads the state keys of options and counters of VLANs.
func (n *node) vlanOptionValue(name, rest string) (string, bool, error) {
	port, keys, flags := bridgeName, scenarios.VLANGlobalKeys, uint32(vlandbDumpGlobal)
	if name != "vlan_global." {
		port, rest, _ = strings.Cut(rest, ".")
		keys, flags = scenarios.VLANSetKeys, 0
	}
	i := n.iface(port)
	vidText, key, _ := strings.Cut(rest, ".")
	vid, err := strconv.ParseUint(vidText, 10, 12)
	if i == nil || err != nil {
		return "", false, err
	}
	if name == "vlan_stats." {
		flags = vlandbDumpStats
	}
	all, err := n.conn.vlanOptions(i.index, flags)
	a := all[uint16(vid)]
	if err != nil || a == nil {
		return "", false, err
	}
	if name == "vlan_stats." {
		return vlanCounter(a, key)
	}
	k, _ := scenarios.OptionOf(keys, key)
	o, _ := scenarios.AttributeNamed(k.Attribute)
	b, ok := a[o.Number]
	return optionWord(k.Kind, attributeWord(o.Type, b)), ok, nil
}

func vlanCounter(a attrs, key string) (string, bool, error) {
	stats := a.nested(vlandbEntryStats)
	for typ, name := range vlanCounters {
		if name == key && name != "" && stats.has(typ) {
			return attributeWord(scenarios.AttrU64, stats[typ]), true, nil
		}
	}
	return "", false, nil
}

// optionWord writes a number as the language writes what it stands for.
func optionWord(kind scenarios.VLANOptionKind, number string) string {
	n, _ := strconv.ParseUint(number, 10, 63)
	switch kind {
	case scenarios.OptionFlag:
		return strconv.FormatBool(n != 0)
	case scenarios.OptionTime:
		return (time.Duration(n) * time.Second / clockTicks).String()
	case scenarios.OptionState:
		return nameOf(portStates, int(n))
	}
	return number
}

// mstValue reads "PORT.MSTI".
func (n *node) mstValue(rest string) (string, bool, error) {
	i, msti, err := n.portVID(rest)
	if i == nil || err != nil {
		return "", false, err
	}
	return i.mstState(int(msti))
}

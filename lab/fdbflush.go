package lab

import (
	"errors"
	"slices"
	"strings"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"netverify/recording"
	"netverify/scenarios"
)

// nlmFBulk is NLM_F_BULK of linux/netlink.h: a deletion is of all that matches.
const nlmFBulk = 0x200

// NDA_NDM_STATE_MASK and NDA_NDM_FLAGS_MASK of linux/neighbour.h say which bits
// of ndm_state and ndm_flags an entry must have as they are there.
const (
	ndaStateMask = 16
	ndaFlagsMask = 17
)

// flushBits are what a word of bridge(8) asks of ndm_state, or of ndm_flags:
// under the mask, those bits are as they are here. A local entry is static, too
// (net/bridge/br_fdb.c:__ndm_state_to_fdb_flags, __ndm_flags_to_fdb_flags);
// NTF_USE is what a user added. The words are read as bridge/fdb.c of iproute2
// reads them.
type flushBits struct {
	state, stateMask uint16
	flag, flagMask   uint8
}

func bitsOf(w scenarios.FDBFlushReason, is bool) flushBits {
	const fixed = unix.NUD_NOARP | unix.NUD_PERMANENT
	flag := func(bit uint8) flushBits { return flushBits{flag: bit * b2u8(is), flagMask: bit} }
	switch w {
	case "permanent":
		return flushBits{state: unix.NUD_PERMANENT * uint16(b2u8(is)), stateMask: unix.NUD_PERMANENT}
	case "static":
		if is {
			return flushBits{state: unix.NUD_NOARP, stateMask: fixed}
		}
		return flushBits{stateMask: unix.NUD_NOARP}
	case "dynamic":
		if is {
			return flushBits{stateMask: fixed}
		}
		return flushBits{state: unix.NUD_NOARP, stateMask: unix.NUD_NOARP}
	case "added_by_user":
		return flag(unix.NTF_USE)
	case "extern_learn":
		return flag(unix.NTF_EXT_LEARNED)
	case "sticky":
		return flag(ntfSticky)
	}
	return flushBits{}
}

// flushChosen takes entries of the forwarding database of br0 away as `bridge
// fdb flush` does (net/bridge/br_fdb.c:br_fdb_delete_bulk), and reads back that
// none of those is left: what talks meanwhile is learned again, so only entries
// that nobody learned are looked at.
func (n *node) flushChosen(f *scenarios.FDBFlush) error {
	if f == nil {
		return nil
	}
	err := n.flushRequest(f)
	if errors.Is(err, unix.EINVAL) && Probe(feature(scenarios.FeatureBridgeFDBFlush)) != nil {
		err = &Unsupported{feature(scenarios.FeatureBridgeFDBFlush), err}
	}
	if err == nil {
		err = n.checkFlushed(f)
	}
	return n.lab.fail(f.Pos, n.plan.Pos, "flush", n.name+" fdb "+f.String(), err)
}

func (n *node) flushRequest(f *scenarios.FDBFlush) error {
	bridge, err := n.lab.need(recording.Ref{Node: n.name, Iface: bridgeName})
	if err != nil {
		return err
	}
	head := ndmsg{family: unix.AF_BRIDGE, index: bridge.index, flags: unix.NTF_SELF}
	var stateMask uint16
	var flagsMask uint8
	ask := func(words []scenarios.FDBFlushReason, is bool) {
		for _, w := range words {
			b := bitsOf(w, is)
			head.state, stateMask = head.state|b.state, stateMask|b.stateMask
			head.flags, flagsMask = head.flags|b.flag, flagsMask|b.flagMask
		}
	}
	ask(f.Is, true)
	ask(f.IsNot, false)
	var data []nl.NetlinkRequestData
	if f.Port != "" {
		port, err := n.lab.need(recording.Ref{Node: n.name, Iface: f.Port})
		if err != nil {
			return err
		}
		data = append(data, attr32(unix.NDA_IFINDEX, uint32(port.index)))
	}
	if f.VLAN != 0 {
		data = append(data, attr16(unix.NDA_VLAN, uint16(f.VLAN)))
	}
	if stateMask != 0 {
		data = append(data, attr16(ndaStateMask, stateMask))
	}
	if flagsMask != 0 {
		data = append(data, attr8(ndaFlagsMask, flagsMask))
	}
	return n.conn.do(unix.RTM_DELNEIGH, nlmFBulk, append([]nl.NetlinkRequestData{head}, data...)...)
}

// checkFlushed looks for an entry that is not learned and should be gone. What
// was added by a user the kernel does not tell of an entry.
func (n *node) checkFlushed(f *scenarios.FDBFlush) error {
	const user = scenarios.FDBFlushReason("added_by_user")
	if slices.Contains(f.Is, user) || slices.Contains(f.IsNot, user) {
		return nil
	}
	list, err := n.conn.neighbours(unix.AF_BRIDGE)
	if err != nil {
		return err
	}
	bridge := n.iface(bridgeName)
	for _, x := range list {
		port := n.nameOf(x.index)
		switch {
		case x.flags&unix.NTF_SELF != 0, x.index != bridge.index && x.master != bridge.index, !strings.Contains(fdbFlags(x), "static"):
		case f.Port != "" && port != f.Port, f.VLAN != 0 && int(x.vlan) != f.VLAN:
		case slices.ContainsFunc(f.Is, func(w scenarios.FDBFlushReason) bool { return !x.is(w) }), slices.ContainsFunc(f.IsNot, x.is):
		default:
			return &Mismatch{"fdb entry " + x.mac.String(), "nothing", n.fdbWords(x)}
		}
	}
	return nil
}

// is tells whether an entry is what a word of bridge(8) says.
func (x neighbour) is(w scenarios.FDBFlushReason) bool {
	words := strings.Fields(fdbFlags(x))
	if w == "permanent" {
		w = "local"
	}
	return slices.Contains(words, string(w))
}

// flushPort forgets what was learned behind a port (`ip link set PORT type
// bridge_slave fdb_flush`, net/bridge/br_netlink.c:br_setport).
func (i *iface) flushPort(s *scenarios.InterfaceSet, pos scenarios.Pos) error {
	if !s.FlushFDB {
		return nil
	}
	return i.node.lab.fail(pos, i.spec.Pos, "flush fdb of", i.ref().String(), i.changePort(attr8(nl.IFLA_BRPORT_FLUSH, 1)))
}

// changeSelf adds MACs to an interface's own filter, or deletes them, as
// bridge-fdb(8) does with self (net/core/rtnetlink.c:ndo_dflt_fdb_add,
// drivers/net/macvlan.c:macvlan_fdb_add), and reads them back.
func (i *iface) changeSelf(s *scenarios.InterfaceSet, pos scenarios.Pos) error {
	for _, e := range s.FDBSelf {
		err := i.selfCommand(e)
		if err == nil {
			err = i.checkSelf(e)
		}
		if err != nil {
			return i.node.lab.fail(pos, i.spec.Pos, e.Op+" fdb entry", i.ref().String()+" self "+e.MAC, err)
		}
	}
	return nil
}

func (i *iface) selfCommand(e scenarios.SelfEntry) error {
	mac, err := i.node.lab.resolveMAC(e.MAC)
	if err != nil {
		return err
	}
	head := ndmsg{family: unix.AF_BRIDGE, index: i.index, state: unix.NUD_PERMANENT, flags: unix.NTF_SELF}
	typ, flags := unix.RTM_NEWNEIGH, neighbourFlags[e.Op]
	if e.Op == "del" {
		typ = unix.RTM_DELNEIGH
	}
	return i.node.conn.do(typ, flags, head, attr(unix.NDA_LLADDR, mac))
}

func (i *iface) checkSelf(e scenarios.SelfEntry) error {
	asked := "permanent"
	if e.Op == "del" {
		asked = "nothing"
	}
	says, there, err := i.selfValue(e.MAC)
	if err == nil && !there {
		says = "nothing"
	}
	if err == nil && says != asked {
		err = &Mismatch{"fdb entry", asked, says}
	}
	return err
}

// selfValue reads what an interface's own filter says of a MAC
// (net/core/rtnetlink.c:ndo_dflt_fdb_dump).
func (i *iface) selfValue(text string) (string, bool, error) {
	mac, err := i.node.lab.resolveMAC(text)
	if err != nil {
		return "", false, err
	}
	list, err := i.node.conn.neighbours(unix.AF_BRIDGE)
	if err != nil {
		return "", false, err
	}
	at := slices.IndexFunc(list, func(x neighbour) bool {
		return x.index == i.index && x.flags&unix.NTF_SELF != 0 && x.mac.String() == mac.String()
	})
	if at < 0 {
		return "", false, nil
	}
	return nudName(list[at].state), true, nil
}

// probeFDBFlush asks a switch to forget what nobody has told it.
func probeFDBFlush() error {
	plan := &scenarios.Plan{Nodes: []scenarios.Node{{Name: "a", Switch: true, Interfaces: probeCable()}}}
	l, err := Build(plan)
	if err != nil {
		return err
	}
	err = l.node("a").flushRequest(&scenarios.FDBFlush{Is: []scenarios.FDBFlushReason{"sticky"}})
	return errors.Join(probeInvalid(err), l.Close())
}

package lab

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"netverify/recording"
	"netverify/scenarios"
)

// fdbStates are the words of bridge(8) for the states of an entry
// (net/bridge/br_fdb.c:fdb_add_entry).
var fdbStates = map[string]uint16{"static": unix.NUD_NOARP, "dynamic": unix.NUD_REACHABLE, "local": unix.NUD_PERMANENT}

// addFDB adds or replaces entries of the forwarding database of br0, and reads
// them back. It needs ports that have settled: a port that goes down loses the
// entries that are not static (net/bridge/br_stp_if.c:br_stp_disable_port).
func (n *node) addFDB(list []scenarios.FDBEntry) error {
	for _, e := range list {
		if err := n.addFDBEntry(e); err != nil {
			return n.lab.fail(e.Pos, n.plan.Pos, fdbOp(e.Op)+" fdb entry", n.name+":"+e.Port+" "+e.MAC, err)
		}
	}
	return nil
}

// fdbOp is a command in messages: what no set asks for is added.
func fdbOp(op string) string {
	if op == "replace" || op == "" {
		return "add"
	}
	return op
}

// flushFDB empties the forwarding database of br0 as "ip link set br0 type
// bridge fdb_flush" does (net/bridge/br_netlink.c:br_changelink). Nothing is
// read back: which entries stay is the kernel's to say, and a station that
// talks meanwhile is learned again.
func (n *node) flushFDB(pos scenarios.Pos) error {
	i := n.iface(bridgeName)
	if i == nil {
		return n.lab.fail(pos, n.plan.Pos, "flush fdb of", n.name, unix.ENODEV)
	}
	err := n.conn.changeLink(i.index, 0, 0, nest(unix.IFLA_LINKINFO,
		attr(nl.IFLA_INFO_KIND, []byte("bridge")), nest(nl.IFLA_INFO_DATA, attr(nl.IFLA_BR_FDB_FLUSH, nil))))
	return n.lab.fail(pos, n.plan.Pos, "flush fdb of", n.name, err)
}

func (n *node) addFDBEntry(e scenarios.FDBEntry) error {
	port, err := n.lab.need(recording.Ref{Node: n.name, Iface: e.Port})
	if err != nil {
		return err
	}
	mac, err := n.lab.resolveMAC(e.MAC)
	if err != nil {
		return err
	}
	state, err := number(fdbStates, "fdb state", e.State)
	if err != nil {
		return err
	}
	x := neighbour{family: unix.AF_BRIDGE, index: port.index, state: state, flags: unix.NTF_MASTER, mac: mac, vlan: uint16(e.VLAN)}
	if e.Sticky {
		x.flags |= ntfSticky
	}
	typ, flags := unix.RTM_NEWNEIGH, neighbourFlags[e.Op]
	if e.Op == "del" {
		typ = unix.RTM_DELNEIGH
	}
	a := []nl.NetlinkRequestData{ndmsg{family: x.family, index: x.index, state: x.state, flags: x.flags}, attr(unix.NDA_LLADDR, mac)}
	if x.vlan != 0 {
		a = append(a, attr16(unix.NDA_VLAN, x.vlan))
	}
	if err := n.conn.do(typ, flags, a...); err != nil {
		return err
	}
	return n.checkFDBEntry(x, e.Op == "del")
}

// neighbourFlags are what the commands of bridge-fdb(8) and ip-neighbour(8) ask
// with, of netlink(7); those of "replace" where there is no command.
var neighbourFlags = map[string]int{
	"add":     unix.NLM_F_CREATE | unix.NLM_F_EXCL,
	"append":  unix.NLM_F_CREATE | unix.NLM_F_APPEND,
	"change":  unix.NLM_F_REPLACE,
	"replace": unix.NLM_F_CREATE | unix.NLM_F_REPLACE,
	"":        unix.NLM_F_CREATE | unix.NLM_F_REPLACE,
}

// checkFDBEntry compares an entry, or that there is none any more, with what
// the kernel says. A kernel that does not know sticky entries takes the flag
// without a word.
func (n *node) checkFDBEntry(x neighbour, gone bool) error {
	list, err := n.conn.neighbours(unix.AF_BRIDGE)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(y neighbour) bool {
		return y.vlan == x.vlan && y.master != 0 && y.flags&unix.NTF_SELF == 0 && bytes.Equal(y.mac, x.mac)
	})
	asked, says := n.fdbWords(x), "nothing"
	if gone {
		asked = "nothing"
	}
	if i >= 0 {
		says = n.fdbWords(list[i])
	}
	switch {
	case says == asked:
		return nil
	case strings.Contains(asked, " sticky") && !strings.Contains(says, " sticky") && i >= 0:
		return &Unsupported{feature(scenarios.FeatureBridgeFDBSticky), &Mismatch{"fdb entry", asked, says}}
	}
	return &Mismatch{"fdb entry", asked, says}
}

func (n *node) fdbWords(x neighbour) string {
	return fmt.Sprintf("%s %s", n.nameOf(x.index), fdbFlags(x))
}

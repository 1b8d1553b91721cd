package lab

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"netverify/recording"
)

// iflaNetnsImmutable is IFLA_NETNS_IMMUTABLE of linux/if_link.h, since 6.15.
const iflaNetnsImmutable = 67

// values read one state key each of an interface (see scenarios.StateKeys);
// ok is false where the key does not apply to it.
var values = map[string]func(*link) (value string, ok bool){
	"kind":            func(l *link) (string, bool) { return l.kind, l.kind != "" },
	"up":              func(l *link) (string, bool) { return truth(l.up()) },
	"operstate":       func(l *link) (string, bool) { return l.operState(), true },
	"carrier":         func(l *link) (string, bool) { return truth(l.flags&unix.IFF_LOWER_UP != 0) },
	"macaddress":      func(l *link) (string, bool) { return l.mac.String(), len(l.mac) > 0 },
	"name":            func(l *link) (string, bool) { return l.name, l.name != "" },
	"flags":           func(l *link) (string, bool) { return l.flagWords(), true },
	"macaddress_type": func(l *link) (string, bool) { return l.macType(), len(l.mac) > 0 },
	"min_mtu":         of(unix.IFLA_MIN_MTU, attrs.u32),
	"max_mtu":         of(unix.IFLA_MAX_MTU, attrs.u32),
	"txqueuelen":      of(unix.IFLA_TXQLEN, attrs.u32),
	"group":           of(unix.IFLA_GROUP, attrs.u32),
	"netns_immutable": func(l *link) (string, bool) {
		return strconv.FormatBool(l.attrs.u8(iflaNetnsImmutable) != 0), l.attrs.has(iflaNetnsImmutable)
	},
	"mtu":            func(l *link) (string, bool) { return strconv.Itoa(l.mtu()), true },
	"promiscuity":    of(unix.IFLA_PROMISCUITY, attrs.u32),
	"promisc":        func(l *link) (string, bool) { return truth(l.flags&unix.IFF_PROMISC != 0) },
	"allmulti":       allMulti,
	"allmulticast":   func(l *link) (string, bool) { return truth(l.flags&unix.IFF_ALLMULTI != 0) },
	"link_index":     of(unix.IFLA_LINK, attrs.u32),
	"link_netnsid":   of(unix.IFLA_LINK_NETNSID, attrs.u32),
	"numtxqueues":    of(unix.IFLA_NUM_TX_QUEUES, attrs.u32),
	"numrxqueues":    of(unix.IFLA_NUM_RX_QUEUES, attrs.u32),
	"qdisc":          func(l *link) (string, bool) { return l.attrs.str(unix.IFLA_QDISC), l.attrs.has(unix.IFLA_QDISC) },
	"mode":           mode,
	"nopromisc":      macvlanFlag(macvlanNoPromisc),
	"nodst":          macvlanFlag(macvlanNoDst),
	"sources":        sources,
	"sources_count":  macvlanNumber(nl.IFLA_MACVLAN_MACADDR_COUNT),
	"bcqueuelen":     macvlanNumber(nl.IFLA_MACVLAN_BC_QUEUE_LEN),
	"usedbcqueuelen": macvlanNumber(nl.IFLA_MACVLAN_BC_QUEUE_LEN_USED),
	"bclim":          bcLim,
	"flag":           ipvlanFlag,
	"id":             func(l *link) (string, bool) { return strconv.Itoa(int(l.data.u16(nl.IFLA_VLAN_ID))), l.kind == "vlan" },
	"protocol": func(l *link) (string, bool) {
		return wordOf(vlanProtos, l.data.be16(nl.IFLA_VLAN_PROTOCOL)), l.kind == "vlan"
	},
	"reorder_hdr":   vlanFlag(nl.VLAN_FLAG_REORDER_HDR),
	"loose_binding": vlanFlag(nl.VLAN_FLAG_LOOSE_BINDING),
	"ingress_qos":   vlanMap(nl.IFLA_VLAN_INGRESS_QOS),
	"egress_qos":    vlanMap(nl.IFLA_VLAN_EGRESS_QOS),
	"port_state": func(l *link) (string, bool) {
		return nameOf(portStates, int(l.port.u8(nl.IFLA_BRPORT_STATE))), l.slave == "bridge" && l.port.has(nl.IFLA_BRPORT_STATE)
	},
	"cost":               ofPort(nl.IFLA_BRPORT_COST, attrs.u32),
	"stp":                bridgeValue(nl.IFLA_BR_STP_STATE, func(a attrs, t int) string { return strconv.FormatBool(a.u32(t) != 0) }),
	"multicast_snooping": bridgeValue(nl.IFLA_BR_MCAST_SNOOPING, func(a attrs, t int) string { return strconv.FormatBool(a.u8(t) != 0) }),
	"vlan_filtering":     bridgeValue(nl.IFLA_BR_VLAN_FILTERING, func(a attrs, t int) string { return strconv.FormatBool(a.u8(t) != 0) }),
	"vlan_protocol":      bridgeValue(nl.IFLA_BR_VLAN_PROTOCOL, func(a attrs, t int) string { return wordOf(vlanProtos, a.be16(t)) }),
	"default_pvid":       bridgeValue(nl.IFLA_BR_VLAN_DEFAULT_PVID, func(a attrs, t int) string { return strconv.Itoa(int(a.u16(t))) }),
	"priority":           bridgeValue(nl.IFLA_BR_PRIORITY, func(a attrs, t int) string { return strconv.Itoa(int(a.u16(t))) }),
	"group_fwd_mask":     bridgeValue(nl.IFLA_BR_GROUP_FWD_MASK, func(a attrs, t int) string { return fmt.Sprintf("%#x", a.u16(t)) }),
}

func init() {
	for _, t := range bridgeTimes {
		values[t.key] = bridgeValue(t.typ, func(a attrs, typ int) string {
			return (time.Duration(a.u32(typ)) * time.Second / clockTicks).String()
		})
	}
	for k := range bridgeBits {
		values[bridgeBits[k].key] = bridgeBits[k].value
	}
	for _, f := range portFlags {
		values[f.key] = func(l *link) (string, bool) {
			return strconv.FormatBool(l.port.u8(f.typ) != 0), l.slave == "bridge" && l.port.has(f.typ)
		}
	}
}

func truth(v bool) (string, bool) { return strconv.FormatBool(v), true }

func of(typ int, read func(attrs, int) uint32) func(*link) (string, bool) {
	return func(l *link) (string, bool) { return fmt.Sprint(read(l.attrs, typ)), l.attrs.has(typ) }
}

func ofPort(typ int, read func(attrs, int) uint32) func(*link) (string, bool) {
	return func(l *link) (string, bool) {
		return fmt.Sprint(read(l.port, typ)), l.slave == "bridge" && l.port.has(typ)
	}
}

func bridgeValue(typ int, read func(attrs, int) string) func(*link) (string, bool) {
	return func(l *link) (string, bool) { return read(l.data, typ), l.kind == "bridge" && l.data.has(typ) }
}

func (l *link) isMacvlan() bool { return l.kind == "macvlan" || l.kind == "macvtap" }

func macvlanNumber(typ int) func(*link) (string, bool) {
	return func(l *link) (string, bool) { return fmt.Sprint(l.data.u32(typ)), l.isMacvlan() && l.data.has(typ) }
}

func macvlanFlag(bit uint16) func(*link) (string, bool) {
	return func(l *link) (string, bool) {
		return strconv.FormatBool(l.data.u16(nl.IFLA_MACVLAN_FLAGS)&bit != 0), l.isMacvlan()
	}
}

// allMulti counts on kernels that tell the number, and is 0 or 1 on others.
func allMulti(l *link) (string, bool) {
	if l.attrs.has(unix.IFLA_ALLMULTI) {
		return fmt.Sprint(l.attrs.u32(unix.IFLA_ALLMULTI)), true
	}
	return fmt.Sprint(b2u8(l.flags&unix.IFF_ALLMULTI != 0)), true
}

func mode(l *link) (string, bool) {
	switch {
	case l.isMacvlan():
		return wordOf(macvlanModes, l.data.u32(nl.IFLA_MACVLAN_MODE)), true
	case l.kind == "ipvlan":
		return wordOf(ipvlanModes, l.data.u16(nl.IFLA_IPVLAN_MODE)), true
	case l.kind == "bond":
		return nameOf(bondModes, int(l.data.u8(nl.IFLA_BOND_MODE))), true
	}
	return "", false
}

func ipvlanFlag(l *link) (string, bool) {
	return wordOf(ipvlanFlags, l.data.u16(nl.IFLA_IPVLAN_FLAG)), l.kind == "ipvlan"
}

// bcLim reads IFLA_MACVLAN_BC_CUTOFF (see defaultBCLim).
func bcLim(l *link) (string, bool) {
	return fmt.Sprint(int32(l.data.u32(iflaMacvlanBCCutoff))), l.isMacvlan() && l.data.has(iflaMacvlanBCCutoff)
}

func sources(l *link) (string, bool) {
	if !l.isMacvlan() {
		return "", false
	}
	var list []string
	eachAttr(l.data[nl.IFLA_MACVLAN_MACADDR_DATA], func(typ int, b []byte) {
		if typ == nl.IFLA_MACVLAN_MACADDR {
			list = append(list, macString(b))
		}
	})
	slices.Sort(list)
	return strings.Join(list, ","), true
}

func vlanFlag(bit uint32) func(*link) (string, bool) {
	return func(l *link) (string, bool) {
		return strconv.FormatBool(l.data.u32(nl.IFLA_VLAN_FLAGS)&bit != 0), l.kind == "vlan"
	}
}

func vlanMap(typ int) func(*link) (string, bool) {
	return func(l *link) (string, bool) { return mapWords(l.qosMap(typ)), l.kind == "vlan" }
}

// qosMap reads a priority map; the kernel lists only entries that are not 0.
func (l *link) qosMap(typ int) map[uint32]uint32 {
	m := map[uint32]uint32{}
	eachAttr(l.data[typ], func(_ int, b []byte) {
		if len(b) >= 8 {
			m[binary.NativeEndian.Uint32(b)] = binary.NativeEndian.Uint32(b[4:])
		}
	})
	return m
}

// mapWords writes a QoS map as "0:3,6:7".
func mapWords(m map[uint32]uint32) string {
	keys := make([]uint32, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	list := make([]string, len(keys))
	for i, k := range keys {
		list[i] = fmt.Sprintf("%d:%d", k, m[k])
	}
	return strings.Join(list, ",")
}

// parent returns the lab's interface that an interface stands on (for a veth:
// the other end of its cable), nil where it is none of the lab's.
func (n *node) parent(l *link) (*recording.Ref, error) {
	if !l.attrs.has(unix.IFLA_LINK) || l.parent() == 0 || !l.elsewhere() && l.parent() == l.index {
		return nil, nil
	}
	home := n
	if l.elsewhere() {
		var err error
		if home, err = n.nodeOf(l.netnsid(), l.parent()); err != nil || home == nil {
			return nil, err
		}
	}
	if i := home.numbered[l.parent()]; i != nil {
		ref := i.ref()
		return &ref, nil
	}
	return nil, nil
}

// nodeOf finds the node that has an id in n's namespace: first asked for is the
// one in which the lab made the link with that index.
func (n *node) nodeOf(id int32, index int) (*node, error) {
	if known, ok := n.peers.Load(id); ok {
		return known.(*node), nil
	}
	if likely := n.lab.makers[index]; likely != nil {
		if is, err := n.knows(likely, id); err != nil || is {
			return likely, err
		}
	}
	for _, other := range n.lab.nodes {
		if is, err := n.knows(other, id); err != nil || is {
			return other, err
		}
	}
	return nil, nil
}

// knows tells whether another node has an id in n's namespace.
func (n *node) knows(other *node, id int32) (bool, error) {
	m, err := n.conn.get(unix.RTM_GETNSID, nl.NewRtGenMsg(), attr32(unix.NETNSA_FD, uint32(other.ns.FD())))
	if err != nil {
		return false, err
	}
	a := parseAttrs(m[min(4, len(m)):])
	is := a.has(unix.NETNSA_NSID) && int32(a.u32(unix.NETNSA_NSID)) == id
	if is {
		n.peers.Store(id, other)
	}
	return is, nil
}

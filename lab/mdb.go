package lab

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"netverify/recording"
	"netverify/scenarios"
)

// Attributes of the messages of a multicast database (linux/if_bridge.h).
const (
	mdbaMDB          = 1 // MDBA_MDB
	mdbaMDBEntry     = 1 // MDBA_MDB_ENTRY
	mdbaMDBEntryInfo = 1 // MDBA_MDB_ENTRY_INFO, begins with struct br_mdb_entry
	mdbaSetEntry     = 1 // MDBA_SET_ENTRY
	mdbaSetAttrs     = 2 // MDBA_SET_ENTRY_ATTRS
	mdbeSource       = 1 // MDBE_ATTR_SOURCE
	mdbeSourceList   = 2 // MDBE_ATTR_SRC_LIST, of MDBE_SRC_LIST_ENTRY with MDBE_SRCATTR_ADDRESS
	mdbeGroupMode    = 3 // MDBE_ATTR_GROUP_MODE
	mdbToldMode      = 3 // MDBA_MDB_EATTR_GROUP_MODE
	mdbToldSource    = 4 // MDBA_MDB_EATTR_SOURCE
)

const sizeofMDBEntry = 28 // struct br_mdb_entry

// mdbStates are the words of bridge(8) for MDB_TEMPORARY and MDB_PERMANENT.
var mdbStates = map[string]uint8{"temp": 0, "permanent": 1}

// filterModes are MCAST_EXCLUDE and MCAST_INCLUDE (linux/in.h).
var filterModes = []string{"exclude", "include"}

// membership is a struct br_mdb_entry, and of what is told behind it the sender
// whose frames are meant and the filter mode.
type membership struct {
	index int
	state uint8
	vid   uint16
	group string // an address, or a MAC

	source netip.Addr // the zero Addr: any
	mode   string     // of filterModes; "" where it is not told
}

// brPortMsg is struct br_port_msg: the bridge that is meant.
type brPortMsg struct{ index uint32 }

// Len is part of nl.NetlinkRequestData.
func (m brPortMsg) Len() int { return 8 }

// Serialize is part of nl.NetlinkRequestData.
func (m brPortMsg) Serialize() []byte {
	return binary.NativeEndian.AppendUint32([]byte{unix.AF_BRIDGE, 0, 0, 0}, m.index)
}

// bytes are the struct br_mdb_entry: ifindex, state, flags, vid, 16 bytes of
// the group from its first on, and the EtherType that it is of, 0 for a MAC.
func (m membership) bytes() ([]byte, error) {
	b := make([]byte, sizeofMDBEntry)
	binary.NativeEndian.PutUint32(b, uint32(m.index))
	b[4] = m.state
	binary.NativeEndian.PutUint16(b[6:], m.vid)
	if a, err := netip.ParseAddr(m.group); err == nil {
		copy(b[8:24], a.AsSlice())
		proto := uint16(unix.ETH_P_IP)
		if a.Is6() {
			proto = unix.ETH_P_IPV6
		}
		binary.BigEndian.PutUint16(b[24:], proto)
		return b, nil
	}
	mac, err := net.ParseMAC(m.group)
	copy(b[8:24], mac)
	return b, err
}

func parseMembership(b []byte) (m membership, ok bool) {
	if len(b) < sizeofMDBEntry {
		return m, false
	}
	m = membership{index: int(binary.NativeEndian.Uint32(b)), state: b[4], vid: binary.NativeEndian.Uint16(b[6:])}
	switch binary.BigEndian.Uint16(b[24:]) {
	case unix.ETH_P_IP:
		m.group = netip.AddrFrom4([4]byte(b[8:12])).String()
	case unix.ETH_P_IPV6:
		m.group = netip.AddrFrom16([16]byte(b[8:24])).String()
	default:
		m.group = net.HardwareAddr(b[8:14]).String()
	}
	return m, true
}

// told reads what a dump adds to an entry (net/bridge/br_mdb.c:__mdb_fill_info).
func (m *membership) told(a attrs) {
	m.source, _ = netip.AddrFromSlice(a[mdbToldSource])
	if a.has(mdbToldMode) && int(a.u8(mdbToldMode)) < len(filterModes) {
		m.mode = filterModes[a.u8(mdbToldMode)]
	}
}

// changeMDB adds and deletes memberships as `bridge mdb` does, and reads each
// back (net/bridge/br_mdb.c:br_mdb_add, br_mdb_del).
func (n *node) changeMDB(list []scenarios.MDBEntry) error {
	for _, e := range list {
		err := n.mdbCommand(e)
		if err == nil {
			err = n.checkMDB(e)
		}
		if err != nil {
			return n.lab.fail(e.Pos, n.plan.Pos, e.Op+" mdb entry", n.name+":"+e.Port+" "+e.Group, err)
		}
	}
	return nil
}

func (n *node) mdbCommand(e scenarios.MDBEntry) error {
	bridge, err := n.lab.need(recording.Ref{Node: n.name, Iface: bridgeName})
	if err != nil {
		return err
	}
	port, err := n.lab.need(recording.Ref{Node: n.name, Iface: e.Port})
	if err != nil {
		return err
	}
	m := membership{index: port.index, state: mdbStates[e.State], vid: uint16(e.VLAN), group: e.Group}
	b, err := m.bytes()
	if err != nil {
		return err
	}
	typ, flags := unix.RTM_NEWMDB, unix.NLM_F_CREATE|unix.NLM_F_EXCL
	switch e.Op {
	case "del":
		typ, flags = unix.RTM_DELMDB, 0
	case "replace":
		flags = unix.NLM_F_CREATE | unix.NLM_F_REPLACE
	}
	data := []nl.NetlinkRequestData{brPortMsg{uint32(bridge.index)}, attr(mdbaSetEntry, b)}
	if more := mdbSenders(e); len(more) > 0 {
		data = append(data, nest(mdbaSetAttrs|unix.NLA_F_NESTED, more...))
	}
	return n.conn.do(typ, flags, data...)
}

// mdbSenders are the attributes of a membership that say whose frames it is of.
func mdbSenders(e scenarios.MDBEntry) (list []*nl.RtAttr) {
	if e.Source.IsValid() {
		list = append(list, attr(mdbeSource, e.Source.AsSlice()))
	}
	if e.FilterMode != "" {
		list = append(list, attr(mdbeGroupMode, []byte{uint8(slices.Index(filterModes, e.FilterMode))}))
	}
	var entries []*nl.RtAttr
	for _, a := range e.Sources {
		entries = append(entries, nest(1|unix.NLA_F_NESTED, attr(1, a.AsSlice())))
	}
	if len(entries) > 0 {
		list = append(list, nest(mdbeSourceList|unix.NLA_F_NESTED, entries...))
	}
	return list
}

// checkMDB looks for a port's membership. One without a VLAN is, on a bridge
// that filters VLANs, one in each of the port's.
func (n *node) checkMDB(e scenarios.MDBEntry) error {
	list, err := n.conn.memberships(n.iface(bridgeName).index)
	if err != nil {
		return err
	}
	says := "none"
	if slices.ContainsFunc(list, func(m membership) bool {
		return m.group == e.Group && n.nameOf(m.index) == e.Port && (e.VLAN == 0 || int(m.vid) == e.VLAN) && m.source == e.Source &&
			(e.Op == "del" || e.FilterMode == "" || m.mode == "" || m.mode == e.FilterMode)
	}) {
		says = e.State
	}
	asked := e.State
	if e.Op == "del" {
		asked = "none"
	}
	if (asked == "none") != (says == "none") {
		return &Mismatch{"mdb entry", asked, says}
	}
	return nil
}

// memberships lists the multicast database of a bridge
// (net/bridge/br_mdb.c:br_mdb_dump). One that does no snooping has none.
func (c *conn) memberships(bridge int) (list []membership, err error) {
	msgs, err := c.dump(unix.RTM_GETMDB, brPortMsg{})
	if errors.Is(err, unix.EOPNOTSUPP) {
		return nil, nil
	}
	for _, m := range msgs {
		if len(m) < 8 || int(binary.NativeEndian.Uint32(m[4:])) != bridge {
			continue
		}
		eachAttr(parseAttrs(m[8:])[mdbaMDB], func(typ int, entry []byte) {
			if typ != mdbaMDBEntry {
				return
			}
			eachAttr(entry, func(typ int, info []byte) {
				if x, ok := parseMembership(info); ok && typ == mdbaMDBEntryInfo {
					x.told(parseAttrs(info[sizeofMDBEntry:]))
					list = append(list, x)
				}
			})
		})
	}
	return list, err
}

// mdbValue reads who listens to "GROUP" or "GROUP/VID" at a node's bridge br0:
// the ports, or their states, in the order of the ports' names.
func (n *node) mdbValue(rest string, state bool) (string, bool, error) {
	group, vidText, _ := strings.Cut(rest, "/")
	if a, err := netip.ParseAddr(group); err == nil {
		group = a.String()
	}
	vid, _ := strconv.Atoi(vidText)
	bridge := n.iface(bridgeName)
	if bridge == nil {
		return "", false, nil
	}
	list, err := n.conn.memberships(bridge.index)
	if err != nil {
		return "", false, err
	}
	slices.SortStableFunc(list, func(a, b membership) int { return strings.Compare(n.nameOf(a.index), n.nameOf(b.index)) })
	var found []string
	for _, m := range list {
		if m.group != group || int(m.vid) != vid {
			continue
		}
		v := n.nameOf(m.index)
		if state {
			v = "temp"
			if m.state == mdbStates["permanent"] {
				v = "permanent"
			}
		}
		if !slices.Contains(found, v) {
			found = append(found, v)
		}
	}
	return strings.Join(found, ","), len(found) > 0, nil
}

// probeMDB adds a membership, of these senders' frames or not.
func probeMDB(group string, senders ...netip.Addr) error {
	snooping := true
	l, err := Build(&scenarios.Plan{Nodes: []scenarios.Node{{
		Name: "a", Switch: true, Bridge: &scenarios.Bridge{MulticastSnooping: &snooping}, Interfaces: probeCable(),
	}}})
	if err != nil {
		return err
	}
	err = l.node("a").mdbCommand(scenarios.MDBEntry{Group: group, Port: "eth0", State: "permanent", Op: "add", Sources: senders})
	return errors.Join(probeInvalid(err), l.Close())
}

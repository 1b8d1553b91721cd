package lab

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// The bridge tells the VLANs of its ports in two ways: with the link
// (RTM_GETLINK, bridgevlan.go) and one by one with their options (RTM_GETVLAN,
// Linux 5.6, linux/if_bridge.h). Both are to say what frames meet.

// Attributes of an RTM_NEWVLAN message, from linux/if_bridge.h.
const (
	vlandbEntry      = 1 // BRIDGE_VLANDB_ENTRY
	vlandbEntryInfo  = 1 // BRIDGE_VLANDB_ENTRY_INFO, struct bridge_vlan_info
	vlandbEntryRange = 2 // BRIDGE_VLANDB_ENTRY_RANGE, the last of several VLANs that are alike
)

// brVLANMsg is struct br_vlan_msg of a request: one port's index, 0 for all.
type brVLANMsg struct{ index uint32 }

const sizeofBrVLANMsg = 8

// Len is part of nl.NetlinkRequestData.
func (m brVLANMsg) Len() int { return sizeofBrVLANMsg }

// Serialize is part of nl.NetlinkRequestData.
func (m brVLANMsg) Serialize() []byte {
	return binary.NativeEndian.AppendUint32([]byte{unix.AF_BRIDGE, 0, 0, 0}, m.index)
}

// vlanDatabase lists the VLANs of a port as RTM_GETVLAN tells them
// (net/bridge/br_vlan.c:br_vlan_rtm_dump). VLANs in a row with the same flags and
// options are one entry. A kernel without the message tells none.
func (c *conn) vlanDatabase(index int) (vlanTable, error) {
	msgs, err := c.dump(unix.RTM_GETVLAN, brVLANMsg{uint32(index)})
	if errors.Is(err, unix.EOPNOTSUPP) { // without VLAN filtering a bridge has no VLANs, and nobody to ask
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var t vlanTable
	for _, m := range msgs {
		if len(m) < sizeofBrVLANMsg {
			continue
		}
		eachAttr(m[sizeofBrVLANMsg:], func(typ int, b []byte) {
			if typ == vlandbEntry {
				t = t.addEntry(parseAttrs(b))
			}
		})
	}
	return t, nil
}

// vlans reads the VLANs of a port, of the database or with its link.
func (i *iface) vlans(database bool) (vlanTable, error) {
	if database {
		return i.node.conn.vlanDatabase(i.index)
	}
	tables, err := i.node.conn.portVLANs()
	return tables[i.index], err
}

// addEntry adds the VLANs of a BRIDGE_VLANDB_ENTRY.
func (t vlanTable) addEntry(a attrs) vlanTable {
	info := a[vlandbEntryInfo]
	if len(info) < 4 { // struct bridge_vlan_info: flags, vid
		return t
	}
	flags, first := binary.NativeEndian.Uint16(info)&vlanNative, binary.NativeEndian.Uint16(info[2:])
	return t.set(vlanRun{first, max(first, a.u16(vlandbEntryRange)), flags})
}

// portVID takes "PORT.VID" apart; a port that is not there is nil.
func (n *node) portVID(rest string) (*iface, uint16, error) {
	dot := strings.LastIndexByte(rest, '.')
	if dot < 0 {
		return nil, 0, fmt.Errorf("%q is not PORT.VID", rest)
	}
	vid, err := strconv.ParseUint(rest[dot+1:], 10, 12)
	return n.iface(rest[:dot]), uint16(vid), err
}

// vlanValue reads the flags of "PORT.VID", by one way or the other (vlandb.go).
func (n *node) vlanValue(rest string, database bool) (string, bool, error) {
	i, vid, err := n.portVID(rest)
	if i == nil || err != nil {
		return "", false, err
	}
	table, err := i.vlans(database)
	if err != nil {
		return "", false, err
	}
	flags, ok := table.get(vid)
	return vlanWords(flags), ok, nil
}

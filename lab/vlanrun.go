package lab

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/vishvananda/netlink/nl"

	"netverify/scenarios"
)

// vlanRun are VLANs in a row that have the same BRIDGE_VLAN_INFO_* flags: one
// entry in all that the kernel is told of VLANs, and in all that it tells.
type vlanRun struct{ from, to, flags uint16 } // from and to are inclusive

func oneVLAN(vid int, flags uint16) vlanRun { return vlanRun{uint16(vid), uint16(vid), flags} }

// runOf are the VLANs of a port that one entry of `vlans` means.
func runOf(v scenarios.PortVLAN) vlanRun {
	r := v.Range()
	return vlanRun{uint16(r.From), uint16(r.To), flagsOfWords(v.Flags)}
}

// String returns "10" or "10-20".
func (r vlanRun) String() string {
	if r.from == r.to {
		return fmt.Sprint(r.from)
	}
	return fmt.Sprintf("%d-%d", r.from, r.to)
}

// infos are the struct bridge_vlan_info of a run.
func (r vlanRun) infos() [][]byte {
	info := func(flags, vid uint16) []byte {
		return binary.NativeEndian.AppendUint16(binary.NativeEndian.AppendUint16(nil, flags), vid)
	}
	if r.from == r.to {
		return [][]byte{info(r.flags, r.from)}
	}
	return [][]byte{info(r.flags|nl.BRIDGE_VLAN_INFO_RANGE_BEGIN, r.from), info(r.flags|nl.BRIDGE_VLAN_INFO_RANGE_END, r.to)}
}

// vlanTable are the VLANs of one port, in as few runs as there are, ids rising.
// The kernel takes no PVID as part of a run (br_vlan_valid_range in
// net/bridge/br_private.h); a port has but one.
type vlanTable []vlanRun

// set returns the table in which the VLANs of a run are so, whatever they were.
func (t vlanTable) set(r vlanRun) vlanTable {
	if r.from > r.to {
		return t
	}
	if n := len(t); n == 0 || t[n-1].to < r.from { // the usual order: nothing is moved
		return append(t, r).joined(n)
	}
	t = t.cut(r)
	at, _ := slices.BinarySearchFunc(t, r.from, func(x vlanRun, vid uint16) int { return int(x.from) - int(vid) })
	return slices.Insert(t, at, r).joined(at + 1).joined(at)
}

// joined makes the runs n-1 and n one where nothing tells them apart.
func (t vlanTable) joined(n int) vlanTable {
	if n < 1 || n >= len(t) || t[n-1].to+1 != t[n].from || t[n-1].flags != t[n].flags {
		return t
	}
	t[n-1].to = t[n].to
	return slices.Delete(t, n, n+1)
}

// cut returns the table without the VLANs of a run.
func (t vlanTable) cut(r vlanRun) (out vlanTable) {
	for _, x := range t {
		if x.to < r.from || x.from > r.to {
			out = append(out, x)
			continue
		}
		if x.from < r.from {
			out = append(out, vlanRun{x.from, r.from - 1, x.flags})
		}
		if x.to > r.to {
			out = append(out, vlanRun{r.to + 1, x.to, x.flags})
		}
	}
	return out
}

// get returns the flags of a VLAN.
func (t vlanTable) get(vid uint16) (flags uint16, there bool) {
	for _, r := range t {
		if r.from <= vid && vid <= r.to {
			return r.flags, true
		}
	}
	return 0, false
}

// minus are the VLANs that another table has not, or with other flags.
func (t vlanTable) minus(other vlanTable) (out vlanTable) {
	first := 0
	for _, r := range t {
		for first < len(other) && other[first].to < r.from {
			first++
		}
		from := r.from
		for _, o := range other[first:] {
			if o.from > r.to {
				break
			}
			if o.flags != r.flags {
				continue
			}
			if o.from > from {
				out = append(out, vlanRun{from, o.from - 1, r.flags})
			}
			from = o.to + 1
		}
		if from <= r.to {
			out = append(out, vlanRun{from, r.to, r.flags})
		}
	}
	return out
}

// parseVLANs reads the VLANs that an IFLA_AF_SPEC of a bridge port lists. A run
// without its begin is the VLAN that is there.
func parseVLANs(spec []byte) (t vlanTable) {
	begin := uint16(0)
	eachAttr(spec, func(typ int, b []byte) {
		if typ != nl.IFLA_BRIDGE_VLAN_INFO || len(b) < 4 {
			return
		}
		flags, vid := binary.NativeEndian.Uint16(b), binary.NativeEndian.Uint16(b[2:])
		if flags&nl.BRIDGE_VLAN_INFO_RANGE_BEGIN != 0 {
			begin = vid
			return
		}
		first := vid
		if flags&nl.BRIDGE_VLAN_INFO_RANGE_END != 0 && begin != 0 {
			first = min(begin, vid)
		}
		begin = 0
		t = t.set(vlanRun{first, vid, flags & vlanNative})
	})
	return t
}

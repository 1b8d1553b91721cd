package lab

import (
	"encoding/binary"
	"fmt"
	"slices"
	"testing"

	"netverify/assert"
	"netverify/scenarios"
)

// TestTheDatabaseOfVLANsSaysWhatTheLinkSays compares the two ways in which the
// kernel tells the VLANs of a port: the second tells those in a row at once.
func TestTheDatabaseOfVLANsSaysWhatTheLinkSays(t *testing.T) {
	l := buildIf(t, scenarios.FeatureBridgeVLANFiltering, "sw", vlanSwitch())
	if l == nil {
		return
	}
	for _, port := range []string{"p1", "p2"} {
		for vid := 1; vid < 110; vid++ {
			key := fmt.Sprintf("%s.%d", port, vid)
			values, err := l.State([]assert.StateWant{{Target: "sw", Key: "vlan." + key}, {Target: "sw", Key: "vlandb." + key}})
			if err != nil {
				t.Fatal(err)
			}
			if a, b := values[0], values[1]; a.Value != b.Value || a.Absent != b.Absent {
				t.Errorf("%s: with the link %+v, of the database %+v", key, a, b)
			}
		}
	}
}

// TestARangeOfTheDatabaseIsAllItsVLANs reads entries as br_vlan_fill_vids of
// net/bridge/br_vlan.c writes them, and broken ones.
func TestARangeOfTheDatabaseIsAllItsVLANs(t *testing.T) {
	info := func(flags, vid uint16) []byte {
		return binary.NativeEndian.AppendUint16(binary.NativeEndian.AppendUint16(nil, flags), vid)
	}
	last := func(vid uint16) []byte { return binary.NativeEndian.AppendUint16(nil, vid) }
	var table vlanTable
	for _, a := range []attrs{
		{vlandbEntryInfo: info(vlanNative, 1)},
		{vlandbEntryInfo: info(0, 10), vlandbEntryRange: last(12)},
		{vlandbEntryInfo: info(vlanUntagged, 4094), vlandbEntryRange: last(3)}, // no range
		{vlandbEntryInfo: {0}},
		{},
	} {
		table = table.addEntry(a)
	}
	want := tableOf{1: vlanNative, 10: 0, 11: 0, 12: 0, 4094: vlanUntagged}.table()
	if !slices.Equal(table, want) {
		t.Errorf("got %v, want %v", table, want)
	}
}

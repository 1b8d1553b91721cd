package lab

import (
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

	"netverify/assert"
	"netverify/recording"
	"netverify/scenarios"
)

func vlanOption(t *testing.T, keys []scenarios.VLANOptionKey, vid int, key string, value uint64) scenarios.VLANOption {
	t.Helper()
	k, ok := scenarios.OptionOf(keys, key)
	a, known := scenarios.AttributeNamed(k.Attribute)
	if !ok || !known {
		t.Fatalf("no option %s", key)
	}
	return scenarios.VLANOption{VID: vid, Key: key, Attribute: a, Value: value}
}

// TestOptionsOfVLANsAreSetAndReadBack: of a port and of a bridge, where the kernel
// has them; of a VLAN that is not there the kernel's refusal is told as one.
func TestOptionsOfVLANsAreSetAndReadBack(t *testing.T) {
	l := buildIf(t, scenarios.FeatureBridgeVLANFiltering, "sw", vlanSwitch())
	if l == nil {
		return
	}
	var vid int
	for v := 1; v < 4095 && vid == 0; v++ {
		if l.node("sw").hasVLAN(l.iface(recording.Ref{Node: "sw", Iface: "p1"}), v) {
			vid = v
		}
	}
	state := vlanOption(t, scenarios.VLANSetKeys, vid, "state", 4)
	mustSet(t, l, setIface("sw:p1", scenarios.InterfaceSet{Port: &scenarios.Port{VLANOptions: []scenarios.VLANOption{state}}}))
	rest := fmt.Sprintf("p1.%d.state", vid)
	values, err := l.State([]assert.StateWant{{Target: "sw", Key: "vlan_set." + rest}})
	if err != nil || values[0].Value != "blocking" {
		t.Errorf("%s is %+v, %v; want blocking", rest, values, err)
	}
	snooping := vlanOption(t, scenarios.VLANGlobalKeys, vid, "mcast_snooping", 0)
	err = l.Set(setNode("sw", scenarios.NodeSet{Bridge: &scenarios.Bridge{VLANGlobal: []scenarios.VLANOption{snooping}}}))
	var lacking *Unsupported
	if err != nil && (!errors.As(err, &lacking) || lacking.Feature.Name != snooping.Name) { // before Linux 5.15
		t.Error(err)
	}
	state.VID = 4094
	if err := l.Set(setIface("sw:p1", scenarios.InterfaceSet{Port: &scenarios.Port{VLANOptions: []scenarios.VLANOption{state}}})); err == nil || errors.As(err, &lacking) {
		t.Errorf("an option of a VLAN that the port is not in: %v", err)
	}
}

func TestOptionsOfVLANsInARowAreThoseOfEach(t *testing.T) {
	table := optionTable{}
	table.add(attrs{3: {1}}, 10, 12)
	table.add(attrs{3: {2}}, 20, 0)
	for vid, want := range map[uint16]uint8{9: 0, 10: 1, 11: 1, 12: 1, 13: 0, 20: 2, 21: 0} {
		if got := table[vid].u8(3); got != want {
			t.Errorf("VLAN %d: %d, want %d", vid, got, want)
		}
	}
}

func TestOptionsOfVLANsInTheWordsOfTheLanguage(t *testing.T) {
	for _, tt := range []struct {
		kind         scenarios.VLANOptionKind
		number, want string
	}{
		{scenarios.OptionFlag, "1", "true"}, {scenarios.OptionFlag, "0", "false"}, {scenarios.OptionNumber, "3", "3"},
		{scenarios.OptionTime, "25", "250ms"}, {scenarios.OptionState, "4", "blocking"}, {scenarios.OptionState, "0", "disabled"},
	} {
		if got := optionWord(tt.kind, tt.number); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.number, got, tt.want)
		}
	}
}

func TestCountersOfAVLAN(t *testing.T) {
	count := func(typ uint16, n uint64) []byte {
		b := binary.NativeEndian.AppendUint16(nil, 12)
		b = binary.NativeEndian.AppendUint16(b, typ)
		return binary.NativeEndian.AppendUint64(b, n)
	}
	a := attrs{vlandbEntryStats: append(append(count(1, 1000), count(2, 10)...), count(4, 7)...)}
	for key, want := range map[string]string{"rx_bytes": "1000", "rx_packets": "10", "tx_packets": "7", "tx_bytes": ""} {
		if got, ok, err := vlanCounter(a, key); got != want || ok != (want != "") || err != nil {
			t.Errorf("%s: %q, %v, %v; want %q", key, got, ok, err, want)
		}
	}
}

package lab

import (
	"encoding/binary"
	"maps"
	"testing"

	"github.com/vishvananda/netlink/nl"

	"netverify/scenarios"
)

// TestTunnelsOfARange reads entries as br_fill_vlan_tunnel_info of
// net/bridge/br_netlink_tunnel.c writes them, and an end without a beginning.
func TestTunnelsOfARange(t *testing.T) {
	entry := func(vid, flags uint16, id uint32) attrs {
		return attrs{
			nl.IFLA_BRIDGE_VLAN_TUNNEL_VID:   binary.NativeEndian.AppendUint16(nil, vid),
			nl.IFLA_BRIDGE_VLAN_TUNNEL_FLAGS: binary.NativeEndian.AppendUint16(nil, flags),
			nl.IFLA_BRIDGE_VLAN_TUNNEL_ID:    binary.NativeEndian.AppendUint32(nil, id),
		}
	}
	ids := map[uint16]uint32{}
	addTunnels(ids, []attrs{
		entry(5, 0, 500),
		entry(10, nl.BRIDGE_VLAN_INFO_RANGE_BEGIN, 1000),
		entry(13, nl.BRIDGE_VLAN_INFO_RANGE_END, 1003),
		entry(20, nl.BRIDGE_VLAN_INFO_RANGE_END, 2000),
	})
	want := map[uint16]uint32{5: 500, 10: 1000, 11: 1001, 12: 1002, 13: 1003}
	if !maps.Equal(ids, want) {
		t.Errorf("got %v, want %v", ids, want)
	}
}

func TestTunnelsThatAreNotAsAsked(t *testing.T) {
	have := map[uint16]uint32{10: 1000, 12: 2012, 13: 2013}
	for _, tt := range []struct {
		name  string
		asked scenarios.PortTunnel
		good  bool
	}{
		{"as asked", scenarios.PortTunnel{VID: 10, ID: 1000}, true},
		{"another id", scenarios.PortTunnel{VID: 10, ID: 1001}, false},
		{"a range", scenarios.PortTunnel{VID: 12, Last: 13, ID: 2012}, true},
		{"a range that is longer", scenarios.PortTunnel{VID: 12, Last: 14, ID: 2012}, false},
		{"gone", scenarios.PortTunnel{VID: 11, Gone: true}, true},
		{"not gone", scenarios.PortTunnel{VID: 13, Gone: true}, false},
		{"a range of which one is not gone", scenarios.PortTunnel{VID: 11, Last: 12, Gone: true}, false},
	} {
		if err := checkTunnels(tt.asked, have); (err == nil) != tt.good {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if n := len(tunnelInfos(scenarios.PortTunnel{VID: 12, Last: 14, ID: 2012})); n != 2 {
		t.Errorf("a range is %d attributes, not its first and its last", n)
	}
}

func TestVLANsAreGivenTunnels(t *testing.T) {
	plan := vlanSwitch()
	plan.Nodes[0].Interfaces[0].Port.Tunnels = []scenarios.PortTunnel{{VID: 10, ID: 1000}, {VID: 11, ID: 1001}, {VID: 12, ID: 7}}
	l := buildIf(t, scenarios.FeatureBridgeVLANFiltering, "sw", plan)
	if l == nil {
		return
	}
	expect(t, l, [3]string{"sw", "tunnel.p1.10", "1000"}, [3]string{"sw", "tunnel.p1.11", "1001"}, [3]string{"sw", "tunnel.p1.12", "7"},
		[3]string{"sw", "tunnel.p1.100", "absent"}, [3]string{"sw", "tunnel.p2.10", "absent"},
		[3]string{"sw:p1", "vlan_tunnel", "true"}, [3]string{"sw:p2", "vlan_tunnel", "false"})
}

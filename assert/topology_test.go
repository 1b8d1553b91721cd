package assert

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFactsAreTheTopologyInWords(t *testing.T) {
	top := Topology{Nodes: []Node{
		{Name: "gw", Kind: "router", Forwards: []string{"IPv4", "IPv6"}, Interfaces: []Interface{
			{Name: "eth0", Kind: "veth", Peer: "sw:p1", MAC: "02:00:00:00:00:01", MTU: 1500, State: "up", Addresses: []string{"192.0.2.1/24"}},
			{Name: "v10", Kind: "vlan", Link: "gw:eth0", VLAN: VLAN{Protocol: "802.1Q", ID: 10}, MAC: "02:00:00:00:00:01", MTU: 1500, State: "up",
				Offloads: Offloads{On: []string{"rx-gro"}, Fixed: []string{"checksum"}}},
			{Name: "m0", Kind: "macvlan", Mode: "source", Link: "gw:eth0", Options: map[string]string{"nodst": "true", "sources": "02:00:00:00:00:09"},
				MAC: "02:00:00:00:00:02", MTU: 1500, State: "down", Offloads: Offloads{Unknown: true}},
		}},
		{Name: "sw", Kind: "switch", Interfaces: []Interface{
			{Name: "lo", Kind: "loopback", State: "down", MTU: 65536},
			{Name: "br0", Kind: "bridge", Options: map[string]string{"stp": "false", "vlan_filtering": "true"}, MAC: "02:00:00:00:00:03", MTU: 1500, State: "up"},
			{Name: "p1", Kind: "veth", Peer: "gw:eth0", Master: "br0", Options: map[string]string{"hairpin": "true", "learning": "false", "port_state": "blocking"},
				MAC: "02:00:00:00:00:04", MTU: 1500, State: "up"},
		}},
		{Name: "lost", Trouble: "no such device"},
	}}
	want := []Fact{
		{Key: "gw", Value: "forwards IPv4"},
		{Key: "gw:eth0", Value: "veth to sw:p1, MAC 02:00:00:00:00:01, MTU 1500, up, 192.0.2.1/24, offloads off"},
		{Key: "gw:v10", Value: "vlan 802.1Q 10 on gw:eth0, MAC 02:00:00:00:00:01, MTU 1500, up, offloads on: rx-gro (but for checksum, which cannot be changed)"},
		{Key: "gw:m0", Value: "macvlan source nodst on gw:eth0, sources 02:00:00:00:00:09, MAC 02:00:00:00:00:02, MTU 1500, down, offloads unknown"},
		{Key: "sw:lo", Value: "loopback, MTU 65536, down"},
		{Key: "sw:br0", Value: "bridge, stp off, vlan_filtering on, MAC 02:00:00:00:00:03, MTU 1500, up, offloads off"},
		{Key: "sw:p1", Value: "veth to gw:eth0, port of br0 hairpin on learning off blocking, MAC 02:00:00:00:00:04, MTU 1500, up, offloads off"},
		{Key: "lost", Value: "cannot be read: no such device"},
	}
	if diff := cmp.Diff(want, top.Facts()); diff != "" {
		t.Error(diff)
	}
}

package scenarios

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestWhatCameLaterNamesItsCommit: features, and attributes that a scenario can ask for.
func TestWhatCameLaterNamesItsCommit(t *testing.T) {
	hash := regexp.MustCompile("^[0-9a-f]{12}$")
	for _, f := range Features {
		if a, younger := f.CameWith(); younger && (a.Version == Version{} || !hash.MatchString(a.Commit)) {
			t.Errorf("%s: %+v", f.Name, a)
		}
	}
	for i := range Attributes {
		a := &Attributes[i]
		if young := a.Since != (Version{}); young && a.Key != "" && !hash.MatchString(a.By) || !young && a.By != "" {
			t.Errorf("%s: since %v by %q", a.Name, a.Since, a.By)
		}
	}
	if got := (Arrival{Version{5, 18, 0}, "a21d9a670d81"}).String(); got != "Linux 5.18 (commit a21d9a670d81)" {
		t.Error(got)
	}
}

// TestTheOptionOfAnAttribute is that under which the kernel tells it, which in a
// bridge is not CONFIG_BRIDGE for all.
func TestTheOptionOfAnAttribute(t *testing.T) {
	for name, want := range map[string]string{
		"IFLA_BR_FDB_MAX_LEARNED": "CONFIG_BRIDGE", "IFLA_BR_VLAN_FILTERING": "CONFIG_BRIDGE", "IFLA_BRPORT_MCAST_FLOOD": "CONFIG_BRIDGE",
		"IFLA_BRPORT_MCAST_TO_UCAST": "CONFIG_BRIDGE", "IFLA_BRPORT_FAST_LEAVE": "CONFIG_BRIDGE", "BR_BOOLOPT_FDB_LOCAL_VLAN_0": "CONFIG_BRIDGE",
		"IFLA_BR_MCAST_QUERIER": "CONFIG_BRIDGE_IGMP_SNOOPING", "IFLA_BRPORT_MCAST_EHT_HOSTS_LIMIT": "CONFIG_BRIDGE_IGMP_SNOOPING",
		"IFLA_BRPORT_MULTICAST_ROUTER": "CONFIG_BRIDGE_IGMP_SNOOPING", "BR_BOOLOPT_MCAST_VLAN_SNOOPING": "CONFIG_BRIDGE_IGMP_SNOOPING",
		"BRIDGE_VLANDB_GOPTS_MCAST_QUERIER": "CONFIG_BRIDGE_IGMP_SNOOPING", "BRIDGE_VLANDB_GOPTS_MSTI": "CONFIG_BRIDGE_VLAN_FILTERING",
		"IFLA_BR_VLAN_STATS_ENABLED": "CONFIG_BRIDGE_VLAN_FILTERING", "BR_BOOLOPT_MST_ENABLE": "CONFIG_BRIDGE_VLAN_FILTERING",
		"IFLA_BR_MCAST_MLD_VERSION": "CONFIG_IPV6", "IFLA_MACVLAN_BC_CUTOFF": "CONFIG_MACVLAN", "IFLA_BOND_RESEND_IGMP": "CONFIG_BONDING",
	} {
		a, ok := AttributeNamed(name)
		if f := a.Feature(); !ok || f.Config != want || f.Name != name {
			t.Errorf("%s: %+v, want %s", name, f, want)
		}
	}
}

// TestAnAttributeNeedsItsOption, wherever it is asked for.
func TestAnAttributeNeedsItsOption(t *testing.T) {
	const lab = `
name: test/needs
title: x
topology:
  switches: {sw: {SWITCH ports: {p1: {PORT}}}}
  hosts: {a: {interfaces: {eth0: {cable: "sw:p1"}}}}
steps:
  - name: x
    set: {SET}
    expect: {state: {"sw:p1": {mtu: 1500}}}
`
	for _, tt := range []struct{ where, with, need string }{
		{"SWITCH", "attributes: {IFLA_BR_MCAST_QUERIER: 1}, ", FeatureBridgeSnooping},
		{"SWITCH", "attributes: {IFLA_BR_VLAN_STATS_ENABLED: 1}, ", FeatureBridgeVLANFiltering},
		{"SWITCH", "mcast_snooping: true, ", FeatureBridgeSnooping},
		{"SWITCH", "mcast_vlan_snooping: true, ", FeatureBridgeSnooping + " " + FeatureBridgeVLANFiltering},
		{"SWITCH", "attributes: {IFLA_BR_PRIORITY: 1}, ", ""},
		{"PORT", "attributes: {IFLA_BRPORT_MULTICAST_ROUTER: 2}", FeatureBridgeSnooping},
		{"SET", `"sw:p1": {attributes: {IFLA_BRPORT_MCAST_EHT_HOSTS_LIMIT: 2}}`, FeatureBridgeSnooping},
		{"SET", `sw: {attributes: {IFLA_BR_MCAST_MLD_VERSION: 2}}`, FeatureIPv6},
		{"SET", `"sw:p1": {attributes: {IFLA_BRPORT_PRIORITY: 2}}`, ""},
	} {
		t.Run(tt.with, func(t *testing.T) {
			text := lab
			for _, w := range []string{"SWITCH", "PORT", "SET"} {
				with := map[string]string{"SWITCH": "", "PORT": "", "SET": `a: {lo: up}`}[w]
				if w == tt.where {
					with = tt.with
				}
				text = regexp.MustCompile(w).ReplaceAllLiteralString(text, with)
			}
			plans, err := LoadBytes("needs.yaml", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{FeatureBridgeSnooping, FeatureBridgeVLANFiltering, FeatureIPv6} {
				has := false
				for _, f := range plans[0].Needs {
					has = has || f.Name == name
				}
				if has != slices.Contains(strings.Fields(tt.need), name) {
					t.Errorf("needs %s: %v", name, has)
				}
			}
		})
	}
}

package kernels

import (
	"slices"

	"netverify/scenarios"
)

// featureModules says which modules give a kernel what a scenario may need
// (scenarios.Features). What these stand on is found by Resolve: llc and stp
// below bridge, tap below macvtap, ipv6 below half of them. A feature that no
// kernel has as a module (network namespaces, VLAN filtering of a bridge) has
// no row. br_netfilter is left out on purpose: it would give frames on a bridge
// to the IP layer's hooks, and a lab's switch is to be none.
var featureModules = map[string][]string{
	scenarios.FeaturePacket:              {"af_packet"},
	scenarios.FeatureIPv6:                {"ipv6"},
	scenarios.FeatureVeth:                {"veth"},
	scenarios.FeatureMacvlan:             {"macvlan"},
	scenarios.FeatureMacvlanSource:       {"macvlan"},
	scenarios.FeatureMacvlanNoDst:        {"macvlan"},
	scenarios.FeatureMacvlanBCQueueLen:   {"macvlan"},
	scenarios.FeatureMacvlanBCLim:        {"macvlan"},
	scenarios.FeatureMacvtap:             {"macvtap"},
	scenarios.FeatureMacvtapQueue:        {"macvtap"},
	scenarios.FeatureIpvlan:              {"ipvlan"},
	scenarios.FeatureIpvlanL3S:           {"ipvlan"},
	scenarios.FeatureVLAN:                {"8021q"},
	scenarios.FeatureBridge:              {"bridge"},
	scenarios.FeatureBridgePortIsolated:  {"bridge"},
	scenarios.FeatureBridgePortLocked:    {"bridge"},
	scenarios.FeatureBridgeFDBSticky:     {"bridge"},
	scenarios.FeatureBridgeFDBFlush:      {"bridge"},
	scenarios.FeatureBridgeMDBL2:         {"bridge"},
	scenarios.FeatureBridgeMDBSources:    {"bridge"},
	scenarios.FeatureBridgeSnooping:      {"bridge"},
	scenarios.FeatureBridgeVLANFiltering: {"bridge"},
	scenarios.FeatureBond:                {"bonding"},
	scenarios.FeatureDummy:               {"dummy"},
	scenarios.FeatureTun:                 {"tun"},
	scenarios.FeatureIPIP:                {"ipip"},
	scenarios.FeatureSIT:                 {"sit"},
	scenarios.FeatureVRF:                 {"vrf"},
	scenarios.FeatureNFTables:            {"nf_tables"},
	scenarios.FeatureNFTablesInet:        {"nf_tables"},
}

// extraModules are kept in the cache beside those of features: what a guest
// itself uses, and what a scenario's author may load by name.
var extraModules = []string{
	"qemu_fw_cfg", // files handed to the guest by QEMU
	"ifb",         // links
	"nft_ct", "nft_meta_bridge", "sch_ingress", "cls_u32", "act_mirred",
	"sch_netem", "sch_tbf",
}

// moduleOptions are the options behind modules whose name says nothing of them
// and that no feature has.
var moduleOptions = map[string][]string{
	"CONFIG_FW_CFG_SYSFS": {"qemu_fw_cfg"},
	"CONFIG_TAP":          {"tap"},
	"CONFIG_LLC":          {"llc"},
	"CONFIG_STP":          {"stp"},
}

// FeatureModules are the modules that the features need, each once, sorted; what
// they depend on is left to Resolve. A feature without modules adds none.
func FeatureModules(features ...scenarios.Feature) []string {
	var out []string
	for _, f := range features {
		out = append(out, featureModules[f.Name]...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// keptModules are the names whose modules a cache entry keeps, together with
// what they depend on.
func keptModules() []string {
	out := slices.Clone(extraModules)
	for _, m := range featureModules {
		out = append(out, m...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// optionModules are the modules that a configuration option makes.
func optionModules(option string) []string {
	out := slices.Clone(moduleOptions[option])
	for _, f := range scenarios.Features {
		// Part of a module, not one: "y" in a bridge, say, that is "m".
		part := f.Name == scenarios.FeatureBridgeVLANFiltering || f.Name == scenarios.FeatureNFTablesInet || f.Name == scenarios.FeatureIpvlanL3S
		if f.Config == option && !part {
			out = append(out, featureModules[f.Name]...)
		}
	}
	return out
}

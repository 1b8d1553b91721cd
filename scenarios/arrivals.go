package scenarios

import (
	"fmt"
	"strings"
)

// Arrival is what brought a feature, or an attribute, that is younger than what
// it is part of.
type Arrival struct {
	Version Version // the first release of Linus Torvalds' tree with it
	Commit  string  // "a21d9a670d81"; of a series the one by which programs ask for it
}

// String returns "Linux 5.18 (commit a21d9a670d81)".
func (a Arrival) String() string {
	if a.Commit == "" {
		return "Linux " + a.Version.String()
	}
	return fmt.Sprintf("Linux %s (commit %s)", a.Version, a.Commit)
}

// cameWith are the features that came later than the option that they are under.
var cameWith = map[string]Arrival{
	FeatureMacvlanSource:      {Version{3, 18, 0}, "79cf79abce71"},
	FeatureMacvlanNoDst:       {Version{5, 13, 0}, "427f0c8c194b"},
	FeatureMacvlanBCQueueLen:  {Version{5, 11, 0}, "d4bff72c8401"},
	FeatureMacvlanBCLim:       {Version{6, 4, 0}, "954d1fa1ac93"},
	FeatureBridgePortIsolated: {Version{4, 18, 0}, "7d850abd5f4e"},
	FeatureBridgePortLocked:   {Version{5, 18, 0}, "a21d9a670d81"},
	FeatureBridgeFDBSticky:    {Version{4, 20, 0}, "435f2e7cc0b7"},
	FeatureBridgeFDBFlush:     {Version{5, 19, 0}, "edaef1917224"},
	FeatureBridgeMDBSources:   {Version{6, 2, 0}, "6afaae6d12f5"},
	FeatureBridgeMDBL2:        {Version{5, 11, 0}, "955062b03fa6"},
}

// CameWith returns what brought a feature that came later than the option that
// it is under; false for the others.
func (f Feature) CameWith() (Arrival, bool) {
	if a, ok := AttributeNamed(f.Name); ok {
		return a.Arrival(), a.Since != Version{}
	}
	a, ok := cameWith[f.Name]
	return a, ok
}

// Arrival is what brought the attribute; the zero Arrival where that is older
// than the oldest kernel that is tested.
func (a *Attribute) Arrival() Arrival { return Arrival{a.Since, a.By} }

// Feature is what a kernel lacks that does not know the attribute.
func (a *Attribute) Feature() Feature { return Feature{Name: a.Name, Config: a.config()} }

// attributeConfig is the kernel option behind those that have an attribute.
var attributeConfig = map[string]string{
	"bridge": "CONFIG_BRIDGE", "bridge port": "CONFIG_BRIDGE", "macvlan": "CONFIG_MACVLAN", "vlan": "CONFIG_VLAN_8021Q",
	"ipvlan": "CONFIG_IPVLAN", "veth": "CONFIG_VETH", "bond": "CONFIG_BONDING", "bond member": "CONFIG_BONDING",
	optionBits: "CONFIG_BRIDGE", "VLAN of a bridge port": "CONFIG_BRIDGE_VLAN_FILTERING", "VLAN of a bridge": "CONFIG_BRIDGE_VLAN_FILTERING",
}

// config is the option without which a kernel neither takes nor tells an
// attribute (net/bridge/br_netlink.c:br_fill_info, br_port_fill_attrs,
// br_vlan_options.c:br_vlan_opts_fill, br_vlan_global_opts_fill): in a bridge
// there are several. What is told by each bridge, though it is about multicast,
// are the flags of ports.
func (a *Attribute) config() string {
	name := a.Name
	always := name == "IFLA_BRPORT_MCAST_FLOOD" || name == "IFLA_BRPORT_MCAST_TO_UCAST"
	switch {
	case attributeConfig[a.Of] == "CONFIG_MACVLAN" || attributeConfig[a.Of] == "CONFIG_BONDING":
	case strings.HasSuffix(name, "_MLD_VERSION"):
		return "CONFIG_IPV6"
	case (strings.Contains(name, "_MCAST_") || strings.HasSuffix(name, "_MULTICAST_ROUTER")) && !always:
		return "CONFIG_BRIDGE_IGMP_SNOOPING"
	case strings.HasPrefix(name, "IFLA_BR_NF_CALL_"):
		return "CONFIG_BRIDGE_NETFILTER"
	case strings.HasPrefix(name, "IFLA_BR_VLAN_") && name != "IFLA_BR_VLAN_FILTERING", name == "BR_BOOLOPT_MST_ENABLE":
		return "CONFIG_BRIDGE_VLAN_FILTERING"
	}
	return attributeConfig[a.Of]
}

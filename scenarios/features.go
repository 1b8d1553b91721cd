package scenarios

// The names of what a kernel may lack. A plan lists them in Plan.Needs; the
// lab finds out by trying (see lab.Probe), never by a version number.
const (
	FeatureNetns               = "netns"
	FeaturePacket              = "packet-socket"
	FeatureIPv6                = "ipv6"
	FeatureVeth                = "veth"
	FeatureMacvlan             = "macvlan"
	FeatureMacvlanSource       = "macvlan-source"
	FeatureMacvlanNoDst        = "macvlan-nodst"
	FeatureMacvlanBCQueueLen   = "macvlan-bcqueuelen"
	FeatureMacvlanBCLim        = "macvlan-bclim"
	FeatureMacvtap             = "macvtap"
	FeatureMacvtapQueue        = "macvtap-queue"
	FeatureIpvlan              = "ipvlan"
	FeatureIpvlanL3S           = "ipvlan-l3s"
	FeatureVLAN                = "vlan"
	FeatureBridge              = "bridge"
	FeatureBridgeVLANFiltering = "bridge-vlan-filtering"
	FeatureBridgePortIsolated  = "bridge-port-isolated"
	FeatureBridgePortLocked    = "bridge-port-locked"
	FeatureBridgeFDBSticky     = "bridge-fdb-sticky"
	FeatureBridgeFDBFlush      = "bridge-fdb-flush"
	FeatureBridgeMDBL2         = "bridge-mdb-l2"
	FeatureBridgeMDBSources    = "bridge-mdb-sources"
	FeatureBridgeSnooping      = "bridge-snooping"
	FeatureBond                = "bond"
	FeatureDummy               = "dummy"
	FeatureTun                 = "tun"
	FeatureIPIP                = "ipip"
	FeatureSIT                 = "sit"
	FeatureVRF                 = "vrf"
	FeatureNFTables            = "nftables"
	FeatureNFTablesInet        = "nftables-inet"
)

// FeatureInfo is a Feature with its meaning.
type FeatureInfo struct {
	Feature
	Doc string // what a kernel without it cannot do, one clause
}

// Features are all features that a plan may need, what others stand on first:
// the fixed order of Plan.Needs. Where one option hides several features, the
// later ones came to the kernel later, under the same option.
var Features = []FeatureInfo{
	{Feature{FeatureNetns, "CONFIG_NET_NS"}, "network namespaces: every node is one"},
	{Feature{FeaturePacket, "CONFIG_PACKET"}, "packet sockets: every tap and every crafted frame"},
	{Feature{FeatureIPv6, "CONFIG_IPV6"}, "IPv6 addresses, routes and neighbours"},
	{Feature{FeatureVeth, "CONFIG_VETH"}, "cables between nodes"},
	{Feature{FeatureMacvlan, "CONFIG_MACVLAN"}, "macvlan in the modes private, vepa, bridge and passthru"},
	{Feature{FeatureMacvlanSource, "CONFIG_MACVLAN"}, "macvlan's source mode with its list of senders (since Linux 3.18)"},
	{Feature{FeatureMacvlanNoDst, "CONFIG_MACVLAN"}, "macvlan's flag nodst (since Linux 5.13)"},
	{Feature{FeatureMacvlanBCQueueLen, "CONFIG_MACVLAN"}, "the length of macvlan's broadcast queue, bcqueuelen (since Linux 5.11)"},
	{Feature{FeatureMacvlanBCLim, "CONFIG_MACVLAN"}, "the number of receivers from which macvlan queues a multicast, bclim (since Linux 6.4)"},
	{Feature{FeatureMacvtap, "CONFIG_MACVTAP"}, "macvtap interfaces"},
	{Feature{FeatureMacvtapQueue, "CONFIG_MACVTAP"}, "frames through the character device of a macvtap, for root"},
	{Feature{FeatureIpvlan, "CONFIG_IPVLAN"}, "ipvlan interfaces"},
	{Feature{FeatureIpvlanL3S, "CONFIG_IPVLAN_L3S"}, "ipvlan in mode l3s"},
	{Feature{FeatureVLAN, "CONFIG_VLAN_8021Q"}, "VLAN interfaces (802.1Q and 802.1ad)"},
	{Feature{FeatureBridge, "CONFIG_BRIDGE"}, "bridges: every switch is one"},
	{Feature{FeatureBridgeVLANFiltering, "CONFIG_BRIDGE_VLAN_FILTERING"}, "VLANs on the ports of a switch: trunk, native, access"},
	{Feature{FeatureBridgePortIsolated, "CONFIG_BRIDGE"}, "isolated bridge ports (since Linux 4.18)"},
	{Feature{FeatureBridgePortLocked, "CONFIG_BRIDGE"}, "locked bridge ports (since Linux 5.18)"},
	{Feature{FeatureBridgeFDBSticky, "CONFIG_BRIDGE"}, "sticky entries of a forwarding database (since Linux 4.20)"},
	{Feature{FeatureBridgeFDBFlush, "CONFIG_BRIDGE"}, "flushing chosen entries of a forwarding database (since Linux 5.19)"},
	{Feature{FeatureBridgeSnooping, "CONFIG_BRIDGE_IGMP_SNOOPING"}, "multicast databases of bridges"},
	{Feature{FeatureBridgeMDBL2, "CONFIG_BRIDGE_IGMP_SNOOPING"}, "groups of no IP in a multicast database (since Linux 5.11)"},
	{Feature{FeatureBridgeMDBSources, "CONFIG_BRIDGE_IGMP_SNOOPING"}, "lists of senders in a multicast database (since Linux 6.2)"},
	{Feature{FeatureBond, "CONFIG_BONDING"}, "bonds"},
	{Feature{FeatureDummy, "CONFIG_DUMMY"}, "dummy interfaces"},
	{Feature{FeatureTun, "CONFIG_TUN"}, "interfaces of tun(4), for root"},
	{Feature{FeatureIPIP, "CONFIG_NET_IPIP"}, "tunnels of IPv4 in IPv4"},
	{Feature{FeatureSIT, "CONFIG_IPV6_SIT"}, "tunnels of IPv6 in IPv4"},
	{Feature{FeatureVRF, "CONFIG_NET_VRF"}, "routing domains (VRF)"},
	{Feature{FeatureNFTables, "CONFIG_NF_TABLES"}, "packet filters, firewall"},
	{Feature{FeatureNFTablesInet, "CONFIG_NF_TABLES_INET"}, "packet filters for IPv4 and IPv6 in one table, as firewall makes them"},
}

// FeatureNamed returns the feature of a name.
func FeatureNamed(name string) (Feature, bool) {
	for _, f := range Features {
		if f.Name == name {
			return f.Feature, true
		}
	}
	return Feature{}, false
}

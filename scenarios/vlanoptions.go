package scenarios

import (
	"slices"
	"strings"
	"time"
)

// vlanGlobalDoc are options of a VLAN on a whole bridge, in the words of
// `bridge vlan global set`.
type vlanGlobalDoc struct {
	loc
	McastSnooping        flag     `yaml:"mcast_snooping,omitempty" jsonschema_description:"IGMP and MLD snooping in this VLAN, where mcast_vlan_snooping is on. Kernel's default: true."`
	McastQuerier         flag     `yaml:"mcast_querier,omitempty" jsonschema_description:"The bridge asks for listeners in this VLAN. Kernel's default: false."`
	McastIGMPVersion     number   `yaml:"mcast_igmp_version,omitempty" jsonschema:"minimum=2,maximum=3" jsonschema_description:"Version of its IGMP queries. Kernel's default: 2."`
	McastMLDVersion      number   `yaml:"mcast_mld_version,omitempty" jsonschema:"minimum=1,maximum=2" jsonschema_description:"Version of its MLD queries. Kernel's default: 1."`
	LastMemberCount      number   `yaml:"mcast_last_member_count,omitempty" jsonschema:"minimum=0,maximum=4294967295" jsonschema_description:"How often it asks after a listener has left. Kernel's default: 2."`
	StartupQueryCount    number   `yaml:"mcast_startup_query_count,omitempty" jsonschema:"minimum=0,maximum=4294967295" jsonschema_description:"How many queries begin its asking. Kernel's default: 2."`
	LastMemberInterval   duration `yaml:"mcast_last_member_interval,omitempty" jsonschema_description:"Time between the questions after a listener has left. Kernel's default: 1s."`
	MembershipInterval   duration `yaml:"mcast_membership_interval,omitempty" jsonschema_description:"How long a listener is one that does not say it again. Kernel's default: 4m20s."`
	QuerierInterval      duration `yaml:"mcast_querier_interval,omitempty" jsonschema_description:"How long another querier is one that does not ask again. Kernel's default: 4m15s."`
	QueryInterval        duration `yaml:"mcast_query_interval,omitempty" jsonschema_description:"Time between two queries. Kernel's default: 2m5s."`
	QueryResponse        duration `yaml:"mcast_query_response_interval,omitempty" jsonschema_description:"How long listeners may take to answer. Kernel's default: 10s."`
	StartupQueryInterval duration `yaml:"mcast_startup_query_interval,omitempty" jsonschema_description:"Time between the queries that begin its asking. Kernel's default: 31.25s."`
	MSTI                 number   `yaml:"msti,omitempty" jsonschema:"minimum=0,maximum=4094" jsonschema_description:"Instance of the spanning tree that the VLAN belongs to, where mst_enabled is on. Kernel's default: 0."`
}

// vlanSetDoc are options of a VLAN on one port, in the words of `bridge vlan set`.
type vlanSetDoc struct {
	loc
	State            text   `yaml:"state,omitempty" jsonschema:"enum=disabled,enum=listening,enum=learning,enum=forwarding,enum=blocking" jsonschema_description:"Spanning tree state of the port in this VLAN. Kernel's default: forwarding."`
	McastRouter      number `yaml:"mcast_router,omitempty" jsonschema:"minimum=0,maximum=255" jsonschema_description:"Whether a multicast router is behind the port in this VLAN: 0 never, 1 if one is heard, 2 always, 3 for a while. Kernel's default: 1."`
	McastMaxGroups   number `yaml:"mcast_max_groups,omitempty" jsonschema:"minimum=0,maximum=4294967295" jsonschema_description:"Memberships that the port may have in this VLAN, 0 for any number. Kernel's default: 0."`
	NeighSuppress    flag   `yaml:"neigh_suppress,omitempty" jsonschema_description:"As neigh_suppress of the port, in this VLAN, where the port has IFLA_BRPORT_NEIGH_VLAN_SUPPRESS. Kernel's default: false."`
	NeighForwardGrat flag   `yaml:"neigh_forward_grat,omitempty" jsonschema_description:"As IFLA_BRPORT_NEIGH_FORWARD_GRAT of the port, in this VLAN. Kernel's default: false."`
}

// VLANOption is an option of one VLAN, of a bridge or of a port.
type VLANOption struct {
	Pos
	VID int
	Key string // "mcast_snooping", as in VLANOptionKeys
	Attribute
	Value uint64 // as the kernel has it: times in clock ticks of 10 ms
}

// MSTState is the state of a port in an instance of the spanning tree.
type MSTState struct {
	MSTI  int
	State string // as of Port.State
}

// VLANOptionKind is how the value of an option is written.
type VLANOptionKind uint8

// The kinds.
const (
	OptionNumber VLANOptionKind = iota
	OptionFlag
	OptionTime
	OptionState
)

// VLANOptionKey is a key of vlan_global or of vlan_set.
type VLANOptionKey struct {
	Key, Attribute string
	Kind           VLANOptionKind
}

// VLANGlobalKeys are those of vlan_global.
var VLANGlobalKeys = []VLANOptionKey{
	{"mcast_snooping", "BRIDGE_VLANDB_GOPTS_MCAST_SNOOPING", OptionFlag}, {"mcast_querier", "BRIDGE_VLANDB_GOPTS_MCAST_QUERIER", OptionFlag},
	{"mcast_igmp_version", "BRIDGE_VLANDB_GOPTS_MCAST_IGMP_VERSION", OptionNumber}, {"mcast_mld_version", "BRIDGE_VLANDB_GOPTS_MCAST_MLD_VERSION", OptionNumber},
	{"mcast_last_member_count", "BRIDGE_VLANDB_GOPTS_MCAST_LAST_MEMBER_CNT", OptionNumber}, {"mcast_startup_query_count", "BRIDGE_VLANDB_GOPTS_MCAST_STARTUP_QUERY_CNT", OptionNumber},
	{"mcast_last_member_interval", "BRIDGE_VLANDB_GOPTS_MCAST_LAST_MEMBER_INTVL", OptionTime}, {"mcast_membership_interval", "BRIDGE_VLANDB_GOPTS_MCAST_MEMBERSHIP_INTVL", OptionTime},
	{"mcast_querier_interval", "BRIDGE_VLANDB_GOPTS_MCAST_QUERIER_INTVL", OptionTime}, {"mcast_query_interval", "BRIDGE_VLANDB_GOPTS_MCAST_QUERY_INTVL", OptionTime},
	{"mcast_query_response_interval", "BRIDGE_VLANDB_GOPTS_MCAST_QUERY_RESPONSE_INTVL", OptionTime}, {"mcast_startup_query_interval", "BRIDGE_VLANDB_GOPTS_MCAST_STARTUP_QUERY_INTVL", OptionTime},
	{"msti", "BRIDGE_VLANDB_GOPTS_MSTI", OptionNumber},
}

// VLANSetKeys are those of vlan_set.
var VLANSetKeys = []VLANOptionKey{
	{"state", "BRIDGE_VLANDB_ENTRY_STATE", OptionState}, {"mcast_router", "BRIDGE_VLANDB_ENTRY_MCAST_ROUTER", OptionNumber},
	{"mcast_max_groups", "BRIDGE_VLANDB_ENTRY_MCAST_MAX_GROUPS", OptionNumber}, {"neigh_suppress", "BRIDGE_VLANDB_ENTRY_NEIGH_SUPPRESS", OptionFlag},
	{"neigh_forward_grat", "BRIDGE_VLANDB_ENTRY_NEIGH_FORWARD_GRAT", OptionFlag},
}

// PortStates are the states of the spanning tree in the order of their numbers
// (BR_STATE_* of linux/if_bridge.h).
var PortStates = []string{"disabled", "listening", "learning", "forwarding", "blocking"}

// written returns the value of a key, if it is written.
type written func(key string) (v uint64, ok bool)

func (doc *vlanGlobalDoc) value(key string) (uint64, bool) {
	switch key {
	case "mcast_snooping":
		return ofFlag(doc.McastSnooping)
	case "mcast_querier":
		return ofFlag(doc.McastQuerier)
	}
	if n, ok := map[string]number{
		"mcast_igmp_version": doc.McastIGMPVersion, "mcast_mld_version": doc.McastMLDVersion, "msti": doc.MSTI,
		"mcast_last_member_count": doc.LastMemberCount, "mcast_startup_query_count": doc.StartupQueryCount,
	}[key]; ok {
		return uint64(n.N), n.set()
	}
	d := map[string]duration{
		"mcast_last_member_interval": doc.LastMemberInterval, "mcast_membership_interval": doc.MembershipInterval,
		"mcast_querier_interval": doc.QuerierInterval, "mcast_query_interval": doc.QueryInterval,
		"mcast_query_response_interval": doc.QueryResponse, "mcast_startup_query_interval": doc.StartupQueryInterval,
	}[key]
	return uint64(d.D / (10 * time.Millisecond)), d.set()
}

func (doc *vlanSetDoc) value(key string) (uint64, bool) {
	switch key {
	case "state":
		return uint64(max(0, slices.Index(PortStates, doc.State.S))), doc.State.set()
	case "mcast_router":
		return uint64(doc.McastRouter.N), doc.McastRouter.set()
	case "mcast_max_groups":
		return uint64(doc.McastMaxGroups.N), doc.McastMaxGroups.set()
	case "neigh_forward_grat":
		return ofFlag(doc.NeighForwardGrat)
	}
	return ofFlag(doc.NeighSuppress)
}

func ofFlag(f flag) (uint64, bool) {
	if f.V {
		return 1, f.set()
	}
	return 0, f.set()
}

// vlanOptions reads the options of one VLAN.
func (r *resolver) vlanOptions(id text, keys []VLANOptionKey, value written) (list []VLANOption) {
	vid, ok := r.oneVID(id)
	if !ok {
		return nil
	}
	for _, k := range keys {
		if v, set := value(k.Key); set {
			a, _ := AttributeNamed(k.Attribute)
			list = append(list, VLANOption{Pos: id.pos(), VID: vid, Key: k.Key, Attribute: a, Value: v})
		}
	}
	return list
}

func (r *resolver) vlanGlobal(t table[vlanGlobalDoc]) (list []VLANOption) {
	for i := range t.Entries {
		list = append(list, r.vlanOptions(t.Entries[i].Key, VLANGlobalKeys, t.Entries[i].Value.value)...)
	}
	return list
}

func (r *resolver) vlanSetOf(t table[vlanSetDoc]) (list []VLANOption) {
	for i := range t.Entries {
		list = append(list, r.vlanOptions(t.Entries[i].Key, VLANSetKeys, t.Entries[i].Value.value)...)
	}
	return list
}

func (r *resolver) oneVID(t text) (int, bool) {
	s, ok := parseSpan(t.S)
	if !ok || s.Min != s.Max || s.Min < 1 || s.Max > 4094 {
		r.at(t.node, "%q is not a VLAN id from 1 to 4094", t.S)
		return 0, false
	}
	return s.Min, true
}

// mst reads the states of a port in the instances of the spanning tree. That of
// the instance 0 is the port's own state.
func (r *resolver) mst(t table[text]) (list []MSTState) {
	for _, e := range t.Entries {
		s, ok := parseSpan(e.Key.S)
		if !ok || s.Min != s.Max || s.Min < 1 || s.Max > 4094 {
			r.at(e.Key.node, "%q is not an instance of the spanning tree from 1 to 4094 (that of 0 is the state of the port)", e.Key.S)
			continue
		}
		list = append(list, MSTState{s.Min, e.Value.S})
	}
	slices.SortFunc(list, func(a, b MSTState) int { return a.MSTI - b.MSTI })
	return list
}

// vlanOptionRest checks what follows the state keys of VLANs' options: VID.NAME,
// with PORT before it where the option is that of a port.
func (r *resolver) vlanOptionRest(key StateKey, t text) bool {
	keys, rest := VLANGlobalKeys, t.S
	switch key.Name {
	case "vlan_set.":
		_, rest, _ = strings.Cut(rest, ".")
		keys = VLANSetKeys
	case "vlan_stats.":
		_, rest, _ = strings.Cut(rest, ".")
		keys = vlanCounters
	}
	vid, name, _ := strings.Cut(rest, ".")
	if _, ok := r.oneVID(text{t.loc, vid}); !ok {
		return false
	}
	if _, ok := OptionOf(keys, name); !ok {
		var names []string
		for _, k := range keys {
			names = append(names, k.Key)
		}
		r.at(t.node, "%s%s: there is no %q%s", key.Name, t.S, name, oneOf(name, names))
		return false
	}
	return true
}

// OptionOf finds a key of options of VLANs.
func OptionOf(keys []VLANOptionKey, name string) (VLANOptionKey, bool) {
	i := slices.IndexFunc(keys, func(k VLANOptionKey) bool { return k.Key == name })
	if i < 0 {
		return VLANOptionKey{}, false
	}
	return keys[i], true
}

// vlanCounters are those of the state key vlan_stats.
var vlanCounters = []VLANOptionKey{{Key: "rx_bytes"}, {Key: "rx_packets"}, {Key: "tx_bytes"}, {Key: "tx_packets"}}

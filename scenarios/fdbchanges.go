package scenarios

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"netverify/recording"
)

// The operations of the kernel's interface on a bridge's databases besides an
// entry of the FDB: flushes, memberships, and what an interface's own filter
// lets in.

// fdbFlushDoc is "bridge fdb flush".
type fdbFlushDoc struct {
	loc
	Port        text   `yaml:"port,omitempty" jsonschema_description:"Of this port, or of br0 itself. Default: of any."`
	VLAN        number `yaml:"vlan,omitempty" jsonschema:"minimum=1,maximum=4094" jsonschema_description:"Of this VLAN. Default: of any, and of none."`
	Permanent   flag   `yaml:"permanent,omitempty" jsonschema_description:"Those that are permanent (local), or those that are not."`
	Static      flag   `yaml:"static,omitempty" jsonschema_description:"Those that are static, or those that are not."`
	Dynamic     flag   `yaml:"dynamic,omitempty" jsonschema_description:"Those that are dynamic, learned or not, or those that are not."`
	AddedByUser flag   `yaml:"added_by_user,omitempty" jsonschema_description:"Those that a user added, or those that were learned."`
	ExternLearn flag   `yaml:"extern_learn,omitempty" jsonschema_description:"Those that a program learned for the bridge, or the others."`
	Sticky      flag   `yaml:"sticky,omitempty" jsonschema_description:"Those that are sticky, or the others."`
}

// mdbDoc is a membership.
type mdbDoc struct {
	loc
	Group      text   `yaml:"group" jsonschema_description:"Group: an IPv4 or IPv6 address, or for frames that are no IP a MAC (Linux 5.11)."`
	Port       text   `yaml:"port" jsonschema_description:"Port of the switch behind which somebody listens; br0: the switch itself."`
	VLAN       number `yaml:"vlan,omitempty" jsonschema:"minimum=1,maximum=4094" jsonschema_description:"VLAN of the membership. Default: none where the switch filters no VLANs; where it does, each VLAN of the port."`
	State      text   `yaml:"state,omitempty" jsonschema:"enum=permanent,enum=temp" jsonschema_description:"As in bridge(8): temp ends as if it had been reported. Default: permanent; temp at br0."`
	Source     text   `yaml:"source,omitempty" jsonschema_description:"Only frames that this address sends to the group, which are a group of their own (S, G). The bridge tells senders apart where IFLA_BR_MCAST_IGMP_VERSION is 3, or IFLA_BR_MCAST_MLD_VERSION 2."`
	FilterMode text   `yaml:"filter_mode,omitempty" jsonschema:"enum=include,enum=exclude" jsonschema_description:"Whether source_list are the senders that are wanted, or those that are not (Linux 6.2). Default: exclude."`
	SourceList []text `yaml:"source_list,omitempty" jsonschema_description:"Senders, as filter_mode says."`
	Operation  text   `yaml:"operation,omitempty" jsonschema:"enum=add,enum=replace,enum=del" jsonschema_description:"The command of bridge(8); replace is known since Linux 6.2. Default: add."`
}

// selfDoc is an entry of an interface's own filter.
type selfDoc struct {
	loc
	MAC       text `yaml:"mac" jsonschema_description:"MAC of a station or a group, or @node:interface."`
	Operation text `yaml:"operation,omitempty" jsonschema:"enum=add,enum=append,enum=replace,enum=del" jsonschema_description:"The command of bridge-fdb(8). Default: add."`
}

// portFlush tells whether what was learned behind a port is to go.
func (r *resolver) portFlush(ref recording.Ref, live *Interface, doc *interfaceChange) bool {
	switch {
	case !doc.FlushFDB.set():
	case !doc.FlushFDB.V:
		r.at(doc.FlushFDB.node, "flush_fdb: true forgets what was learned; there is no other value")
	case live.Port == nil:
		r.at(doc.FlushFDB.node, "flush_fdb is for ports of bridges; %s is none", ref)
	}
	return doc.FlushFDB.V
}

func (r *resolver) fdbFlush(node string, doc *fdbFlushDoc) *FDBFlush {
	if doc == nil || doc.node == nil || r.bad[doc.node] {
		return nil
	}
	f := &FDBFlush{Pos: doc.pos(), Port: doc.Port.S, VLAN: int(doc.VLAN.N)}
	if doc.Port.set() {
		r.portOrBridge(node, doc.Port)
	}
	for _, w := range []struct {
		word FDBFlushReason
		flag flag
	}{
		{"permanent", doc.Permanent}, {"static", doc.Static}, {"dynamic", doc.Dynamic},
		{"added_by_user", doc.AddedByUser}, {"extern_learn", doc.ExternLearn}, {"sticky", doc.Sticky},
	} {
		switch {
		case w.flag.set() && w.flag.V:
			f.Is = append(f.Is, w.word)
		case w.flag.set():
			f.IsNot = append(f.IsNot, w.word)
		}
	}
	return f
}

// String returns the rest of the command of bridge(8).
func (f *FDBFlush) String() string {
	words := []string{"dev " + bridgeName}
	if f.Port != "" {
		words = append(words, "brport "+f.Port)
	}
	if f.VLAN != 0 {
		words = append(words, fmt.Sprintf("vlan %d", f.VLAN))
	}
	for _, w := range f.Is {
		words = append(words, string(w))
	}
	for _, w := range f.IsNot {
		words = append(words, "no"+string(w))
	}
	return strings.Join(words, " ")
}

// portOrBridge reports a name that is neither a port of a switch nor its bridge.
func (r *resolver) portOrBridge(node string, t text) bool {
	if t.S == bridgeName || slices.Contains(r.portsOf(node), t.S) {
		return true
	}
	r.at(t.node, "switch %q has no port %q%s", node, t.S, oneOf(t.S, append(r.portsOf(node), bridgeName)))
	return false
}

func (r *resolver) mdb(node string, docs []mdbDoc) (list []MDBEntry) {
	for i := range docs {
		doc := &docs[i]
		if doc.node == nil || r.bad[doc.node] {
			continue
		}
		e := MDBEntry{Pos: doc.pos(), Group: doc.Group.S, Port: doc.Port.S, VLAN: int(doc.VLAN.N), State: cmp.Or(doc.State.S, "permanent"), Op: cmp.Or(doc.Operation.S, "add")}
		if e.Port == bridgeName && !doc.State.set() {
			e.State = "temp" // net/bridge/br_mdb.c:br_mdb_add_group: no flags for host groups
		}
		ok := !doc.Port.set() || r.portOrBridge(node, doc.Port)
		group, good := r.mdbGroup(doc.Group)
		if e.Group = group; good && ok && r.mdbSources(&e, doc) {
			list = append(list, e)
		}
	}
	return list
}

// mdbSources reads the senders of a membership, which are of the group's family.
func (r *resolver) mdbSources(e *MDBEntry, doc *mdbDoc) bool {
	group, err := netip.ParseAddr(e.Group)
	source := func(t text) (netip.Addr, bool) {
		a, bad := netip.ParseAddr(t.S)
		if err != nil || bad != nil || a.Is4() != group.Is4() || a.IsMulticast() || a.Zone() != "" {
			r.at(t.node, "%q is no address that sends to the group %s", t.S, e.Group)
			return a, false
		}
		return a, true
	}
	ok := true
	if doc.Source.set() {
		e.Source, ok = source(doc.Source)
	}
	for _, t := range doc.SourceList {
		if a, good := source(t); good {
			e.Sources = append(e.Sources, a)
		} else {
			ok = false
		}
	}
	e.FilterMode = doc.FilterMode.S
	return ok
}

// mdbGroup reads a group: an address, or a MAC.
func (r *resolver) mdbGroup(t text) (string, bool) {
	if !t.set() {
		return "", false
	}
	if a, err := netip.ParseAddr(t.S); err == nil {
		if !a.IsMulticast() {
			r.at(t.node, "%s is no group", a)
		}
		return a.String(), a.IsMulticast()
	}
	mac, ok := r.groupMAC(t)
	return mac.String(), ok
}

func (r *resolver) fdbSelf(docs []selfDoc) (list []SelfEntry) {
	for i := range docs {
		doc := &docs[i]
		if doc.node == nil || r.bad[doc.node] {
			continue
		}
		mac, ok := doc.MAC.S, false
		if strings.HasPrefix(mac, "@") {
			ok = r.checkAt(doc.MAC)
		} else if parsed, good := r.anyMAC(doc.MAC); good {
			mac, ok = parsed.String(), true
		}
		if ok {
			list = append(list, SelfEntry{Pos: doc.pos(), MAC: mac, Op: cmp.Or(doc.Operation.S, "add")})
		}
	}
	return list
}

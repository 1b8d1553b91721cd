package scenarios

import (
	"cmp"
	"fmt"

	"netverify/recording"
)

// fdb reads entries of the forwarding database of a switch, whose ports exist;
// change says that a set makes them.
func (r *resolver) fdb(node string, docs []fdbDoc, change bool) (list []FDBEntry) {
	seen := map[string]int{} // line, by MAC and VLAN
	for i := range docs {
		doc := &docs[i]
		if doc.node == nil || r.bad[doc.node] {
			continue
		}
		mac, ok := r.macOrAt(doc.MAC)
		e := FDBEntry{Pos: doc.pos(), MAC: mac, Port: doc.Port.S, State: cmp.Or(doc.State.S, "static"), Sticky: doc.Sticky.V, VLAN: int(doc.VLAN.N), Op: cmp.Or(doc.Operation.S, "replace")}
		same := fmt.Sprint(mac, " ", e.VLAN)
		port := r.live[recording.Ref{Node: node, Iface: e.Port}]
		switch {
		case !ok || !doc.Port.set():
			continue
		case port == nil || port.Master != bridgeName:
			r.at(doc.Port.node, "switch %q has no port %q%s", node, e.Port, oneOf(e.Port, r.portsOf(node)))
		case seen[same] != 0 && !doc.Operation.set():
			r.at(doc.MAC.node, "%s has an entry already (line %d)", mac, seen[same])
		case doc.Operation.set() && !change:
			r.at(doc.Operation.node, "operation is for a set; entries of the topology are made anew")
		case e.Sticky && e.State == "local":
			// net/bridge/br_fdb.c:fdb_add_entry answers EINVAL.
			r.at(doc.Sticky.node, "a local entry never moves; sticky is for static and dynamic ones")
		default:
			seen[same] = doc.MAC.node.Line
			list = append(list, e)
		}
	}
	return list
}

func (r *resolver) portsOf(node string) (names []string) {
	for _, ref := range r.within[node] {
		if i := r.live[ref]; i != nil && i.Master == bridgeName {
			names = append(names, ref.Iface)
		}
	}
	return names
}

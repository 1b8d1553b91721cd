package scenarios

// fdb reads entries of the forwarding database of a switch, whose ports exist.
func (r *resolver) fdb(node string, docs []fdbDoc) (list []FDBEntry) {
	seen := map[string]int{} // line, by MAC
	for i := range docs {
		doc := &docs[i]
		if doc.node == nil || r.bad[doc.node] {
			continue
		}
		mac, ok := r.macOrAt(doc.MAC)
		e := FDBEntry{Pos: doc.pos(), MAC: mac, Port: doc.Port.S, State: doc.State.S, Sticky: doc.Sticky.V}
		if e.State == "" {
			e.State = "static"
		}
		port := r.live[Ref{node, e.Port}]
		switch {
		case !ok || !doc.Port.set():
			continue
		case port == nil || port.Master != bridgeName:
			r.at(doc.Port.node, "switch %q has no port %q%s", node, e.Port, oneOf(e.Port, r.portsOf(node)))
		case seen[mac] != 0:
			r.at(doc.MAC.node, "%s has an entry already (line %d)", mac, seen[mac])
		case e.Sticky && e.State == "local":
			// net/bridge/br_fdb.c:fdb_add_entry answers EINVAL.
			r.at(doc.Sticky.node, "a local entry never moves; sticky is for static and dynamic ones")
		default:
			seen[mac] = doc.MAC.node.Line
			list = append(list, e)
		}
	}
	return list
}

func (r *resolver) portsOf(node string) (names []string) {
	for _, ref := range r.order {
		if i := r.live[ref]; i != nil && ref.Node == node && i.Master == bridgeName {
			names = append(names, ref.Iface)
		}
	}
	return names
}

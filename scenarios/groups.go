package scenarios

import "net/netip"

// groups reads the multicast groups that an interface has joined.
func (r *resolver) groups(list []text) (groups []netip.Addr) {
	seen := map[netip.Addr]bool{}
	for _, t := range list {
		if !t.set() {
			continue
		}
		a, err := netip.ParseAddr(t.S)
		switch {
		case err != nil || !a.IsMulticast() || a.Zone() != "" || a.Is4In6():
			r.at(t.node, "%q is not a multicast group, as in 239.1.2.3 or ff05::1234", t.S)
		case seen[a]:
			r.at(t.node, "%s is given twice", a)
		default:
			seen[a] = true
			groups = append(groups, a)
		}
	}
	return groups
}

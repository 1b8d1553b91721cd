package scenarios

import (
	"regexp"
	"slices"
	"strings"

	"netverify/recording"
)

// sysctls reads keys and values of a host whose interfaces exist.
func (r *resolver) sysctls(node string, t table[text]) (list []Sysctl) {
	for _, e := range t.Entries {
		if !sysctlKey.MatchString(e.Key.S) {
			r.at(e.Key.node, "%q is not a sysctl below net., as in net.ipv4.conf.all.arp_ignore", e.Key.S)
			continue
		}
		if key, ok := r.sysctlName(node, e.Key, r.namesIn(node)); ok {
			list = append(list, Sysctl{Pos: e.Key.pos(), Key: key, Value: e.Value.S})
		}
	}
	return list
}

// ofInterface are the keys of one interface: its name, and a last part without
// dots (net/ipv4/devinet.c:devinet_sysctl_register, neigh_sysctl_register).
var ofInterface = regexp.MustCompile(`^(net\.(?:ipv4|ipv6|mpls)\.(?:conf|neigh)\.)(.+)\.([^.]+)$`)

// sysctlName returns a key as sysctl(8) writes it: a dot in the name of an
// interface is a slash there (net.ipv4.conf.eth0/10.forwarding), and only the
// interfaces tell that of net.ipv4.conf.eth0.10.forwarding. It reports a key of
// an interface that is none of names.
func (r *resolver) sysctlName(node string, key text, names []string) (string, bool) {
	m := ofInterface.FindStringSubmatch(key.S)
	if m == nil {
		return key.S, true
	}
	name := strings.ReplaceAll(m[2], "/", ".")
	switch {
	case name == "lo" || name == "all" || name == "default" || slices.Contains(names, name):
		return m[1] + strings.ReplaceAll(name, ".", "/") + "." + m[3], true
	case r.known[recording.Ref{Node: node, Iface: name}]:
		r.unknownIface(key, recording.Ref{Node: node, Iface: name})
	default:
		r.at(key.node, "%s: node %q has no interface %q%s", key.S, node, name, oneOf(name, append([]string{"all", "default"}, names...)))
	}
	return "", false
}

// everIn are the interfaces that a node has at any time.
func (r *resolver) everIn(node string) (names []string) {
	for _, ref := range r.order {
		if ref.Node == node {
			names = append(names, ref.Iface)
		}
	}
	return names
}

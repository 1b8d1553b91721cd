package scenarios

import (
	"net"
	"net/netip"
	"regexp"
	"strings"

	"netverify/recording"
)

var (
	scenarioName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*/[a-z0-9][a-z0-9._=-]*$`)
	nodeName     = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,30}$`)
	ifaceName    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]*$`)
	observation  = regexp.MustCompile(`^[A-E][1-9][0-9]*$`)
	sysctlKey    = regexp.MustCompile(`^net\.[A-Za-z0-9_-]+([./][A-Za-z0-9_-]+)+$`)
	refLike      = regexp.MustCompile(`^@[A-Za-z][A-Za-z0-9_.-]*:[A-Za-z][A-Za-z0-9_.-]*$`)
)

// maxIfaceName is IFNAMSIZ without its final zero byte (linux/if.h).
const maxIfaceName = 15

// taken are interface names with a meaning of their own: lo exists in every
// namespace, all and default are directories below /proc/sys/net/ipv4/conf.
var taken = map[string]string{
	"lo": "exists in every node", "all": "means every interface in sysctl keys", "default": "means new interfaces in sysctl keys",
}

func (r *resolver) checkIfaceName(name text, isSwitch bool) bool {
	why := taken[name.S]
	if isSwitch && name.S == bridgeName {
		why = "is the switch's own bridge"
	}
	switch {
	case len(name.S) > maxIfaceName:
		r.at(name.node, "interface name %q has %d bytes; the kernel takes %d", name.S, len(name.S), maxIfaceName)
	case !ifaceName.MatchString(name.S):
		r.at(name.node, "interface name %q: a letter, then letters, digits, and the characters _ . -", name.S)
	case why != "":
		r.at(name.node, "interface name %q %s", name.S, why)
	default:
		return true
	}
	return false
}

// ref reads node:interface and checks that it exists now.
func (r *resolver) ref(t text) (recording.Ref, bool) {
	ref, ok := r.splitRef(t)
	if !ok {
		return recording.Ref{}, false
	}
	if r.live[ref] != nil {
		return ref, true
	}
	r.unknownIface(t, ref)
	return recording.Ref{}, false
}

// splitRef reads node:interface and checks that the node exists.
func (r *resolver) splitRef(t text) (recording.Ref, bool) {
	if !t.set() {
		return recording.Ref{}, false
	}
	ref, ok := recording.ParseRef(t.S)
	node := ref.Node
	switch {
	case node == t.S && r.nodes[node] != nil:
		r.at(t.node, "%q is a node; write node:interface%s", t.S, oneOf(t.S, r.interfacesOf(node)))
	case ref.Iface == "":
		r.at(t.node, "%q is not node:interface%s", t.S, didYouMean(t.S, r.interfaces()))
	case r.nodes[node] == nil:
		r.at(t.node, "there is no node %q%s", node, oneOf(node, r.nodeNames()))
	default:
		return ref, ok
	}
	return recording.Ref{}, false
}

// unknownIface reports an interface that does not exist, or not yet, or no
// longer.
func (r *resolver) unknownIface(t text, ref recording.Ref) {
	switch {
	case r.removed[ref] != 0:
		r.at(t.node, "%s was removed in line %d", ref, r.removed[ref])
	case r.known[ref]:
		r.at(t.node, "%s does not exist yet; a later step creates it", ref)
	default:
		r.at(t.node, "node %q has no interface %q%s", ref.Node, ref.Iface, didYouMeanRef(ref, r.interfacesOf(ref.Node)))
	}
}

func didYouMeanRef(ref recording.Ref, candidates []string) string {
	return oneOf(ref.String(), candidates)
}

// link reads the parent of an interface: node:interface, or the name alone
// within the node.
func (r *resolver) link(t text, node string) (recording.Ref, bool) {
	if t.set() && !strings.Contains(t.S, ":") && r.live[recording.Ref{Node: node, Iface: t.S}] != nil {
		return recording.Ref{Node: node, Iface: t.S}, true
	}
	return r.ref(t)
}

// checkAt checks what an "@node:interface" names, at any time of the scenario.
func (r *resolver) checkAt(t text) bool {
	t.S = strings.TrimPrefix(t.S, "@")
	ref, ok := r.splitRef(t)
	if ok && !r.known[ref] {
		r.unknownIface(t, ref)
		ok = false
	}
	return ok
}

// macOrAt reads a MAC or "@node:interface".
func (r *resolver) macOrAt(t text) (string, bool) {
	if strings.HasPrefix(t.S, "@") {
		return t.S, r.checkAt(t)
	}
	mac, ok := r.mac(t)
	return mac.String(), ok
}

// mac reads the MAC of a station.
func (r *resolver) mac(t text) (net.HardwareAddr, bool) {
	if !t.set() {
		return nil, false
	}
	mac, err := net.ParseMAC(t.S)
	switch {
	case err != nil || len(mac) != 6 || !strings.Contains(t.S, ":"):
		r.at(t.node, "%q is not a MAC such as 02:00:00:00:00:01", t.S)
	case mac[0]&1 != 0:
		r.at(t.node, "%s is a group address; an interface has a unicast MAC", t.S)
	case mac.String() == "00:00:00:00:00:00":
		r.at(t.node, "%s is no station's MAC", t.S)
	default:
		return mac, true
	}
	return nil, false
}

// anyMAC reads six bytes that need not be a station's MAC: for what the kernel
// is to refuse.
func (r *resolver) anyMAC(t text) (net.HardwareAddr, bool) {
	mac, err := net.ParseMAC(t.S)
	if err != nil || len(mac) != 6 || !strings.Contains(t.S, ":") {
		r.at(t.node, "%q is not a MAC such as 02:00:00:00:00:01", t.S)
		return nil, false
	}
	return mac, true
}

// groupMAC reads the MAC of a multicast group.
func (r *resolver) groupMAC(t text) (net.HardwareAddr, bool) {
	if !t.set() {
		return nil, false
	}
	mac, err := net.ParseMAC(t.S)
	if err != nil || len(mac) != 6 || !strings.Contains(t.S, ":") || mac[0]&1 == 0 {
		r.at(t.node, "%q is not a group MAC such as 01:00:5e:00:00:01", t.S)
		return nil, false
	}
	return mac, true
}

func (r *resolver) groupMACs(list []text) (macs []net.HardwareAddr) {
	seen := map[string]bool{}
	for _, t := range list {
		mac, ok := r.groupMAC(t)
		switch {
		case !ok:
		case seen[mac.String()]:
			r.at(t.node, "%s is given twice", mac)
		default:
			seen[mac.String()] = true
			macs = append(macs, mac)
		}
	}
	return macs
}

// ip reads an address.
func (r *resolver) ip(t text) (netip.Addr, bool) {
	if !t.set() {
		return netip.Addr{}, false
	}
	addr, err := netip.ParseAddr(t.S)
	switch {
	case err != nil && strings.Contains(t.S, "/"):
		r.at(t.node, "%q is a prefix; an address goes without the length", t.S)
	case err != nil || addr.Zone() != "" || addr.Is4In6():
		r.at(t.node, "%q is not an IPv4 or IPv6 address", t.S)
	default:
		return addr, true
	}
	return netip.Addr{}, false
}

func (r *resolver) nodeNames() []string { return keysOf(r.nodes) }

// interfacesOf returns what exists in a node at this point, as node:interface.
func (r *resolver) interfacesOf(node string) (names []string) {
	for _, ref := range r.within[node] {
		if r.live[ref] != nil {
			names = append(names, ref.String())
		}
	}
	return names
}

func (r *resolver) interfaces() (names []string) {
	for _, ref := range r.order {
		if r.live[ref] != nil {
			names = append(names, ref.String())
		}
	}
	return names
}

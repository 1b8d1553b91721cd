package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"netverify/assert"
	"netverify/recording"
	"netverify/scenarios"
)

// State reads what the kernel says now under each target and key of wants, in
// their order, one fact for each; Want is not looked at. A sysctl of a module that
// is not there is *Unsupported, unless it is to be absent. The addresses inside
// keys are literals, and so are MACs ("fdb.02:00:00:00:00:01") but for those
// that the kernel chose ("fdb.@host:br0"). What does not exist is
// Absent; an unknown target or key is an error.
func (l *Lab) State(wants []assert.StateWant) ([]recording.StateFact, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	r := reader{lab: l, links: map[*node]map[int]*link{}, addrs: map[*node]map[int][]netip.Prefix{}}
	facts := make([]recording.StateFact, 0, len(wants))
	for _, w := range wants {
		value, ok, err := r.read(w.Target, w.Key)
		if err != nil {
			return nil, l.fail(scenarios.Pos{}, scenarios.Pos{}, "read", w.Target+" "+w.Key, err)
		}
		if key, isSysctl := strings.CutPrefix(w.Key, "sysctl."); isSysctl && !ok && !w.Absent {
			if err := l.node(recording.NodeOf(w.Target)).lackingModule(key); err != nil {
				return nil, l.fail(scenarios.Pos{}, scenarios.Pos{}, "read", w.Target+" "+w.Key, err)
			}
		}
		if !ok {
			value = ""
		}
		facts = append(facts, recording.StateFact{Target: w.Target, Key: w.Key, Value: value, Absent: !ok})
	}
	return facts, nil
}

// reader answers the keys of one call of State: each node's links and
// addresses are read once.
type reader struct {
	lab   *Lab
	links map[*node]map[int]*link
	addrs map[*node]map[int][]netip.Prefix
}

var errUnknownKey = errors.New("unknown state key")

func (r *reader) read(target, key string) (string, bool, error) {
	ref, isIface := recording.ParseRef(target)
	n := r.lab.node(ref.Node)
	if n == nil {
		return "", false, fmt.Errorf("no node %q", ref.Node)
	}
	if isIface {
		return r.readInterface(n, ref.Iface, key)
	}
	k, rest, ok := scenarios.LookupStateKey(scenarios.TargetSwitch, key) // a host may have a bridge br0, too
	if !ok {
		return "", false, errUnknownKey
	}
	switch k.Name {
	case "forwarding":
		v, err := n.sysctl("net.ipv4.ip_forward")
		return strconv.FormatBool(v == "1"), err == nil, err
	case "sysctl.":
		v, err := n.sysctl(rest)
		if errors.Is(err, fs.ErrNotExist) {
			return "", false, nil
		}
		return v, err == nil, err
	case "firewall":
		return n.firewallValue()
	case "neighbour.", "neighbour_state.":
		return n.neighbourValue(rest, 0, k.Name == "neighbour_state.")
	case "route.":
		return n.routeValue(rest)
	case "fdb.", "fdb_flags.":
		return n.fdbValue(n.ifaces, rest, k.Name == "fdb_flags.")
	case "proxy.":
		return n.proxyValue(rest)
	case "mdb.", "mdb_state.":
		return n.mdbValue(rest, k.Name == "mdb_state.")
	case "tunnel.":
		return n.tunnelValue(rest)
	case "vlan_global.", "vlan_set.", "vlan_stats.":
		return n.vlanOptionValue(k.Name, rest)
	case "mst.":
		return n.mstValue(rest)
	case "vlan.", "vlandb.":
		return n.vlanValue(rest, k.Name == "vlandb.")
	}
	return "", false, errUnknownKey
}

func (r *reader) readInterface(n *node, name, key string) (string, bool, error) {
	k, rest, ok := scenarios.LookupStateKey(scenarios.TargetInterface, key)
	if !ok {
		return "", false, errUnknownKey
	}
	i := n.iface(name)
	if i == nil {
		return "", false, nil // created later, or removed
	}
	if r.links[n] == nil {
		links, err := n.conn.countedLinks()
		if err != nil {
			return "", false, err
		}
		r.links[n] = links
	}
	got := r.links[n][i.index]
	if got == nil {
		return "", false, nil
	}
	switch k.Name {
	case "addresses":
		return r.addresses(n, i.index)
	case "address_flags.":
		return i.addressFlagValue(rest)
	case "neighbour.", "neighbour_state.":
		return n.neighbourValue(rest, i.index, k.Name == "neighbour_state.")
	case "counters.":
		v, ok := got.counter(rest)
		if !ok {
			return "", false, fmt.Errorf("no counter is named %q", rest)
		}
		return strconv.FormatUint(v, 10), true, nil
	case "features.":
		return i.featureValue(rest)
	case "fdb.", "fdb_flags.":
		return n.fdbValue([]*iface{i}, rest, k.Name == "fdb_flags.")
	case "fdb_self.":
		return i.selfValue(rest)
	case "maddress.":
		return i.maddressValue(rest)
	}
	value, ok, err := i.value(got, k.Name+rest)
	if k.Name == "bclim" && !ok && err == nil && got.isMacvlan() && Probe(feature(scenarios.FeatureMacvlanBCLim)) == nil {
		return defaultBCLim, true, nil
	}
	return value, ok, err
}

func (r *reader) addresses(n *node, index int) (string, bool, error) {
	if r.addrs[n] == nil {
		addrs, err := n.conn.addresses()
		if err != nil {
			return "", false, err
		}
		r.addrs[n] = addrs
	}
	list := r.addrs[n][index]
	return joinPrefixes(list), len(list) > 0, nil
}

func (i *iface) featureValue(name string) (string, bool, error) {
	names, err := i.node.featureNames()
	if err != nil {
		return "", false, err
	}
	number, err := featureNumber(names, name)
	if err != nil {
		return "", false, err
	}
	_, active, err := i.node.conn.features(i.name)
	return strconv.FormatBool(active.has(number)), err == nil, err
}

// neighbourValue reads MAC or state of an address's entry on an interface. Of
// several (index 0: all) the values are joined in the order of their indexes;
// an entry that is being resolved, or could not be, has no MAC.
func (n *node) neighbourValue(ip string, index int, state bool) (string, bool, error) {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return "", false, err
	}
	list, err := n.conn.neighbours(uint8(family(addr)))
	if err != nil {
		return "", false, err
	}
	slices.SortStableFunc(list, func(a, b neighbour) int { return a.index - b.index })
	var found []string
	for _, x := range list {
		switch {
		case x.ip != addr || x.flags&unix.NTF_PROXY != 0 || index != 0 && x.index != index:
		case state:
			found = append(found, nudName(x.state))
		case len(x.mac) > 0 && x.state&(unix.NUD_INCOMPLETE|unix.NUD_FAILED) == 0:
			found = append(found, x.mac.String())
		}
	}
	return strings.Join(found, ","), len(found) > 0, nil
}

// routeValue reads the next hop of the best route to exactly a prefix.
func (n *node) routeValue(to string) (string, bool, error) {
	list, err := n.conn.routes()
	if err != nil {
		return "", false, err
	}
	match := func(p netip.Prefix) bool { return p.Bits() == 0 && p.Addr().Is4() }
	if to != "default" {
		want, err := netip.ParsePrefix(to)
		if err != nil {
			return "", false, err
		}
		match = func(p netip.Prefix) bool { return p == want.Masked() }
	}
	for _, r := range list {
		if match(r.to) {
			return strings.Join(hopWords(r.via, n.nameOf(r.index)), " "), true, nil
		}
	}
	return "", false, nil
}

// fdbValue reads the port, or the flags, of a MAC in the forwarding databases
// of those interfaces that are bridges; "MAC/VID" asks for the entry of one VLAN.
// Several entries (one a VLAN) are joined in the order of VLAN ids, bridge by
// bridge. A bridge that does not filter VLANs looks at those without one only;
// an entry that is made by hand stands in each VLAN of its port nevertheless
// (net/bridge/br_fdb.c:br_fdb_add).
func (n *node) fdbValue(of []*iface, rest string, flags bool) (string, bool, error) {
	macText, vidText, inVLAN := strings.Cut(rest, "/")
	mac, err := n.lab.resolveMAC(macText)
	if err != nil {
		return "", false, err
	}
	vid := 0
	if inVLAN {
		if vid, err = strconv.Atoi(vidText); err != nil {
			return "", false, err
		}
	}
	list, err := n.conn.neighbours(unix.AF_BRIDGE)
	if err != nil {
		return "", false, err
	}
	links, err := n.conn.links()
	if err != nil {
		return "", false, err
	}
	slices.SortStableFunc(list, func(a, b neighbour) int { return int(a.vlan) - int(b.vlan) })
	var found []string
	for _, br := range of {
		got := links[br.index]
		if got == nil || got.kind != "bridge" {
			continue
		}
		filtering, _ := values["vlan_filtering"](got)
		one := inVLAN || filtering != "true"
		for _, x := range list {
			// Entries of a device's own address filter (NTF_SELF) are no entries of the bridge.
			if x.mac.String() != mac.String() || x.master != br.index || x.flags&unix.NTF_SELF != 0 || one && int(x.vlan) != vid {
				continue
			}
			v := n.nameOf(x.index)
			if flags {
				v = fdbFlags(x)
			}
			if !slices.Contains(found, v) {
				found = append(found, v)
			}
		}
	}
	return strings.Join(found, ","), len(found) > 0, nil
}

// fdbFlags says what sort of entry it is, as net/bridge/br_fdb.c:fdb_to_nud
// and fdb_fill_info encode it: "local" (an own MAC), "static" or "dynamic",
// with what else is set.
func fdbFlags(x neighbour) string {
	var list []string
	switch {
	case x.state&unix.NUD_PERMANENT != 0:
		list = append(list, "local")
	case x.state&unix.NUD_NOARP != 0:
		list = append(list, "static")
	default:
		list = append(list, "dynamic")
	}
	if x.flags&unix.NTF_EXT_LEARNED != 0 {
		list = append(list, "extern_learn")
	}
	if x.flags&ntfSticky != 0 {
		list = append(list, "sticky")
	}
	if x.ext&ntfExtLocked != 0 {
		list = append(list, "locked")
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

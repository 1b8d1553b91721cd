package lab

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"netverify/scenarios"
)

// want is one value that the kernel should now report of an interface.
type want struct{ key, asked string }

// wants lists what a spec asks for, in the words of StateKeys. What it leaves
// to the kernel is not listed.
func (l *Lab) wants(i *iface) ([]want, error) {
	s := &i.spec
	w := []want{{"kind", string(s.Kind)}, {"up", strconv.FormatBool(!s.Down)}, {"name", s.Name}}
	if !s.Queues && s.Kind != scenarios.Tun { // which has as many as programs attach
		w = append(w, want{"numtxqueues", "1"}, want{"numrxqueues", "1"})
	}
	w = append(w, l.attributeWants(s.Attributes)...)
	if s.MAC != nil && !i.isBondMember() { // a bond gives its members its own
		w = append(w, want{"macaddress", s.MAC.String()})
	}
	if s.MTU != 0 {
		w = append(w, want{"mtu", strconv.Itoa(s.MTU)})
	}
	if s.Link != nil {
		w = append(w, want{"link", s.Link.String()})
	}
	if s.Cable != nil {
		w = append(w, want{"link", s.Cable.String()})
	}
	if m := i.node.masterOf(s); m != "" {
		w = append(w, want{"master", m})
	}
	if s.Macvlan != nil {
		more, err := l.macvlanWants(s.Macvlan)
		if err != nil {
			return nil, err
		}
		w = append(w, more...)
	}
	if p := s.Ipvlan; p != nil {
		w = appendSet(w, "mode", p.Mode)
		w = appendSet(w, "flag", p.Flag)
	}
	if v := s.VLAN; v != nil {
		w = append(w, vlanWants(v)...)
	}
	if s.Bond != nil {
		w = appendSet(w, "mode", s.Bond.Mode)
	}
	if s.Kind == scenarios.BridgeK {
		b := l.bridgeOptions(s)
		w = append(append(w, bridgeWants(b)...), l.attributeWants(b.Attributes)...)
	}
	if s.Port != nil {
		w = append(w, portWants(s.Port)...)
	}
	return w, nil
}

func (i *iface) isBondMember() bool {
	for _, f := range i.node.ifaces {
		if b := f.spec.Bond; b != nil && (slices.Contains(b.Members, i.name) || i.spec.Master == f.name) {
			return true
		}
	}
	return false
}

func appendSet(w []want, key, asked string) []want {
	if asked == "" {
		return w
	}
	return append(w, want{key, asked})
}

func (l *Lab) macvlanWants(m *scenarios.MacvlanSpec) ([]want, error) {
	w := []want{{"nopromisc", strconv.FormatBool(m.NoPromisc)}, {"nodst", strconv.FormatBool(m.NoDst)}}
	w = appendSet(w, "mode", m.Mode)
	if len(m.Sources) > 0 {
		list, err := l.sourceWords(m.Sources)
		if err != nil {
			return nil, err
		}
		w = append(w, want{"sources", list})
	}
	return append(w, queueWants(m.BCQueueLen, m.BCLim)...), nil
}

func queueWants(length *uint32, limit *int32) (w []want) {
	if length != nil {
		w = append(w, want{"bcqueuelen", fmt.Sprint(*length)})
	}
	if limit != nil {
		w = append(w, want{"bclim", fmt.Sprint(*limit)})
	}
	return w
}

// sourceWords writes a source list as the state key does.
func (l *Lab) sourceWords(list []string) (string, error) {
	macs := make([]string, len(list))
	for i, s := range list {
		mac, err := l.resolveMAC(s)
		if err != nil {
			return "", err
		}
		macs[i] = mac.String()
	}
	slices.Sort(macs)
	return strings.Join(slices.Compact(macs), ","), nil
}

func vlanWants(v *scenarios.VLANSpec) []want {
	w := []want{{"id", strconv.Itoa(v.ID)}, {"loose_binding", strconv.FormatBool(v.LooseBinding)}}
	w = appendSet(w, "protocol", v.Protocol)
	if v.ReorderHdr != nil {
		w = append(w, want{"reorder_hdr", strconv.FormatBool(*v.ReorderHdr)})
	}
	w = appendSet(w, "egress_qos", mapWords(cleared(v.EgressQoS)))
	return appendSet(w, "ingress_qos", mapWords(cleared(v.IngressQoS)))
}

func bridgeWants(b scenarios.Bridge) (w []want) {
	for _, o := range []struct {
		key string
		v   *bool
	}{{"stp", b.STP}, {"multicast_snooping", b.MulticastSnooping}, {"vlan_filtering", b.VLANFiltering}} {
		if o.v != nil {
			w = append(w, want{o.key, strconv.FormatBool(*o.v)})
		}
	}
	w = appendSet(w, "vlan_protocol", b.VLANProtocol)
	if b.DefaultPVID != nil {
		w = append(w, want{"default_pvid", strconv.Itoa(*b.DefaultPVID)})
	}
	for _, t := range bridgeTimes {
		// Of a tree that runs they are the root's, whichever bridge that is.
		if v := *t.of(&b); v != nil && !(t.tree && b.STP != nil && *b.STP) {
			w = append(w, want{t.key, v.String()})
		}
	}
	if b.Priority != nil {
		w = append(w, want{"priority", strconv.Itoa(int(*b.Priority))})
	}
	if b.GroupFwdMask != nil {
		w = append(w, want{"group_fwd_mask", fmt.Sprintf("%#x", *b.GroupFwdMask)})
	}
	return append(w, bridgeBitWants(&b)...)
}

func portWants(p *scenarios.Port) (w []want) {
	for _, f := range portFlags {
		if v := f.of(p); v != nil {
			w = append(w, want{f.key, strconv.FormatBool(*v)})
		}
	}
	if p.Cost != nil {
		w = append(w, want{"cost", strconv.Itoa(*p.Cost)})
	}
	if p.State != nil {
		w = append(w, want{"port_state", *p.State})
	}
	return w
}

// check compares what the kernel says of an interface with what was asked.
func (i *iface) check(got *link, list []want) error {
	var errs []error
	for _, w := range list {
		says, ok, err := i.value(got, w.key)
		switch {
		case err != nil:
			errs = append(errs, err)
		case ok && says == w.asked || !ok && offByAbsence[w.key] && w.asked == "false":
		case !ok && w.key == "bclim" && w.asked == defaultBCLim && Probe(feature(scenarios.FeatureMacvlanBCLim)) == nil:
		case !ok && w.asked == "0" && notToldAs0[w.key]:
		case !ok && attributeOf(w.key) != nil:
			errs = append(errs, &Unsupported{attributeOf(w.key).Feature(), &Mismatch{w.key, w.asked, "nothing"}})
		case !ok && bitOf(w.key) != nil:
			errs = append(errs, &Unsupported{*bitOf(w.key), &Mismatch{w.key, w.asked, "nothing"}})
		case !ok && missingFeature(w.key) != "":
			errs = append(errs, &Unsupported{feature(missingFeature(w.key)), &Mismatch{w.key, w.asked, "nothing"}})
		case !ok:
			errs = append(errs, &Mismatch{w.key, w.asked, "nothing"})
		default:
			switch same, why := got.kept(w.key, w.asked, says); {
			case same:
			case why != "":
				errs = append(errs, &Kept{w.key, w.asked, says, why})
			default:
				errs = append(errs, &Mismatch{w.key, w.asked, says})
			}
		}
	}
	return errors.Join(errs...)
}

// sameTicks tells whether a time is what was asked for but for what is lost on
// the way: clock ticks of 10 ms to jiffies, and back, each rounded down
// (kernel/time/time.c:clock_t_to_jiffies, jiffies_to_clock_t).
func sameTicks(asked, says string) bool {
	a, err1 := time.ParseDuration(asked)
	s, err2 := time.ParseDuration(says)
	return err1 == nil && err2 == nil && s <= a && a-s <= time.Second/clockTicks
}

// defaultBCLim is the limit that the kernel does not report: it leaves
// IFLA_MACVLAN_BC_CUTOFF out then (drivers/net/macvlan.c:macvlan_fill_info).
const defaultBCLim = "1"

// offByAbsence are the options that a kernel without the feature does not
// report: they are off.
var offByAbsence = map[string]bool{
	"vlan_filtering": true, "isolated": true, "locked": true, "multicast_snooping": true,
	"neigh_suppress": true, "mcast_to_unicast": true, "vlan_tunnel": true,
	"no_linklocal_learn": true, "mcast_vlan_snooping": true, "mst_enabled": true, "fdb_local_vlan_0": true,
}

// missingFeature names the feature that a kernel lacks which took an
// attribute without a word and does not report it.
func missingFeature(key string) string {
	switch key {
	case "bclim":
		return scenarios.FeatureMacvlanBCLim
	case "bcqueuelen":
		return scenarios.FeatureMacvlanBCQueueLen
	case "vlan_filtering", "vlan_protocol", "default_pvid":
		return scenarios.FeatureBridgeVLANFiltering
	}
	for _, f := range portFlags {
		if f.key == key {
			return f.feature
		}
	}
	return ""
}

// value reads one key of an interface that was read from the kernel: those of
// the table, and those that need the rest of the lab.
func (i *iface) value(got *link, key string) (string, bool, error) {
	switch key {
	case "link":
		ref, err := i.node.parent(got)
		if err != nil || ref == nil {
			return "", false, err
		}
		return ref.String(), true, nil
	case "master":
		if got.master() == 0 {
			return "", false, nil
		}
		return i.node.nameOf(got.master()), true, nil
	}
	if a := attributeOf(key); a != nil {
		says, ok := got.attribute(a)
		return says, ok, nil
	}
	read, ok := values[key]
	if !ok {
		return "", false, fmt.Errorf("unknown state key %q", key)
	}
	says, ok := read(got)
	return says, ok, nil
}

// verify compares the whole lab with its plan. What was read when it had settled
// is not read again, but for what was changed since then.
func (l *Lab) verify(settled snapshot) error {
	for _, n := range l.nodes {
		links := settled[n]
		if len(n.plan.FDB) > 0 || l.portStates[n.name] {
			links = nil
		}
		if err := n.verify(links); err != nil {
			return err
		}
	}
	return nil
}

// verify compares a node with its plan; links that are nil are read.
func (n *node) verify(links map[int]*link) error {
	r, err := n.readWith(links)
	if err != nil {
		return n.lab.fail(n.plan.Pos, n.plan.Pos, "read the interfaces of", n.name, err)
	}
	n.built = r
	vlans, err := n.vlansIfAny()
	if err != nil {
		return n.lab.fail(n.plan.Pos, n.plan.Pos, "read VLANs of", n.name, err)
	}
	for _, i := range n.ifaces {
		if i.name == "lo" {
			continue
		}
		if err := i.verify(r.links[i.index], r.addrs[i.index], vlans[i.index]); err != nil {
			return n.lab.fail(i.spec.Pos, n.plan.Pos, "verify", i.describe(), err)
		}
	}
	return nil
}

func (n *node) vlansIfAny() (map[int]vlanTable, error) {
	for _, i := range n.ifaces {
		if hasVLANs(i.spec.Port) {
			return n.conn.portVLANs()
		}
	}
	return nil, nil
}

func (i *iface) verify(got *link, addrs []netip.Prefix, vlans vlanTable) error {
	if got == nil {
		return errors.New("the kernel has no such interface any more")
	}
	list, err := i.node.lab.wants(i)
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(w want) bool { return slices.Contains(i.judged, w.key) })
	if err := i.check(got, list); err != nil {
		return err
	}
	if asked, says := joinPrefixes(i.spec.Addresses), joinPrefixes(i.askedFor(addrs)); asked != says {
		return &Mismatch{"addresses", orNone(asked), orNone(says)}
	}
	if p := i.spec.Port; hasVLANs(p) {
		return compareVLANs(vlans.with(p), vlans) // what p leaves alone (a default PVID) may stay
	}
	return nil
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func compareVLANs(asked, says vlanTable) error {
	other := append(asked.minus(says), says.minus(asked)...)
	if len(other) == 0 {
		return nil
	}
	vid := other[0].from
	a, wanted := asked.get(vid)
	s, there := says.get(vid)
	return &Mismatch{fmt.Sprintf("VLAN %d", vid), vlanPresence(a, wanted), vlanPresence(s, there)}
}

func vlanPresence(flags uint16, there bool) string {
	if !there {
		return "none"
	}
	return vlanWords(flags)
}

package report

import (
	"fmt"
	"net/netip"
	"strings"

	"netverify/internal/cells"
	"netverify/scenarios"
)

func (p *page) step(i int, s scenarios.Step) {
	head := fmt.Sprintf("  %d. ", i+1)
	for _, l := range cells.Wrap(s.Name, p.width-cells.Count(head)) {
		p.line(head + l)
		head = strings.Repeat(" ", cells.Count(head))
	}
	p.field(5, "does", action(s))
	if s.Strict {
		p.field(5, "strict", "frames that no step caused match too")
	}
	for _, e := range s.Expect {
		p.field(5, "expects", e.Text)
	}
}

// action is what a step does, as one line.
func action(s scenarios.Step) string {
	switch {
	case s.Ping != nil:
		return fmt.Sprintf("ping %s from %s, %d x %d bytes", s.Ping.To, s.Ping.From, s.Ping.Count, s.Ping.Size)
	case s.Arping != nil:
		return fmt.Sprintf("arping %s from %s, %d x", s.Arping.To, s.Arping.From, s.Arping.Count)
	case s.Traceroute != nil:
		return fmt.Sprintf("traceroute to %s from %s, %s, TTL %d to %d", s.Traceroute.To, s.Traceroute.From, udpOrICMP(s.Traceroute.UDP), s.Traceroute.First, s.Traceroute.Max)
	case s.UDP != nil:
		return fmt.Sprintf("udp to %s from %s, %d x %d bytes", netip.AddrPortFrom(s.UDP.To, uint16(s.UDP.DstPort)), s.UDP.From, s.UDP.Count, s.UDP.Size)
	case s.Send != nil:
		return fmt.Sprintf("send %d frames from %s, %d x", len(s.Send.Frames), s.Send.From, s.Send.Count)
	case s.Set != nil:
		var targets []string
		for _, x := range s.Set {
			targets = append(targets, x.Target+": "+strings.Join(changes(x), ", ")+fails(x.Fails))
		}
		return "set " + strings.Join(targets, "; ")
	case s.Create != nil:
		i := s.Create.Interface
		members := ""
		if len(s.Create.Members) > 0 {
			members = ", of " + words(s.Create.Members)
		}
		return fmt.Sprintf("create %s:%s: %s%s%s", i.Node, i.Name, link(i), members, fails(s.Create.Fails))
	case s.Remove != nil:
		return fmt.Sprintf("remove %s%s", s.Remove.Target, fails(s.Remove.Fails))
	case s.Wait != nil:
		return fmt.Sprintf("wait %s", s.Wait.For)
	}
	return "nothing"
}

func udpOrICMP(udp bool) string {
	if udp {
		return "udp"
	}
	return "icmp"
}

func fails(errno string) string {
	if errno == "" {
		return ""
	}
	return " (must fail with " + errno + ")"
}

// changes lists what a setting changes.
func changes(s scenarios.Setting) []string {
	var out []string
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	flag := func(name string, b *bool) {
		if b != nil {
			add("%s %s", name, onOff(*b))
		}
	}
	if i := s.Iface; i != nil {
		flag("up", i.Up)
		flag("promisc", i.Promisc)
		if i.MAC != nil {
			add("%s", i.MAC)
		}
		if i.MTU != nil {
			add("mtu %d", *i.MTU)
		}
		if i.Addresses != nil {
			add("addresses %s", words(*i.Addresses))
		}
		if i.Groups != nil {
			add("groups %s", words(*i.Groups))
		}
		if i.FlushFDB {
			add("fdb flushed")
		}
		for _, e := range i.FDBSelf {
			add("fdb self %s %s", e.Op, e.MAC)
		}
		out = append(out, port(i.Port)...)
		if m := i.Macvlan; m != nil {
			out = append(out, macvlanChanges(m)...)
		}
		for _, k := range sortedKeys(i.Features) {
			add("%s %s", k, onOff(i.Features[k]))
		}
	}
	if n := s.Node; n != nil {
		flag("forwarding", n.Forwarding)
		flag("lo", n.LoUp)
		for _, c := range n.Sysctls {
			add("%s=%s", c.Key, c.Value)
		}
		if n.Routes != nil {
			var routes []string
			for _, r := range *n.Routes {
				routes = append(routes, route(r))
			}
			add("routes %s", words(routes))
		}
		if n.FlushNeighbours {
			add("neighbours flushed")
		}
		for _, e := range n.Neighbours {
			add("neighbour %s", operated(e.Op, neighbour(e)))
		}
		if n.FlushFDB {
			add("fdb flushed")
		}
		for _, e := range n.FDB {
			add("fdb %s", operated(e.Op, fdbEntry(e)))
		}
		if n.FDBFlush != nil {
			add("fdb flush %s", n.FDBFlush)
		}
		for _, e := range n.MDB {
			add("mdb %s %s at %s%s", e.Op, e.Group, e.Port, inVLAN(e.VLAN))
		}
		if n.Firewall != nil {
			add("firewall %s", n.Firewall)
		}
		out = append(out, bridge(n.Bridge)...)
	}
	return out
}

// operated puts the command before an entry that is not simply set.
func operated(op, entry string) string {
	if op == "" || op == "replace" {
		return entry
	}
	return op + " " + entry
}

func inVLAN(vid int) string {
	if vid == 0 {
		return ""
	}
	return fmt.Sprintf(" in VLAN %d", vid)
}

func macvlanChanges(m *scenarios.MacvlanChange) []string {
	var out []string
	if m.Mode != "" {
		out = append(out, "mode "+m.Mode)
	}
	if m.Sources != nil {
		out = append(out, "sources "+words(*m.Sources))
	}
	if m.NoPromisc != nil {
		out = append(out, "nopromisc "+onOff(*m.NoPromisc))
	}
	if m.NoDst != nil {
		out = append(out, "nodst "+onOff(*m.NoDst))
	}
	if m.BCQueueLen != nil {
		out = append(out, fmt.Sprintf("bcqueuelen %d", *m.BCQueueLen))
	}
	if m.BCLim != nil {
		out = append(out, fmt.Sprintf("bclim %d", *m.BCLim))
	}
	return out
}

// bridge lists the options of a bridge that a scenario sets.
func bridge(b *scenarios.Bridge) []string {
	if b == nil {
		return nil
	}
	var out []string
	if b.STP != nil {
		out = append(out, "stp "+onOff(*b.STP))
	}
	if b.MulticastSnooping != nil {
		out = append(out, "mcast_snooping "+onOff(*b.MulticastSnooping))
	}
	if b.VLANFiltering != nil {
		out = append(out, "vlan_filtering "+onOff(*b.VLANFiltering))
	}
	if b.VLANProtocol != "" {
		out = append(out, "vlan_protocol "+b.VLANProtocol)
	}
	if b.DefaultPVID != nil {
		out = append(out, fmt.Sprintf("vlan_default_pvid %d", *b.DefaultPVID))
	}
	if b.AgeingTime != nil {
		out = append(out, fmt.Sprintf("ageing_time %s", *b.AgeingTime))
	}
	for _, o := range b.TreeOptions() {
		out = append(out, o[0]+" "+o[1])
	}
	if b.GroupFwdMask != nil {
		out = append(out, fmt.Sprintf("group_fwd_mask %#x", *b.GroupFwdMask))
	}
	for _, o := range []struct {
		name  string
		value *bool
	}{
		{"no_linklocal_learn", b.NoLinkLocalLearn}, {"mcast_vlan_snooping", b.McastVLANSnooping},
		{"mst_enabled", b.MSTEnabled}, {"fdb_local_vlan_0", b.FDBLocalVLAN0},
	} {
		if o.value != nil {
			out = append(out, o.name+" "+onOff(*o.value))
		}
	}
	return append(out, vlanOptions("global vlan", b.VLANGlobal)...)
}

// words joins a list; an empty one is "none".
func words[T any](list []T) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Trim(fmt.Sprint(list), "[]")
}

func onOff(b bool) string {
	if b {
		return "on"
	}
	return "off"
}

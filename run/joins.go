package run

import (
	"net/netip"
	"slices"
	"time"

	"netverify/frame"
	"netverify/scenarios"
)

// joinTicks is how long the first report of a membership may take: it waits for
// two ticks and a random part of one more, 10 ms each at most, and for a turn of
// the timer or the work queue (net/ipv4/igmp.c:igmp_ifc_start_timer,
// net/ipv6/mcast.c:mld_ifc_start_work).
const joinTicks = 100 * time.Millisecond

// joining are the membership reports that a step's own change may bring about
// and that the taps have not seen yet: no table tells of them.
func (s *session) joining(st *scenarios.Step) []frame.Pending {
	left := time.Until(time.Unix(0, s.sentAt).Add(joinTicks))
	if left <= 0 {
		return nil
	}
	var out []frame.Pending
	report := func(point string) {
		out = append(out, frame.Pending{Point: point, What: "the report of a membership", Timer: "two or three ticks of the kernel", Bound: int64(left)})
	}
	for _, c := range st.Set {
		switch f := c.Iface; {
		case f == nil:
		// Below an MTU of 1280 there is no IPv6, and no membership.
		case f.Up != nil || f.MTU != nil || f.Master != nil, (f.Addresses != nil || f.Groups != nil) && !s.reported(c.Target):
			report(c.Target)
		}
		// A router is a member of the groups of all routers (net/ipv6/addrconf.c:
		// dev_forward_change), and IPv6 itself goes by a sysctl.
		if n := c.Node; n != nil && (n.Forwarding != nil || len(n.Sysctls) > 0) {
			report(c.Target)
		}
	}
	if c := st.Create; c != nil {
		report(c.Interface.Node + ":" + c.Interface.Name)
	}
	return out
}

// reported reports whether the taps have seen, in this step, a report of each
// group that the step has an interface join or leave. A group of a second
// member is not told of: that one is waited for in vain.
func (s *session) reported(point string) bool {
	before, after := membershipsOf(s.plan.At(s.step-1), point), membershipsOf(s.plan.At(s.step), point)
	missing := slices.Concat(without(before, after), without(after, before))
	for _, n := range s.nodes {
		for i := range n.seen {
			o := &n.seen[i]
			if len(missing) > 0 && o.Dir == frame.Out && s.rec.Points[o.Point].Name() == point {
				missing = without(missing, reportedGroups(o.Frame.Decode()))
			}
		}
	}
	return len(missing) == 0
}

// membershipsOf are the groups that an interface is a member of for its
// addresses (RFC 4291 2.7.1) and for those that a scenario joined.
func membershipsOf(list []scenarios.Present, point string) []netip.Addr {
	var out []netip.Addr
	for _, i := range list {
		if i.String() != point {
			continue
		}
		out = append(out, i.Groups...)
		for _, p := range i.Addresses {
			if a := p.Addr(); a.Is6() {
				b := a.As16()
				out = append(out, netip.AddrFrom16([16]byte{0: 0xff, 1: 2, 11: 1, 12: 0xff, 13: b[13], 14: b[14], 15: b[15]}))
			}
		}
	}
	return out
}

// without returns the groups of a that are not in b.
func without(a, b []netip.Addr) []netip.Addr {
	return slices.DeleteFunc(slices.Clone(a), func(g netip.Addr) bool { return slices.Contains(b, g) })
}

// reportedGroups are those that an IGMP or MLD message says its sender joins or
// leaves.
func reportedGroups(d *frame.Decoded) []netip.Addr {
	var out []netip.Addr
	switch {
	case d.IGMP != nil && d.IGMP.Type == 0x22: // RFC 3376 4.2
		return d.IGMP.Groups
	case d.IGMP != nil && slices.Contains([]uint8{0x12, 0x16, 0x17}, d.IGMP.Type): // RFC 2236 2.1
		return []netip.Addr{d.IGMP.Group}
	case d.ICMPv6 != nil && (d.ICMPv6.Type == 131 || d.ICMPv6.Type == 132): // RFC 2710 3.1
		return []netip.Addr{d.ICMPv6.Group}
	case d.ICMPv6 != nil && d.ICMPv6.Type == 143:
		for _, r := range d.ICMPv6.Records {
			if r.Type >= 3 { // RFC 3810 5.2.12: what has changed
				out = append(out, r.Group)
			}
		}
	}
	return out
}

// owed is a report that a step has brought about and that has not come in its time.
type owed struct {
	point string
	until time.Time
}

// owe keeps what the running step leaves to be reported in the time of the next.
func (s *session) owe() {
	for _, p := range s.joining(&s.plan.Steps[s.step]) {
		s.reports = append(s.reports, owed{p.Point, time.Now().Add(time.Duration(p.Bound))})
	}
}

// joined are the reports that earlier steps have left.
func (s *session) joined() []frame.Pending {
	var out []frame.Pending
	s.reports = slices.DeleteFunc(s.reports, func(o owed) bool { return time.Until(o.until) <= 0 })
	for _, o := range s.reports {
		out = append(out, frame.Pending{Point: o.point, What: "the report of a membership", Timer: "two or three ticks of the kernel", Bound: int64(time.Until(o.until))})
	}
	return out
}

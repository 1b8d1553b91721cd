package run

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"netverify/filter"
	"netverify/frame"
	"netverify/recording"
	"netverify/scenarios"
)

// joinTicks is how long the first report of a membership may take: it waits for
// two ticks and a random part of one more, 10 ms each at most, and for a turn of
// the timer or the work queue (net/ipv4/igmp.c:igmp_ifc_start_timer,
// net/ipv6/mcast.c:mld_ifc_start_work).
const joinTicks = 100 * time.Millisecond

// joinTime is that on this machine: where fences took their time, the work queue
// will.
func (s *session) joinTime() time.Duration { return time.Duration(float64(joinTicks) * s.slow) }

// owed is a report that has been brought about and has not come yet, or a query.
type owed struct {
	point    string
	groups   []netip.Addr      // that are reported; nil: nobody knows which
	outlines []*filter.Outline // of what may come
	until    time.Time         // when it has come, or there was none
}

func (o *owed) pending() recording.Pending {
	what := "the report of a membership"
	if o.groups == nil {
		what = "reports of memberships, or the query for them"
	}
	return recording.Pending{Point: o.point, What: what, Timer: "two or three ticks of the kernel", Bound: int64(time.Until(o.until))}
}

// joining are the membership reports that a step's own change may bring about
// and that the taps have not seen yet: no table tells of them.
func (s *session) joining(st *scenarios.Step) []owed {
	until := time.Unix(0, s.sentAt).Add(s.joinTime())
	if time.Until(until) <= 0 {
		return nil
	}
	var out []owed
	some := func(point string, outlines []*filter.Outline) { out = append(out, owed{point, nil, outlines, until}) }
	for _, c := range st.Set {
		switch f := c.Iface; {
		case f == nil:
		// Below an MTU of 1280 there is no IPv6, and no membership. Behind a port
		// that comes up a querier asks, and so does one that becomes a querier
		// (net/bridge/br_multicast.c:br_multicast_enable).
		case f.Up != nil || f.MTU != nil || f.Master != nil || f.NetNS != "" || f.Port != nil || f.Attributes != nil:
			some(c.Target, queries)
		case f.Addresses != nil || f.Groups != nil:
			if groups, sure := s.unreported(c.Target); !sure {
				some(c.Target, reports)
			} else if len(groups) > 0 {
				out = append(out, owed{c.Target, groups, reports, until})
			}
		}
		// A router is a member of the groups of all routers (net/ipv6/addrconf.c:
		// dev_forward_change), and IPv6 itself goes by a sysctl.
		if n := c.Node; n != nil && (n.Forwarding != nil || len(n.Sysctls) > 0 || n.Bridge != nil) {
			some(c.Target, queries)
		}
	}
	if c := st.Create; c != nil {
		some(c.Interface.Node+":"+c.Interface.Name, queries)
	}
	// Of an advertised prefix hosts make addresses, with a group for each.
	if point := s.advertisedAt(); point != "" {
		some(point, reports)
	}
	return out
}

// advertisedAt is an interface that took in a router advertisement in this step, ""
// if there was none.
func (s *session) advertisedAt() (point string) {
	s.saw(func(o *recording.Observation) bool {
		d := o.Frame.Decode()
		if o.Dir == frame.In && d.ICMPv6 != nil && d.ICMPv6.Type == 134 {
			point = s.rec.Points[o.Point].Name()
		}
		return point != ""
	})
	return point
}

// unreported are the groups that the step has an interface join or leave and of
// which the taps have seen no report in this step. A group of a second member
// is not told of: that one is waited for in vain.
//
// With an address of one link all memberships are told of at once, and those that
// changed in their time as well (net/ipv6/mcast.c:ipv6_mc_dad_complete): then one
// report says nothing of the other.
func (s *session) unreported(point string) (groups []netip.Addr, sure bool) {
	before, after := s.plan.At(s.step-1), s.plan.At(s.step)
	if ofLink(after, point) && !ofLink(before, point) {
		return nil, false
	}
	had, has := membershipsOf(before, point), membershipsOf(after, point)
	return s.unseen(point, slices.Concat(without(had, has), without(has, had))), true
}

// ofLink tells whether an interface has an address of IPv6 that counts on its link
// alone.
func ofLink(list []scenarios.Present, point string) bool {
	return slices.ContainsFunc(list, func(i scenarios.Present) bool {
		return i.String() == point && slices.ContainsFunc(i.Addresses, func(p netip.Prefix) bool { return p.Addr().Is6() && p.Addr().IsLinkLocalUnicast() })
	})
}

// unseen are those of an interface's groups that no report of this step names.
func (s *session) unseen(point string, groups []netip.Addr) []netip.Addr {
	for _, n := range s.nodes {
		for i := range n.seen {
			o := &n.seen[i]
			if len(groups) > 0 && o.Dir == frame.Out && s.rec.Points[o.Point].Name() == point {
				groups = without(groups, reportedGroups(o.Frame.Decode()))
			}
		}
	}
	return groups
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

// owe keeps what the running step leaves to be reported in the time of the next.
func (s *session) owe() { s.reports = append(s.reports, s.joining(&s.plan.Steps[s.step])...) }

// joined are the reports that earlier steps have left, or the building of the lab.
func (s *session) joined() []owed {
	s.reports = slices.DeleteFunc(s.reports, func(o owed) bool { return time.Until(o.until) <= 0 })
	return s.reports
}

// heardReport strikes out what a frame reports.
func (s *session) heardReport(o *recording.Observation) {
	if o.Dir != frame.Out || len(s.reports) == 0 {
		return
	}
	told, point := reportedGroups(o.Frame.Decode()), s.rec.Points[o.Point].Name()
	for i := range s.reports {
		if r := &s.reports[i]; r.point == point && r.groups != nil {
			r.groups = without(r.groups, told)
		}
	}
	s.reports = slices.DeleteFunc(s.reports, func(r owed) bool { return r.groups != nil && len(r.groups) == 0 })
}

// joinedAtFirst owes the reports of the memberships that the lab was built with, of which
// the taps have not seen any.
func (s *session) joinedAtFirst() error {
	built, until := s.plan.At(-1), time.Now().Add(s.joinTime())
	for i := range s.rec.Points {
		point := s.rec.Points[i].Name()
		ref, _ := recording.ParseRef(point)
		groups, err := s.lab.Reported(ref)
		if err != nil {
			return err
		}
		own := from(s.bindings[point].MAC, reports)
		if ofLink(built, point) && len(groups) > 0 {
			s.reports = append(s.reports, owed{point, nil, own, until})
		} else if groups = s.unseen(point, groups); len(groups) > 0 {
			s.reports = append(s.reports, owed{point, groups, own, until})
		}
	}
	return nil
}

// reportsFirst lets come what is still to be reported, before a step that would
// take it for its own: a report belongs to the step that has brought it about,
// whether the one after it wants to see such a frame or none, and however fast the
// machine gets there.
func (s *session) reportsFirst(ctx context.Context, next int) error {
	if next >= len(s.plan.Steps) {
		return nil
	}
	st := &s.plan.Steps[next]
	looks := func(outlines []*filter.Outline) bool { return s.minds(st, outlines) }
	if !st.Strict || !looks(queries) {
		return nil
	}
	r := &recording.StepRecord{}
	if next == 0 {
		defer s.merge()
		if err := s.joinedAtFirst(); err != nil {
			return err
		}
	} else {
		r = s.record()
	}
	for waited := false; ; waited = true {
		left := s.joined()
		if next > 0 {
			left = append(slices.Clone(left), s.joining(&s.plan.Steps[next-1])...)
		}
		if !slices.ContainsFunc(left, func(o owed) bool { return looks(o.outlines) }) {
			if waited {
				return s.rest(r)
			}
			return nil
		}
		if ctx.Err() != nil {
			return &interrupted{"while it waited for the report of a membership", context.Cause(ctx)}
		}
		if _, err := s.poll(time.Now().Add(glance)); err != nil {
			return err
		}
	}
}

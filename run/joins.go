package run

import (
	"context"
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

// joinTime is that on this machine: where fences took their time, the work queue
// will.
func (s *session) joinTime() time.Duration { return time.Duration(float64(joinTicks) * s.slow) }

// owed is a report that has been brought about and has not come yet.
type owed struct {
	point  string
	groups []netip.Addr // of which; nil: of whatever the interface is a member of
	until  time.Time    // when it has come, or there was none
}

func (o *owed) pending() frame.Pending {
	return frame.Pending{Point: o.point, What: "the report of a membership", Timer: "two or three ticks of the kernel", Bound: int64(time.Until(o.until))}
}

// joining are the membership reports that a step's own change may bring about
// and that the taps have not seen yet: no table tells of them.
func (s *session) joining(st *scenarios.Step) []owed {
	until := time.Unix(0, s.sentAt).Add(s.joinTime())
	if time.Until(until) <= 0 {
		return nil
	}
	var out []owed
	report := func(point string, groups []netip.Addr) { out = append(out, owed{point, groups, until}) }
	for _, c := range st.Set {
		switch f := c.Iface; {
		case f == nil:
		// Below an MTU of 1280 there is no IPv6, and no membership.
		case f.Up != nil || f.MTU != nil || f.Master != nil:
			report(c.Target, nil)
		case f.Addresses != nil || f.Groups != nil:
			if groups := s.unreported(c.Target); len(groups) > 0 {
				report(c.Target, groups)
			}
		}
		// A router is a member of the groups of all routers (net/ipv6/addrconf.c:
		// dev_forward_change), and IPv6 itself goes by a sysctl.
		if n := c.Node; n != nil && (n.Forwarding != nil || len(n.Sysctls) > 0) {
			report(c.Target, nil)
		}
	}
	if c := st.Create; c != nil {
		report(c.Interface.Node+":"+c.Interface.Name, nil)
	}
	return out
}

// unreported are the groups that the step has an interface join or leave and of
// which the taps have seen no report in this step. A group of a second member
// is not told of: that one is waited for in vain.
func (s *session) unreported(point string) []netip.Addr {
	before, after := membershipsOf(s.plan.At(s.step-1), point), membershipsOf(s.plan.At(s.step), point)
	return s.unseen(point, slices.Concat(without(before, after), without(after, before)))
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
func (s *session) heardReport(o *frame.Observation) {
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
	until := time.Now().Add(s.joinTime())
	for i := range s.rec.Points {
		point := s.rec.Points[i].Name()
		groups, err := s.lab.Reported(parseRef(point))
		if err != nil {
			return err
		}
		if groups = s.unseen(point, groups); len(groups) > 0 {
			s.reports = append(s.reports, owed{point, groups, until})
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
	if !st.Strict || !mind(st, reports) && !seek(st, reports) {
		return nil
	}
	r := &frame.StepRecord{}
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
		if len(left) == 0 {
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

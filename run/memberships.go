package run

import (
	"net/netip"
	"slices"
	"time"

	"netverify/frame"
	"netverify/recording"
	"netverify/scenarios"
)

// query is a membership query that an interface took in, in any step.
type query struct {
	point int
	at    int64      // ns since the epoch
	group netip.Addr // that it asks for; the zero Addr: for all
	igmp  bool
	bound time.Duration
	told  map[netip.Addr]bool // groups for which there is an answer
}

// heardQuery keeps what a frame says of memberships: a query, or the answer to one.
func (s *session) heardQuery(o *recording.Observation) {
	d := o.Frame.Decode()
	if d.IGMP == nil && d.ICMPv6 == nil {
		return
	}
	if bound, ok := responseTime(d); ok {
		if o.Dir == frame.In {
			q := query{point: o.Point, at: o.At, igmp: d.IGMP != nil, bound: bound, told: map[netip.Addr]bool{}}
			if q.group = askedFor(d); q.group.IsUnspecified() {
				q.group = netip.Addr{}
			}
			s.queries = append(s.queries, q)
			s.oldQuerier = s.oldQuerier || d.IGMP != nil && d.IGMP.MaxResp == 0 // RFC 2236 4
		}
		return
	}
	if o.Dir == frame.In && len(reportedGroups(d)) > 0 {
		s.leftAt = max(s.leftAt, o.At)
	}
	for i := range s.queries {
		if q := &s.queries[i]; q.point == o.Point && o.At >= q.at {
			for _, g := range answered(d, o.Dir) {
				q.told[g] = true
			}
		}
	}
}

// askedFor is the group of a query.
func askedFor(d *frame.Decoded) netip.Addr {
	if d.IGMP != nil {
		return d.IGMP.Group
	}
	return d.ICMPv6.Group
}

// answered are the groups of which a report says that somebody listens, as the
// answer to a query does: in a record of the current state (RFC 3376 4.2.12,
// RFC 3810 5.2.12), or as older versions say it, where whoever hears it from
// another says nothing any more (RFC 2236 3, RFC 2710 4).
func answered(d *frame.Decoded, dir frame.Direction) (groups []netip.Addr) {
	const isInclude, isExclude = 1, 2
	switch {
	case d.IGMP != nil && (d.IGMP.Type == 0x12 || d.IGMP.Type == 0x16):
		return []netip.Addr{d.IGMP.Group}
	case d.ICMPv6 != nil && d.ICMPv6.Type == 131:
		return []netip.Addr{d.ICMPv6.Group}
	case dir != frame.Out:
	case d.IGMP != nil:
		for i, g := range d.IGMP.Groups {
			if t := d.IGMP.RecordTypes[i]; t == isInclude || t == isExclude {
				groups = append(groups, g)
			}
		}
	default:
		for _, r := range d.ICMPv6.Records {
			if r.Type == isInclude || r.Type == isExclude {
				groups = append(groups, r.Group)
			}
		}
	}
	return groups
}

// queried are the reports that hosts owe to membership queries, of this step and
// of those before, each after a random time below what the query allows (RFC 3376
// 5.2, RFC 3810 6.2). No table tells of those to a general query; whether
// there is anything to report is known, and whether it has been.
func (s *session) queried(st *scenarios.Step) ([]recording.Pending, error) {
	var out []recording.Pending
	s.queries = slices.DeleteFunc(s.queries, func(q query) bool { _, running := s.leftOf(&q); return !running })
	if !mind(st, reports) {
		return nil, nil
	}
	for i := range s.queries {
		q := &s.queries[i]
		held, err := s.lab.Reported(s.rec.Points[q.point].Ref())
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(held, q.owes) {
			continue
		}
		bound := s.bound(q)
		left, _ := s.leftOf(q)
		what := "the answer to a membership query"
		if q.at < s.record().Begin {
			what += " of an earlier step"
		}
		out = append(out, recording.Pending{Point: s.rec.Points[q.point].Name(), What: what,
			Timer: "the query's maximum response time, " + bound.String(), Bound: int64(left)})
	}
	return out, nil
}

// owes tells whether a group still has to be reported to who asked.
func (q *query) owes(g netip.Addr) bool {
	return g.Is4() == q.igmp && (!q.group.IsValid() || q.group == g) && !q.told[g]
}

// bound is how long hosts may take with the answer.
func (s *session) bound(q *query) time.Duration {
	if q.igmp && s.oldQuerier {
		return oldResponse
	}
	return q.bound
}

func (s *session) leftOf(q *query) (left time.Duration, running bool) {
	return remains(s.bound(q), time.Since(time.Unix(0, q.at)))
}

// responseTime is how long the answer to a membership query may take.
func responseTime(d *frame.Decoded) (time.Duration, bool) {
	switch {
	case d.IGMP != nil && d.IGMP.Type == 0x11: // RFC 2236 2.2, RFC 3376 4.1.1
		return igmpCode(int(d.IGMP.MaxResp)) * time.Second / 10, true
	case d.ICMPv6 != nil && d.ICMPv6.Type == 130: // RFC 2710 3.4
		return max(10*time.Second, mldCode(d.ICMPv6.Body)), true
	}
	return 0, false
}

// oldResponse is how long hosts may take where a querier of IGMP version 1 was
// heard of: then they go by its time, whatever another query says
// (net/ipv4/igmp.c:igmp_heard_query, IGMP_V1_SEEN).
const oldResponse = 10 * time.Second

// mldCode is the maximum response time in a query of MLD version 2, whose code is
// an exponent and a mantissa beyond 32767 ms (RFC 3810 5.1.3).
func mldCode(body []byte) time.Duration {
	if len(body) < 2 {
		return 0
	}
	code := int64(body[0])<<8 | int64(body[1])
	if code >= 32768 {
		code = (code&0xfff | 0x1000) << (code>>12&7 + 3)
	}
	return time.Duration(code) * time.Millisecond
}

// igmpCode reads Max Resp Code (RFC 3376 4.1.1) as a number of tenths of a
// second; 0 is IGMPv1's, which stands for ten seconds.
func igmpCode(code int) time.Duration {
	switch {
	case code == 0:
		return 100
	case code < 128:
		return time.Duration(code)
	}
	return time.Duration((code&0xf | 0x10) << (code>>4&7 + 3))
}

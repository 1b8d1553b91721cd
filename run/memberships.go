package run

import (
	"time"

	"netverify/frame"
)

// queried are the reports that hosts give to a membership query, each after a
// random time below what the query allows (RFC 3376 5.2, RFC 3810 6.2): no table
// tells of those to a general query.
func (s *session) queried() []frame.Pending {
	var out []frame.Pending
	for _, n := range s.nodes {
		for i := range n.seen {
			o := &n.seen[i]
			d := o.Frame.Decode()
			bound, ok := responseTime(d)
			if ok && d.IGMP != nil && s.oldQuerier() {
				bound = oldResponse
			}
			if left := time.Until(time.Unix(0, o.At).Add(bound)); ok && o.Dir == frame.In && left > 0 {
				out = append(out, frame.Pending{Point: s.rec.Points[o.Point].Name(), What: "the answer to a membership query",
					Timer: "the query's maximum response time, " + bound.String(), Bound: int64(left)})
			}
		}
	}
	return out
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

// oldQuerier tells whether the taps have seen a query of version 1, in any step:
// one without a response time (RFC 2236 4).
func (s *session) oldQuerier() bool {
	is := func(o *frame.Observation) bool {
		d := o.Frame.Decode()
		return d.IGMP != nil && d.IGMP.Type == 0x11 && d.IGMP.MaxResp == 0
	}
	for _, n := range s.nodes {
		for i := range n.seen {
			if is(&n.seen[i]) {
				return true
			}
		}
	}
	for i := range s.rec.Observations {
		if is(&s.rec.Observations[i]) {
			return true
		}
	}
	return false
}

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

package run

import (
	"slices"

	"netverify/assert"
	"netverify/filter"
	"netverify/frame"
	"netverify/scenarios"
)

// What a timer may let a stack send is known in outline before it comes: what no
// absence of a step could take for its frame is not waited for.

// perhaps are layers that a frame has or not, by where it is seen and how.
var perhaps = []frame.Protocol{frame.ProtoVLAN, frame.ProtoIEEE8021AD, frame.ProtoData, frame.ProtoMalformed, frame.ProtoUnreassembled, frame.ProtoShort}

// reports are those of memberships: of MLD, which its hop-by-hop option precedes
// (RFC 2710 3, RFC 3810 5), and of IGMP (RFC 2236 2.1, RFC 3376 4).
var reports = []*filter.Outline{
	{Has: []frame.Protocol{frame.ProtoEthernet, frame.ProtoIPv6, frame.ProtoIPv6HopByHop, frame.ProtoICMPv6}, May: perhaps,
		Values: map[string][]uint64{"ipv6.nxt": {0}, "icmpv6.type": {131, 132, 143}}},
	{Has: []frame.Protocol{frame.ProtoEthernet, frame.ProtoIPv4, frame.ProtoIGMP}, May: perhaps,
		Values: map[string][]uint64{"ip.proto": {2}, "igmp.type": {0x12, 0x16, 0x17, 0x22}}},
}

// queries are those of memberships, and the answers that they bring about
// (RFC 2236 2.1, RFC 2710 3.1).
var queries = append([]*filter.Outline{
	{Has: []frame.Protocol{frame.ProtoEthernet, frame.ProtoIPv6, frame.ProtoIPv6HopByHop, frame.ProtoICMPv6}, May: perhaps, Values: map[string][]uint64{"ipv6.nxt": {0}, "icmpv6.type": {130}}},
	{Has: []frame.Protocol{frame.ProtoEthernet, frame.ProtoIPv4, frame.ProtoIGMP}, May: perhaps, Values: map[string][]uint64{"ip.proto": {2}, "igmp.type": {0x11}}},
}, reports...)

// solicitations are those of routers (RFC 4861 4.1).
var solicitations = []*filter.Outline{
	{Has: []frame.Protocol{frame.ProtoEthernet, frame.ProtoIPv6, frame.ProtoICMPv6}, May: perhaps, Values: map[string][]uint64{"ipv6.nxt": {58}, "icmpv6.type": {133}}},
}

// afterProbing are what an address of IPv6 lets its stack send when it is no
// longer tentative, in the same turn of the work queue that makes it so: its
// advertisement, router solicitations, and reports
// (net/ipv6/addrconf.c:addrconf_dad_completed).
var afterProbing = append([]*filter.Outline{
	{Has: []frame.Protocol{frame.ProtoEthernet, frame.ProtoIPv6, frame.ProtoICMPv6}, May: perhaps, Values: map[string][]uint64{"ipv6.nxt": {58}, "icmpv6.type": {133, 136}}},
}, reports...)

// mind tells whether an absence that a step expects might be broken by a frame of
// one of these outlines. No answer to a request is such a frame.
func mind(st *scenarios.Step, outlines []*filter.Outline) bool {
	return slices.ContainsFunc(st.Expect, func(e assert.Expectation) bool {
		switch {
		case e.Kind == assert.KindPath:
			return slices.ContainsFunc(e.Path, func(w assert.Waypoint) bool { return passes(w.Frames, outlines) })
		case e.Kind == assert.KindNever, e.Count != nil && e.Count.Max >= 0:
			return passes(e.Frames, outlines)
		}
		return false
	})
}

// from are outlines of frames that an interface with this MAC sends.
func from(mac [6]byte, outlines []*filter.Outline) []*filter.Outline {
	out := make([]*filter.Outline, len(outlines))
	for i, o := range outlines {
		own := *o
		own.Source = mac[:]
		out[i] = &own
	}
	return out
}

// minds tells whether a step minds or seeks a frame of one of these outlines, with
// the addresses in its filters as they are now.
func (s *session) minds(st *scenarios.Step, outlines []*filter.Outline) bool {
	return slices.ContainsFunc(st.Expect, func(e assert.Expectation) bool {
		one := &scenarios.Step{Expect: []assert.Expectation{e}}
		if !mind(one, outlines) && !seek(one, outlines) {
			return false
		}
		if e.Frames == nil {
			return true
		}
		m, err := e.Frames.Bind(s.bindings)
		return err != nil || slices.ContainsFunc(outlines, m.MayMatch)
	})
}

// seek tells whether a step expects to see a frame that might be of one of these
// outlines.
func seek(st *scenarios.Step, outlines []*filter.Outline) bool {
	return slices.ContainsFunc(st.Expect, func(e assert.Expectation) bool {
		return (e.Kind == assert.KindSeen || e.Kind == assert.KindAnswer) && (e.Count == nil || e.Count.Max != 0) && passes(e.Frames, outlines)
	})
}

// passes tells whether a frame of one of these outlines may pass a filter; where
// there is none each does.
func passes(f *filter.Filter, outlines []*filter.Outline) bool {
	return f == nil || slices.ContainsFunc(outlines, f.MayMatch)
}

package craft

import (
	"cmp"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

var icmpv6Types = []named{
	{"echo-request", 128}, {"echo-reply", 129},
	{"router-solicitation", 133}, {"router-advertisement", 134},
	{"neighbour-solicitation", 135}, {"neighbour-advertisement", 136},
	{"mld-query", 130}, {"mldv2-query", 130}, {"mld-report", 131}, {"mld-done", 132}, {"mldv2-report", 143},
}

var (
	allNodes     = netip.MustParseAddr("ff02::1")
	allRouters   = netip.MustParseAddr("ff02::2")
	allMLDv2     = netip.MustParseAddr("ff02::16") // RFC 3810 section 5.2.14
	anyIPv6      = netip.IPv6Unspecified()
	recordsNames = []named{{"is-in", 1}, {"is-ex", 2}, {"to-in", 3}, {"to-ex", 4}, {"allow", 5}, {"block", 6}}
)

// icmpv6Default is what a message wants of the IPv6 header around it.
type icmpv6Default struct {
	dst   netip.Addr // the zero Addr: it does not say
	hlim  int
	alert bool // router alert
}

// icmpv6Defaults reports no errors: icmpv6 reads the same fields and does.
func (c *composer) icmpv6Defaults() icmpv6Default {
	d := icmpv6Default{hlim: 64}
	m := c.spec.ICMPv6
	if m == nil {
		return d
	}
	quiet := &composer{spec: c.spec, lookup: c.lookup}
	typ, name, _ := quiet.code("", m.Type, icmpv6Types, 255)
	switch {
	case typ >= 133 && typ <= 137:
		d.hlim = 255 // RFC 4861 section 4
	case typ >= 130 && typ <= 132 || typ == 143:
		d.hlim, d.alert = 1, name != ""
	}
	group := quiet.ip6("", m.Multicast)
	switch name {
	case "neighbour-solicitation":
		if t := quiet.ip6("", m.Target); t.IsValid() {
			d.dst = solicitedNode(t)
		}
	case "neighbour-advertisement", "router-advertisement":
		d.dst = allNodes
	case "router-solicitation", "mld-done":
		d.dst = allRouters
	case "mld-query", "mldv2-query":
		if d.dst = group; !group.IsValid() || group == anyIPv6 {
			d.dst = allNodes
		}
	case "mld-report":
		d.dst = group
	case "mldv2-report":
		d.dst = allMLDv2
	}
	return d
}

// icmpv6 adds the 4-byte header and the message behind it.
func (c *composer) icmpv6(m *ICMPv6) {
	typ, name, ok := c.code("icmpv6.type", m.Type, icmpv6Types, 255)
	if !ok {
		if m.Type == "" {
			c.errorf("icmpv6.type", "is missing")
		}
		return
	}
	c.icmpv6Misplaced(m, name)
	l := &layers.ICMPv6{
		TypeCode: layers.CreateICMPv6TypeCode(uint8(typ), uint8(c.num("icmpv6.code", m.Code, 0, 0, 255))),
		Checksum: uint16(c.num("icmpv6.checksum", m.Checksum, 0, 0, 0xffff)),
	}
	if err := l.SetNetworkLayerForChecksum(c.network); err != nil {
		c.errorf("icmpv6", "%v", err)
	}
	c.add("icmpv6", l, m.Checksum == nil)
	body := c.icmpv6Body(m, name)
	c.parts = append(c.parts, part{"icmpv6", body, gopacket.SerializeOptions{FixLengths: true}})
}

func (c *composer) icmpv6Body(m *ICMPv6, name string) gopacket.SerializableLayer {
	one := 0
	switch name {
	case "router-solicitation", "router-advertisement", "neighbour-solicitation", "neighbour-advertisement":
		c.noRoom = true
		return c.neighbourDiscovery(m, name)
	case "mld-query", "mldv2-query", "mld-report", "mld-done", "mldv2-report":
		c.noRoom = true
		return c.mld(m, name)
	case "echo-request", "echo-reply":
		one = 1
	}
	return &layers.ICMPv6Echo{ // the four bytes are the same in every type given by number
		Identifier: uint16(c.num("icmpv6.ident", m.Ident, one, 0, 0xffff)),
		SeqNumber:  uint16(c.num("icmpv6.seq", m.Seq, one, 0, 0xffff)),
	}
}

// icmpv6Misplaced reports fields that the message does not have.
func (c *composer) icmpv6Misplaced(m *ICMPv6, name string) {
	const echo, rs, ra, ns, na = "echo-request echo-reply number", "router-solicitation", "router-advertisement", "neighbour-solicitation", "neighbour-advertisement"
	const nd, query = rs + " " + ra + " " + ns, "mld-query mldv2-query"
	what := cmp.Or(name, "number")
	for _, f := range []struct {
		field string
		set   bool
		in    string
	}{
		{"ident", m.Ident != nil, echo},
		{"seq", m.Seq != nil, echo},
		{"target", m.Target != "", ns + " " + na},
		{"flags", len(m.Flags) > 0, ra + " " + na},
		{"source_lladdr", m.SLLA != "", nd},
		{"target_lladdr", m.TLLA != "", na},
		{"cur_hop_limit", m.CurHopLimit != nil, ra},
		{"router_lifetime", m.RouterLifetime != nil, ra},
		{"reachable_time", m.ReachableTime != nil, ra},
		{"retrans_timer", m.RetransTimer != nil, ra},
		{"mtu", m.MTU != nil, ra},
		{"prefixes", len(m.Prefixes) > 0, ra},
		{"max_resp_delay", m.MaxRespDelay != nil, query + " mld-report mld-done"},
		{"multicast", m.Multicast != "", query + " mld-report mld-done"},
		{"records", len(m.Records) > 0, "mldv2-report"},
		{"sources", len(m.Sources) > 0, "mldv2-query"},
	} {
		if f.set && !strings.Contains(" "+f.in+" ", " "+what+" ") {
			c.errorf("icmpv6."+f.field, "does not belong to %s", cmp.Or(name, "a type given by number"))
		}
	}
}

func (c *composer) mld(m *ICMPv6, name string) gopacket.SerializableLayer {
	group := anyIPv6
	switch {
	case m.Multicast != "":
		group = c.ip6("icmpv6.multicast", m.Multicast)
	case name == "mld-report" || name == "mld-done":
		c.errorf("icmpv6.multicast", "is missing")
	}
	delay := 0
	switch name {
	case "mld-query":
		delay = c.num("icmpv6.max_resp_delay", m.MaxRespDelay, 10000, 0, 65535)
	case "mldv2-query": // above 32767 the field is in floating point (RFC 3810 section 5.1.3)
		delay = c.num("icmpv6.max_resp_delay", m.MaxRespDelay, 10000, 0, 32767)
	default:
		delay = c.num("icmpv6.max_resp_delay", m.MaxRespDelay, 0, 0, 65535)
	}
	switch name {
	case "mldv2-query":
		q := &layers.MLDv2MulticastListenerQueryMessage{
			MaximumResponseCode: uint16(delay), MulticastAddress: group.AsSlice(),
			QueriersRobustnessVariable: 2, QueriersQueryIntervalCode: 125, // RFC 3810 section 9
		}
		for i, s := range m.Sources {
			q.SourceAddresses = append(q.SourceAddresses, c.requiredIP6(fmt.Sprintf("icmpv6.sources[%d]", i), s))
		}
		return q
	case "mldv2-report":
		return c.mldRecords(m)
	}
	v1 := layers.MLDv1Message{MaximumResponseDelay: time.Duration(delay) * time.Millisecond, MulticastAddress: group.AsSlice()}
	switch name {
	case "mld-report":
		return &layers.MLDv1MulticastListenerReportMessage{MLDv1Message: v1}
	case "mld-done":
		return &layers.MLDv1MulticastListenerDoneMessage{MLDv1Message: v1}
	}
	return &layers.MLDv1MulticastListenerQueryMessage{MLDv1Message: v1}
}

func (c *composer) mldRecords(m *ICMPv6) gopacket.SerializableLayer {
	r := new(layers.MLDv2MulticastListenerReportMessage)
	for i, rec := range m.Records {
		path := fmt.Sprintf("icmpv6.records[%d]", i)
		typ, _, ok := c.code(path+".type", rec.Type, recordsNames, 255)
		if !ok && rec.Type == "" {
			c.errorf(path+".type", "is missing")
		}
		out := layers.MLDv2MulticastAddressRecord{
			RecordType:       layers.MLDv2MulticastAddressRecordType(typ),
			MulticastAddress: c.requiredIP6(path+".group", rec.Group),
		}
		for j, s := range rec.Sources {
			out.SourceAddresses = append(out.SourceAddresses, c.requiredIP6(fmt.Sprintf("%s.sources[%d]", path, j), s))
		}
		r.MulticastAddressRecords = append(r.MulticastAddressRecords, out)
	}
	return r
}

func (c *composer) requiredIP6(path, s string) []byte {
	if s == "" {
		c.errorf(path, "is missing")
	}
	return c.ip6(path, s).AsSlice()
}

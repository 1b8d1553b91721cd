package craft

// ICMP is an ICMP message: its 8-byte header, data from Spec.Payload.
type ICMP struct {
	Type     string `yaml:"type" jsonschema:"oneof_type=string;integer" jsonschema_description:"echo-request, echo-reply, destination-unreachable, redirect, time-exceeded, parameter-problem or a number."`
	Code     *int   `yaml:"code,omitempty" jsonschema:"minimum=0,maximum=255" jsonschema_description:"Code. Default: 0."`
	Ident    *int   `yaml:"ident,omitempty" jsonschema:"minimum=0,maximum=65535" jsonschema_description:"Identifier: bytes 4 and 5 of every type. Default: 1 for echo, else 0."`
	Seq      *int   `yaml:"seq,omitempty" jsonschema:"minimum=0,maximum=65535" jsonschema_description:"Sequence number: bytes 6 and 7 of every type. Default: 1 for echo, else 0."`
	Checksum *int   `yaml:"checksum,omitempty" jsonschema:"minimum=0,maximum=65535" jsonschema_description:"Checksum. Default: computed."`
}

// UDP is the UDP header.
type UDP struct {
	SrcPort  *int `yaml:"srcport,omitempty" jsonschema:"minimum=0,maximum=65535" jsonschema_description:"Source port. Default: 49152."`
	DstPort  int  `yaml:"dstport" jsonschema:"minimum=0,maximum=65535" jsonschema_description:"Destination port."`
	Length   *int `yaml:"length,omitempty" jsonschema:"minimum=0,maximum=65535" jsonschema_description:"Length in bytes, header included, as written in the header. Default: computed."`
	Checksum *int `yaml:"checksum,omitempty" jsonschema:"minimum=0,maximum=65535" jsonschema_description:"Checksum; 0 means none in IPv4. Default: computed."`
}

// ICMPv6 is an ICMPv6 message. Which fields apply depends on Type; one that
// does not apply is an error, so that a misplaced field is not silently lost.
type ICMPv6 struct {
	Type     string `yaml:"type" jsonschema:"oneof_type=string;integer" jsonschema_description:"echo-request, echo-reply, router-solicitation, router-advertisement, neighbour-solicitation, neighbour-advertisement, mld-query, mldv2-query, mld-report, mld-done, mldv2-report or a number."`
	Code     *int   `yaml:"code,omitempty" jsonschema:"minimum=0,maximum=255" jsonschema_description:"Code. Default: 0."`
	Checksum *int   `yaml:"checksum,omitempty" jsonschema:"minimum=0,maximum=65535" jsonschema_description:"Checksum. Default: computed."`

	Ident *int `yaml:"ident,omitempty" jsonschema:"minimum=0,maximum=65535" jsonschema_description:"Echo identifier; of a type given by number, bytes 4 and 5. Default: 1 for echo, else 0."`
	Seq   *int `yaml:"seq,omitempty" jsonschema:"minimum=0,maximum=65535" jsonschema_description:"Echo sequence number; of a type given by number, bytes 6 and 7. Default: 1 for echo, else 0."`

	Target string   `yaml:"target,omitempty" jsonschema_description:"Target address of a neighbour solicitation or advertisement. Default in an advertisement: ipv6.src."`
	Flags  []string `yaml:"flags,omitempty" jsonschema:"enum=router,enum=solicited,enum=override,enum=managed,enum=other" jsonschema_description:"Flags that are set: router, solicited, override of a neighbour advertisement; managed, other of a router advertisement. Default: none."`
	SLLA   string   `yaml:"source_lladdr,omitempty" jsonschema_description:"Source link-layer address option: a MAC or none. Default: eth.src, and none where ipv6.src is ::."`
	TLLA   string   `yaml:"target_lladdr,omitempty" jsonschema_description:"Target link-layer address option of a neighbour advertisement: a MAC or none. Default: eth.src."`

	CurHopLimit    *int     `yaml:"cur_hop_limit,omitempty" jsonschema:"minimum=0,maximum=255" jsonschema_description:"Hop limit that a router advertisement announces. Default: 64."`
	RouterLifetime *int     `yaml:"router_lifetime,omitempty" jsonschema:"minimum=0,maximum=65535" jsonschema_description:"Seconds for which the router is a default router. Default: 1800."`
	ReachableTime  *int     `yaml:"reachable_time,omitempty" jsonschema:"minimum=0,maximum=4294967295" jsonschema_description:"Milliseconds. Default: 0 (unspecified)."`
	RetransTimer   *int     `yaml:"retrans_timer,omitempty" jsonschema:"minimum=0,maximum=4294967295" jsonschema_description:"Milliseconds. Default: 0 (unspecified)."`
	MTU            *int     `yaml:"mtu,omitempty" jsonschema:"minimum=0,maximum=4294967295" jsonschema_description:"MTU option of a router advertisement, bytes. Default: no option."`
	Prefixes       []Prefix `yaml:"prefixes,omitempty" jsonschema_description:"Prefix information options of a router advertisement."`

	MaxRespDelay *int        `yaml:"max_resp_delay,omitempty" jsonschema:"minimum=0,maximum=65535" jsonschema_description:"Maximum response delay of an MLD query, milliseconds. Default: 10000 in queries, else 0."`
	Multicast    string      `yaml:"multicast,omitempty" jsonschema_description:"Group of an MLD query, report or done. Default in a query: :: (general query)."`
	Records      []MLDRecord `yaml:"records,omitempty" jsonschema_description:"Group records of an MLDv2 report."`
	Sources      []string    `yaml:"sources,omitempty" jsonschema_description:"Sources of an MLDv2 query."`
}

// Prefix is a prefix information option (RFC 4861 section 4.6.2).
type Prefix struct {
	Prefix     string `yaml:"prefix" jsonschema_description:"IPv6 prefix, such as 2001:db8::/64."`
	Valid      *int   `yaml:"valid,omitempty" jsonschema:"minimum=0,maximum=4294967295" jsonschema_description:"Valid lifetime in seconds. Default: 86400."`
	Preferred  *int   `yaml:"preferred,omitempty" jsonschema:"minimum=0,maximum=4294967295" jsonschema_description:"Preferred lifetime in seconds. Default: 14400."`
	OnLink     *bool  `yaml:"on_link,omitempty" jsonschema_description:"On-link flag. Default: true."`
	Autonomous *bool  `yaml:"autonomous,omitempty" jsonschema_description:"Autonomous address configuration flag. Default: true."`
}

// MLDRecord is a group record of an MLDv2 report (RFC 3810 section 5.2).
type MLDRecord struct {
	Type    string   `yaml:"type" jsonschema:"oneof_type=string;integer" jsonschema_description:"is-in, is-ex, to-in, to-ex, allow, block or a number."`
	Group   string   `yaml:"group" jsonschema_description:"Multicast address."`
	Sources []string `yaml:"sources,omitempty" jsonschema_description:"Source addresses."`
}

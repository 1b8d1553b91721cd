package craft

// ARP is an RFC 826 packet for IPv4 over Ethernet, 28 bytes.
type ARP struct {
	// Opcode is a number or a name; the names other than request and reply
	// stand for the forms of RFC 5227 and fill in the addresses:
	//
	//	probe         request, sender IP 0.0.0.0 (section 2.1.1)
	//	announcement  request, target IP = sender IP (section 2.3)
	//	gratuitous    reply, target IP = sender IP, to broadcast (RFC 2002 section 4.6)
	Opcode string `yaml:"opcode" jsonschema:"oneof_type=string;integer" jsonschema_description:"request, reply, probe (request from 0.0.0.0, RFC 5227), announcement (request for the sender's own address), gratuitous (broadcast reply for the sender's own address) or a number."`

	Sender string `yaml:"sender,omitempty" jsonschema_description:"Sender: @node:interface for its MAC and IPv4 address, or an IPv4 address alone (the MAC is then eth.src)."`
	Target string `yaml:"target,omitempty" jsonschema_description:"Target: @node:interface, or an IPv4 address. Its MAC is written in replies only; in requests it is zero."`

	SenderMAC string `yaml:"sender_mac,omitempty" jsonschema_description:"Sender MAC, where it is not sender's."`
	SenderIP  string `yaml:"sender_ip,omitempty" jsonschema_description:"Sender IPv4 address, where it is not sender's."`
	TargetMAC string `yaml:"target_mac,omitempty" jsonschema_description:"Target MAC, where it is not the default."`
	TargetIP  string `yaml:"target_ip,omitempty" jsonschema_description:"Target IPv4 address, where it is not target's."`

	HWType    *int `yaml:"hw_type,omitempty" jsonschema:"minimum=0,maximum=65535" jsonschema_description:"Hardware type. Default: 1 (Ethernet)."`
	ProtoType *int `yaml:"proto_type,omitempty" jsonschema:"minimum=0,maximum=65535" jsonschema_description:"Protocol type. Default: 0x0800."`
	HWSize    *int `yaml:"hw_size,omitempty" jsonschema:"minimum=0,maximum=255" jsonschema_description:"Hardware address length as written in the header. Default: 6."`
	ProtoSize *int `yaml:"proto_size,omitempty" jsonschema:"minimum=0,maximum=255" jsonschema_description:"Protocol address length as written in the header. Default: 4."`
}

// IP is the IPv4 header, without options.
type IP struct {
	Src string `yaml:"src,omitempty" jsonschema_description:"Source address. Default: that of the interface that eth.src names."`
	Dst string `yaml:"dst,omitempty" jsonschema_description:"Destination address. Default: that of the interface that eth.dst names."`

	TTL        *int     `yaml:"ttl,omitempty" jsonschema:"minimum=0,maximum=255" jsonschema_description:"Time to live. Default: 64."`
	Proto      string   `yaml:"proto,omitempty" jsonschema:"oneof_type=string;integer" jsonschema_description:"Protocol: icmp, igmp, tcp, udp, icmpv6 or a number. Default: that of the next layer; 253 (experimental, RFC 3692) for bare payload."`
	DSField    *int     `yaml:"dsfield,omitempty" jsonschema:"minimum=0,maximum=255" jsonschema_description:"DSCP and ECN byte. Default: 0."`
	ID         *int     `yaml:"id,omitempty" jsonschema:"minimum=0,maximum=65535" jsonschema_description:"Identification. Default: 0."`
	Flags      []string `yaml:"flags,omitempty" jsonschema:"enum=df,enum=mf,enum=rb" jsonschema_description:"Flags that are set: df, mf, rb (reserved bit). Default: none."`
	FragOffset *int     `yaml:"frag_offset,omitempty" jsonschema:"minimum=0,maximum=8191" jsonschema_description:"Fragment offset in units of 8 bytes, as the field ip.frag_offset counts it. Default: 0."`

	Version  *int `yaml:"version,omitempty" jsonschema:"minimum=0,maximum=15" jsonschema_description:"Version. Default: 4."`
	HdrLen   *int `yaml:"hdr_len,omitempty" jsonschema:"minimum=0,maximum=60,multipleOf=4" jsonschema_description:"Header length in bytes as written in the header. Default: 20."`
	Len      *int `yaml:"len,omitempty" jsonschema:"minimum=0,maximum=65535" jsonschema_description:"Total length in bytes as written in the header. Default: computed."`
	Checksum *int `yaml:"checksum,omitempty" jsonschema:"minimum=0,maximum=65535" jsonschema_description:"Header checksum. Default: computed."`
}

// IPv6 is the IPv6 header.
type IPv6 struct {
	Src string `yaml:"src,omitempty" jsonschema_description:"Source address. Default: that of the interface that eth.src names."`
	// Dst defaults to what RFC 4861 and RFC 3810 send the message to: the
	// solicited-node group for a neighbour solicitation, ff02::1 for
	// advertisements and MLD queries, ff02::2 for a router solicitation,
	// ff02::16 for an MLDv2 report, the group for an MLDv1 report.
	Dst string `yaml:"dst,omitempty" jsonschema_description:"Destination address. Default: where ND and MLD send the message, else that of the interface that eth.dst names."`

	HLim   *int   `yaml:"hlim,omitempty" jsonschema:"minimum=0,maximum=255" jsonschema_description:"Hop limit. Default: 64; 255 for ND, 1 for MLD."`
	Nxt    string `yaml:"nxt,omitempty" jsonschema:"oneof_type=string;integer" jsonschema_description:"Next header: icmp, igmp, tcp, udp, icmpv6 or a number. Default: that of the next layer; 253 (experimental, RFC 3692) for bare payload."`
	TClass *int   `yaml:"tclass,omitempty" jsonschema:"minimum=0,maximum=255" jsonschema_description:"Traffic class. Default: 0."`
	Flow   *int   `yaml:"flow,omitempty" jsonschema:"minimum=0,maximum=1048575" jsonschema_description:"Flow label. Default: 0."`

	// RouterAlert puts a hop-by-hop header with the router alert option
	// (RFC 2711, value 0: MLD) in front of the next header.
	RouterAlert *bool `yaml:"router_alert,omitempty" jsonschema_description:"Hop-by-hop header with a router alert. Default: for MLD only (RFC 3810 section 5)."`

	Version *int `yaml:"version,omitempty" jsonschema:"minimum=0,maximum=15" jsonschema_description:"Version. Default: 6."`
	PLen    *int `yaml:"plen,omitempty" jsonschema:"minimum=0,maximum=65535" jsonschema_description:"Payload length in bytes as written in the header. Default: computed."`
}

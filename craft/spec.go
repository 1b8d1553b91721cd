package craft

import "reflect"

// Spec is one frame, layer by layer, as a scenario writes it under `frame:`.
//
// A nil pointer, an empty string and an empty list mean "not written": the
// value is then computed or takes the default that the field's comment names.
//
// Strings that hold an address are a literal, "broadcast" (MAC and IPv4 only)
// or "@node:interface", which stands for that interface's MAC, IPv4 or IPv6
// address, whichever the field asks for.
//
// Strings that hold a number take a name or a number in Go's notation ("2",
// "0x88b5").
type Spec struct {
	Eth  *Eth   `yaml:"eth,omitempty" jsonschema_description:"Ethernet header. May be left out where the layers above say both addresses."`
	VLAN []VLAN `yaml:"vlan,omitempty" jsonschema_description:"VLAN tags, outermost first."`

	LLC    *LLC    `yaml:"llc,omitempty" jsonschema_description:"IEEE 802.2 header; the Ethernet type field then holds the length of the frame's data."`
	STP    *STP    `yaml:"stp,omitempty" jsonschema_description:"Spanning tree configuration BPDU, in LLC 42 42 03 to 01:80:c2:00:00:00 where nothing else is written."`
	ARP    *ARP    `yaml:"arp,omitempty" jsonschema_description:"ARP for IPv4 over Ethernet."`
	IP     *IP     `yaml:"ip,omitempty" jsonschema_description:"IPv4 header."`
	IPv6   *IPv6   `yaml:"ipv6,omitempty" jsonschema_description:"IPv6 header."`
	ICMP   *ICMP   `yaml:"icmp,omitempty" jsonschema_description:"ICMP message, inside ip."`
	ICMPv6 *ICMPv6 `yaml:"icmpv6,omitempty" jsonschema_description:"ICMPv6 message, inside ipv6."`
	UDP    *UDP    `yaml:"udp,omitempty" jsonschema_description:"UDP header, inside ip or ipv6."`

	Payload *Payload `yaml:"payload,omitempty" jsonschema_description:"Data after the last header."`

	// Hex is the whole frame, from the destination MAC on. It stands alone:
	// nothing is computed, added or tagged.
	Hex string `yaml:"hex,omitempty" jsonschema_description:"The whole frame as hexadecimal digits; blanks, colons and line breaks between them are ignored. Stands alone: nothing is computed or added."`

	// Nonce says where the 16 bytes of the run's tag go. By default they end
	// the data of ICMP echo, UDP, LLC, unknown protocols and unknown
	// ethertypes, and follow the datagram as a trailer, covered by no length
	// field, behind ARP, ND, MLD and STP, which have no room for data.
	Nonce string `yaml:"nonce,omitempty" jsonschema:"enum=payload,enum=trailer,enum=none" jsonschema_description:"Where the 16 bytes go by which the run finds the frame again: at the end of the data, behind the datagram, or nowhere. Default: payload where the protocol has data, else trailer."`

	Pad *int `yaml:"pad,omitempty" jsonschema:"minimum=0,maximum=65600" jsonschema_description:"Zeros are added up to this length in bytes, without FCS (60 is what a network card sends at least)."`
	Cut *int `yaml:"cut,omitempty" jsonschema:"minimum=1,maximum=65600" jsonschema_description:"Everything behind this many bytes is cut off, last of all."`
}

// Eth is the Ethernet header.
type Eth struct {
	// Src defaults to the MAC of the ARP sender, or of the interface that
	// ip.src or ipv6.src names.
	Src string `yaml:"src,omitempty" jsonschema_description:"Source MAC. Default: the MAC that arp, ip.src or ipv6.src implies."`
	// Dst defaults to broadcast for an ARP request, to the target of an ARP
	// reply, to the group's MAC for an IP multicast address (RFC 1112 section
	// 6.4, RFC 2464 section 7) and to the MAC of the interface that ip.dst or
	// ipv6.dst names.
	Dst string `yaml:"dst,omitempty" jsonschema_description:"Destination MAC. Default: what arp, ip.dst or ipv6.dst implies."`
	// Type is the ethertype of what the frame carries, behind all VLAN tags.
	Type *int `yaml:"type,omitempty" jsonschema:"minimum=0,maximum=65535" jsonschema_description:"Ethertype of what follows the VLAN tags. Default: that of the next layer; 0x88b5 (local experimental) for bare payload."`
	// Len is the IEEE 802.3 length that stands in the place of Type.
	Len *int `yaml:"len,omitempty" jsonschema:"minimum=0,maximum=65535" jsonschema_description:"IEEE 802.3 length, in the place of type. Default with llc or stp: the bytes that follow."`
}

// VLAN is one IEEE 802.1Q or 802.1ad tag.
type VLAN struct {
	ID       int  `yaml:"id" jsonschema:"minimum=0,maximum=4095" jsonschema_description:"VLAN identifier. 0 is a priority tag; 4095 is reserved."`
	Priority int  `yaml:"priority,omitempty" jsonschema:"minimum=0,maximum=7" jsonschema_description:"Priority code point (PCP)."`
	DEI      bool `yaml:"dei,omitempty" jsonschema_description:"Drop eligible indicator."`
	TPID     *int `yaml:"tpid,omitempty" jsonschema:"minimum=0,maximum=65535" jsonschema_description:"Ethertype that announces the tag. Default: 0x8100."`
	EType    *int `yaml:"etype,omitempty" jsonschema:"minimum=0,maximum=65535" jsonschema_description:"Ethertype inside the tag, where it is to be wrong. Default: the next tag's tpid, or eth.type."`
}

// LLC is the IEEE 802.2 header of an unnumbered frame (3 bytes), or of an
// information or supervisory one (4 bytes) where Control is above 255.
type LLC struct {
	DSAP    int  `yaml:"dsap" jsonschema:"minimum=0,maximum=255" jsonschema_description:"Destination service access point with its group bit."`
	SSAP    int  `yaml:"ssap" jsonschema:"minimum=0,maximum=255" jsonschema_description:"Source service access point with its response bit."`
	Control *int `yaml:"control,omitempty" jsonschema:"minimum=0,maximum=65535" jsonschema_description:"Control field. Default: 3 (unnumbered information)."`
}

// STP is a spanning tree BPDU (IEEE 802.1D-2004 section 9.3.1), 35 bytes, or
// 4 bytes where Type is 0x80 (topology change notification).
type STP struct {
	Version  *int   `yaml:"version,omitempty" jsonschema:"minimum=0,maximum=255" jsonschema_description:"Protocol version. Default: 0."`
	Type     *int   `yaml:"type,omitempty" jsonschema:"minimum=0,maximum=255" jsonschema_description:"BPDU type: 0 configuration, 0x80 topology change notification. Default: 0."`
	Flags    *int   `yaml:"flags,omitempty" jsonschema:"minimum=0,maximum=255" jsonschema_description:"Flags. Default: 0."`
	RootPrio *int   `yaml:"root_prio,omitempty" jsonschema:"minimum=0,maximum=65535" jsonschema_description:"Priority of the root bridge. Default: 32768."`
	Root     string `yaml:"root,omitempty" jsonschema_description:"MAC of the root bridge. Default: the bridge's own."`
	Cost     *int   `yaml:"cost,omitempty" jsonschema:"minimum=0,maximum=4294967295" jsonschema_description:"Root path cost. Default: 0."`
	Prio     *int   `yaml:"prio,omitempty" jsonschema:"minimum=0,maximum=65535" jsonschema_description:"Priority of the sending bridge. Default: 32768."`
	Bridge   string `yaml:"bridge,omitempty" jsonschema_description:"MAC of the sending bridge. Default: eth.src."`
	Port     *int   `yaml:"port,omitempty" jsonschema:"minimum=0,maximum=65535" jsonschema_description:"Port identifier. Default: 0x8001."`
}

// Payload is data. Exactly one of its fields is written.
type Payload struct {
	Text string `yaml:"text,omitempty" jsonschema_description:"Data as text (UTF-8)."`
	Hex  string `yaml:"hex,omitempty" jsonschema_description:"Data as hexadecimal digits; blanks, colons and line breaks between them are ignored."`
	// Size makes the data exactly as long, tag included: what `ping -s` means.
	Size *int `yaml:"size,omitempty" jsonschema:"minimum=0,maximum=65535" jsonschema_description:"So many bytes of ping(8)'s pattern. From 16 on the nonce is within them, below it follows the datagram."`
}

// empty tells whether s names no layer at all.
func (s *Spec) empty() bool {
	return s.Hex == "" && s.Eth == nil && s.LLC == nil && s.STP == nil && s.ARP == nil && s.IP == nil && s.IPv6 == nil
}

// hexOnly tells whether s has nothing beside Hex.
func (s *Spec) hexOnly() bool {
	c := *s
	c.Hex = ""
	return reflect.DeepEqual(c, Spec{})
}

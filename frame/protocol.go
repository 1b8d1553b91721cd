package frame

// Protocol is one of the protocols that frames are decoded to. Its name is
// Wireshark's; as a bare word of a filter it means "the frame has such a layer".
type Protocol uint8

// The protocols, from the outside in.
const (
	ProtoFrame Protocol = iota + 1 // what the capture says of the frame
	ProtoEthernet
	ProtoVLAN       // 802.1Q tag
	ProtoIEEE8021AD // 802.1ad service tag
	ProtoLLC
	ProtoSTP
	ProtoARP
	ProtoIPv4
	ProtoIPv6
	ProtoIPv6HopByHop
	ProtoIPv6Routing
	ProtoIPv6Fragment
	ProtoIPv6DestOpts
	ProtoICMP
	ProtoICMPv6
	ProtoIGMP
	ProtoUDP
	ProtoTCP
	ProtoData          // bytes that no layer claims
	ProtoMalformed     // marks a frame with a layer that ends before its fields do
	ProtoUnreassembled // marks a layer that goes on in another fragment
	ProtoShort         // marks a frame of which too little was captured
	numProtocols
)

var protocolNames = [numProtocols]string{
	ProtoFrame:         "frame",
	ProtoEthernet:      "eth",
	ProtoVLAN:          "vlan",
	ProtoIEEE8021AD:    "ieee8021ad",
	ProtoLLC:           "llc",
	ProtoSTP:           "stp",
	ProtoARP:           "arp",
	ProtoIPv4:          "ip",
	ProtoIPv6:          "ipv6",
	ProtoIPv6HopByHop:  "ipv6.hopopts",
	ProtoIPv6Routing:   "ipv6.routing",
	ProtoIPv6Fragment:  "ipv6.fraghdr",
	ProtoIPv6DestOpts:  "ipv6.dstopts",
	ProtoICMP:          "icmp",
	ProtoICMPv6:        "icmpv6",
	ProtoIGMP:          "igmp",
	ProtoUDP:           "udp",
	ProtoTCP:           "tcp",
	ProtoData:          "data",
	ProtoMalformed:     "_ws.malformed",
	ProtoUnreassembled: "_ws.unreassembled",
	ProtoShort:         "_ws.short",
}

// String returns Wireshark's name of p, "eth".
func (p Protocol) String() string {
	if p == 0 || p >= numProtocols {
		return "?"
	}
	return protocolNames[p]
}

// isMark tells whether p marks a frame rather than being a part of it.
func (p Protocol) isMark() bool { return p >= ProtoMalformed }

var protocolTitles = [numProtocols]string{
	ProtoFrame:         "Frame",
	ProtoEthernet:      "Ethernet",
	ProtoVLAN:          "802.1Q tag",
	ProtoIEEE8021AD:    "802.1ad service tag",
	ProtoLLC:           "Logical link control",
	ProtoSTP:           "Spanning tree protocol",
	ProtoARP:           "Address resolution protocol",
	ProtoIPv4:          "Internet protocol version 4",
	ProtoIPv6:          "Internet protocol version 6",
	ProtoIPv6HopByHop:  "IPv6 hop-by-hop options",
	ProtoIPv6Routing:   "IPv6 routing header",
	ProtoIPv6Fragment:  "IPv6 fragment header",
	ProtoIPv6DestOpts:  "IPv6 destination options",
	ProtoICMP:          "Internet control message protocol",
	ProtoICMPv6:        "Internet control message protocol version 6",
	ProtoIGMP:          "Internet group management protocol",
	ProtoUDP:           "User datagram protocol",
	ProtoTCP:           "Transmission control protocol",
	ProtoData:          "Data",
	ProtoMalformed:     "Malformed",
	ProtoUnreassembled: "Goes on in another fragment",
	ProtoShort:         "Captured in part",
}

// Title returns what people call p, "Ethernet".
func (p Protocol) Title() string {
	if p == 0 || p >= numProtocols {
		return "?"
	}
	return protocolTitles[p]
}

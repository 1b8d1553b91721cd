package frame

import "net/netip"

// Decoded are the layers of one frame. The typed layers are the outermost of
// their kind; nil means that the frame has none, or not enough of it for the
// fixed part of its header. All slices are parts of the frame.
type Decoded struct {
	Dst, Src  MAC
	Tags      []VLANTag // from the outside in
	EtherType uint16    // after all tags; 0 where a length stands instead (802.3) or the frame is too short

	ARP    *ARP
	LLC    *LLC
	STP    *STP
	IPv4   *IPv4
	IPv6   *IPv6
	ICMP   *ICMP
	ICMPv6 *ICMPv6
	IGMP   *IGMP
	UDP    *UDP
	TCP    *TCP

	// Payload is what follows the last decoded header: ICMP echo data, UDP
	// and TCP payload, the body of an unknown EtherType. Not the padding.
	Payload []byte

	// Layers are all layers in order, those of a packet that an ICMP error
	// quotes included.
	Layers []Layer

	b    []byte
	wire int
}

// Layer is the place of one protocol in a frame.
type Layer struct {
	Proto     Protocol
	Off       int    // of the first byte, in the frame
	End       int    // of the byte after the last, payload included; on the wire, so it may exceed what was captured
	Quoted    int    // how many ICMP errors the layer is quoted in; 0 for the frame's own
	Malformed string // "" or why the layer cannot be decoded any further

	limit int    // fields that reach behind this offset are absent
	aux   uint16 // header length in bytes (IP, LLC) or a checksumStatus
}

// Malformed returns the first reason why a layer could not be decoded, with
// its protocol in front, or "".
func (d *Decoded) Malformed() string {
	for i := range d.Layers {
		switch l := &d.Layers[i]; {
		case l.Malformed == "" || l.Proto == ProtoUnreassembled:
		case l.Quoted > 0 && l.Malformed == tooShort: // errors quote as much as they like
		case l.Proto.isMark():
			return l.Malformed // a layer of which nothing can be read
		default:
			return l.Proto.String() + ": " + l.Malformed
		}
	}
	return ""
}

// Has tells whether the frame has a layer of protocol p.
func (d *Decoded) Has(p Protocol) bool {
	for i := range d.Layers {
		if d.Layers[i].Proto == p {
			return true
		}
	}
	return false
}

// VLANTag is one tag (IEEE Std 802.1Q-2018 9.6).
type VLANTag struct {
	TPID uint16 // 0x8100, 0x88a8, 0x9100
	PCP  uint8  // 0 to 7
	DEI  bool
	VID  uint16 // 0 (priority tag) to 4095
}

// TCI returns the two bytes after the TPID as they are in the frame.
func (t VLANTag) TCI() uint16 {
	v := uint16(t.PCP)<<13 | t.VID
	if t.DEI {
		v |= 1 << 12
	}
	return v
}

// ARP is an ARP packet (RFC 826). Addresses are set for Ethernet and IPv4 only.
type ARP struct {
	HardwareType, ProtocolType   uint16
	HardwareSize, ProtocolSize   uint8
	Op                           uint16 // 1 request, 2 reply
	SenderMAC, TargetMAC         MAC
	SenderIP, TargetIP           netip.Addr // the zero Addr unless ProtocolType is 0x0800 and ProtocolSize 4
	SenderHW, SenderProto        []byte     // whatever their sizes
	TargetHW, TargetProto        []byte
	Gratuitous, Probe, Announces bool // as Wireshark's arp.isgratuitous, arp.isprobe, arp.isannouncement
}

// LLC is an IEEE 802.2 header, with SNAP where it is one.
type LLC struct {
	DSAP, SSAP uint8
	Control    uint16
	OUI        uint32 // SNAP only
	PID        uint16 // SNAP only: EtherType for OUI 0
}

// STP is a bridge protocol data unit (IEEE Std 802.1D-2004 9.3).
type STP struct {
	Version, Type  uint8 // Type 0 configuration, 0x02 rapid, 0x80 topology change
	Flags          uint8
	Root, Bridge   MAC
	RootPriority   uint16 // with the system id extension
	BridgePriority uint16
	RootCost       uint32
	Port           uint16
}

// IPv4 is an IPv4 header (RFC 791).
type IPv4 struct {
	Src, Dst   netip.Addr
	TOS        uint8
	Len        int // bytes, as the header says
	HeaderLen  int // bytes
	ID         uint16
	DF, MF     bool
	FragOffset int // bytes
	TTL        uint8
	Proto      uint8
	Checksum   uint16
	ChecksumOK bool
	Payload    []byte // cut to Len
}

// Fragment tells whether the packet is a part of a datagram.
func (p *IPv4) Fragment() bool { return p.MF || p.FragOffset > 0 }

// IPv6 is an IPv6 header with its extension headers (RFC 8200).
type IPv6 struct {
	Src, Dst     netip.Addr
	TrafficClass uint8
	FlowLabel    uint32
	PayloadLen   int // bytes, as the header says
	NextHeader   uint8
	HopLimit     uint8
	Extensions   []uint8       // protocol numbers of the extension headers, in order
	Upper        uint8         // protocol number after the extension headers
	Frag         *IPv6Fragment // nil without a fragment header
	Payload      []byte        // after the extension headers
}

// IPv6Fragment is a fragment header (RFC 8200 4.5).
type IPv6Fragment struct {
	ID     uint32
	Offset int // bytes
	More   bool
}

// ICMP is an ICMP message (RFC 792).
type ICMP struct {
	Type, Code uint8
	Checksum   uint16
	ChecksumOK bool
	ID, Seq    uint16   // echo
	Word       uint32   // the four bytes behind the checksum: unused, MTU or gateway of errors
	Body       []byte   // after the first 8 bytes
	Quoted     *Decoded // the packet that an error quotes: its IPv4, UDP, ...; nil in other messages
}

// ICMPv6 is an ICMPv6 message (RFC 4443), Neighbor Discovery (RFC 4861) and
// MLD (RFC 2710, RFC 3810) included.
type ICMPv6 struct {
	Type, Code uint8
	Checksum   uint16
	ChecksumOK bool
	ID, Seq    uint16     // echo
	Target     netip.Addr // neighbour solicitation and advertisement, redirect
	Flags      uint8      // neighbour advertisement: 0x80 router, 0x40 solicited, 0x20 override
	Options    []NDOption
	Group      netip.Addr  // MLD query, MLDv1 report and done
	Records    []MLDRecord // MLDv2 report
	Body       []byte      // after the first 4 bytes
	Quoted     *Decoded    // the packet that an error quotes; nil in other messages
}

// NDOption is an option of Neighbor Discovery (RFC 4861 4.6).
type NDOption struct {
	Type uint8
	Data []byte // after type and length
}

// LinkAddr returns the address in a source or target link-layer address option.
func (m *ICMPv6) LinkAddr() (MAC, bool) {
	for _, o := range m.Options {
		if (o.Type == 1 || o.Type == 2) && len(o.Data) >= 6 {
			return MAC(o.Data[:6]), true
		}
	}
	return MAC{}, false
}

// MLDRecord is a multicast address record (RFC 3810 5.2).
type MLDRecord struct {
	Type    uint8
	Group   netip.Addr
	Sources []netip.Addr
}

// IGMP is an IGMP message (RFC 1112, RFC 2236, RFC 3376).
type IGMP struct {
	Type, MaxResp uint8
	Checksum      uint16
	ChecksumOK    bool
	Group         netip.Addr   // not in a version 3 report
	Groups        []netip.Addr // records of a version 3 report
	RecordTypes   []uint8      // of Groups (RFC 3376 4.2.12)
}

// UDP is a UDP header (RFC 768).
type UDP struct {
	SrcPort, DstPort uint16
	Length           int // bytes, as the header says
	Checksum         uint16
	Payload          []byte
}

// TCP is a TCP header (RFC 9293). Of a segment that an ICMP error quotes with
// only 8 bytes, what is behind Seq is 0.
type TCP struct {
	SrcPort, DstPort uint16
	Seq, Ack         uint32
	Flags            uint16 // 12 bits: 0x001 FIN, 0x002 SYN, 0x004 RST, 0x008 PSH, 0x010 ACK, ...
	HeaderLen        int    // bytes
	Window           uint16
	Payload          []byte
}

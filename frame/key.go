package frame

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Key returns what is the same of a frame at every place it passes: equal keys
// mean the same frame, or a repetition of it that nothing in it tells apart.
// What bridges, VLAN devices and routers change is left out: VLAN tags, the
// MAC addresses of routed packets, TTL and hop limit, DSCP and ECN, checksums
// (which offloads leave unfinished) and padding.
//
//	ARP      opcode, sender and target hardware and protocol address
//	IPv4     src, dst, id, DF, protocol, fragment; payload without its checksum
//	ICMP     the same, the payload being type, code, id, sequence number and data
//	IPv6     src, dst, flow label, extension headers, upper protocol, fragment; payload without its checksum
//	ND, MLD  the same, the payload being type, target, options, records
//	others   EtherType or length, both MAC addresses, payload
//
// Not invariant, so different: address translation, fragmentation and
// reassembly on the way, a payload of which less was captured. A frame whose IP
// or ARP header cannot be read counts as "others".
func (f Frame) Key() string {
	d := f.Decode()
	switch {
	case d.ARP != nil && d.ARP.TargetHW != nil:
		a := d.ARP
		return fmt.Sprintf("arp %d %x/%x>%x/%x", a.Op, a.SenderHW, a.SenderProto, a.TargetHW, a.TargetProto)
	case d.IPv4 != nil && d.IPv4.Payload != nil:
		h := d.IPv4
		return fmt.Sprintf("ip %v>%v id=%04x df=%t proto=%d frag=%d/%t %s", h.Src, h.Dst, h.ID, h.DF, h.Proto, h.FragOffset, h.MF,
			digest(h.Payload, checksumOffset(h.Proto, h.FragOffset)))
	case d.IPv6 != nil && d.IPv6.Payload != nil:
		h := d.IPv6
		var frag IPv6Fragment
		if h.Frag != nil {
			frag = *h.Frag
		}
		return fmt.Sprintf("ipv6 %v>%v flow=%05x ext=%v proto=%d frag=%x/%d/%t %s", h.Src, h.Dst, h.FlowLabel, h.Extensions, h.Upper,
			frag.ID, frag.Offset, frag.More, digest(h.Payload, checksumOffset(h.Upper, frag.Offset)))
	}
	b := f.Bytes()
	if len(b) < etherLen {
		return fmt.Sprintf("short %x", b)
	}
	payload := b[etherLen+4*len(d.Tags):]
	return fmt.Sprintf("eth %v>%v type=%04x %s", d.Src, d.Dst, be16(b[etherLen+4*len(d.Tags)-2:]), digest(payload, -1))
}

// checksumOffset is the place of the checksum in the payload of an IP packet,
// -1 if it has none or not in this fragment.
func checksumOffset(proto uint8, fragment int) int {
	if fragment > 0 {
		return -1
	}
	switch proto {
	case protoTCP:
		return 16
	case protoUDP:
		return 6
	case protoICMP, protoICMPv6, protoIGMP:
		return 2
	}
	return -1
}

// digest hashes b without the two bytes at skip.
func digest(b []byte, skip int) string {
	h := sha256.New()
	if skip >= 0 && skip+2 <= len(b) {
		h.Write(b[:skip])
		b = b[skip+2:]
	}
	h.Write(b)
	var sum [sha256.Size]byte
	return hex.EncodeToString(h.Sum(sum[:0])[:12])
}

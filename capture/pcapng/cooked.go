package pcapng

import (
	"encoding/binary"

	"netverify/frame"
)

// Link types of libpcap's "any" device, which has no Ethernet header
// (https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html, ..._SLL2.html).
const (
	linkCooked  = 113 // LINKTYPE_LINUX_SLL
	linkCooked2 = 276 // LINKTYPE_LINUX_SLL2
)

// Ethertypes of sockaddr_ll that are none: linux/if_ether.h.
const (
	ethP8023  = 0x0001 // ETH_P_802_3: a length stood in the place of the type
	ethP8022  = 0x0004 // ETH_P_802_2: the same, with an LLC header behind it
	arphrdEth = 1      // ARPHRD_ETHER of linux/if_arp.h
)

// Cooked tells whether a link type is one of libpcap's "any" device: its
// frames have lost their destination MAC.
func Cooked(linkType uint16) bool { return linkType == linkCooked || linkType == linkCooked2 }

// cooked is a frame as a cooked capture has it.
type cooked struct {
	dir     frame.Direction
	typ     frame.PacketType
	ifindex uint32 // 0: LINKTYPE_LINUX_SLL does not say
	frame   []byte // Ethernet, made up
	added   int    // bytes that the made up frame is longer than what was captured
}

// cook makes an Ethernet frame of a frame of the "any" device. The destination
// is all ones where the kernel took the frame for a broadcast, and zero
// elsewhere: it is not in the file. ok is false for what was no Ethernet frame.
func cook(linkType uint16, b []byte) (c cooked, ok bool) {
	var head []byte
	var hatype, halen, protocol uint16
	switch {
	case linkType == linkCooked && len(b) >= 16: // packet type, ARPHRD, address length, 2 bytes each; address, 8; protocol, 2
		c.typ = frame.PacketType(binary.BigEndian.Uint16(b))
		hatype, halen = binary.BigEndian.Uint16(b[2:]), binary.BigEndian.Uint16(b[4:])
		protocol, head, b = binary.BigEndian.Uint16(b[14:]), b[6:14], b[16:]
	case linkType == linkCooked2 && len(b) >= 20: // protocol, reserved, 2; ifindex, 4; ARPHRD, 2; packet type, address length, 1; address, 8
		c.typ, c.ifindex = frame.PacketType(b[10]), binary.BigEndian.Uint32(b[4:])
		hatype, halen = binary.BigEndian.Uint16(b[8:]), uint16(b[11])
		protocol, head, b = binary.BigEndian.Uint16(b), b[12:20], b[20:]
	default:
		return c, false
	}
	if hatype != arphrdEth || halen != 6 || c.typ > frame.Outgoing {
		return c, false
	}
	if c.dir = frame.In; c.typ == frame.Outgoing {
		c.dir = frame.Out
	}
	var dst [6]byte
	if c.typ == frame.ToBroadcast {
		dst = frame.Broadcast
	}
	if protocol == ethP8023 || protocol == ethP8022 {
		protocol = uint16(len(b))
	}
	c.frame = append(append(make([]byte, 0, 14+len(b)), dst[:]...), head[:6]...)
	c.frame = append(binary.BigEndian.AppendUint16(c.frame, protocol), b...)
	c.added = 14 - 16
	if linkType == linkCooked2 {
		c.added = 14 - 20
	}
	return c, true
}

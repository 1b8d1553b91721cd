package craft

import (
	"encoding/binary"
	"net"
	"net/netip"

	"netverify/frame"
)

// minFrame is the length in bytes, without FCS, below which Ethernet hardware
// pads a frame without tags (IEEE Std 802.3 section 4.2.3.3).
const minFrame = 60

// etherTypeARP is the ethertype of RFC 826.
const etherTypeARP = 0x0806

// opExperimental is the ARP opcode OP_EXP1 (RFC 5494 section 3): no stack
// answers it (net/ipv4/arp.c:arp_process understands requests and replies).
const opExperimental = 24

// Fence returns a frame that provokes nothing and carries the tag: ethertype
// 0x88b5 (local experimental) behind the given VLAN tags, padded with zeros to
// 60 bytes and 4 more for each VLAN tag. Of the tags ID, Priority, DEI and
// TPID count; bits that have no room in the header are dropped. src and dst
// are 6 bytes long.
func Fence(src, dst net.HardwareAddr, vlans []VLAN, tag frame.Tag, nonce [8]byte) []byte {
	b := fenceHeader(src, dst, vlans, etherTypeExperimental)
	return padFence(frame.AppendTag(b, nonce, tag), vlans)
}

// ARPFence is Fence for what looks at addresses of IPv4 before it delivers: an
// ARP message of an experimental opcode for the target, without a sender.
func ARPFence(src, dst net.HardwareAddr, vlans []VLAN, target netip.Addr, tag frame.Tag, nonce [8]byte) []byte {
	b := fenceHeader(src, dst, vlans, etherTypeARP)
	b = append(b, 0, 1, 8, 0, 6, 4, 0, opExperimental) // Ethernet, IPv4, lengths, opcode
	b = append(b, make([]byte, 6+4+6)...)              // sender's MAC and address, target's MAC
	to := target.As4()
	return padFence(frame.AppendTag(append(b, to[:]...), nonce, tag), vlans)
}

func fenceHeader(src, dst net.HardwareAddr, vlans []VLAN, etherType uint16) []byte {
	b := make([]byte, 12, minFrame+4*len(vlans)+frame.TagLen)
	copy(b[0:6], dst)
	copy(b[6:12], src)
	for _, v := range vlans {
		tpid := 0x8100
		if v.TPID != nil {
			tpid = *v.TPID
		}
		tci := v.Priority&7<<13 | bit(v.DEI)<<12 | v.ID&0xfff
		b = binary.BigEndian.AppendUint16(b, uint16(tpid))
		b = binary.BigEndian.AppendUint16(b, uint16(tci))
	}
	return binary.BigEndian.AppendUint16(b, etherType)
}

func padFence(b []byte, vlans []VLAN) []byte {
	return append(b, make([]byte, max(0, minFrame+4*len(vlans)-len(b)))...)
}

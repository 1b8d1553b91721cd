package craft

import (
	"encoding/binary"
	"net"

	"netverify/frame"
)

// minFrame is the length in bytes, without FCS, below which Ethernet hardware
// pads a frame without tags (IEEE Std 802.3 section 4.2.3.3).
const minFrame = 60

// Fence returns a frame that provokes nothing and carries the tag: ethertype
// 0x88b5 (local experimental) behind the given VLAN tags, padded with zeros to
// 60 bytes and 4 more for each VLAN tag. Of the tags ID, Priority, DEI and
// TPID count; bits that have no room in the header are dropped. src and dst
// are 6 bytes long.
func Fence(src, dst net.HardwareAddr, vlans []VLAN, tag frame.Tag, nonce [8]byte) []byte {
	size := minFrame + 4*len(vlans)
	b := make([]byte, 12, size)
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
	b = binary.BigEndian.AppendUint16(b, etherTypeExperimental)
	b = frame.AppendTag(b, nonce, tag)
	return b[:size]
}

package recording

import (
	"netverify/frame"
)

// EtherTypes by which bonds talk.
const (
	slowProtocols = 0x8809 // IEEE Std 802.3 Annex 57A: LACP
	loopback      = 0x9000 // ETH_P_LOOPBACK
)

// Noise reports whether a frame without a tag is of the kind that stacks and
// bridges send on their own account: group memberships, router discovery,
// duplicate address detection, spanning tree, and what bonds do: LACP, and
// packets by which switches learn where a MAC is (drivers/net/bonding/bond_alb.c:
// alb_send_lp_vid). No step causes it, so it is
// noise: kept in the evidence, matched by nothing unless a step is strict.
func Noise(d *frame.Decoded) bool {
	switch {
	case d.IGMP != nil, d.STP != nil, d.EtherType == slowProtocols, d.EtherType == loopback && d.Src == d.Dst:
		return true
	case d.ICMPv6 != nil && d.IPv6 != nil:
		switch d.ICMPv6.Type {
		case frame.MLDQuery, frame.MLDReport1, frame.MLDDone, frame.MLDReport2, frame.RouterSolicitation, frame.RouterAdvertisement:
			return true
		case frame.NeighborSolicitation: // of an unspecified source: DAD (RFC 4862 5.4.2)
			return d.IPv6.Src.IsUnspecified()
		}
	}
	return false
}

// Chatter reports whether an observation is background noise.
func Chatter(o *Observation) bool {
	return o.Mark == frame.Unmarked && Noise(o.Frame.Decode())
}

package assert

import "netverify/frame"

// ICMPv6 types of hosts and routers that announce themselves unasked.
const (
	mldQuery   = 130 // RFC 2710, RFC 3810
	mldReport1 = 131 // RFC 2710
	mldDone    = 132 // RFC 2710
	routerSol  = 133 // RFC 4861 4.1
	routerAdv  = 134 // RFC 4861 4.2
	neighbSol  = 135 // RFC 4861 4.3
	neighbAdv  = 136 // RFC 4861 4.4
	mldReport2 = 143 // RFC 3810
)

// EtherTypes by which bonds talk.
const (
	slowProtocols = 0x8809 // IEEE Std 802.3 Annex 57A: LACP
	loopback      = 0x9000 // ETH_P_LOOPBACK
)

// chatter tells whether a frame without a tag is of the kind that stacks and
// bridges send on their own account: group memberships, router discovery,
// duplicate address detection, spanning tree, and what bonds do: LACP, and
// packets by which switches learn where a MAC is (drivers/net/bonding/bond_alb.c:
// alb_send_lp_vid). No step causes it, so it is
// noise: kept in the evidence, matched by nothing unless a step is strict.
func chatter(d *frame.Decoded) bool {
	switch {
	case d.IGMP != nil, d.STP != nil, d.EtherType == slowProtocols, d.EtherType == loopback && d.Src == d.Dst:
		return true
	case d.ICMPv6 != nil && d.IPv6 != nil:
		switch d.ICMPv6.Type {
		case mldQuery, mldReport1, mldDone, mldReport2, routerSol, routerAdv:
			return true
		case neighbSol: // of an unspecified source: DAD (RFC 4862 5.4.2)
			return d.IPv6.Src.IsUnspecified()
		}
	}
	return false
}

// Chatter tells whether an observation is background noise.
func Chatter(o *frame.Observation) bool {
	return o.Mark == frame.Unmarked && chatter(o.Frame.Decode())
}

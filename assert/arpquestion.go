package assert

import (
	"net/netip"

	"netverify/frame"
)

// ARPQuestion is what an ARP request asks, and for whom.
type ARPQuestion struct {
	SenderMAC [6]byte
	SenderIP  netip.Addr // 0.0.0.0 of a probe (RFC 5227 1.1)
	Target    netip.Addr
}

// AnsweredBy tells whether a packet is the reply to the question: the target
// says to the one who asked, by both addresses, where it is (RFC 826; arping(8)
// asks the same of a reply). That the stack of the asking interface takes the
// frame is not told by the packet.
func (q ARPQuestion) AnsweredBy(d *frame.Decoded) bool {
	answered, ok := answeredQuestion(d)
	return ok && answered == q
}

// answeredQuestion is the question that a packet is the reply to.
func answeredQuestion(d *frame.Decoded) (q ARPQuestion, ok bool) {
	a := d.ARP
	if a == nil || a.Op != 2 || a.HardwareType != 1 && a.HardwareType != 6 || a.HardwareSize != 6 { // net/ipv4/arp.c:arp_process
		return q, false
	}
	return ARPQuestion{SenderMAC: [6]byte(a.TargetMAC), SenderIP: a.TargetIP, Target: a.SenderIP}, true
}

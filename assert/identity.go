package assert

import (
	"fmt"
	"net/netip"

	"netverify/frame"
	"netverify/recording"
)

// ident is what a question and its answer have in common: between whom, and
// which of their conversations.
type ident struct {
	src, dst netip.Addr
	proto    uint8
	a, b     uint16 // identifier and sequence number of an echo; source and destination port of UDP
}

// identOf is the identity of an echo request or reply, or of a datagram; ok is
// false of anything else.
func identOf(d *frame.Decoded) (id ident, ok bool) {
	id.src, id.dst = source(d), target(d)
	switch {
	case !id.src.IsValid():
	case isEchoRequest(d) || isEchoReply(d):
		ok = true
		if d.ICMP != nil {
			id.proto, id.a, id.b = 1, d.ICMP.ID, d.ICMP.Seq
		} else {
			id.proto, id.a, id.b = 58, d.ICMPv6.ID, d.ICMPv6.Seq
		}
	case d.UDP != nil:
		ok = true
		id.proto, id.a, id.b = 17, d.UDP.SrcPort, d.UDP.DstPort
	}
	return id, ok
}

// questions are what the step was seen to ask at its own interface.
type questions struct {
	of    map[ident]bool
	arp   map[ARPQuestion]bool
	index *identIndex // of those in of
	group bool        // one of them is addressed to many
}

// questions reads them off the frames that left the asking interface. They,
// and not the plan, say by which addresses and numbers an answer is known.
func (s *scope) questions() *questions {
	if s.posed != nil {
		return s.posed
	}
	q := &questions{of: map[ident]bool{}, arp: map[ARPQuestion]bool{}, index: newIdentIndex()}
	s.posed = q
	if s.cs.Ping == nil {
		return q
	}
	q.group = s.cs.Ping.Target.IsMulticast()
	for _, i := range s.obs {
		o := &s.rec.Observations[i]
		if !s.at(i, Place{s.cs.Ping.From, frame.Out}) || !s.asks(o) {
			continue
		}
		d := o.Frame.Decode()
		if s.cs.Ping.ARP {
			q.arp[ARPQuestion{d.ARP.SenderMAC, d.ARP.SenderIP, d.ARP.TargetIP}] = true
		} else if id, ok := identOf(d); ok {
			q.of[id] = true
			q.index.add(id, 0, false)
			q.group = q.group || d.Dst.IsGroup()
		}
	}
	return q
}

// answersARP tells whether an ARP packet answers one of the questions that were
// seen leaving; where none was, what the step asks is known from its plan.
func (s *scope) answersARP(d *frame.Decoded) bool {
	if q, ok := answeredQuestion(d); !ok {
		return false
	} else if s.questions().arp[q] {
		return true
	}
	b, known := s.r.Bindings[s.cs.Ping.From]
	if len(s.questions().arp) > 0 || !known {
		return false
	}
	sender := b.IPv4
	if d.ARP.TargetIP.IsUnspecified() { // a probe
		sender = d.ARP.TargetIP
	}
	return ARPQuestion{b.MAC, sender, s.cs.Ping.Target}.AnsweredBy(d)
}

// answersEcho tells whether an echo reply answers one of the requests: to whom,
// by which identifier and number, and by whom it was asked for, unless many were
// asked.
func (s *scope) answersEcho(o *recording.Observation) bool {
	id, ok := identOf(o.Frame.Decode())
	if !ok {
		return false
	}
	if o.Mark == frame.Stimulus && s.cs.Ping.From != "" && len(s.questions().of) == 0 { // asked over lo
		return true
	}
	from := id.src
	id.src, id.dst = id.dst, from
	if s.questions().group {
		id.dst = s.cs.Ping.Target.Unmap().WithZone("")
	}
	return s.questions().of[id]
}

// reports tells whether an ICMP error is about one of the questions: it quotes
// it. What quotes too little to tell, the addresses have to do.
func (s *scope) reports(o *recording.Observation) bool {
	d := o.Frame.Decode()
	quoted := quotedIn(d)
	if !isICMPError(d) || quoted == nil {
		return false
	}
	if o.Mark == frame.Stimulus {
		return true
	}
	_, ours := s.questions().index.quoted(d)
	return ours
}

func quotedIn(d *frame.Decoded) *frame.Decoded {
	switch {
	case d.ICMP != nil:
		return d.ICMP.Quoted
	case d.ICMPv6 != nil:
		return d.ICMPv6.Quoted
	}
	return nil
}

// untaken says why the stack of an interface that a frame came in by does not
// take it, "" where the frame itself shows no reason.
func (s *scope) untaken(i int) string {
	o := &s.rec.Observations[i]
	p := &s.rec.Points[o.Point]
	d := o.Frame.Decode()
	for _, t := range d.Tags {
		// The kernel takes a priority tag off and looks again; a frame with another
		// tag, of which there is no VLAN here, is no frame for the host
		// (net/core/dev.c:__netif_receive_skb_core, check_vlan_id).
		if kernel := t.TPID == 0x8100 || t.TPID == 0x88a8; !kernel || t.VID != 0 {
			return fmt.Sprintf("it bears the tag of VLAN %d (TPID 0x%04x), and %s is not of that VLAN", t.VID, t.TPID, p.Name())
		}
	}
	switch {
	case o.Type == frame.ToOther:
		return fmt.Sprintf("it is addressed to %s, and %s is %s", d.Dst, p.Name(), frame.MAC(p.MAC))
	case d.ICMP != nil && !d.ICMP.ChecksumOK && !o.ChecksumPending, d.ICMPv6 != nil && !d.ICMPv6.ChecksumOK && !o.ChecksumPending:
		return "its checksum is wrong"
	}
	return ""
}

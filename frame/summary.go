package frame

import (
	"fmt"
	"strings"
)

// Summary returns the frame in one line, close to tshark's: the tags first,
// then the innermost protocol that says something, its addresses where the
// protocol does not name them, and what is wrong with it.
//
//	ARP Who has 10.0.0.2? Tell 10.0.0.1
//	802.1Q vlan 10 pri 3 · ICMP 10.0.0.1 > 10.0.0.2 Echo (ping) request id=0x0001 seq=1 ttl=64
func (f Frame) Summary() string {
	tags, text := f.Describe()
	if tags == "" {
		return text
	}
	return tags + " · " + text
}

// Describe returns the two halves of Summary: the tags, "" where there are
// none, and what the frame says.
func (f Frame) Describe() (tags, text string) {
	d := f.Decode()
	var b strings.Builder
	for i, t := range d.Tags {
		name := "802.1Q"
		switch t.TPID {
		case etIEEE8021AD:
			name = "802.1ad"
		case etOldQinQ:
			name = "0x9100"
		}
		if i > 0 {
			b.WriteString(" · ")
		}
		fmt.Fprintf(&b, "%s vlan %d pri %d", name, t.VID, t.PCP)
		if t.DEI {
			b.WriteString(" dei")
		}
	}
	tags = b.String()
	b.Reset()
	b.WriteString(d.summary())
	if m := d.Malformed(); m != "" {
		fmt.Fprintf(&b, " [%s]", m)
	}
	if f.CapLen() < f.Len() {
		fmt.Fprintf(&b, " [%d of %d bytes captured]", f.CapLen(), f.Len())
	}
	return tags, b.String()
}

// summary describes the packet without its tags.
func (d *Decoded) summary() string {
	switch {
	case d.ARP != nil:
		return d.ARP.summary()
	case d.STP != nil:
		return d.STP.summary()
	case d.IPv4 != nil:
		return d.ipv4Summary()
	case d.IPv6 != nil:
		return d.ipv6Summary()
	case d.LLC != nil:
		return fmt.Sprintf("LLC %v > %v dsap 0x%02x ssap 0x%02x", d.Src, d.Dst, d.LLC.DSAP, d.LLC.SSAP)
	case len(d.b) < etherLen:
		return fmt.Sprintf("Ethernet runt of %d bytes", d.wire)
	}
	return fmt.Sprintf("Ethernet %v > %v type 0x%04x, %d bytes", d.Src, d.Dst, d.EtherType, len(d.Payload))
}

func (a *ARP) summary() string {
	switch {
	case !a.SenderIP.IsValid():
		return fmt.Sprintf("ARP opcode %d hardware type %d protocol type 0x%04x", a.Op, a.HardwareType, a.ProtocolType)
	case a.Announces:
		return fmt.Sprintf("ARP Announcement for %v (%v)", a.SenderIP, a.SenderMAC)
	case a.Gratuitous && a.Op == 1:
		return fmt.Sprintf("ARP Gratuitous ARP for %v (Request, %v)", a.SenderIP, a.SenderMAC)
	case a.Gratuitous:
		return fmt.Sprintf("ARP Gratuitous ARP for %v (Reply, %v)", a.SenderIP, a.SenderMAC)
	case a.Probe:
		return fmt.Sprintf("ARP Who has %v? (ARP Probe, %v)", a.TargetIP, a.SenderMAC)
	case a.Op == 1:
		return fmt.Sprintf("ARP Who has %v? Tell %v", a.TargetIP, a.SenderIP)
	case a.Op == 2:
		return fmt.Sprintf("ARP %v is at %v", a.SenderIP, a.SenderMAC)
	case a.Op == 3: // RFC 903
		return fmt.Sprintf("RARP Who is %v? Tell %v", a.TargetMAC, a.SenderMAC)
	case a.Op == 4:
		return fmt.Sprintf("RARP %v is at %v", a.TargetMAC, a.TargetIP)
	}
	return fmt.Sprintf("ARP opcode %d sender %v target %v", a.Op, a.SenderIP, a.TargetIP)
}

func (s *STP) summary() string {
	switch s.Type {
	case 0x80:
		return "STP Topology Change Notification"
	case 0x02:
		return fmt.Sprintf("STP RST. Root = %d/%v  Cost = %d  Port = 0x%04x", s.RootPriority, s.Root, s.RootCost, s.Port)
	}
	return fmt.Sprintf("STP Conf. Root = %d/%v  Cost = %d  Port = 0x%04x", s.RootPriority, s.Root, s.RootCost, s.Port)
}

func (d *Decoded) ipv4Summary() string {
	h := d.IPv4
	way := fmt.Sprintf("%v > %v", h.Src, h.Dst)
	end := fmt.Sprintf(" ttl=%d", h.TTL)
	switch {
	case h.FragOffset > 0:
		return fmt.Sprintf("IPv4 %s Fragment (proto=%d, off=%d, id=0x%04x)%s", way, h.Proto, h.FragOffset, h.ID, end)
	case h.MF:
		end += fmt.Sprintf(" (first fragment, id=0x%04x)", h.ID)
	}
	switch {
	case d.ICMP != nil:
		return "ICMP " + way + " " + d.ICMP.summary() + end
	case d.IGMP != nil:
		return "IGMP " + way + " " + d.IGMP.summary()
	}
	if s := d.portSummary(way); s != "" {
		return s + end
	}
	return fmt.Sprintf("IPv4 %s proto=%d len=%d%s", way, h.Proto, len(h.Payload), end)
}

func (d *Decoded) ipv6Summary() string {
	h := d.IPv6
	way := fmt.Sprintf("%v > %v", h.Src, h.Dst)
	end := fmt.Sprintf(" hlim=%d", h.HopLimit)
	switch {
	case h.Frag != nil && h.Frag.Offset > 0:
		return fmt.Sprintf("IPv6 %s Fragment (nxt=%d, off=%d, id=0x%08x)%s", way, h.Upper, h.Frag.Offset, h.Frag.ID, end)
	case h.Frag != nil && h.Frag.More:
		end += fmt.Sprintf(" (first fragment, id=0x%08x)", h.Frag.ID)
	}
	if d.ICMPv6 != nil {
		return "ICMPv6 " + way + " " + d.ICMPv6.summary() + end
	}
	if s := d.portSummary(way); s != "" {
		return s + end
	}
	return fmt.Sprintf("IPv6 %s nxt=%d len=%d%s", way, h.Upper, len(h.Payload), end)
}

// portSummary describes UDP and TCP, "" for anything else.
func (d *Decoded) portSummary(way string) string {
	switch {
	case d.UDP != nil:
		return fmt.Sprintf("UDP %s %d → %d Len=%d", way, d.UDP.SrcPort, d.UDP.DstPort, len(d.UDP.Payload))
	case d.TCP != nil && d.TCP.HeaderLen == 0: // cut short, as in a quotation
		return fmt.Sprintf("TCP %s %d → %d Seq=%d", way, d.TCP.SrcPort, d.TCP.DstPort, d.TCP.Seq)
	case d.TCP != nil:
		t := d.TCP
		return fmt.Sprintf("TCP %s %d → %d [%s] Seq=%d Ack=%d Win=%d Len=%d", way, t.SrcPort, t.DstPort, tcpFlagNames(t.Flags), t.Seq, t.Ack, t.Window, len(t.Payload))
	}
	return ""
}

// tcpFlagNames writes flags in tshark's order, "SYN, ACK".
func tcpFlagNames(flags uint16) string {
	var names []string
	for i, n := range [...]string{"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "AE"} {
		if flags&(1<<i) != 0 {
			names = append(names, n)
		}
	}
	if names == nil {
		return "<None>"
	}
	return strings.Join(names, ", ")
}

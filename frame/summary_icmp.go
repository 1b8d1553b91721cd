package frame

import "fmt"

// icmpNames are the types and codes that a lab meets (RFC 792, RFC 1812).
var icmpNames = map[uint8]string{
	0: "Echo (ping) reply", 3: "Destination unreachable", 4: "Source quench", 5: "Redirect", 8: "Echo (ping) request",
	9: "Router advertisement", 10: "Router solicitation", 11: "Time-to-live exceeded", 12: "Parameter problem",
	13: "Timestamp request", 14: "Timestamp reply",
}

var unreachableNames = [...]string{
	"Network unreachable", "Host unreachable", "Protocol unreachable", "Port unreachable", "Fragmentation needed",
	"Source route failed", "Destination network unknown", "Destination host unknown", "Source host isolated",
	"Network administratively prohibited", "Host administratively prohibited", "Network unreachable for TOS",
	"Host unreachable for TOS", "Communication administratively filtered",
}

func (m *ICMP) summary() string {
	name, ok := icmpNames[m.Type]
	if !ok {
		name = fmt.Sprintf("type %d code %d", m.Type, m.Code)
	}
	switch {
	case m.Type == 0 || m.Type == 8:
		return fmt.Sprintf("%s id=0x%04x seq=%d", name, m.ID, m.Seq)
	case m.Type == 3 && int(m.Code) < len(unreachableNames):
		name += " (" + unreachableNames[m.Code] + ")"
	case m.Type == 11 && m.Code == 0:
		name += " (Time to live exceeded in transit)"
	case m.Type == 11 && m.Code == 1:
		name += " (Fragment reassembly time exceeded)"
	}
	if q := m.Quoted; q != nil && q.IPv4 != nil {
		name += " for {" + q.ipv4Summary() + "}"
	}
	return name
}

// icmpv6Names are RFC 4443, RFC 4861, RFC 2710, RFC 3810.
var icmpv6Names = map[uint8]string{
	1: "Destination Unreachable", 2: "Packet Too Big", 3: "Time Exceeded", 4: "Parameter Problem",
	128: "Echo (ping) request", 129: "Echo (ping) reply",
	130: "Multicast Listener Query", 131: "Multicast Listener Report", 132: "Multicast Listener Done",
	133: "Router Solicitation", 134: "Router Advertisement", 135: "Neighbor Solicitation", 136: "Neighbor Advertisement",
	137: "Redirect", 143: "Multicast Listener Report Message v2",
}

func (m *ICMPv6) summary() string {
	name, ok := icmpv6Names[m.Type]
	if !ok {
		name = fmt.Sprintf("type %d code %d", m.Type, m.Code)
	}
	link := ""
	if a, ok := m.LinkAddr(); ok {
		link = " from " + a.String()
		if m.Type == 136 {
			link = " is at " + a.String()
		}
	}
	switch {
	case m.Type == 128 || m.Type == 129:
		return fmt.Sprintf("%s id=0x%04x seq=%d", name, m.ID, m.Seq)
	case m.Type == 136 && m.Target.IsValid():
		return fmt.Sprintf("%s %v (%s)%s", name, m.Target, naFlags(m.Flags), link)
	case m.Target.IsValid():
		return fmt.Sprintf("%s for %v%s", name, m.Target, link)
	case m.Group.IsValid():
		return fmt.Sprintf("%s %v", name, m.Group)
	case m.Quoted != nil && m.Quoted.IPv6 != nil:
		return fmt.Sprintf("%s code %d for {%s}", name, m.Code, m.Quoted.ipv6Summary())
	case m.Type == 143:
		for _, r := range m.Records {
			name += fmt.Sprintf(" %v", r.Group)
		}
	}
	return name + link
}

// naFlags writes the flags of a neighbour advertisement as tshark: "sol, ovr".
func naFlags(f uint8) string {
	s := ""
	for i, n := range [...]string{"rtr", "sol", "ovr"} {
		if f&(0x80>>i) != 0 {
			if s != "" {
				s += ", "
			}
			s += n
		}
	}
	return s
}

// igmpNames are RFC 2236 and RFC 3376.
var igmpNames = map[uint8]string{
	0x11: "Membership Query", 0x12: "Membership Report v1", 0x16: "Membership Report v2", 0x17: "Leave Group", igmpV3Report: "Membership Report v3",
}

func (m *IGMP) summary() string {
	name, ok := igmpNames[m.Type]
	if !ok {
		name = fmt.Sprintf("type 0x%02x", m.Type)
	}
	for _, g := range m.Groups {
		name += " " + g.String()
	}
	if m.Group.IsValid() && !m.Group.IsUnspecified() {
		name += " " + m.Group.String()
	}
	return name
}

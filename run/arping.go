package run

import (
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/mdlayher/arp"
	"github.com/mdlayher/ethernet"

	"netverify/scenarios"
)

// arping sends ARP requests by hand, below the stack: the interface's own
// neighbour table neither helps nor hears of it first.
func (s *session) arping(a *scenarios.Arping) error {
	n, index, err := s.port(a.From)
	if err != nil {
		return err
	}
	b := s.bindings[a.From.String()]
	sender := b.IPv4
	if a.Probe {
		sender = netip.IPv4Unspecified() // RFC 5227 1.1
	}
	if !sender.IsValid() {
		return fmt.Errorf("%s has no IPv4 address to ask with; `probe: true` asks without one", a.From)
	}
	request, err := arpRequest(b.MAC[:], sender, a.To)
	if err != nil {
		return fmt.Errorf("arping from %s: %w", a.From, err)
	}
	if err := s.listenARP(n); err != nil {
		return fmt.Errorf("arping from %s: %w", a.From, err)
	}
	s.arpSender = sender
	for i := range max(a.Count, 1) {
		if i%32 == 31 {
			if _, err := s.drain(); err != nil {
				return err
			}
		}
		s.asked = append(s.asked, time.Now().UnixNano())
		if err := n.sender.Send(index, request); err != nil && !s.shed(err) {
			return fmt.Errorf("arping from %s: %w", a.From, err)
		}
	}
	return nil
}

func arpRequest(mac net.HardwareAddr, sender, target netip.Addr) ([]byte, error) {
	p, err := arp.NewPacket(arp.OperationRequest, mac, sender, net.HardwareAddr{0, 0, 0, 0, 0, 0}, target)
	if err != nil {
		return nil, err
	}
	payload, err := p.MarshalBinary()
	if err != nil {
		return nil, err
	}
	f := ethernet.Frame{Destination: ethernet.Broadcast, Source: mac, EtherType: ethernet.EtherTypeARP, Payload: payload}
	return f.MarshalBinary()
}

package run

import (
	"fmt"

	"golang.org/x/sys/unix"

	"netverify/assert"
	"netverify/capture"
	"netverify/frame"
	"netverify/recording"
	"netverify/scenarios"
)

// listenARP opens the socket from which an arping takes its replies, and
// empties it of what earlier steps have brought. It stands beside the stack's
// own handler (net/ipv4/arp.c:arp_packet_type), behind VLAN devices and
// rx_handlers, so that an arping is answered by what the stack of its interface
// takes, and by nothing else: the tap sees a tagged frame, too, that has come to
// an interface without that VLAN.
func (s *session) listenARP(n *station) error {
	if n.arp == nil {
		err := s.lab.NS(n.name).Do(func() (err error) {
			n.arp, err = capture.Open(capture.Options{Protocol: unix.ETH_P_ARP})
			return err
		})
		if err != nil {
			return err
		}
	}
	_, err := n.arp.Read(func(capture.Packet) {})
	return err
}

// arpReplies takes what the stack of the asking interface has taken since the
// requests left and what answers them: arp_rcv drops frames for other stations.
// Of each station that answers, the nth reply is that to the nth request.
func (s *session) arpReplies(a *scenarios.Arping) error {
	n, index, err := s.port(a.From)
	if err != nil {
		return nil // gone since: it takes nothing any more
	}
	q := assert.ARPQuestion{SenderMAC: s.bindings[a.From.String()].MAC, SenderIP: s.arpSender, Target: a.To}
	r := s.record()
	_, err = n.arp.Read(func(p capture.Packet) {
		d := p.Frame.Decode()
		if p.Ifindex == index && p.Type != frame.ToOther && q.AnsweredBy(d) {
			r.Replies = append(r.Replies, s.arpReply(r.Replies, p.At, d.ARP))
		}
	})
	if err != nil {
		return fmt.Errorf("arping from %s: %w", a.From, err)
	}
	_, dropped, err := n.arp.Stats()
	if dropped > n.arpLost {
		r.Trouble = append(r.Trouble, fmt.Sprintf("the socket of the arping in %s lost %d frames", n.name, dropped-n.arpLost))
		n.arpLost = dropped
	}
	return err
}

// arpReply numbers one more reply behind those that there are.
func (s *session) arpReply(before []recording.Reply, at int64, a *frame.ARP) recording.Reply {
	reply := recording.Reply{At: at, Seq: 1, From: a.SenderIP, MAC: a.SenderMAC}
	for i := range before {
		if before[i].MAC == reply.MAC {
			reply.Seq++
		}
	}
	if reply.Seq <= len(s.asked) {
		reply.RTT = at - s.asked[reply.Seq-1]
	}
	return reply
}

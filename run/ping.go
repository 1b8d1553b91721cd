package run

import (
	"fmt"
	"time"

	"netverify/craft"
	"netverify/frame"
	"netverify/recording"
	"netverify/scenarios"
)

// ping asks as often as the step says; what the stack hands back is taken when
// the lab is at rest.
func (s *session) ping(a *scenarios.Ping) error {
	p, err := s.pinger(question{from: a.From, bind: a.Bind, to: a.To, ttl: a.TTL, dontFragment: a.DontFragment})
	if err != nil {
		return err
	}
	return s.askAll(p, a.Count, a.Size)
}

// udp sends datagrams as often as the step says.
func (s *session) udp(a *scenarios.UDP) error {
	q := question{from: a.From, bind: a.Bind, to: a.To, ttl: a.TTL, udp: true, sport: a.SrcPort, dport: a.DstPort}
	if a.GSO {
		q.segment = a.Size
	}
	p, err := s.pinger(q)
	if err != nil {
		return err
	}
	if a.GSO {
		return s.askAsOne(p, a.Count, a.Size)
	}
	return s.askAll(p, a.Count, a.Size)
}

// askAsOne gives the stack the data of all datagrams at once, each with its own
// mark. What an interface cannot send so is an error of the lab (EIO, where the
// checksum is not left to it: net/ipv4/udp.c:udp_send_skb).
func (s *session) askAsOne(p *pinger, count, size int) error {
	var data []byte
	for seq := 1; seq <= count; seq++ {
		data = append(data, craft.EchoPayload(size, frame.Tag{Step: s.step, Mark: frame.Stimulus, Seq: seq}, s.rec.Nonce)...)
	}
	if err := p.ask(1, data); err != nil && !dropped(err) {
		return fmt.Errorf("%d datagrams as one from %s, which needs the offload tx-checksum-ip-generic: %w", count, p.from, err)
	}
	s.record().Asked += count
	return nil
}

// readAfter is how much may be asked before the answers are taken from the
// socket, and the frames from the taps: a socket that nobody reads drops what it has no room for, and by
// default there is room for three of the largest answers.
const readAfter = 64 << 10 // bytes

func (s *session) askAll(p *pinger, count, size int) error {
	unread := 0
	for seq := 1; seq <= count; seq++ {
		if _, err := s.askOnce(p, seq, size); err != nil {
			return err
		}
		if unread += size; unread >= readAfter && seq < count {
			unread = 0
			if err := p.read(s.rec, s.step, s.record()); err != nil {
				return err
			}
			if _, err := s.drain(); err != nil { // the taps have as little room
				return err
			}
		}
	}
	return nil
}

// askOnce sends one request and tells whether the stack took it. An error is
// one of netverify's, or of the machine that it runs on: it says nothing of the
// stack.
func (s *session) askOnce(p *pinger, seq, size int) (taken bool, err error) {
	tag := frame.Tag{Step: s.step, Mark: frame.Stimulus, Seq: seq}
	err = p.ask(seq, craft.EchoPayload(size, tag, s.rec.Nonce))
	r := s.record()
	switch word, answer := refusal(err); {
	case err == nil, dropped(err):
		r.Asked++
		return true, nil
	case answer:
		r.Replies = append(r.Replies, recording.Reply{At: time.Now().UnixNano(), Seq: seq, From: p.source, Error: word})
		return false, nil
	}
	return false, fmt.Errorf("request %d of %s to %s was not sent: %w%s", seq, p.from, p.to, err, sendAdvice(err))
}

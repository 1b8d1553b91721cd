package run

import (
	"time"

	"netverify/scenarios"
)

// Probes of traceroute(8): the port counts up with the TTL, so that answers
// that quote no more than a header can be told apart; 32 bytes of data make
// 60 bytes of IPv4.
const (
	traceSrcPort = 49152 // the same in every run, as that of crafted datagrams
	traceDstPort = 33434
	traceSize    = 32 // bytes
)

// traceroute sends one probe after the other, each with a TTL higher by one,
// until one is answered by other than a router on which the TTL ran out.
func (s *session) traceroute(a *scenarios.Traceroute) error {
	p, err := s.pinger(question{from: a.From, bind: a.Bind, to: a.To, udp: a.UDP, sport: port(a.UDP, traceSrcPort)})
	if err != nil {
		return err
	}
	for ttl := a.First; ttl <= a.Max; ttl++ {
		if err := p.set(p.lifetime(ttl)); err != nil {
			return err
		}
		p.dport = port(a.UDP, traceDstPort+ttl-1)
		if taken, err := s.askOnce(p, ttl, traceSize); !taken || err != nil {
			return err
		}
		if over, err := s.hop(p, ttl); over || err != nil {
			return err
		}
	}
	return nil
}

func port(udp bool, n int) int {
	if udp {
		return n
	}
	return 0
}

// hop waits for the answer to a probe and tells whether it was the last that
// is needed. What sending brings about at once is in the socket already;
// anything else has come when the lab is at rest, or when a stack that held the
// probe has given up its neighbour; what has not come then will not: nobody is
// there, or silent.
func (s *session) hop(p *pinger, seq int) (over bool, err error) {
	r := s.record()
	for _, stage := range []func() error{
		func() error { return nil },
		func() error { s.sentAt = time.Now().UnixNano(); return s.rest(r) },
		s.endQuestions,
	} {
		if err := stage(); err != nil {
			return false, err
		}
		if err := p.read(s.rec, s.step, r); err != nil {
			return false, err
		}
		for i := range r.Replies {
			if a := &r.Replies[i]; a.Seq == seq {
				gaveUp := a.Error == "host-unreachable" && a.From == p.source
				return a.Error != "ttl-exceeded" && !gaveUp, nil
			}
		}
	}
	return false, nil
}

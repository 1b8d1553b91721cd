package assert

import (
	"fmt"
	"net/netip"

	"netverify/frame"
	"netverify/recording"
)

// whereabouts says how far request q (0: any) or its answer came.
func (s *scope) whereabouts(q int) (string, []string) {
	for _, i := range s.obs {
		if o := &s.rec.Observations[i]; s.answers(o) && (q == 0 || o.Mark != frame.Stimulus || o.Seq == q) {
			text, why := "; an answer was last seen at ", s.hindered(i, s.asker(), false)
			if s.at(s.end(i), s.asker()) {
				text = "; an answer did reach the interface, but the stack did not take it: "
				if how := s.untaken(s.end(i)); how != "" {
					text = "; an answer did reach the interface, but the stack did not take it, as " + how + ": "
				}
			}
			text += s.line(s.end(i)) + why
			astray := s.elsewhere(s.asker().Point, func(o *recording.Observation) bool {
				return s.answers(o) && (q == 0 || o.Mark != frame.Stimulus || o.Seq == q)
			})
			if astray != "" {
				text += "; " + astray
			}
			return text, s.journeyOf(i)
		}
	}
	i := s.question(q)
	if i < 0 {
		return "; the question was not seen leaving " + s.cs.Ping.From + s.unsent(s.cs.Ping.From), nil
	}
	return "; the question was last seen at " + s.line(s.end(i)) + s.deaf(i) + s.unresolved(i) + s.hindered(i, s.goal(i), true), s.journeyOf(i)
}

// deaf says why the stack that a question was for did not take it, though it
// did come in there.
func (s *scope) deaf(i int) string {
	if goal := s.goal(i); goal.Point != "" && s.at(s.end(i), goal) {
		if how := s.untaken(s.end(i)); how != "" {
			return ", whose stack did not take it, as " + how
		}
	}
	return ""
}

// elsewhere tells of an answer that came in at another interface of the host that
// asked than it asked by.
func (s *scope) elsewhere(point string, answer func(*recording.Observation) bool) string {
	for _, n := range s.obs {
		o := &s.rec.Observations[n]
		if p := &s.rec.Points[o.Point]; o.Dir == frame.In && p.Kind != "loopback" && p.Name() != point && p.Node == recording.NodeOf(point) && answer(o) && s.untaken(n) == "" {
			return fmt.Sprintf("an answer came in at %s and not at %s, by which the question had left: %s", p.Name(), point, s.line(n))
		}
	}
	return ""
}

// unresolved says that a request was not sent, for nobody told the MAC that it
// was to go to: that of its target, or of the first router; or only in a way that
// the stack does not take.
func (s *scope) unresolved(i int) string {
	o := &s.rec.Observations[i]
	ip := resolved(o.Frame.Decode())
	if s.cs.Ping.ARP || s.rec.Foreign != nil || !ip.IsValid() {
		return ""
	}
	how := ", and nobody answered it"
	for _, n := range s.obs {
		if at := &s.rec.Observations[n]; at.Point != o.Point || at.Dir != frame.In || !tells(at.Frame.Decode(), ip) {
			continue
		}
		why := s.untaken(n)
		if why == "" {
			return ""
		}
		how = fmt.Sprintf(", and its answer did come, but the stack did not take it, as %s: %s", why, s.line(n))
	}
	if astray := s.elsewhere(s.names[o.Point], func(o *recording.Observation) bool { return tells(o.Frame.Decode(), ip) }); astray != "" {
		how = "; " + astray
	}
	return how + fmt.Sprintf(", so that the request itself was not sent (the neighbour %s was incomplete)", ip)
}

// tells tells whether a frame says which MAC an address has.
func tells(d *frame.Decoded, ip netip.Addr) bool {
	return d.ARP != nil && d.ARP.Op == 2 && d.ARP.SenderIP == ip || d.ICMPv6 != nil && d.ICMPv6.Type == frame.NeighborAdvertisement && sameAddr(d.ICMPv6.Target, ip)
}

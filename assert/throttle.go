package assert

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"netverify/filter"
	"netverify/frame"
	"netverify/recording"
)

// A router sends some errors to one host only so often, by the clock, and no
// setting of a network namespace changes that. What it holds back in a step is not
// proven absent by that step, nor is it the kernel's fault.

// What limits a sender of errors; the values are the kernel's defaults
// (net/ipv4/route.c: ip_rt_redirect_load, _number, _silence, ip_rt_error_cost,
// ip_rt_error_burst; net/ipv4/inetpeer.c:inet_peer_xrlim_allow).
const (
	redirectLoad    = 20 * time.Millisecond
	redirectNumber  = 9
	redirectSilence = redirectLoad << (redirectNumber + 1)
	errorCost       = time.Second
	errorBurst      = 5
	xrlimBurst      = 6
	tickAtMost      = 10 * time.Millisecond // CONFIG_HZ_100: the kernel counts in ticks
)

// limiter is what a router knows of a host that it sends such errors to.
type limiter struct {
	node string
	peer netip.Addr
	kind limitedKind

	sent   []int // observations, latest last
	last   int64 // ns since the epoch: the latest
	n      int   // redirects since a silence
	tokens time.Duration
}

// limitedKind is a kind of message that is sent so often only.
type limitedKind uint8

const (
	_ limitedKind = iota
	redirect4
	redirect6
	unreachable4 // the answer to a packet for which there is no route (ip_error)
)

// kindOf tells whether a frame is one that its sender limits, at the sender: the
// TTL is what it began with.
func kindOf(d *frame.Decoded) limitedKind {
	const fromHere, ofLink = 64, 255
	switch {
	case d.IPv4 != nil && d.ICMP != nil && d.IPv4.TTL == fromHere && d.ICMP.Type == 5:
		return redirect4
	case d.IPv4 != nil && d.ICMP != nil && d.IPv4.TTL == fromHere && d.ICMP.Type == 3 && d.ICMP.Code == 0:
		return unreachable4
	case d.IPv6 != nil && d.ICMPv6 != nil && d.IPv6.HopLimit == ofLink && d.ICMPv6.Type == 137:
		return redirect6
	}
	return 0
}

// held tells until when a limiter sends nothing more, if it does not at this time;
// setting is where an administrator finds why.
func (l *limiter) held(at int64) (until time.Duration, setting string) {
	since := time.Duration(at - l.last)
	switch l.kind {
	case redirect4:
		if l.n >= redirectNumber && since <= redirectSilence+tickAtMost {
			return redirectSilence - since, "net.ipv4.route.redirect_number and redirect_silence"
		}
		if pause := redirectLoad << l.n; since <= pause+tickAtMost {
			return pause - since, fmt.Sprintf("net.ipv4.route.redirect_load, %v, doubled with each", redirectLoad)
		}
	default:
		setting := "net.ipv4.route.error_burst and error_cost: five at once, and then one a second"
		if l.kind == redirect6 {
			setting = "inet_peer_xrlim_allow: six at once, and then one a second"
		}
		if have := l.purse(since); have < errorCost || l.tokens < errorCost && have < errorCost+tickAtMost {
			return errorCost - have, setting
		}
	}
	return 0, ""
}

func (l *limiter) purse(since time.Duration) time.Duration {
	most := errorBurst * errorCost
	if l.kind == redirect6 {
		most = xrlimBurst * errorCost
	}
	if len(l.sent) == 0 {
		return most
	}
	return min(most, l.tokens+since)
}

func (l *limiter) send(i int, at int64) {
	since := time.Duration(at - l.last)
	if len(l.sent) == 0 || since > redirectSilence {
		l.n = 0
	}
	l.n++
	l.tokens = l.purse(since) - errorCost
	l.sent, l.last = append(l.sent, i), at
}

// throttles are the limiters by which a router held something back in the step.
func (s *scope) throttles() []*heldBack {
	if s.heldBack != nil || s.rec.Foreign != nil {
		return s.heldBack
	}
	s.heldBack = []*heldBack{}
	type key struct {
		node string
		peer netip.Addr
		kind limitedKind
	}
	all := map[key]*limiter{}
	told := map[*limiter]bool{}
	for i := 0; i < s.r.First+s.r.Count; i++ {
		o := &s.rec.Observations[i]
		d := o.Frame.Decode()
		node := s.rec.Points[o.Point].Node
		switch kind := kindOf(d); {
		case o.Mark == frame.Fence:
		case o.Dir == frame.Out && kind != 0:
			k := key{node, target(d), kind}
			if all[k] == nil {
				all[k] = &limiter{node: node, peer: k.peer, kind: kind}
			}
			all[k].send(i, o.At)
		case o.Dir == frame.In && i >= s.r.First && len(all) > 0 && o.Type != frame.ToOther && source(d).IsValid() && !s.hasAddress(node, target(d)):
			for _, kind := range []limitedKind{redirect4, redirect6, unreachable4} {
				l := all[key{node, source(d), kind}]
				if l == nil || told[l] {
					continue
				}
				if left, setting := l.held(o.At); setting != "" {
					told[l] = true
					s.heldBack = append(s.heldBack, &heldBack{l, l.sent[:len(l.sent):len(l.sent)], left, setting})
				}
			}
		}
	}
	return s.heldBack
}

// hasAddress tells whether a node has an address: what is for itself it does not pass on.
func (s *scope) hasAddress(node string, a netip.Addr) bool {
	for name, b := range s.r.Bindings {
		if recording.NodeOf(name) == node && (sameAddr(b.IPv4, a) || sameAddr(b.IPv6, a)) {
			return true
		}
	}
	return false
}

// heldBack says that a limiter would have sent nothing when the step asked.
type heldBack struct {
	*limiter
	before  []int // what it had sent
	left    time.Duration
	setting string
}

// limited are the legs that a check lacks of which nothing came: a timer of the
// kernel may have been what it came too early or too late for.
func (s *scope) limited(at Place, m *filter.Matcher) []string {
	return append(s.closed(), s.throttled(at, m)...)
}

// throttled are the legs that a check lacks because a router may have held back what
// it is about: something that the router sent before was seen at the place, and
// passes the filter.
func (s *scope) throttled(at Place, m *filter.Matcher) (legs []string) {
	for _, h := range s.throttles() {
		if seen := s.copyOf(h, at, m); seen >= 0 {
			legs = append(legs, fmt.Sprintf("%s had sent such a message to %s and sends the next one not before %v are over (%s): write a step that waits so long before this one",
				h.node, h.peer, max(h.left, 0).Round(time.Millisecond)+tickAtMost, h.setting)+"; the one before was "+s.line(seen))
		}
	}
	return legs
}

// copyOf finds what a limiter has sent where it was seen at a place, -1 for nowhere.
func (s *scope) copyOf(h *heldBack, at Place, m *filter.Matcher) int {
	first := h.before[0]
	for i := s.r.First + s.r.Count - 1; i >= first; i-- {
		o := &s.rec.Observations[i]
		if o.Mark == frame.Fence || !s.at(i, at) {
			continue
		}
		d := o.Frame.Decode()
		if same := kindAnywhere(d); same == h.kind && target(d) == h.peer && s.passes(i, m) {
			return i
		}
	}
	return -1
}

// kindAnywhere is kindOf a frame that has passed routers.
func kindAnywhere(d *frame.Decoded) limitedKind {
	switch {
	case d.ICMP != nil && d.ICMP.Type == 5:
		return redirect4
	case d.ICMP != nil && d.ICMP.Type == 3 && d.ICMP.Code == 0:
		return unreachable4
	case d.ICMPv6 != nil && d.ICMPv6.Type == 137:
		return redirect6
	}
	return 0
}

// limitedErrors are those legs for an answer to the step's question.
func (s *scope) limitedErrors() []string {
	for _, h := range s.throttles() {
		if h.kind == unreachable4 && s.copyOf(h, s.asker(), nil) >= 0 {
			return s.limited(s.asker(), nil)
		}
	}
	return s.closed()
}

// closed are the legs that an absence lacks where something lost the requests of
// the step for as long as a timer of the kernel ran.
func (s *scope) closed() (legs []string) {
	for _, p := range s.r.Closed {
		legs = append(legs, fmt.Sprintf("when the step asked there was at %s %s (%s): what was lost for that says nothing of later; write a step before it that waits, at most %s",
			p.Point, p.What, p.Timer, atLeast(time.Duration(p.Bound))))
	}
	return legs
}

// behindDoors takes back a failure of something that did not come, where it may have
// been lost for that.
func (s *scope) behindDoors(e *Expectation, k *Check) {
	if k.Outcome != Fail || e.Within > 0 || len(s.r.Closed) == 0 || !missed(e, k) {
		return
	}
	for i := range s.r.Replies {
		if s.r.Replies[i].Error == "" {
			return // what was answered wrongly is no loss
		}
	}
	k.Outcome = Inconclusive
	k.Reason += "; but " + strings.Join(s.closed(), "; ")
}

package assert

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"netverify/frame"
	"netverify/recording"
)

// attribution tells which frames of a capture that bears no marks are the
// step's: what it sent, by the addresses and numbers of its question; what
// answers that, or reports on it by quoting it; and by what those on the way
// found each other (ARP, Neighbor Discovery). All else is of somebody else, or
// may be: it decides nothing.
//
// Where more questions were asked than the step asks, each may be the step's:
// the frames of each stand by themselves, and only what holds of every one of
// them is known.
type attribution struct {
	of       map[int]int    // observation to candidate; everyone for frames that belong to each
	asked    []asked        // candidates
	byKey    map[string]int // the candidate of each of their frames
	index    *identIndex    // of the candidates
	earliest int64          // ns since the epoch: when the first of them was seen
	none     string         // why there is no candidate, "" where there is
	began    int64          // ns since the epoch: the first frame of the step left; 0 where none was seen
}

// asked is what may be the step's question.
type asked struct {
	keys  map[string]bool // of its frames
	of    map[ident]bool
	first int // observation
}

const everyone = -1

// unmarked tells whether frames have to be attributed at all: those of a run of
// netverify are known by its marks, where they were captured by others, too.
func (s *scope) unmarked() bool { return s.rec.Foreign != nil && s.rec.Nonce == [8]byte{} }

// attributed is the attribution of the step's frames; nil where marks tell.
func (s *scope) attributed() *attribution {
	if s.whose != nil || !s.unmarked() {
		return s.whose
	}
	a := &attribution{of: make(map[int]int)}
	s.whose = a
	if s.cs.From == "" {
		a.none = "the step sends nothing by which frames could be known as its own"
		return a
	}
	a.candidates(s)
	for _, i := range s.obs {
		a.attribute(s, i)
	}
	a.fragments(s)
	if len(a.of) == 0 {
		a.none = "no frame that the step sends is in the captures (" + s.sends() + ")"
	}
	for _, i := range s.obs {
		if _, mine := a.of[i]; mine && s.at(i, Place{s.cs.From, frame.Out}) {
			a.began = s.rec.Observations[i].At
			break
		}
	}
	return a
}

// sends says in words what a step sends.
func (s *scope) sends() string {
	switch q := s.cs.Ping; {
	case q == nil:
		return "crafted frames from " + s.cs.From
	case q.ARP:
		return fmt.Sprintf("ARP requests of %s for %s", q.From, q.Target)
	case q.UDP:
		return fmt.Sprintf("UDP from %s to %s%s", q.From, q.Target, q.besides())
	default:
		return fmt.Sprintf("echo requests of %s to %s%s", q.From, q.Target, q.besides())
	}
}

// candidates sorts the questions that may be the step's. A ping keeps its
// identifier, a sender of datagrams its ports: if none has more requests than
// the step sends, each identifier is one candidate, else each request.
func (a *attribution) candidates(s *scope) {
	var order []string
	groups := make(map[string]*asked)
	total := make(map[string]bool)
	for _, byRequest := range []bool{false, true} {
		order, groups, total = nil, make(map[string]*asked), make(map[string]bool)
		for _, i := range s.obs {
			o := &s.rec.Observations[i]
			if !s.stimulates(o) {
				continue
			}
			key := o.Frame.Key()
			id, named := identOf(o.Frame.Decode())
			group := ""
			switch {
			case byRequest:
				group = key
			case named && s.cs.Ping != nil && id.proto != 17:
				group = fmt.Sprint(id.proto, id.a)
			case named && s.cs.Ping != nil && !s.cs.Ping.Trace:
				group = fmt.Sprint(id.proto, id.a, id.b)
			}
			g := groups[group]
			if g == nil {
				g = &asked{keys: make(map[string]bool), of: make(map[ident]bool), first: i}
				groups[group], order = g, append(order, group)
			}
			g.keys[key], total[key] = true, true
			if named {
				g.of[id] = true
			}
		}
		fits := true
		for _, g := range groups {
			fits = fits && len(g.keys) <= s.most()
		}
		if fits {
			break
		}
	}
	if len(total) <= s.most() && len(order) > 1 { // all of them together are no more than the step sends
		all := groups[order[0]]
		for _, name := range order[1:] {
			for k := range groups[name].keys {
				all.keys[k] = true
			}
			for id := range groups[name].of {
				all.of[id] = true
			}
		}
		order = order[:1]
	}
	a.byKey, a.index = make(map[string]int), newIdentIndex()
	for n, name := range order {
		c := groups[name]
		a.asked = append(a.asked, *c)
		if at := s.rec.Observations[c.first].At; n == 0 || at < a.earliest {
			a.earliest = at
		}
		group := s.rec.Observations[c.first].Frame.Decode().Dst.IsGroup()
		for k := range c.keys {
			lowest(a.byKey, k, n)
		}
		for q := range c.of {
			a.index.add(q, n, group || q.dst.IsMulticast())
		}
	}
}

// most is how many different questions the step sends; of crafted frames all
// that are like them.
func (s *scope) most() int {
	switch q := s.cs.Ping; {
	case q == nil:
		return len(s.obs)
	case q.ARP:
		return 2 // asked again it is the same; a probe differs
	default:
		return max(q.Count, 1)
	}
}

// stimulates tells whether a frame, wherever it was seen, is one that the step
// sends: of the kind, from an address of its sender to whom the step asks. Of a
// step that crafts its frames: like one of these.
func (s *scope) stimulates(o *recording.Observation) bool {
	d := o.Frame.Decode()
	if s.cs.Ping == nil {
		sent := s.crafted()
		return slices.ContainsFunc(sent, func(f frame.Frame) bool { return alike(f.Decode(), d, f.Key() == o.Frame.Key()) })
	}
	if !s.asks(o) || !s.fits(o) {
		return false
	}
	if s.cs.Ping.ARP {
		b := s.r.Bindings[s.cs.Ping.From]
		return b.MAC == [6]byte(d.ARP.SenderMAC) && (d.ARP.SenderIP.IsUnspecified() || !b.IPv4.IsValid() || d.ARP.SenderIP == b.IPv4)
	}
	return s.has(source(d)) || !s.addressed() && s.passed(o, Place{s.cs.Ping.From, frame.Out})
}

// addressed tells whether any address of the asking host is known.
func (s *scope) addressed() bool {
	node := recording.NodeOf(s.cs.Ping.From)
	for name, b := range s.r.Bindings {
		if recording.NodeOf(name) == node && (b.IPv4.IsValid() || b.IPv6.IsValid()) && !strings.HasSuffix(name, ":lo") {
			return true
		}
	}
	return false
}

func (s *scope) passed(o *recording.Observation, p Place) bool {
	return s.names[o.Point] == p.Point && (p.Dir == 0 || p.Dir == o.Dir)
}

// crafted are the frames that the step sends, without their marks.
func (s *scope) crafted() []frame.Frame {
	if s.sentAs == nil && s.step < len(s.rec.Foreign.Sent) {
		for _, b := range s.rec.Foreign.Sent[s.step] {
			s.sentAs = append(s.sentAs, frame.New(b))
		}
	}
	return s.sentAs
}

// alike tells whether two frames are the same but for their data, and for what
// bridges, VLAN devices and routers change on the way.
func alike(a, b *frame.Decoded, same bool) bool {
	switch {
	case same:
		return true
	case a.ARP != nil || b.ARP != nil: // has no data: Key tells
		return false
	case source(a).IsValid():
		ia, oka := identOf(a)
		ib, okb := identOf(b)
		if oka || okb {
			return oka && okb && ia == ib && isEchoReply(a) == isEchoReply(b)
		}
		return source(a) == source(b) && target(a) == target(b) && upper(a) == upper(b)
	}
	return !source(b).IsValid() && a.Src == b.Src && a.EtherType == b.EtherType && (b.Dst == a.Dst || b.Dst == frame.MAC{})
}

// upper is the protocol above IP, and the type of its message.
func upper(d *frame.Decoded) (u [3]uint8) {
	switch {
	case d.IPv4 != nil:
		u[0] = d.IPv4.Proto
	case d.IPv6 != nil:
		u[0] = d.IPv6.Upper
	}
	switch {
	case d.ICMP != nil:
		u[1], u[2] = d.ICMP.Type, d.ICMP.Code
	case d.ICMPv6 != nil:
		u[1], u[2] = d.ICMPv6.Type, d.ICMPv6.Code
	case d.IGMP != nil:
		u[1] = d.IGMP.Type
	}
	return u
}

// attribute gives one frame to the candidate that it belongs to, the first one.
func (a *attribution) attribute(s *scope, i int) {
	o := &s.rec.Observations[i]
	d := o.Frame.Decode()
	n, mine := a.byKey[o.Frame.Key()]
	mine = mine && s.stimulates(o)
	if m, answers := a.answeredBy(s, d); answers && (!mine || m < n) {
		n, mine = m, true
	}
	switch {
	case mine:
		a.of[i] = n
	case s.resolves(d) && (s.bySender(d) || a.askedBefore(o.At)):
		a.of[i] = everyone
	}
}

// answeredBy is the candidate that a frame answers: with its addresses and
// numbers, or by quoting it.
func (a *attribution) answeredBy(s *scope, d *frame.Decoded) (n int, ok bool) {
	switch {
	case len(a.asked) == 0:
		return 0, false
	case s.cs.Ping != nil && s.cs.Ping.ARP:
		return 0, s.answersARP(d)
	case isICMPError(d):
		return a.index.quoted(d)
	}
	if id, ok := identOf(d); ok && isEchoReply(d) {
		return a.index.answered(id)
	}
	return 0, false
}

// fragments gives what is left of a datagram to whom its beginning was given.
func (a *attribution) fragments(s *scope) {
	type datagram struct {
		src, dst netip.Addr
		id       uint32
		proto    uint8
	}
	of := func(i int) (datagram, bool) {
		d := s.rec.Observations[i].Frame.Decode()
		switch {
		case d.IPv4 != nil && d.IPv4.Fragment():
			return datagram{d.IPv4.Src, d.IPv4.Dst, uint32(d.IPv4.ID), d.IPv4.Proto}, true
		case d.IPv6 != nil && d.IPv6.Frag != nil:
			return datagram{d.IPv6.Src, d.IPv6.Dst, d.IPv6.Frag.ID, d.IPv6.Upper}, true
		}
		return datagram{}, false
	}
	known := make(map[datagram]int)
	for i, n := range a.of {
		if d, ok := of(i); ok {
			known[d] = n
		}
	}
	for _, i := range s.obs {
		if _, mine := a.of[i]; mine {
			continue
		}
		if d, ok := of(i); ok {
			if n, mine := known[d]; mine {
				a.of[i] = n
			}
		}
	}
}

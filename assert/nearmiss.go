package assert

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"netverify/filter"
	"netverify/frame"
	"netverify/recording"
)

// nearest is the frame at a place that fails in the fewest terms of a filter; of
// these one that has another value rather than none, and of those the first. -1
// where no frame came there.
func (s *scope) nearest(here []int, m *filter.Matcher) (best int, misses []filter.Miss, terms int) {
	best = -1
	if m == nil {
		return best, nil, 0
	}
	for _, i := range here {
		s.look(i)
		more, n := m.Misses(&s.view)
		if len(more) > 0 && (best < 0 || len(more) < len(misses) || len(more) == len(misses) && absent(more) < absent(misses)) {
			best, misses, terms = i, more, n
		}
	}
	return best, misses, terms
}

// absent is how many of the terms ask for what a frame has not got at all.
func absent(misses []filter.Miss) (n int) {
	for _, m := range misses {
		if m.Value == "" && !strings.HasPrefix(m.Term, "!") {
			n++
		}
	}
	return n
}

// mostMisses is how many terms are named that a frame fails in.
const mostMisses = 2

// others tells of what came to the place of a sight that no frame came to which
// passes its filter: the frame that is nearest to one, and in what it differs.
func (s *scope) others(t *sight) string {
	here := s.match(t.At, nil)
	i, misses, terms := s.nearest(here, t.m)
	if i < 0 {
		return nothingAt(t.At)
	}
	text := fmt.Sprintf("%s saw %d other frame(s)", t.At, len(here))
	if absent(misses) == terms && terms > 1 {
		return text + ", none of which fulfils any term of it, first " + s.line(here[0])
	}
	parts := make([]string, 0, mostMisses)
	for _, m := range misses[:min(mostMisses, len(misses))] {
		parts = append(parts, s.missText(i, m))
	}
	if rest := len(misses) - mostMisses; rest > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", rest))
	}
	return fmt.Sprintf("%s; the nearest is %s, which fails in %s", text, s.line(i), strings.Join(parts, ", "))
}

// nothingAt says that a place saw no frame, in words that fit its side.
func nothingAt(p Place) string {
	switch p.Dir {
	case frame.In:
		return "nothing at all came in at " + p.Point + " in this step"
	case frame.Out:
		return "nothing at all went out at " + p.Point + " in this step"
	}
	return "nothing at all passed " + p.Point + " in this step"
}

// missText says what a frame has in the place of what a term asks for.
func (s *scope) missText(i int, m filter.Miss) string {
	o := &s.rec.Observations[i]
	d := o.Frame.Decode()
	text := m.Term
	switch {
	case m.Value != "":
		text += fmt.Sprintf(" (%s is %s)", m.Field, m.Value)
	case m.Field != "" && !strings.HasPrefix(m.Term, "!"):
		text += fmt.Sprintf(" (it has no %s)", m.Field)
	}
	switch {
	case strings.HasPrefix(m.Field, "vlan") && len(d.Tags) > 0 && d.Tags[0].TPID == 0x88a8:
		text += fmt.Sprintf(" [its tag is 802.1ad, which is asked for as ieee8021ad.id == %d]", d.Tags[0].VID)
	case strings.HasPrefix(m.Field, "ieee8021ad") && len(d.Tags) > 0 && d.Tags[0].TPID == 0x8100:
		text += fmt.Sprintf(" [its tag is 802.1Q, which is asked for as vlan.id == %d]", d.Tags[0].VID)
	case s.rec.Foreign != nil && s.rec.Foreign.Points[o.Point].Cooked && d.Dst == frame.MAC{} && (m.Field == "eth.dst" || m.Field == "eth.addr"):
		text += " [this capture (tcpdump -i any) has no destination MACs]"
	}
	return text
}

// cameLater tells of a frame after the step that passes the filter at the place: one
// that a timer brought.
func (s *scope) cameLater(t *sight) string {
	for i := s.r.First + s.r.Count; i < len(s.rec.Observations); i++ {
		o := &s.rec.Observations[i]
		if o.Mark == frame.Stimulus && o.Step != s.step || o.Mark == frame.Fence || !s.at(i, t.At) || !s.passes(i, t.m) {
			continue
		}
		text := fmt.Sprintf("such a frame came %v after the step began, when it was over: %s; `within` waits for one", rounded(o.At-s.r.Begin), s.line(i))
		if recording.Chatter(o) && !s.cs.Strict {
			text += ", and `strict: true` looks at frames that stacks send on their own account"
		}
		return text
	}
	return ""
}

// unsatisfiable says why a filter that matched nothing in the whole recording
// shows nothing of the kernel: a term of it asks for what nobody here has to do
// with, a protocol that no stack speaks unasked and no frame bore, or an address
// that occurs nowhere. A misspelt filter is such a one; a frame that the kernel
// should have made or passed on is not. "" where the filter could have matched,
// or where what the step sends was not seen leaving: it may have been that.
func (s *scope) unsatisfiable(m *filter.Matcher) string {
	if m == nil || len(s.control(m)) == 0 || s.cs.From != "" && len(s.sent()) < s.toSend() {
		return ""
	}
	term := m.Impossible(s.spoken, s.known)
	if term == "" {
		return ""
	}
	return fmt.Sprintf("the filter matched nothing anywhere in the recording, and nothing here could match its term %q: no frame and no interface has that", term)
}

// unasked are the protocols that stacks, bridges and the wire itself have, with
// no step asking for them.
var unasked = []frame.Protocol{
	frame.ProtoFrame, frame.ProtoEthernet, frame.ProtoVLAN, frame.ProtoIEEE8021AD, frame.ProtoLLC, frame.ProtoSTP, frame.ProtoARP, frame.ProtoIPv4, frame.ProtoIPv6,
	frame.ProtoIPv6HopByHop, frame.ProtoIPv6Routing, frame.ProtoIPv6Fragment, frame.ProtoIPv6DestOpts, frame.ProtoICMP, frame.ProtoICMPv6, frame.ProtoIGMP,
	frame.ProtoData, frame.ProtoMalformed, frame.ProtoUnreassembled, frame.ProtoShort,
}

// spoken tells whether a protocol is one of those, or was in any frame.
func (s *scope) spoken(p frame.Protocol) bool {
	return slices.Contains(unasked, p) || slices.ContainsFunc(s.rec.Observations, func(o recording.Observation) bool {
		return o.Mark != frame.Fence && o.Frame.Decode().Has(p)
	})
}

// known tells whether an address is that of an interface in any step, or stands
// in any frame.
func (s *scope) known(address []byte) bool {
	for i := range s.rec.Steps {
		for _, b := range s.rec.Steps[i].Bindings {
			if bytes.Equal(b.MAC[:], address) || b.IPv4.IsValid() && bytes.Equal(b.IPv4.AsSlice(), address) || b.IPv6.IsValid() && bytes.Equal(b.IPv6.AsSlice(), address) {
				return true
			}
		}
	}
	return slices.ContainsFunc(s.rec.Observations, func(o recording.Observation) bool {
		return bytes.Contains(o.Frame.Bytes(), address)
	})
}

package scenarios

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"netverify/assert"
	"netverify/filter"
	"netverify/frame"
	"netverify/scenarios/internal/yamltree"
)

// Errnos are the names that `fails` takes: what rtnetlink, sysctl writes and
// packet sockets return (errno(3)).
var Errnos = []string{
	"EPERM", "ENOENT", "EIO", "ENXIO", "E2BIG", "EBADF", "EAGAIN", "ENOMEM", "EACCES", "EFAULT", "EBUSY", "EEXIST", "EXDEV", "ENODEV",
	"EINVAL", "ENFILE", "EMFILE", "ENOSPC", "EROFS", "EMLINK", "ERANGE", "EDOM", "ELOOP", "ENODATA", "EPROTO", "EOVERFLOW",
	"EMSGSIZE", "EPROTONOSUPPORT", "EOPNOTSUPP", "EAFNOSUPPORT", "EADDRINUSE", "EADDRNOTAVAIL", "ENETDOWN", "ENETUNREACH",
	"ENOBUFS", "EALREADY", "EINPROGRESS", "ESTALE", "EHOSTUNREACH", "ECANCELED", "ENOTCONN", "ETIMEDOUT", "ENOTEMPTY",
}

// fitting reports expectations that the action of a step can never meet.
func (r *resolver) fitting(doc *stepDoc) {
	asks := doc.Ping != nil || doc.Arping != nil || doc.UDP != nil
	sends := asks || doc.Send != nil
	changes := doc.Create != nil || doc.Remove.set() || doc.Set != nil
	for _, p := range doc.Expect.node.Pairs {
		switch p.Key.Value {
		case "reply":
			if doc.Traceroute != nil {
				r.missing(p.Key, "reply is what the sender of a ping, arping or udp gets; a traceroute gets hops")
			} else if !asks {
				r.missing(p.Key, "reply is what the sender of a ping, arping or udp gets; this step has none of them")
			}
		case "hops":
			if doc.Traceroute == nil {
				r.missing(p.Key, "hops are what a traceroute finds; this step has none")
			}
		case "path":
			if doc.Traceroute != nil {
				r.missing(p.Key, "path is the way of one frame, and each probe of a traceroute goes another; this step has hops")
				continue
			}
			fallthrough
		case "answer":
			if !sends && doc.Traceroute == nil {
				r.missing(p.Key, "%s is about frames that ping, arping, traceroute, udp or send put on the wire; this step has none of them", p.Key.Value)
			}
		case "fails":
			if !changes && doc.Send == nil {
				r.missing(p.Key, "fails is for create, remove, set and send; this step has none of them")
			}
		}
	}
	if reply := doc.Expect.Reply; reply != nil && !reply.None {
		r.fittingReply(doc, reply)
	}
}

// fittingReply reports what the answer to a step's question can never be like.
func (r *resolver) fittingReply(doc *stepDoc, reply *replyDoc) {
	switch w := reply.Want; {
	case doc.Arping != nil && w.TTL.set():
		r.at(w.TTL.node, "an ARP reply has no TTL")
	case doc.Arping != nil && w.Error.set():
		r.at(w.Error.node, "an arping gets no ICMP errors")
	case doc.UDP != nil && len(w.MAC) > 0:
		r.at(w.MAC[0].node, "an ICMP error does not come from a MAC that the stack would tell; look for eth.src in a frame with seen")
	case doc.Ping != nil && len(w.MAC) > 0:
		r.at(w.MAC[0].node, "the stack does not tell a ping from which MAC the answer came; mac is for arping, or look for eth.src in a frame with seen")
	case doc.UDP != nil && !w.Error.set():
		r.at(reply.node, "nobody replies to a datagram: reply is none, or an error such as {error: port-unreachable}")
	case len(w.From) > 1 && w.Error.set():
		r.at(w.From[1].node, "an error is that of one host; look for those of several with seen")
	case len(w.From) > 1 && doc.Arping != nil:
		r.at(w.From[1].node, "all that answer an arping say the same address; mac tells them apart")
	case w.Error.set() && w.TTL.set():
		r.at(w.TTL.node, "ttl is that of an answer; an error has none")
	}
}

// expecter collects the expectations of one step.
type expecter struct {
	*resolver
	sends bool // the step sends crafted frames
	list  []placed
}

func (x *expecter) add(at *yamltree.Node, e assert.Expectation) {
	e.Line = at.Line
	x.list = append(x.list, placed{e, at.Col})
}

func (x *expecter) reply(s *Step, doc *expectationsDoc) {
	if doc.Reply == nil || doc.Reply.node == nil {
		return
	}
	w := doc.Reply.Want
	want := &assert.ReplyWant{None: doc.Reply.None, TTL: int(w.TTL.N), Error: w.Error.S, Count: w.Count.ptr()}
	var parts []string
	say := func(t loc, format string, args ...any) {
		if t.set() {
			parts = append(parts, fmt.Sprintf(format, args...))
		}
	}
	say(w.Error.loc, "error %s", want.Error)
	say(w.TTL.loc, "ttl %d", want.TTL)
	parts = append(parts, x.answerers(s, want, w)...)
	say(w.Count.loc, "%s", timesText(want.Count))
	if w.Count.set() && w.Count.R.Max == 0 {
		x.at(w.Count.node, "no reply at all is written reply: none")
	}
	if w.Within.set() {
		say(w.Within.loc, "within %s", w.Within.D)
	}
	text := "reply: " + strings.Join(parts, ", ")
	switch {
	case want.None && w.Within.set():
		text = fmt.Sprintf("reply: none within %s", w.Within.D)
	case want.None:
		text = "reply: none"
	case parts == nil:
		text = "reply: any answer"
	}
	x.add(doc.Reply.node, assert.Expectation{Kind: assert.KindReply, Text: text, Reply: want, Within: w.Within.D})
}

// answerers takes over who should answer, and says it in words.
func (x *expecter) answerers(s *Step, want *assert.ReplyWant, w replyWant) (parts []string) {
	var names []string
	for _, t := range w.From {
		x.responder(s, t)
		names = append(names, t.S)
	}
	if len(names) > 0 {
		want.From, want.Also = names[0], names[1:]
		parts = append(parts, "from "+strings.Join(names, " and "))
	}
	var macs []string
	for _, t := range w.MAC {
		if mac, _ := x.macOrAt(t); t.set() {
			macs = append(macs, mac)
		}
	}
	if len(macs) > 0 {
		want.MAC = macs[0]
		want.Also = append(want.Also, macs[1:]...)
		parts = append(parts, "mac "+strings.Join(macs, " and "))
	}
	return parts
}

// responder checks who should answer: "@node:interface", or an address of the
// family that is asked in.
func (x *expecter) responder(s *Step, t text) {
	if !t.set() {
		return
	}
	if strings.HasPrefix(t.S, "@") {
		x.checkAt(t)
		return
	}
	addr, ok := x.ip(t)
	if q := s.request(); ok && q != nil && !q.ARP && q.Target.IsValid() && addr.Is4() != q.Target.Is4() {
		x.at(t.node, "%s is not of the family of %s, which is asked", addr, q.Target)
	}
}

func (x *expecter) hops(s *Step, doc *expectationsDoc) {
	if len(doc.Hops) == 0 || s.Traceroute == nil {
		return
	}
	var want []assert.HopWant
	var parts []string
	for i := range doc.Hops {
		h := &doc.Hops[i]
		if h.node == nil {
			return
		}
		x.responder(s, h.From)
		text := h.From.S
		switch {
		case h.Silent:
			text = "*"
		case h.Error.set():
			text = strings.TrimSpace("error " + h.Error.S + " " + h.From.S)
		}
		want = append(want, assert.HopWant{Silent: h.Silent, From: h.From.S, Error: h.Error.S})
		parts = append(parts, text)
	}
	if most := s.Traceroute.Max - s.Traceroute.First + 1; most > 0 && len(want) > most {
		x.at(doc.Hops[most].node, "the trace has %d hops at most (first %d, max %d)", most, s.Traceroute.First, s.Traceroute.Max)
	}
	x.add(doc.Hops[0].node, assert.Expectation{Kind: assert.KindHops, Text: "hops: " + strings.Join(parts, ", "), Hops: want})
}

func (x *expecter) fails(doc *expectationsDoc) {
	t := doc.Fails
	if !t.set() {
		return
	}
	if !slices.Contains(Errnos, t.S) {
		x.at(t.node, "%q is not the name of an errno%s", t.S, didYouMean(t.S, Errnos))
	}
	x.add(t.node, assert.Expectation{Kind: assert.KindFails, Text: "fails: " + t.S, Errno: t.S})
}

// storm: the lab is gone when a storm has been cut, so that no step can follow.
func (x *expecter) storm(step *stepDoc, doc *expectationsDoc) {
	t := doc.Storm
	if !t.set() {
		return
	}
	if last := &x.doc.Steps[len(x.doc.Steps)-1]; t.V && last != step {
		x.at(t.node, "a storm ends the scenario: the lab is taken down when it is cut, so that only the last step may expect one")
	}
	x.add(t.node, assert.Expectation{Kind: assert.KindStorm, Text: fmt.Sprintf("storm: %t", t.V), Storm: t.V})
}

func (x *expecter) sights(doc *expectationsDoc) {
	for i := range doc.Seen {
		x.sight(assert.KindSeen, &doc.Seen[i])
	}
	for i := range doc.Never {
		n := &doc.Never[i]
		x.sight(assert.KindNever, &sightDoc{loc: n.loc, At: n.At, Frames: n.Frames, Within: n.Within})
	}
	for i := range doc.Answer {
		x.sight(assert.KindAnswer, &doc.Answer[i])
	}
}

// sight makes one expectation for each place.
func (x *expecter) sight(kind assert.Kind, doc *sightDoc) {
	if doc.node == nil {
		return
	}
	f := x.filter(doc.Frames)
	if doc.Count.set() && doc.Count.R.Max == 0 {
		x.at(doc.Count.node, "frames that are never seen are written under never")
	}
	if doc.Ordered.V && (!doc.Count.set() || doc.Count.R.Min < 2) {
		x.at(doc.Ordered.node, "fewer than two frames have no order: beside ordered stands a count of 2 or more")
	}
	if doc.Intact.set() && !x.sends {
		x.at(doc.Intact.node, "intact compares with the frames of a send; this step has none")
	}
	seen := map[assert.Place]bool{}
	for _, at := range doc.At {
		place, ok := x.place(at)
		if !ok {
			continue
		}
		if seen[place] {
			x.at(at.node, "%s is given twice", place)
			continue
		}
		seen[place] = true
		text := fmt.Sprintf("%s at %s: %s", kind, place, strings.TrimSpace(doc.Frames.S))
		if doc.Count.set() {
			text = fmt.Sprintf("%s at %s %s: %s", kind, place, timesText(doc.Count.ptr()), strings.TrimSpace(doc.Frames.S))
		}
		if doc.Ordered.V {
			text += " (in order)"
		}
		if doc.Intact.set() {
			text += fmt.Sprintf(" (intact: %s)", doc.Intact.S)
		}
		if doc.Within.set() {
			text += fmt.Sprintf(" (within %s)", doc.Within.D)
		}
		x.add(at.node, assert.Expectation{Kind: kind, Text: text, At: place, Frames: f, Count: doc.Count.ptr(), Within: doc.Within.D, Ordered: doc.Ordered.V, Intact: intacts[doc.Intact.S]})
	}
}

// intacts are the words of intact.
var intacts = map[string]assert.Intact{"frame": assert.IntactFrame, "untagged": assert.IntactUntagged}

func timesText(r *assert.Range) string {
	switch {
	case r == nil:
		return ""
	case r.Max < 0:
		return fmt.Sprintf("at least %d times", r.Min)
	case r.Min == r.Max && r.Min == 1:
		return "once"
	case r.Min == r.Max:
		return fmt.Sprintf("%d times", r.Min)
	}
	return fmt.Sprintf("%d to %d times", r.Min, r.Max)
}

// place reads "node:interface", "node:interface in" or "node:interface out".
func (r *resolver) place(t text) (assert.Place, bool) {
	if !t.set() {
		return assert.Place{}, false
	}
	point, side, hasSide := strings.Cut(t.S, " ")
	p := assert.Place{Point: point}
	switch strings.TrimSpace(side) {
	case "in":
		p.Dir = frame.In
	case "out":
		p.Dir = frame.Out
	default:
		if hasSide {
			r.at(t.node, "%q: after %s stands in, out or nothing%s", t.S, point, didYouMean(strings.TrimSpace(side), []string{"in", "out"}))
			return p, false
		}
	}
	ref, ok := r.splitRef(text{t.loc, point})
	if !ok {
		return p, false
	}
	if ref.Iface != "lo" && !r.known[ref] {
		r.unknownIface(t, ref)
		return p, false
	}
	return p, true
}

// maxPlaces bounds the regular expressions of a scenario (filter.Filter.Places):
// 100 MB.
const maxPlaces = 1_000_000

// filter parses a display filter, and reports what is wrong with it where it
// is wrong.
func (r *resolver) filter(t text) *filter.Filter {
	if !t.set() {
		return nil
	}
	if strings.TrimSpace(t.S) == "" {
		r.at(t.node, "the filter is empty")
		return nil
	}
	f, err := filter.Parse(t.S)
	if err != nil {
		pos, msg := t.node.Pos, err.Error()
		var e *filter.Error
		if errors.As(err, &e) {
			pos, msg = t.node.At(e.Offset), e.Msg
		}
		r.add(pos, t.node, "%s", msg)
		return nil
	}
	if r.places += f.Places(); r.places > maxPlaces {
		r.at(t.node, "the regular expressions of this scenario are too large: their repetitions written out have more than %d places; write * or +", maxPlaces)
		return nil
	}
	for _, ref := range f.Refs() {
		at := *t.node
		at.Pos = t.node.At(ref.Offset)
		r.checkAt(text{loc{&at}, ref.Name})
	}
	return f
}

func (x *expecter) path(doc *expectationsDoc) {
	if len(doc.Path) == 0 {
		return
	}
	var way []assert.Waypoint
	var names []string
	for i := range doc.Path {
		w := &doc.Path[i]
		if !w.At.set() {
			return
		}
		p, ok := x.place(w.At)
		if ok && p.Dir == 0 {
			x.at(w.At.node, "a place of path has a side: %s in, or %s out", p, p)
		}
		stop := assert.Waypoint{Place: p, Frames: x.filter(w.Frames)}
		way = append(way, stop)
		names = append(names, p.String())
	}
	x.add(doc.Path[0].node, assert.Expectation{Kind: assert.KindPath, Text: "path: " + strings.Join(names, ", "), Path: way})
}

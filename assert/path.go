package assert

import (
	"fmt"
	"slices"
	"strings"

	"netverify/filter"
	"netverify/frame"
	"netverify/recording"
)

// path: each frame that the step sent went, from its first appearance to its
// last, along exactly these stops, and went no further. Clones may have gone
// elsewhere: never says where they must not.
func (s *scope) path(e *Expectation, k *Check) {
	if len(e.Path) == 0 {
		k.err("a path without a stop: nothing is checked")
		return
	}
	f := follower{scope: s, path: e.Path, matchers: make([]*filter.Matcher, len(e.Path))}
	for i, w := range e.Path {
		m, ok := s.bind(w.Frames, k)
		if !ok {
			return
		}
		f.matchers[i] = m
	}
	k.Filter = anyOf(f.matchers)
	sent := s.sent()
	for _, d := range sent {
		if i := s.leaves(d); s.rec.Foreign == nil && i >= s.r.First+s.r.Count {
			k.Frames = []int{i}
			k.fail("a frame left when the step was over: %s", s.when(i))
			return
		}
		if !f.follow(d, k) {
			return
		}
	}
	if want := s.toSend(); len(sent) < want {
		s.absent(k, Fail, fmt.Sprintf("%d of %d frames were seen leaving %s%s", len(sent), want, s.cs.From, s.ownError()),
			nil, Place{s.cs.From, frame.Out})
		return
	}
	end := e.Path[len(e.Path)-1].Place
	if s.rec.Foreign != nil && s.farthest(end) {
		k.Outcome = Pass
		return
	}
	s.absent(k, Pass, "", nil, end)
}

// departure is one frame that the step's sender put on the wire.
type departure struct {
	j    *recording.Journey
	root int // index into its stops
}

// toSend is how many frames a step should put on the wire, at least one.
func (s *scope) toSend() int {
	switch q := s.cs.Ping; {
	case q == nil:
		return max(s.cs.Sent, 1)
	case q.Trace: // ends when the target is reached
		return max(s.r.Asked, 1)
	default:
		return max(q.Count, 1)
	}
}

// sent is what the step put on the wire: the requests of a ping or arping, the
// probes of a traceroute, the datagrams of a udp, the frames of a send. Where a frame has no room for
// the step's tag, a send's are the first that left.
func (s *scope) sent() []departure {
	var marked, bare []departure
	ways := s.journeys()
	for w := range ways {
		j := &ways[w]
		for n := range j.Stops {
			o := &s.rec.Observations[j.Stops[n].Observation]
			switch {
			case j.Stops[n].Parent >= 0 || j.Stops[n].Hop != recording.Hop{Point: s.cs.From, Dir: frame.Out} || !s.isSent(o):
			case o.Mark == frame.Stimulus || s.cs.Ping != nil:
				marked = append(marked, departure{j, n})
			default:
				bare = append(bare, departure{j, n})
			}
		}
	}
	want := 0 // where their number is not known, tags tell what was sent
	if s.cs.Sent > 0 || len(marked) == 0 {
		want = s.toSend() - len(marked)
	}
	slices.SortStableFunc(bare, func(a, b departure) int { return s.leaves(a) - s.leaves(b) })
	return append(marked, bare[:min(max(want, 0), len(bare))]...)
}

func (s *scope) leaves(d departure) int { return d.j.Stops[d.root].Observation }

// asks tells whether a frame is of the kind that the step sends.
func (s *scope) asks(o *recording.Observation) bool {
	d := o.Frame.Decode()
	switch q := s.cs.Ping; {
	case q == nil:
		return true
	case q.ARP:
		return isARPRequest(d) && d.ARP.TargetIP == q.Target
	case q.UDP:
		return d.UDP != nil && sameAddr(target(d), q.Target)
	}
	return isEchoRequest(d) && sameAddr(target(d), s.cs.Ping.Target)
}

// follower compares journeys with the path that they should be.
type follower struct {
	*scope
	path     []Waypoint
	matchers []*filter.Matcher
}

// follow looks for a branch of a frame's way that equals the path. Where there
// is none, the verdict names the stop at which the branch that came closest
// leaves the path.
func (f *follower) follow(d departure, k *Check) bool {
	n, why, branch := f.walk(d.j, d.root, 0)
	if why == "" {
		k.Frames = append(k.Frames, branch...)
		return true
	}
	k.Frames = []int{f.leaves(d)}
	k.Journey = f.journeyOf(f.leaves(d))
	if n == len(f.path) {
		k.fail("%s", why)
		return false
	}
	f.absent(k, Fail, why, nil, f.path[n].Place, f.path[len(f.path)-1].Place)
	return false
}

// walk compares a stop and what follows it with the path from its nth stop on.
// It returns how many stops the branch that comes closest has in common with
// the path, and why it is not the path; "" and its observations if it is.
func (f *follower) walk(j *recording.Journey, stop, n int) (int, string, []int) {
	i, next := j.Stops[stop].Observation, j.Stops[stop].Next
	switch {
	case n == len(f.path):
		return n, fmt.Sprintf("expected to end at %s; went on to %s", f.path[n-1].Place, f.line(i)), nil
	case !f.at(i, f.path[n].Place):
		p, why := f.path[n].Place, ""
		if n > 0 {
			why = f.hindered(i, p, false)
		}
		return n, fmt.Sprintf("expected %s at %s; seen instead: %s%s%s", ordinal(n), p, f.line(i), why, f.detached(j, p)), nil
	case !f.passes(i, f.matchers[n]):
		return n, fmt.Sprintf("at %s the frame does not match %q: %s", f.path[n].Place, f.path[n].Frames, f.line(i)), nil
	case len(next) > 0:
		best, why := -1, ""
		for _, s := range next {
			m, reason, branch := f.walk(j, s, n+1)
			if reason == "" {
				return m, "", append([]int{i}, branch...)
			}
			if m > best {
				best, why = m, reason
			}
		}
		return best, why, nil
	case n+1 < len(f.path):
		p := f.path[n+1].Place
		return n + 1, fmt.Sprintf("expected next at %s; last seen at %s%s%s", p, f.line(i), f.hindered(i, p, false), f.detached(j, p)), nil
	}
	return n + 1, "", []int{i}
}

// detached tells of a frame that is at the place, but cannot have come there
// over any link that the lab has.
func (f *follower) detached(j *recording.Journey, p Place) string {
	for _, stop := range j.Stops {
		if stop.Parent < 0 && f.at(stop.Observation, p) {
			return fmt.Sprintf("; at %s it appeared out of nothing: %s", p, f.line(stop.Observation))
		}
	}
	return ""
}

func ordinal(n int) string {
	if n == 0 {
		return "first"
	}
	return "next"
}

// PathText renders waypoints as the scenario language writes them.
func PathText(path []Waypoint) string {
	parts := make([]string, len(path))
	for i, w := range path {
		parts[i] = w.String()
		if w.Frames != nil {
			parts[i] += " (" + w.Frames.String() + ")"
		}
	}
	return strings.Join(parts, ", ")
}

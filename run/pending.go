package run

import (
	"context"
	"slices"
	"time"

	"netverify/assert"
	"netverify/frame"
	"netverify/lab"
	"netverify/recording"
	"netverify/scenarios"
)

// patience is how long a step waits for what a stack holds by a timer, where it
// does not say for how long (`within`).
const patience = 5 * time.Second

// glance is how long it waits before it looks again whether that is over: the
// kernel tells nobody.
const glance = 5 * time.Millisecond

// waitOut lets pass what the lab's stacks hold by a timer, where the step relies
// on an absence. What lasts longer than the step waits is noted: then nothing
// proves that it will not come.
func (s *session) waitOut(ctx context.Context, st *scenarios.Step) error {
	limit, absent := absences(st)
	if !absent {
		return nil
	}
	r := s.record()
	limit = max(limit, patience)
	until := map[recording.Pending]time.Time{} // by what is pending, without its bound
	var shown time.Time                        // what the taps show when it is over has ended unseen when this is past
	unseen := false
	for moved := s.caused; ; {
		if s.caused != moved { // what came may have put something else behind the same timer
			moved = s.caused
			clear(until)
		}
		list, err := s.pending(st)
		if err != nil {
			return err
		}
		now := time.Now()
		var next time.Time
		r.Pending = r.Pending[:0]
		for _, p := range list {
			key := p.Pending
			key.Bound = 0
			if _, known := until[key]; !known {
				until[key] = now.Add(atMost(p.Bound))
			}
			over := until[key]
			if p.Period {
				over = time.Unix(0, r.Begin).Add(atMost(p.Bound))
			}
			switch {
			case (p.Shared || p.Period) && over.Before(now):
			case p.Period && over.Sub(time.Unix(0, r.Begin)) > limit: // no step meets it but by accident
			case over.Before(now) || over.Sub(time.Unix(0, r.Begin)) > limit:
				r.Pending = append(r.Pending, p.Pending)
			default:
				next = latest(next, over)
				switch {
				case p.Shown:
					shown = latest(shown, now.Add(time.Duration(p.Bound)))
				case p.Probing && st.Set != nil && !mind(st, afterProbing): // nothing that matters follows
				default:
					unseen = true
				}
			}
		}
		if next.IsZero() {
			// What a table no longer shows is about to be sent, by the timer that took
			// it out of there: a quiet window lets it come.
			if !unseen && (shown.IsZero() || now.Before(shown)) {
				return nil
			}
			if _, err := s.watch(); err != nil {
				return err
			}
			if err := s.rest(r); err != nil || s.caused == moved {
				return err
			}
			continue
		}
		if ctx.Err() != nil {
			return &interrupted{"while it waited for a timer of the lab", context.Cause(ctx)}
		}
		if _, err := s.poll(earliest(next, now.Add(glance))); err != nil {
			return err
		}
		if err := s.rest(r); err != nil {
			return err
		}
	}
}

// lastLook ends a step: what a timer let go after the lab was at rest comes, where
// the step relies on an absence, the answers are read, and what may be asked by a
// timer is noted. A question that is no longer one was answered meanwhile: the
// frames that did it wait at the taps and are of this step's time, or nobody would
// know whose they are; fences follow them as they follow all others.
func (s *session) lastLook(st *scenarios.Step) error {
	_, absent := absences(st)
	for range maxWaves {
		if err := s.released(absent); err != nil {
			return err
		}
		if err := s.replies(st); err != nil {
			return err
		}
		came, err := s.noteAsking()
		if err != nil || !came || !absent {
			return err
		}
	}
	s.record().Still = false
	return nil
}

// released lets come what a timer let go since the lab was at rest.
func (s *session) released(absent bool) error {
	if !absent {
		return nil
	}
	fences := s.fencePlan()
	defer s.resting(len(fences))()
	return s.still(s.record(), fences)
}

// atMost is when a timer that is set to a time has run at the latest: the
// kernel's wheel has buckets of an eighth of the time that they are ahead
// (kernel/time/timer.c, LVL_CLK_SHIFT), and of a tick at the least.
func atMost(bound int64) time.Duration {
	return time.Duration(bound) + time.Duration(bound)/8 + 4*glance
}

// remains is the bound that a timer has left some time after it was set, and
// whether it may still run.
func remains(bound, since time.Duration) (left time.Duration, running bool) {
	return bound - since*8/9, since < atMost(int64(bound)) // atMost of what is left ends where atMost of the whole does
}

// pending asks for what the lab holds at the moment that the step's absences
// are to be proven against.
func (s *session) pending(st *scenarios.Step) ([]lab.Pending, error) {
	q := lab.PendingQuery{Strict: st.Strict, Fragments: s.saw(isFragment)}
	if s.asksAgain() {
		asking, err := s.lab.Asking()
		if err != nil {
			return nil, err
		}
		q.Asking = slices.ContainsFunc(asking, func(a recording.Asking) bool { return a.State == "incomplete" })
	}
	list, err := s.lab.Pending(q)
	if err != nil || !st.Strict {
		return list, err
	}
	queried, err := s.queried(st)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(p lab.Pending) bool { return p.Query && !mind(st, queries) || p.Left && !s.left(&p) })
	for _, p := range slices.Concat(queried, s.announcing(st)) {
		list = append(list, lab.Pending{Pending: p})
	}
	for _, o := range slices.Concat(s.joined(), s.joining(st)) {
		if mind(st, o.outlines) && s.minds(st, o.outlines) {
			list = append(list, lab.Pending{Pending: o.pending(), Shown: true})
		}
	}
	return list, nil
}

// left tells whether a group was left so lately that a querier still asks for it,
// and for how long.
func (s *session) left(p *lab.Pending) bool {
	if s.leftAt == 0 {
		return false
	}
	bound, running := remains(time.Duration(p.Bound), time.Since(time.Unix(0, s.leftAt)))
	p.Bound = int64(bound)
	return running
}

// saw tells whether the taps have seen such a frame in this step.
func (s *session) saw(match func(*recording.Observation) bool) bool {
	for _, n := range s.nodes {
		for i := range n.seen {
			if o := &n.seen[i]; o.Mark != frame.Fence && match(o) {
				return true
			}
		}
	}
	return false
}

func isFragment(o *recording.Observation) bool {
	d := o.Frame.Decode()
	return d.IPv4 != nil && (d.IPv4.Fragment()) || d.IPv6 != nil && d.IPv6.Frag != nil
}

// absences tells whether a step expects that something does not come, and how
// long it is told to wait for that.
func absences(st *scenarios.Step) (limit time.Duration, any bool) {
	for i := range st.Expect {
		e := &st.Expect[i]
		switch {
		case e.Kind == assert.KindNever, e.Kind == assert.KindPath, e.Kind == assert.KindHops,
			e.Reply != nil && (e.Reply.None || e.Reply.Count == nil || e.Reply.Count.Max >= 0),
			e.Count != nil && e.Count.Max >= 0:
			any = true
			limit = max(limit, e.Within)
		}
	}
	if st.Wait != nil {
		limit = max(limit, st.Wait.For)
	}
	return limit, any
}

// noteDoors notes what loses the step's requests for as long as a timer of the
// kernel runs. What is crafted is sent at this moment on purpose.
func (s *session) noteDoors(st *scenarios.Step) error {
	if st.Ping == nil && st.Arping == nil && st.UDP == nil && st.Traceroute == nil || !s.plan.HasDoors() {
		return nil
	}
	doors, err := s.lab.Doors()
	s.record().Closed = doors
	return err
}

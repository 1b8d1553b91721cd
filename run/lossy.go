package run

import (
	"fmt"
	"slices"
	"time"

	"netverify/assert"
	"netverify/frame"
	"netverify/recording"
	"netverify/scenarios"
)

// Where a fence gets lost, and one that was sent after it comes, the hop has lost
// it. Whether that was an accident is found out by so many more fences over it, one
// at a time: until assert.LeastLost are gone, or that many have been sent.
const mostCounted = 200

// mostMissing ends the count over a hop that lets nothing pass: what a later fence
// does not show to be lost is not counted.
const mostMissing = 5

// countPatience is how long a single fence is waited for before the next one
// follows it. It may still come: nothing rests upon this time.
const countPatience = 20 * time.Millisecond

// lossyHop ends a run in a lab that loses frames.
type lossyHop struct {
	why  string
	lost []recording.FenceLoss
}

func (l *lossyHop) Error() string { return l.why }

// recovered are the fences of a wave that came in everywhere only when they were
// sent again.
func (w *wave) recovered() (list []*fence) {
	missing := make(map[*fence]bool)
	for _, p := range w.sent {
		missing[p.fence] = missing[p.fence] || len(p.left) > 0
	}
	for f, seqs := range w.tried {
		if len(seqs) > 1 && !missing[f] {
			list = append(list, f)
		}
	}
	slices.SortFunc(list, func(a, b *fence) int { return w.tried[a][0] - w.tried[b][0] })
	return list
}

// countLosses finds out whether the hops of fences that had to be sent again lose
// frames; the error is a *lossyHop where one does.
func (s *session) countLosses(w *wave) error {
	if s.unreliable() {
		return nil
	}
	for _, f := range w.recovered() {
		for _, l := range s.hopsOf(f, w.tried[f]) {
			if _, lost := assert.Lost(&l, s.sighted()...); lost == 0 {
				continue // it was only late
			}
			if err := s.count(f, &l); err != nil {
				return err
			}
		}
	}
	return nil
}

// unreliable tells whether something else than the hops may have swallowed
// fences: a tap, a queue that all labs share, one of another length than usual,
// or a lab in which frames have no order.
func (s *session) unreliable() bool {
	if len(s.order) > 0 || setsQueues(s.plan) || len(countOverflows().since(s.overflows)) > 0 {
		return true
	}
	for _, n := range s.nodes {
		if _, dropped, err := n.tap.Stats(); err != nil || dropped > 0 || n.tap.Cut() > 0 {
			return true
		}
	}
	return false
}

// setsQueues tells whether a plan sets the length of a queue that frames wait in.
func setsQueues(p *scenarios.Plan) bool {
	for _, m := range specs(p) {
		if m.Macvlan != nil && m.Macvlan.BCQueueLen != nil {
			return true
		}
	}
	return slices.ContainsFunc(p.Steps, func(st scenarios.Step) bool {
		return slices.ContainsFunc(st.Set, func(set scenarios.Setting) bool {
			return set.Iface != nil && set.Iface.Macvlan != nil && set.Iface.Macvlan.BCQueueLen != nil
		})
	})
}

// hopsOf are the places that a fence should come to from where it leaves.
func (s *session) hopsOf(f *fence, seqs []int) (list []recording.FenceLoss) {
	for _, a := range f.arrivals {
		if a.point != f.point || a.dir != frame.Out {
			list = append(list, recording.FenceLoss{From: f.point, Point: a.point, Dir: a.dir, Class: a.class, Seqs: seqs})
		}
	}
	return list
}

// sighted is all that was seen so far.
func (s *session) sighted() [][]recording.Observation {
	lists := [][]recording.Observation{s.rec.Observations[:s.mark()]}
	for _, n := range s.nodes {
		lists = append(lists, n.seen)
	}
	return lists
}

// count sends fences over a hop, each when the one before it has come or was
// waited for.
func (s *session) count(f *fence, l *recording.FenceLoss) error {
	w := &wave{sent: make(map[int]*passage), tried: make(map[*fence][]int)}
	before := s.fences
	s.fences = w
	defer func() { s.fences = before }()
	seqs, known := l.Seqs, 0
	for n, missing := 0, 0; n < mostCounted && missing < mostMissing; n++ {
		had := w.missing
		if err := s.launch(w, f); err != nil {
			return err
		}
		if err := s.awaitFences(w, had, time.Duration(float64(countPatience)*s.slow)); err != nil {
			return err
		}
		if missing++; w.missing > had { // what is lost is known when a later one has come
			continue
		}
		missing = 0
		if w.missing == known {
			continue
		}
		known = w.missing
		l.Seqs = slices.Concat(seqs, w.tried[f])
		if _, lost := assert.Lost(l, s.sighted()...); lost >= assert.LeastLost && !s.unreliable() {
			return &lossyHop{fmt.Sprintf("%d of %d %s fences from %s to %s got lost", lost, len(l.Seqs), l.Class,
				s.rec.Points[l.From].Name(), s.rec.Points[l.Point].Name()), []recording.FenceLoss{*l}}
		}
	}
	return nil
}

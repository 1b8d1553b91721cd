package run

import (
	"context"
	"time"

	"netverify/assert"
	"netverify/scenarios"
)

// await keeps the taps open beyond rest for what the step expects `within` a
// time, and for a `wait`; both end as soon as everything positive has come, or
// with an error when ctx ends.
func (s *session) await(ctx context.Context, st *scenarios.Step) error {
	limit := waits(st)
	if limit == 0 {
		return nil
	}
	r := s.record()
	until := time.Unix(0, r.Begin).Add(limit)
	for !s.satisfied(st) {
		if ctx.Err() != nil {
			return &interrupted{"while it waited", context.Cause(ctx)}
		}
		more, err := s.poll(earliest(until, time.Now().Add(attention)))
		if err != nil {
			return err
		}
		if err := s.replies(st); err != nil {
			return err
		}
		if !more && !time.Now().Before(until) {
			break
		}
	}
	if err := s.rest(r); err != nil {
		return err
	}
	return s.replies(st)
}

// waits is how long after its stimulus a step may take beyond rest.
func waits(st *scenarios.Step) time.Duration {
	var limit time.Duration
	if st.Wait != nil {
		limit = st.Wait.For
	}
	for i := range st.Expect {
		if e := &st.Expect[i]; e.Kind != assert.KindState {
			limit = max(limit, e.Within)
		}
	}
	return limit
}

// satisfied tells whether all that the step waits for has come. A wait that
// expects nothing positive lasts its time, and so does an absence that is to be
// one for a time.
func (s *session) satisfied(st *scenarios.Step) bool {
	s.merge()
	s.record().Bindings = s.bindings
	positive := false
	for i, k := range assert.JudgeStep(&s.cas, s.rec, s.step) {
		switch e := &st.Expect[i]; {
		case e.Within > 0 && (e.Kind == assert.KindNever || e.Reply != nil && e.Reply.None):
			return false
		case e.Kind == assert.KindNever || e.Kind == assert.KindState || e.Kind == assert.KindFails || e.Kind == assert.KindStorm:
		case e.Reply != nil && e.Reply.None:
		case k.Outcome != assert.Pass:
			return false
		default:
			positive = true
		}
	}
	return positive
}

// stateAtRest reads the kernel's state, and lets the lab come to rest again
// where something moved meanwhile.
func (s *session) stateAtRest(st *scenarios.Step) error {
	before := s.caused
	if err := s.readState(st); err != nil {
		return err
	}
	if _, err := s.drain(); err != nil || s.caused == before {
		return err
	}
	return s.rest(s.record())
}

// readState asks the kernel for what the step's state expectations compare,
// again until it fits or their time is up.
func (s *session) readState(st *scenarios.Step) error {
	var wants []assert.StateWant
	var within time.Duration
	for i := range st.Expect {
		e := &st.Expect[i]
		for _, w := range e.State {
			w.Key = assert.BindKey(w.Key, s.bindings)
			wants = append(wants, w)
		}
		if e.Kind == assert.KindState {
			within = max(within, e.Within)
		}
	}
	if len(wants) == 0 {
		return nil
	}
	r := s.record()
	until := time.Unix(0, r.Begin).Add(within)
	for {
		var err error
		if r.State, err = s.lab.State(wants); err != nil {
			return err
		}
		if s.stateHolds(st) || !time.Now().Before(until) {
			return nil
		}
		// The kernel tells nobody of most of these changes: look again soon.
		if _, err := s.poll(earliest(until, time.Now().Add(2*time.Millisecond))); err != nil {
			return err
		}
	}
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (s *session) stateHolds(st *scenarios.Step) bool {
	s.merge()
	s.record().Bindings = s.bindings
	for i, k := range assert.JudgeStep(&s.cas, s.rec, s.step) {
		if st.Expect[i].Kind == assert.KindState && k.Outcome != assert.Pass {
			return false
		}
	}
	return true
}

package run

import (
	"context"
	"fmt"
	"slices"
	"time"

	"netverify/lab"
	"netverify/recording"
	"netverify/scenarios"
)

// asksAgain tells whether a stack of the lab repeats questions by itself.
func (s *session) asksAgain() bool { return len(s.timers) > 0 }

// giveUp ends what the step's stacks still ask and would not ask again: what
// comes of a question without an answer comes now.
func (s *session) giveUp(st *scenarios.Step) error {
	if st.Ping == nil && st.Arping == nil && st.Send == nil && st.Traceroute == nil && st.UDP == nil {
		return nil
	}
	if err := s.endQuestions(); err != nil {
		return err
	}
	return s.replies(st)
}

// endQuestions gives up what no neighbour has answered, and lets what comes of
// it come.
func (s *session) endQuestions() error {
	n, err := s.lab.GiveUp(lab.OwnQuestions)
	if err != nil || n == 0 {
		return err
	}
	r := s.record()
	r.GaveUp += n
	return s.rest(r)
}

// noteAsking notes what may be asked by a timer now, and reports whether frames
// had come that nobody had read yet.
func (s *session) noteAsking() (came bool, err error) {
	if !s.asksAgain() {
		return false, nil
	}
	asking, err := s.lab.Asking()
	s.record().Asking = asking
	if err != nil {
		return false, err
	}
	before := s.caused
	_, err = s.drain()
	return s.caused != before, err
}

// outlast waits, when all steps are over, for the questions that the kernel
// goes on asking by itself: their answers belong to the steps before.
func (s *session) outlast(ctx context.Context) error {
	if !s.asksAgain() || len(s.rec.Steps) == 0 {
		return nil
	}
	defer s.merge()
	until := time.Now().Add(patience)
	for time.Now().Before(until) {
		asking, err := s.lab.Asking()
		if err != nil || !slices.ContainsFunc(asking, func(a recording.Asking) bool { return a.State == "incomplete" }) {
			return err
		}
		if ctx.Err() != nil {
			return &interrupted{"after the last step, while a stack still asked", context.Cause(ctx)}
		}
		if _, err := s.poll(earliest(until, time.Now().Add(glance))); err != nil {
			return err
		}
	}
	asking, err := s.lab.Asking()
	s.unanswered(asking)
	return err
}

// unanswered notes that questions were still asked when the scenario was over,
// in each step since they were first.
func (s *session) unanswered(asking []recording.Asking) {
	for _, a := range asking {
		if a.State != "incomplete" {
			continue
		}
		for i := len(s.rec.Steps) - 1; i >= 0; i-- {
			r := &s.rec.Steps[i]
			if !slices.Contains(r.Asking, a) {
				break
			}
			r.Pending = append(r.Pending, recording.Pending{Point: a.Point, What: "a question for " + a.IP.String() + ", which it goes on asking",
				Timer: "retrans_time_ms and mcast_solicit of its neighbours", Bound: int64(patience)})
		}
	}
}

// cutShort ends the questions of earlier steps. Where the lab has been changed
// since, the kernel's next one might have been answered: what the steps before
// the change did not see may be missing for that.
func (s *session) cutShort() error {
	asking, err := s.lab.Asking()
	if err != nil {
		return err
	}
	if _, err := s.lab.GiveUp(lab.AllQuestions); err != nil {
		return err
	}
	for _, a := range asking {
		changed := false
		for i := len(s.rec.Steps) - 2; i >= 0 && a.State == "incomplete"; i-- {
			r, st := &s.rec.Steps[i], &s.plan.Steps[i]
			if !slices.Contains(r.Asking, a) {
				break
			}
			if changed {
				r.Pending = append(r.Pending, recording.Pending{Point: a.Point, What: fmt.Sprintf("a question for %s, which step %d ended after the lab had changed", a.IP, s.step+1),
					Timer: "retrans_time_ms and mcast_solicit of its neighbours", Bound: int64(patience)})
			}
			changed = changed || st.Set != nil || st.Create != nil || st.Remove != nil
		}
	}
	return nil
}

package run

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"netverify/recording"
	"netverify/scenarios"
)

// attention is how long a wait goes on before it looks for an interruption.
const attention = 50 * time.Millisecond

// meter counts what the running step has cost, against what it may cost.
type meter struct {
	limits scenarios.Limits
	frames int64     // seen, without the fences that came where they were awaited
	bytes  int64     // of these
	began  time.Time // the step
	rest   time.Time // when the lab has to be at rest; zero while nothing is awaited but by its own time
	latest time.Time // when it has to be although hardly any wave was sent
	waves  int       // sent since rest is awaited
}

// measure begins a step's account; own are its limits where it has some.
func (s *session) measure(own scenarios.Limits) {
	s.meter = meter{limits: own.Or(s.plan.Limits).Or(s.j.opt.Limits).Or(scenarios.DefaultLimits), began: time.Now()}
}

// many frames in one step are what memory matters for: from there on garbage is
// collected at the usual pace, where the program has set a lazier one for itself.
const many = 20_000

var sparing sync.Once

func (m *meter) count(o *recording.Observation) {
	if m.frames++; m.frames == many {
		sparing.Do(func() {
			if lazy := debug.SetGCPercent(100); lazy < 100 {
				debug.SetGCPercent(lazy)
			}
		})
	}
	m.bytes += int64(o.Frame.CapLen())
}

// full tells whether the taps have seen as much as the step may cost.
func (m *meter) full() bool { return m.frames > m.limits.Frames || m.bytes > m.limits.Bytes }

// mostStretch bounds how much longer than asked for a slow machine may take to
// bring a lab to rest.
const mostStretch = 3

// Traffic that does not end meets every wave, and there are many in the time that
// a step has. A lab that has seen fewer than someWaves by then is on a machine
// that hardly lets it run: it gets muchLonger times as long.
const (
	someWaves  = 25
	muchLonger = 6
)

// resting sets the time by which a lab with so many fences has to be at rest. A
// millisecond for each is a hundred times what a fence takes.
func (s *session) resting(fences int) (done func()) {
	stretched := time.Duration(float64(s.meter.limits.Time) * min(s.slow, mostStretch))
	m, now := &s.meter, time.Now()
	m.rest = now.Add(stretched + time.Duration(fences)*time.Millisecond)
	m.latest, m.waves = now.Add(muchLonger*m.rest.Sub(now)), 0
	return func() { m.rest = time.Time{} }
}

// storm is traffic that went on beyond the limits of a step.
type storm struct{ recording.Storm }

func (s *storm) Error() string {
	unit, most := s.Limit, fmt.Sprint(s.Most)
	if s.Limit == "time" {
		unit, most = "to come to rest", time.Duration(s.Most).String()
	}
	return fmt.Sprintf("the lab was taken down, for its traffic did not end by itself: %d frames in %v, and the limit is %s %s",
		s.Frames, time.Duration(s.Took).Round(time.Millisecond), most, unit)
}

// late tells whether the lab should have been at rest.
func (m *meter) late(now time.Time) bool {
	return !m.rest.IsZero() && now.After(m.rest) && (m.waves >= someWaves || now.After(m.latest))
}

// halted says why nothing more is to be done: the run was interrupted, or the
// step is beyond its limits. nil otherwise.
func (s *session) halted() error {
	if s.ctx.Err() != nil {
		where := "before the first step"
		if s.step != idle {
			where = "while it ran"
		}
		return &interrupted{where, context.Cause(s.ctx)}
	}
	m := &s.meter
	cut := recording.Storm{Step: s.step, Frames: m.frames, Bytes: m.bytes, Took: int64(time.Since(m.began))}
	if s.step == idle {
		cut.Step = -1
	}
	switch {
	case m.frames > m.limits.Frames:
		cut.Limit, cut.Most = "frames", m.limits.Frames
	case m.bytes > m.limits.Bytes:
		cut.Limit, cut.Most = "bytes", m.limits.Bytes
	case m.late(time.Now()):
		cut.Limit, cut.Most = "time", int64(m.limits.Time)
	default:
		return nil
	}
	return &storm{cut}
}

// held counts how long this process was kept from looking: since it last had
// looked until it began to wait, and beyond the time that the wait was to end.
func (s *session) held(began, until time.Time) {
	now := time.Now()
	if s.step != idle {
		for _, lost := range []time.Duration{began.Sub(s.looked), now.Sub(until)} {
			if lost > attention {
				s.record().Held += int64(lost)
			}
		}
	}
	s.looked = now
}

// early makes an interruption of an error that came of one: whatever was asked of
// the lab since then was refused.
func (s *session) early(err error) error {
	var known *interrupted
	if err == nil || s.ctx.Err() == nil || errors.As(err, &known) {
		return err
	}
	return &interrupted{"while it ran", err}
}

// unfinished notes of a step that was ended before it was over that its
// absences are not proven.
func (s *session) unfinished(err error) {
	var cut *storm
	var early *interrupted
	if !errors.As(err, &cut) && !errors.As(err, &early) {
		return
	}
	r := s.record()
	r.Still = false
	r.Trouble = append(r.Trouble, err.Error())
}

// takeDown makes an end of what may still go round in a lab whose run has ended
// early, once. What of a storm's lab cannot be set down is told.
func (s *session) takeDown(err error) {
	var cut *storm
	switch {
	case s.gone:
	case errors.As(err, &cut):
		if changes(s.plan) { // how it looked while it stormed
			s.built = s.lab.Topology()
		}
		s.gone = true
		if err := s.lab.Halt(); err != nil {
			s.rec.Trouble = append(s.rec.Trouble, "the lab could not be taken down as a whole: "+err.Error())
		}
	case s.ctx.Err() != nil:
		s.gone = true
		s.lab.Cut()
	}
}

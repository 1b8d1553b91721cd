package run

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"netverify/assert"
	"netverify/capture"
	"netverify/lab"
	"netverify/recording"
	"netverify/scenarios"
)

// scenario is the whole of a run, stage by stage. What comes of it is for
// assert to say, and it says so of the recording alone.
func scenario(ctx context.Context, j *job, r *assert.Result) {
	if why := outside(j.plan); why != "" && !j.opt.AnyVersion {
		r.Outcome, r.Reason = assert.Skip, why
		return
	}
	s, err := open(ctx, j)
	switch {
	case err != nil && ctx.Err() != nil:
		s.unbuilt(r)
		return
	case err != nil:
		rec := &recording.Recording{Stop: ending(j.plan, err)}
		r.Take(j.confirmed(ctx, rec, func() assert.Verdict { return assert.Stopped(rec.Stop, rec.Again...) }))
		return
	}
	r.Topology = s.built
	if j.spoil != nil {
		j.spoil(s.lab)
	}
	if err = s.warmUp(); err == nil {
		err = s.play(ctx)
	}
	err = s.early(err)
	s.takeDown(err)
	s.rec.Stop = s.clock.stop(ending(j.plan, err))
	s.seal()
	v := j.confirmed(ctx, s.rec, func() assert.Verdict { return assert.Judge(&s.cas, s.rec) })
	if (v.Outcome == assert.Fail || v.Outcome == assert.Pass && refusals(j.plan)) && err == nil {
		// A feature that a later step would have asked for may be what was
		// missing, as the VLANs of a switch that does not filter yet; and a kernel
		// that lacks a feature refuses all that is asked of it.
		if s.rec.Stop = lacking(j.plan, nil); s.rec.Stop != nil {
			v = assert.Judge(&s.cas, s.rec)
		}
	}
	switch {
	case s.gone: // read before it was taken down
		r.Topology.Change(s.built)
	case v.Outcome != assert.Pass || changes(j.plan):
		s.built = s.lab.Topology()
		r.Topology.Change(s.built)
	}
	r.Facts = s.facts(s.built)
	if j.opt.Hold == nil {
		if err != nil {
			s.lab.Cut() // who knows what still moves
		}
		s.close() // beside the writing
	} else {
		defer s.hold(ctx, r)
	}
	r.Take(v)
	r.Duration = time.Since(r.Began) // as the evidence has it: without the writing of it
	s.write(r)
}

// unbuilt ends a run that was interrupted before its lab stood. Evidence says so,
// too, that has no frames.
func (s *session) unbuilt(r *assert.Result) {
	s.rec.Stop = ending(s.plan, &interrupted{"while its lab was built", context.Cause(s.ctx)})
	r.Take(assert.Judge(&s.cas, s.rec))
	r.Duration = time.Since(r.Began)
	s.write(r)
}

// session is one living lab with its taps and what they have seen so far.
type session struct {
	j     *job
	ctx   context.Context // ends the run early
	plan  *scenarios.Plan
	cas   assert.Case
	lab   *lab.Lab
	nodes []*station
	named map[string]*station // the same by name
	taps  *capture.Set        // theirs, by the same index
	reads int                 // of taps: what tests of work count
	at    map[string]int      // index into rec.Points by name
	rec   *recording.Recording

	built    assert.Topology       // as the kernel had it before the first step; after the last, where steps change it
	ifaces   []lab.Interface       // as the kernel has them now
	iface    map[string]int        // index into ifaces by name
	crowds   map[recording.Ref]int // parents with more children than one broadcast can reach, and how many
	specs    map[recording.Ref]*scenarios.Interface
	order    []string // what breaks the order that fences rely on
	bindings recording.Bindings

	queries    []query // whose answers may still come
	oldQuerier bool    // one of IGMP version 1 was heard
	reports    []owed  // of memberships, that may still come
	leftAt     int64   // ns since the epoch: when a group was last left, or joined in another way

	timers     []recording.NeighbourTimer // interfaces that ask a neighbour again within the scenario
	advertised bool                       // a router may have changed those of any node

	asking    *pinger    // of the running ping, traceroute or udp
	asked     []int64    // ns since the epoch: when each request of the running arping left
	arpSender netip.Addr // whom the running arping names as the one who asks; 0.0.0.0 of a probe
	looked    time.Time  // when the taps were last waited at
	sentAt    int64      // ns since the epoch: the step's stimulus was on its way
	step      int        // index of the running step; before the first: idle
	caused    int        // frames seen so far that are neither fences nor chatter
	fences    *wave
	losses    []recording.FenceLoss // of the last wave in which fences got lost

	dropped map[string]string // counters of drops before fences were sent again, by target and key

	overflows overflows  // before the lab was
	flood     *overflows // before a step that is to storm

	meter  meter // of the running step
	clock  *clock
	frames interned // frames
	gone   bool     // the lab was taken down

	estimated int // frames whose time is not the kernel's
	fenceNo   int
	lostWaves int     // waves in which a fence got lost although it was sent again and again
	slow      float64 // how much slower than a quiet machine this one was in its first wave, at least 1
}

// idle is the step of what is seen before the first step.
const idle = 0xffff

// open builds the lab and taps it. Of a session that comes with an error only the
// recording is of use, which has nothing in it.
func open(ctx context.Context, j *job) (*session, error) {
	s := &session{j: j, ctx: ctx, plan: j.plan, cas: j.plan.Case(), step: idle, slow: 1, frames: newInterned(), overflows: countOverflows()}
	s.measure(scenarios.Limits{})
	s.clock = newClock(readClocks)
	if j.clock != nil {
		s.clock = newClock(j.clock)
	}
	s.rec = &recording.Recording{Scenario: j.plan.Name, Digest: j.plan.Digest}
	if _, err := rand.Read(s.rec.Nonce[:]); err != nil {
		return s, err
	}
	var err error
	if s.lab, err = lab.BuildUntil(ctx, j.plan); err != nil {
		return s, err
	}
	if err := s.tap(); err != nil {
		s.close()
		return s, err
	}
	s.specs = specs(j.plan)
	built := s.lab.AsBuilt()
	s.built = built.Topology
	s.ordered(built.Against)
	s.known(built.Interfaces)
	if err := s.readTimers(); err != nil {
		s.close()
		return s, err
	}
	return s, nil
}

// ordered takes over what stands against the order of frames.
func (s *session) ordered(against []string) {
	s.order = against
	if s.j.seat.err != nil {
		s.order = append(s.order, s.j.seat.err.Error())
	}
}

// changes tells whether a plan has steps that change the lab.
func changes(p *scenarios.Plan) bool {
	return slices.ContainsFunc(p.Steps, func(st scenarios.Step) bool { return st.Set != nil || st.Create != nil || st.Remove != nil })
}

// refusals tells whether steps of a plan expect to be refused in the way in
// which a kernel refuses what it lacks.
func refusals(p *scenarios.Plan) bool {
	return slices.ContainsFunc(p.Steps, func(st scenarios.Step) bool {
		return slices.ContainsFunc(st.Expect, func(e assert.Expectation) bool { return e.Kind == assert.KindFails && e.Errno == "EOPNOTSUPP" })
	})
}

// errAsked says why the steps beyond Options.StopAfter were not run.
var errAsked = errors.New("it was to end there")

// play runs the steps. An error ends the scenario: its lab is not what the
// following steps expect.
func (s *session) play(ctx context.Context) error {
	if err := s.reportsFirst(ctx, 0); err != nil {
		return err
	}
	for i := range s.plan.Steps {
		if err := ctx.Err(); err != nil {
			return &interrupted{fmt.Sprintf("before step %d", i+1), context.Cause(ctx)}
		}
		if n := s.j.opt.StopAfter; n > 0 && i >= n {
			return &interrupted{fmt.Sprintf("after step %d", n), errAsked}
		}
		if err := s.play1(ctx, i); err != nil {
			return fmt.Errorf("%s: step %d (%s): %w", s.plan.Position(s.plan.Steps[i].Pos), i+1, s.plan.Steps[i].Name, err)
		}
	}
	return s.outlast(ctx)
}

// play1 is one step: the stimulus, rest, what the step waits for beyond rest,
// what the kernel says of its state, and the end of what nobody has answered.
func (s *session) play1(ctx context.Context, i int) error {
	st := &s.plan.Steps[i]
	s.begin(i)
	err := s.early(s.stages(ctx, st))
	s.unfinished(err)
	s.takeDown(err) // first: while a storm goes on it may leave this thread no processor
	s.end()
	if err == nil {
		s.noteForwarding()
	}
	return err
}

// stages does a step, stage by stage.
func (s *session) stages(ctx context.Context, st *scenarios.Step) error {
	for _, stage := range []func() error{
		func() error { return s.act(st) },
		s.firstRest,
		s.heardRouter,
		func() error { return s.waitOut(ctx, st) },
		func() error { return s.replies(st) },
		func() error { return s.await(ctx, st) },
		func() error { return s.stateAtRest(st) },
		func() error { return s.giveUp(st) },
		func() error { return s.reportsFirst(ctx, s.step+1) },
		func() error { return s.waitOut(ctx, st) },
		func() error { return s.lastLook(st) },
	} {
		if err := stage(); err != nil {
			return err
		}
	}
	return nil
}

// firstRest lets the lab come to rest after the stimulus, and notes how long
// that took.
func (s *session) firstRest() error {
	r := s.record()
	err := s.rest(r)
	r.Rested = time.Now().UnixNano() - r.Begin
	return err
}

// record is the running step's.
func (s *session) record() *recording.StepRecord { return &s.rec.Steps[len(s.rec.Steps)-1] }

func specs(p *scenarios.Plan) map[recording.Ref]*scenarios.Interface {
	m := make(map[recording.Ref]*scenarios.Interface)
	for n := range p.Nodes {
		for i := range p.Nodes[n].Interfaces {
			spec := p.Nodes[n].Interfaces[i]
			m[recording.Ref{Node: spec.Node, Iface: spec.Name}] = &spec
		}
	}
	return m
}

package run

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"netverify/assert"
	"netverify/craft"
	"netverify/frame"
	"netverify/lab"
	"netverify/scenarios"
)

// manyBroadcasts is how many group frames a macvlan parent may take in during
// one step before its broadcast queue (1000 frames by default) may have
// overflowed.
const manyBroadcasts = 500

// warmUp waits until fences get through everywhere: the lab is ready, its
// first frames are past, and the machine's speed is known.
func (s *session) warmUp() error {
	began := time.Now()
	for deadline := began.Add(fenceDeadline); ; {
		var r frame.StepRecord
		stamped := s.estimated
		if err := s.rest(&r); err != nil {
			return err
		}
		if !r.Still {
			return fmt.Errorf("the lab never came to rest after it was built: %v", r.Trouble)
		}
		if s.estimated == stamped {
			break // the kernel has begun to stamp frames: see capture.KeepClock
		}
		if time.Now().After(deadline) {
			return errors.New("the kernel does not tell the time of frames")
		}
	}
	const expected = 5 * time.Millisecond
	s.nap = min(max(1, float64(time.Since(began))/float64(expected)), 15)
	s.merge()
	return nil
}

// begin opens the record of step i.
func (s *session) begin(i int) {
	for _, n := range s.nodes {
		n.seen = n.seen[:0]
	}
	s.step, s.asked = i, nil
	s.rec.Steps = append(s.rec.Steps, frame.StepRecord{
		Name: s.plan.Steps[i].Name, Begin: time.Now().UnixNano(), First: len(s.rec.Observations),
	})
}

// end closes the record of the running step.
func (s *session) end() {
	r := s.record()
	r.End = time.Now().UnixNano()
	r.Bindings = s.bindings
	if s.asking != nil {
		s.asking.close()
		s.asking = nil
	}
	s.merge()
	r.Trouble = append(r.Trouble, s.overflow(r)...)
}

// overflow names the macvlan parents that took in more group frames than their
// queue is sure to hold.
func (s *session) overflow(r *frame.StepRecord) []string {
	parents := make(map[string]bool)
	for _, i := range s.ifaces {
		if (i.Kind == "macvlan" || i.Kind == "macvtap") && i.Parent != nil {
			parents[i.Parent.String()] = true
		}
	}
	count := make(map[string]int)
	for _, o := range s.rec.Observations[r.First:] {
		if o.Dir == frame.In && o.Frame.Decode().Dst.IsGroup() {
			count[s.rec.Points[o.Point].Name()]++
		}
	}
	var lines []string
	for i := range s.rec.Points {
		if name := s.rec.Points[i].Name(); parents[name] && count[name] > manyBroadcasts {
			lines = append(lines, fmt.Sprintf("%s took in %d group frames in one step: its broadcast queue may have dropped some", name, count[name]))
		}
	}
	return lines
}

// act does what the step says. The errno of a refusal is kept where the step
// expects one; else it is an error.
func (s *session) act(st *scenarios.Step) error {
	var err error
	switch {
	case st.Ping != nil:
		err = s.ping(st.Ping)
	case st.Arping != nil:
		err = s.arping(st.Arping)
	case st.Send != nil:
		err = s.send(st.Send)
	case st.Create != nil:
		err = s.create(st)
	case st.Remove != nil:
		err = s.remove(st)
	case st.Set != nil:
		err = s.set(st)
	}
	s.sentAt = time.Now().UnixNano()
	return err
}

func (s *session) send(a *scenarios.Send) error {
	n, index, err := s.port(a.From)
	if err != nil {
		return err
	}
	seq := 0
	for range max(a.Count, 1) {
		for i := range a.Frames {
			seq++
			b, err := craft.Build(&a.Frames[i], s.bindings, frame.Tag{Step: s.step, Mark: frame.Stimulus, Seq: seq}, s.rec.Nonce)
			if err != nil {
				return err
			}
			if err := n.sender.Send(index, b); err != nil {
				return fmt.Errorf("send from %s: %w", a.From, err)
			}
			if seq%32 == 0 {
				if _, err := s.drain(); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// port finds the sockets and the index of an interface.
func (s *session) port(r scenarios.Ref) (*station, int, error) {
	index, _, ok := s.lab.Lookup(r)
	if !ok {
		return nil, 0, fmt.Errorf("%s does not exist at this step", r)
	}
	return s.node(r.Node), index, nil
}

func (s *session) create(st *scenarios.Step) error {
	c := st.Create
	err := s.lab.Create(c)
	if err == nil {
		spec := c.Interface
		s.specs[scenarios.Ref{Node: spec.Node, Iface: spec.Name}] = &spec
	}
	return s.changed(st, err)
}

func (s *session) remove(st *scenarios.Step) error {
	return s.changed(st, s.lab.Remove(st.Remove.Target))
}

func (s *session) set(st *scenarios.Step) error {
	for i := range st.Set {
		c := st.Set[i]
		if err := s.lab.Set(c); err != nil {
			return s.changed(st, err)
		}
		s.note(c)
	}
	return s.changed(st, nil)
}

// note keeps what fences need to know of a change: who is listed in source
// mode, and how long the broadcast queue is.
func (s *session) note(c scenarios.Setting) {
	spec := s.specs[parseRef(c.Target)]
	if spec == nil || spec.Macvlan == nil || c.Iface == nil || c.Iface.Macvlan == nil {
		return
	}
	m := *spec.Macvlan
	if c.Iface.Macvlan.Sources != nil {
		m.Sources = *c.Iface.Macvlan.Sources
	}
	if c.Iface.Macvlan.BCQueueLen != nil {
		m.BCQueueLen = c.Iface.Macvlan.BCQueueLen
	}
	spec.Macvlan = &m
}

// changed looks at the lab anew after a change, and settles what a refusal
// means.
func (s *session) changed(st *scenarios.Step, err error) error {
	if err != nil {
		if !refusalExpected(st) {
			return err
		}
		r := s.record()
		if r.Errno, r.Errtext = lab.Errno(err); r.Errno == "" {
			return err // not the kernel's answer: netverify could not even ask
		}
	}
	s.order = s.lab.Preconditions()
	if s.j.pinned != nil {
		s.order = append(s.order, s.j.pinned.Error())
	}
	return s.refresh()
}

func refusalExpected(st *scenarios.Step) bool {
	for i := range st.Expect {
		if st.Expect[i].Kind == assert.KindFails {
			return true
		}
	}
	return false
}

// await keeps the taps open beyond rest for what the step expects `within` a
// time, and for a `wait`; both end as soon as everything positive has come.
func (s *session) await(st *scenarios.Step) error {
	limit := waits(st)
	if limit == 0 {
		return nil
	}
	r := s.record()
	until := time.Unix(0, r.Begin).Add(limit)
	for !s.satisfied(st) {
		more, err := s.poll(until)
		if err != nil {
			return err
		}
		if err := s.replies(st); err != nil {
			return err
		}
		if !more {
			break
		}
	}
	return s.rest(r)
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
// expects nothing positive lasts its time.
func (s *session) satisfied(st *scenarios.Step) bool {
	s.merge()
	s.record().Bindings = s.bindings
	positive := false
	for i, k := range assert.JudgeStep(&s.cas, s.rec, s.step) {
		switch e := &st.Expect[i]; {
		case e.Kind == assert.KindNever || e.Kind == assert.KindState || e.Kind == assert.KindFails:
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

// seal ends the recording: from here on it is only looked at.
func (s *session) seal() {
	for _, n := range s.nodes {
		received, dropped, err := n.tap.Stats()
		if err != nil {
			s.rec.Trouble = append(s.rec.Trouble, fmt.Sprintf("drop count of the tap of %s: %v", n.name, err))
		}
		s.rec.Taps = append(s.rec.Taps, frame.Tap{Node: n.name, Received: received, Dropped: dropped, Cut: n.tap.Cut()})
	}
	s.close()
}

// facts are what was built, as the kernel has it, and how the order of frames
// was guaranteed.
func (s *session) facts() []assert.Fact {
	facts := s.lab.Facts()
	for _, o := range s.order {
		facts = append(facts, assert.Fact{Key: "order", Value: "not guaranteed: " + o + "; a quiet window stands in"})
	}
	return facts
}

func parseRef(text string) scenarios.Ref {
	for i := range text {
		if text[i] == ':' {
			return scenarios.Ref{Node: text[:i], Iface: text[i+1:]}
		}
	}
	return scenarios.Ref{Node: text}
}

// errnoName gives an errno the name that reports use.
func errnoName(err error) string {
	var e unix.Errno
	if errors.As(err, &e) {
		return unix.ErrnoName(e)
	}
	return ""
}

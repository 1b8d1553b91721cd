package run

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"netverify/assert"
	"netverify/capture"
	"netverify/craft"
	"netverify/frame"
	"netverify/lab"
	"netverify/recording"
	"netverify/scenarios"
)

// manyBroadcasts is how many group frames a macvlan parent may take in during
// one step before its broadcast queue (1000 frames by default) may have
// overflowed.
const manyBroadcasts = 500

// begin opens the record of step i.
func (s *session) begin(i int) {
	for _, n := range s.nodes {
		n.seen = n.seen[:0]
		_, n.dropped, n.uncounted = n.tap.Stats()
	}
	if expectsStorm(&s.plan.Steps[i]) {
		now := countOverflows()
		s.flood = &now
	}
	s.step, s.asked, s.looked = i, nil, time.Now()
	s.measure(s.plan.Steps[i].Limits)
	s.rec.Steps = append(s.rec.Steps, recording.StepRecord{
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
	s.owe()
	s.merge()
	r.Trouble = append(r.Trouble, s.overflow(r)...)
}

// overflow names the macvlan parents that took in more group frames than their
// queue is sure to hold.
func (s *session) overflow(r *recording.StepRecord) []string {
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
	if err := s.noteDoors(st); err != nil {
		return err
	}
	var err error
	switch {
	case st.Ping != nil:
		err = s.ping(st.Ping)
	case st.Arping != nil:
		err = s.arping(st.Arping)
	case st.Traceroute != nil:
		err = s.traceroute(st.Traceroute)
	case st.UDP != nil:
		err = s.udp(st.UDP)
	case st.Send != nil:
		err = s.sendStep(st)
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

// sendStep sends, and keeps the errno of a refusal that the step expects.
func (s *session) sendStep(st *scenarios.Step) error {
	err := s.send(st.Send)
	var refused *capture.SendError
	if errors.As(err, &refused) && refusalExpected(st) {
		if s.shed(err) {
			return fmt.Errorf("%w; a processor's backlog queue, which all namespaces share, was full: sysctl net.core.netdev_max_backlog=10000, or run less at a time (--jobs 1)", err)
		}
		r := s.record()
		if r.Errno, r.Errtext = lab.Errno(err); r.Errno != "" {
			return nil
		}
	}
	return err
}

func (s *session) send(a *scenarios.Send) error {
	write, done, err := s.outlet(a)
	if err != nil {
		return err
	}
	return errors.Join(s.sendBy(a, write), done())
}

// outlet opens what a step sends by. A queue is open for the step only: with
// it, the macvtap's own stack hears nothing.
func (s *session) outlet(a *scenarios.Send) (write func([]byte) error, done func() error, err error) {
	n, index, err := s.port(a.From)
	if err != nil {
		return nil, nil, err
	}
	if !a.Queue {
		return func(b []byte) error { return n.sender.Send(index, b) }, func() error { return nil }, nil
	}
	q, err := s.lab.OpenQueue(a.From)
	if err != nil {
		return nil, nil, err
	}
	return func(b []byte) error {
		if err := q.Write(b); err != nil {
			return &capture.SendError{Ifindex: index, Interface: a.From.Iface, Len: len(b), Err: err}
		}
		return nil
	}, q.Close, nil
}

func (s *session) sendBy(a *scenarios.Send, write func([]byte) error) error {
	seq := 0
	for range max(a.Count, 1) {
		for i := range a.Frames {
			seq++
			b, err := craft.Build(&a.Frames[i], s.bindings, frame.Tag{Step: s.step, Mark: frame.Stimulus, Seq: seq}, s.rec.Nonce)
			if err != nil {
				return err
			}
			if err := write(b); err != nil && (a.Fails != "" || !s.shed(err)) {
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
func (s *session) port(r recording.Ref) (*station, int, error) {
	index, _, ok := s.lab.Lookup(r)
	if !ok {
		return nil, 0, fmt.Errorf("%s does not exist at this step", r)
	}
	return s.node(r.Node), index, nil
}

// seal ends the recording: from here on it is only looked at.
func (s *session) seal() {
	for _, n := range s.nodes {
		received, dropped, err := n.tap.Stats()
		if s.stormed() {
			dropped, err = n.dropped, n.uncounted // before the storm; in it nothing counts but what was seen
		}
		if err != nil {
			s.rec.Trouble = append(s.rec.Trouble, fmt.Sprintf("drop count of the tap of %s: %v", n.name, err))
		}
		s.rec.Taps = append(s.rec.Taps, recording.Tap{Node: n.name, Received: received, Dropped: dropped, Cut: n.tap.Cut()})
	}
	now := countOverflows()
	if s.stormed() && s.flood != nil {
		now = *s.flood
	}
	s.rec.Trouble = append(s.rec.Trouble, now.since(s.overflows)...)
}

// facts are what was built, as the kernel has it at the end, and how the order
// of frames was guaranteed.
func (s *session) facts(built assert.Topology) []assert.Fact {
	facts := built.Facts()
	for _, o := range s.order {
		facts = append(facts, assert.Fact{Key: "order", Value: "not guaranteed: " + o + "; a quiet window stands in"})
	}
	return append(facts, assert.Fact{Key: "timers", Value: s.timerWords()})
}

// stormed tells whether the run was cut as a storm.
func (s *session) stormed() bool { return s.rec.Stop != nil && s.rec.Stop.Kind == recording.StopStorm }

func expectsStorm(st *scenarios.Step) bool {
	return slices.ContainsFunc(st.Expect, func(e assert.Expectation) bool { return e.Kind == assert.KindStorm && e.Storm })
}

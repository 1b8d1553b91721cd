package run

import (
	"slices"
	"time"

	"netverify/assert"
	"netverify/lab"
	"netverify/recording"
	"netverify/scenarios"
)

func (s *session) create(st *scenarios.Step) error {
	c := st.Create
	err := s.lab.Create(c)
	if err == nil {
		spec := c.Interface
		s.specs[recording.Ref{Node: spec.Node, Iface: spec.Name}] = &spec
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
	if slices.ContainsFunc(st.Set, deletesMember) {
		if err := s.passTicks(); err != nil {
			return err
		}
	}
	return s.changed(st, nil)
}

// deletesMember reports whether a change takes something out of a multicast database.
func deletesMember(c scenarios.Setting) bool {
	return c.Node != nil && slices.ContainsFunc(c.Node.MDB, func(e scenarios.MDBEntry) bool { return e.Op != "add" })
}

// twoTicks are those of the slowest clock that kernels are built with (CONFIG_HZ=100).
const twoTicks = 20 * time.Millisecond

// passTicks lets the kernel's timers run that are set to now: an entry of a multicast
// database goes by one when it has lost its last port (net/bridge/br_multicast.c:
// br_multicast_del_pg), and until then frames of its sender meet it and go nowhere.
func (s *session) passTicks() error {
	for until := time.Now().Add(time.Duration(float64(twoTicks) * s.slow)); ; {
		if came, err := s.poll(until); err != nil || !came {
			return err
		}
	}
}

// note keeps what fences need to know of a change: who is listed in source
// mode, and how long the broadcast queue is.
func (s *session) note(c scenarios.Setting) {
	ref, _ := recording.ParseRef(c.Target)
	spec := s.specs[ref]
	if spec == nil || spec.Macvlan == nil || c.Iface == nil || c.Iface.Macvlan == nil {
		return
	}
	m := *spec.Macvlan
	if mode := c.Iface.Macvlan.Mode; mode != "" && mode != "source" {
		m.Sources = nil // drivers/net/macvlan.c:macvlan_changelink flushes them
	}
	m.Sources = c.Iface.Macvlan.SourcesAfter(m.Sources)
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
	list, against := s.lab.Survey()
	s.ordered(against)
	s.known(list)
	return s.readTimers()
}

func refusalExpected(st *scenarios.Step) bool {
	for i := range st.Expect {
		if st.Expect[i].Kind == assert.KindFails {
			return true
		}
	}
	return false
}

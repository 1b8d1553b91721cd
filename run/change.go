package run

import (
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
	return s.changed(st, nil)
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

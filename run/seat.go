package run

import (
	"fmt"
	"slices"

	"golang.org/x/sys/unix"
)

// seat is the processor that a thread is pinned to: what it sends stays in order
// with what its earlier frames caused, which waits in that processor's queues.
type seat struct {
	cpu    int
	others []int // processors that the process may run on besides
	away   bool
	err    error // why the thread could not be pinned
}

// sit pins the calling thread to one of the processors, in turn.
func sit(cpus []int, turn int) *seat {
	s := &seat{cpu: cpus[turn%len(cpus)]}
	s.others = slices.DeleteFunc(slices.Clone(cpus), func(c int) bool { return c == s.cpu })
	s.err = pin(s.cpu)
	return s
}

// leave moves the thread to other processors, if there are any. Frames that
// circle in a lab are handled on the processor where they were sent, in interrupts
// that take their time from whatever runs there: a thread that has to read
// them and to end it gets hardly any (kernel/softirq.c:invoke_softirq).
func (s *seat) leave() {
	if s.err == nil && !s.away && len(s.others) > 0 {
		s.away = pin(s.others...) == nil
	}
}

// back pins the thread again. It must be there before it sends anything.
func (s *seat) back() {
	if s.away {
		s.err, s.away = pin(s.cpu), false
	}
}

// pin keeps the calling thread on some processors.
func pin(cpus ...int) error {
	var set unix.CPUSet
	for _, c := range cpus {
		set.Set(c)
	}
	if err := unix.SchedSetaffinity(0, &set); err != nil {
		return fmt.Errorf("sched_setaffinity to processors %v: %w", cpus, err)
	}
	return nil
}

// processors are those that this process may run on.
func processors() ([]int, error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return nil, fmt.Errorf("sched_getaffinity: %w", err)
	}
	var cpus []int
	for c := 0; len(cpus) < set.Count(); c++ {
		if set.IsSet(c) {
			cpus = append(cpus, c)
		}
	}
	return cpus, nil
}

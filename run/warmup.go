package run

import (
	"errors"
	"strings"
	"time"

	"netverify/assert"
	"netverify/recording"
)

// warmUp waits until fences get through everywhere: the lab is ready, its
// first frames are past, and the machine's speed is known. Where they do not,
// what was seen until then is in the recording.
func (s *session) warmUp() error {
	defer s.merge()
	began := time.Now()
	for deadline := began.Add(fenceDeadline); ; {
		var r recording.StepRecord
		stamped := s.estimated
		if err := s.rest(&r); err != nil {
			return err
		}
		if !r.Still {
			return s.neverStill(&r)
		}
		if s.estimated == stamped {
			break // the kernel has begun to stamp frames: see capture.KeepClock
		}
		if time.Now().After(deadline) {
			return errors.New("the kernel does not tell the time of frames")
		}
	}
	const expected = 5 * time.Millisecond
	s.slow = min(max(1, float64(time.Since(began))/float64(expected)), 15)
	return nil
}

// neverStill says why the lab did not come to rest, with what a verdict on the
// kernel needs: the fences that got lost, and the counters of drops that grew
// while they were sent again.
func (s *session) neverStill(r *recording.StepRecord) error {
	why := &restless{why: "each wave of fences met other frames", lost: s.losses}
	if len(r.Trouble) > 0 {
		why.why = strings.Join(r.Trouble, "; ")
	}
	if len(s.losses) == 0 {
		return why
	}
	after, err := s.drops()
	if err != nil {
		return errors.Join(why, err)
	}
	for _, f := range after {
		if f.Value != s.dropped[f.Target+" "+f.Key] {
			why.drops = append(why.drops, f)
		}
	}
	return why
}

// countDrops notes the counters of drops as they are now.
func (s *session) countDrops() error {
	s.dropped = make(map[string]string)
	facts, err := s.drops()
	for _, f := range facts {
		s.dropped[f.Target+" "+f.Key] = f.Value
	}
	return err
}

// drops reads what the interfaces have counted as dropped so far. An overflow
// of macvlan's broadcast queue counts on the parent
// (drivers/net/macvlan.c:macvlan_broadcast_enqueue).
func (s *session) drops() ([]recording.StateFact, error) {
	var wants []assert.StateWant
	for _, i := range s.ifaces {
		for _, key := range []string{"counters.rx_dropped", "counters.tx_dropped", "counters.rx_errors", "counters.tx_errors"} {
			wants = append(wants, assert.StateWant{Target: i.Ref.String(), Key: key})
		}
	}
	return s.lab.State(wants)
}

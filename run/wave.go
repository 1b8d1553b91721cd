package run

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"netverify/frame"
	"netverify/recording"
)

// Bounds of the wait for a fence, on a quiet machine: never the normal end of
// anything, and stretched on a machine that turned out to be slow.
const (
	fenceDeadline = 2 * time.Second
	mostPatience  = 4 * time.Second // however slow the machine is
	leastPatience = 100 * time.Millisecond
	fenceTries    = 3
	maxWaves      = 200
)

// arrival is one place where a fence must be seen.
type arrival struct {
	point int // index into Recording.Points
	dir   frame.Direction
	class recording.Class
}

// wave is one fence over each hop, on its way.
type wave struct {
	sent    map[int]*passage // by the number in the fence's tag
	missing int              // arrivals that have not come
	got     []recording.FenceRecord
	tried   map[*fence][]int // the numbers that each fence was sent with
	last    int64            // kernel's time of the last arrival
}

// passage is one fence under way: what it must still reach.
type passage struct {
	fence *fence
	left  []arrival
}

// came takes note of a fence that was seen, and tells whether it was awaited
// there.
func (w *wave) came(o *recording.Observation) bool {
	if w == nil {
		return false
	}
	p := w.sent[o.Seq]
	if p == nil {
		return false // a straggler of an earlier wave
	}
	for i, a := range p.left {
		if a.point != o.Point || a.dir != o.Dir {
			continue
		}
		p.left = append(p.left[:i], p.left[i+1:]...)
		w.missing--
		w.last = max(w.last, o.At)
		w.got = append(w.got, recording.FenceRecord{Point: a.point, Dir: a.dir, Class: a.class, At: o.At})
		return true
	}
	return false
}

// wave sends one fence over each hop and waits until all have come, those that
// got lost sent again. It returns where one never came, also in words.
func (s *session) wave(fences []*fence) (*wave, []string, error) {
	w := &wave{sent: make(map[int]*passage), tried: make(map[*fence][]int)}
	s.fences = w
	defer func() { s.fences = nil }()
	tries, patience := s.patience()
	for try := 1; try <= tries; try++ {
		if err := s.pass(w, fences, patience); err != nil {
			return w, nil, err
		}
		if w.missing == 0 {
			if try > 1 {
				return w, nil, s.countLosses(w)
			}
			return w, nil, nil
		}
		if try < tries {
			fences = w.lost()
		}
		if try == 1 && s.step == idle {
			if err := s.countDrops(); err != nil {
				return w, nil, err
			}
		}
	}
	if err := s.countLosses(w); err != nil {
		return w, nil, err
	}
	s.lostWaves++
	s.losses = w.losses()
	return w, s.lostText(tries), nil
}

// patience is how often the fences of a wave are sent, and how long each time
// nothing may come of what is missing. What did not come once in all that time
// will hardly come now: a lab that loses fences in every wave must not hold its
// scenario up.
func (s *session) patience() (tries int, each time.Duration) {
	if s.lostWaves == 0 {
		return fenceTries, min(time.Duration(float64(fenceDeadline)*s.slow), mostPatience)
	}
	return 1, max(fenceDeadline>>min(s.lostWaves-1, 30), leastPatience)
}

// A fence that goes to more places than crowd fills much of the backlog queue
// that all share; so many of the others are sent before they are awaited. On a busy
// machine nobody empties the queue while it is filled (kernel/softirq.c:
// invoke_softirq leaves that to ksoftirqd), and what finds no room in it
// (net.core.netdev_max_backlog, 1000) is dropped.
const (
	crowd = 64
	salvo = 256
)

// pass sends fences and waits for them: most at once, those to a crowd after them
// and one by one, so that the queue is empty when the copies of the next are put
// into it.
func (s *session) pass(w *wave, fences []*fence, patience time.Duration) error {
	var crowds []*fence
	sent, lost := 0, 0
	for _, f := range fences {
		if len(f.arrivals) > crowd {
			crowds = append(crowds, f)
			continue
		}
		if err := s.launch(w, f); err != nil {
			return err
		}
		if sent++; sent%salvo != 0 {
			continue
		}
		if err := s.awaitFences(w, lost, patience); err != nil {
			return err
		}
		lost = w.missing // is not waited for with each salvo
	}
	if err := s.awaitFences(w, 0, patience); err != nil {
		return err
	}
	for _, f := range crowds {
		lost := w.missing
		if err := s.launch(w, f); err != nil {
			return err
		}
		if err := s.awaitFences(w, lost, patience); err != nil {
			return err
		}
	}
	return nil
}

// awaitFences waits until no more than so many arrivals of a wave are missing, or
// none has come for so long.
func (s *session) awaitFences(w *wave, lost int, patience time.Duration) error {
	if _, err := s.drain(); err != nil {
		return err
	}
	for deadline := time.Now().Add(patience); w.missing > lost; {
		missing := w.missing
		if more, err := s.poll(deadline); err != nil || !more {
			return err
		}
		if w.missing < missing {
			deadline = time.Now().Add(patience)
		}
	}
	return nil
}

// launch sends a fence; it bears a number of its own, so that one that was
// thought lost and comes late is not taken for its successor.
func (s *session) launch(w *wave, f *fence) error {
	s.fenceNo++
	p := &passage{fence: f, left: append([]arrival(nil), f.arrivals...)}
	w.sent[s.fenceNo] = p
	w.tried[f] = append(w.tried[f], s.fenceNo)
	w.missing += len(p.left)
	tag := frame.Tag{Step: s.step, Mark: frame.Fence, Seq: s.fenceNo}
	// One that is dropped on its way, for want of room in a queue, is lost like any other.
	if err := s.nodes[f.node].sender.Send(f.ifindex, f.bytes(tag, s.rec.Nonce)); err != nil && !dropped(err) {
		return fmt.Errorf("fence from %s: %w", s.rec.Points[f.point].Name(), err)
	}
	return nil
}

// lost gives up the passages that did not arrive everywhere and returns their
// fences, to be sent again.
func (w *wave) lost() []*fence {
	var again []*fence
	for _, n := range slices.Sorted(maps.Keys(w.sent)) {
		if p := w.sent[n]; len(p.left) > 0 {
			again = append(again, p.fence)
			w.missing -= len(p.left)
			delete(w.sent, n)
		}
	}
	return again
}

// losses are the places that the fences given up last did not come to.
func (w *wave) losses() []recording.FenceLoss {
	var out []recording.FenceLoss
	for _, n := range slices.Sorted(maps.Keys(w.sent)) {
		p := w.sent[n]
		for _, a := range p.left {
			out = append(out, recording.FenceLoss{From: p.fence.point, Point: a.point, Dir: a.dir, Class: a.class, Seqs: w.tried[p.fence]})
		}
	}
	return out
}

func (s *session) lostText(tries int) []string {
	var lines []string
	for _, l := range s.losses {
		lines = append(lines, fmt.Sprintf("a %s fence from %s never reached %s %s (%d tries)",
			l.Class, s.rec.Points[l.From].Name(), s.rec.Points[l.Point].Name(), l.Dir, tries))
	}
	return lines
}

// rest waits until nothing that the step caused is under way any more: waves
// of fences, and where no fence can reach what the step relies on, a quiet
// window after them. Whatever moves in the window needs new waves.
func (s *session) rest(r *recording.StepRecord) error {
	fences := s.fencePlan()
	defer s.resting(len(fences))()
	quiet := s.quietPlan(fences)
	r.Quiet = nil
	for range maxWaves {
		if err := s.still(r, fences); err != nil || !r.Still || len(quiet) == 0 {
			return err
		}
		moved, err := s.watch()
		if err != nil {
			return err
		}
		if !moved {
			r.Quiet = quiet
			return nil
		}
	}
	r.Still = false
	return nil
}

// still sends waves until one meets nothing but fences.
func (s *session) still(r *recording.StepRecord, fences []*fence) error {
	r.Still = false
	if _, err := s.drain(); err != nil {
		return err
	}
	for n := 0; n < maxWaves && !r.Still; n++ {
		before := s.caused
		w, lost, err := s.wave(fences)
		if err != nil {
			return err
		}
		if _, err := s.drain(); err != nil { // what came before the last fence, at taps that were read before it
			return err
		}
		r.Waves++
		s.meter.waves++
		r.Fences, r.Proven = w.got, max(w.last-s.sentAt, 0)
		if len(lost) > 0 {
			r.Trouble = append(r.Trouble, strings.Join(lost, "; "))
			r.Lost = append(r.Lost, s.losses...)
			return nil
		}
		r.Still = s.caused == before
	}
	return nil
}

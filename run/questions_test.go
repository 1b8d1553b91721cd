package run

import (
	"context"
	"testing"
	"time"

	"netverify/frame"
	"netverify/recording"
)

// TestWhoseFramesAnsweredAQuestion: a question is looked for when its answer has
// come, which nobody has read yet. It is of the step's time all the same.
func TestWhoseFramesAnsweredAQuestion(t *testing.T) {
	pinned(t, func(j *job) {
		j.plan = latePlan(t, pairLab("sysctls: {net.ipv4.neigh.eth0.retrans_time_ms: 300}, ", ""), `
  - {name: asks, ping: {from: a, to: b, family: ipv4}, expect: {reply: {}}}
`)
		s, err := open(context.Background(), j)
		if err != nil {
			t.Error(err)
			return
		}
		defer s.close()
		s.begin(0)
		if err := s.act(&s.plan.Steps[0]); err != nil {
			t.Error(err)
			return
		}
		came, err := s.noteAsking()
		if err != nil {
			t.Error(err)
		}
		if !came {
			t.Error("the frames that answered the question are left to the next step")
		}
		s.end()
	})
}

// TestFencesFollowWhatComesLast: a frame that comes between the fences and the
// last look is followed by fences of its own, where something rests on an absence.
// The kernel asks at each tick, so that some of the looks meet a question.
func TestFencesFollowWhatComesLast(t *testing.T) {
	pinned(t, func(j *job) {
		j.plan = latePlan(t, pairLab("sysctls: {net.ipv4.neigh.eth0.retrans_time_ms: 4, net.ipv4.neigh.eth0.mcast_solicit: 1000000}, ", ""), `
  - {name: asks, ping: {from: a, to: 192.0.2.77}, expect: {reply: none}}
`)
		s, err := open(context.Background(), j)
		if err != nil {
			t.Error(err)
			return
		}
		defer s.close()
		s.begin(0)
		st := &s.plan.Steps[0]
		if err := s.act(st); err != nil {
			t.Error(err)
			return
		}
		const looks = 1000
		for i := range looks {
			if err := s.lastLook(st); err != nil {
				t.Error(err)
				return
			}
			if frame, fence := s.newest(); frame > fence {
				t.Errorf("look %d of %d: a frame came %v after the last fence", i, looks, time.Duration(frame-fence))
				return
			}
		}
		s.end()
	})
}

// newest is when the newest frame that is no chatter was seen, and when the newest fence.
func (s *session) newest() (frames, fences int64) {
	for _, n := range s.nodes {
		for i := range n.seen {
			switch o := &n.seen[i]; {
			case o.Mark == frame.Fence:
				fences = max(fences, o.At)
			case !recording.Chatter(o):
				frames = max(frames, o.At)
			}
		}
	}
	return frames, fences
}

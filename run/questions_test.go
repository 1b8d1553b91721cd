package run

import (
	"context"
	"testing"
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
		read := s.caused
		if err := s.noteAsking(); err != nil {
			t.Error(err)
		}
		if s.caused == read {
			t.Error("the frames that answered the question are left to the next step")
		}
		s.end()
	})
}

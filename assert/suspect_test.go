package assert

import (
	"slices"
	"strings"
	"testing"

	"netverify/frame"
	"netverify/recording"
)

// lossRecording has three fences that leave a:eth0 and do not come to b:eth0.
func lossRecording() *recording.Recording {
	rec := &recording.Recording{
		Points: []recording.Point{{Node: "a", Interface: "eth0", Kind: "veth"}, {Node: "b", Interface: "eth0", Kind: "veth"}},
		Taps:   []recording.Tap{{Node: "a", Received: 3}, {Node: "b"}},
		Stop: &recording.Stop{Kind: recording.StopRestless, Reason: "a unicast fence from a:eth0 never reached b:eth0 in (3 tries)",
			Lost: []recording.FenceLoss{{From: 0, Point: 1, Dir: frame.In, Class: recording.Unicast, Seqs: []int{1, 2, 3}}}},
	}
	for seq := 1; seq <= 3; seq++ {
		rec.Observations = append(rec.Observations, recording.Observation{Point: 0, Dir: frame.Out, Mark: frame.Fence, Seq: seq, At: int64(seq)})
	}
	return rec
}

const (
	deadHop  = "no unicast fence from a:eth0 came to b:eth0 in"
	deadBack = "no unicast fence from b:eth0 came to a:eth0 in"
)

// TestSuspicion: what a run without a verdict shows of the kernel becomes a
// failure where a fresh lab shows it again, and the scenario passed elsewhere.
// What the machine may have done never does.
func TestSuspicion(t *testing.T) {
	refused := func(r *recording.Refusal) func(*recording.Recording) {
		return func(rec *recording.Recording) {
			*rec = recording.Recording{Stop: &recording.Stop{Kind: recording.StopRefused, Reason: "no", Refused: r}}
		}
	}
	einval := &recording.Refusal{What: "create a:eth0 (veth)", Errno: "EINVAL"}
	const refusedKey = "after 0 steps: create a:eth0 (veth): EINVAL"
	for _, tt := range []struct {
		name    string
		change  func(*recording.Recording)
		keys    []string // suspected
		again   []recording.Again
		regress bool
	}{
		{"all fences of a hop, twice", func(*recording.Recording) {}, []string{deadHop}, []recording.Again{{Keys: []string{deadHop}}}, true},
		{"not confirmed", func(*recording.Recording) {}, []string{deadHop}, nil, false},
		{"it passed in a fresh lab", func(*recording.Recording) {}, []string{deadHop}, []recording.Again{{Outcome: "pass"}}, false},
		{"another hop in a fresh lab", func(*recording.Recording) {}, []string{deadHop}, []recording.Again{{Keys: []string{deadBack}}}, false},
		{"the second fresh lab does not show it", func(*recording.Recording) {}, []string{deadHop}, []recording.Again{{Keys: []string{deadHop}}, {Keys: nil}}, false},
		{"one came, late", func(rec *recording.Recording) {
			rec.Observations = append(rec.Observations, recording.Observation{Point: 1, Dir: frame.In, Mark: frame.Fence, Seq: 2, At: 9})
		}, nil, nil, false},
		{"one was not seen leaving", func(rec *recording.Recording) { rec.Observations = rec.Observations[1:] }, nil, nil, false},
		{"one try is too few", func(rec *recording.Recording) { rec.Stop.Lost[0].Seqs = []int{1} }, nil, nil, false},
		{"a tap dropped", func(rec *recording.Recording) { rec.Taps[1].Dropped = 1 }, nil, nil, false},
		{"a tap cut", func(rec *recording.Recording) { rec.Taps[0].Cut = 1 }, nil, nil, false},
		{"a queue was full", func(rec *recording.Recording) { rec.Trouble = []string{"a backlog queue was full"} }, nil, nil, false},
		{"interrupted", func(rec *recording.Recording) { rec.Stop.Kind = recording.StopInterrupted }, nil, nil, false},
		{"in a step", func(rec *recording.Recording) {
			rec.Steps = []recording.StepRecord{{Lost: rec.Stop.Lost, Count: 3}}
			rec.Stop = nil
		}, []string{deadHop}, []recording.Again{{Keys: []string{"else", deadHop}}}, true},
		{"traffic that does not end", func(rec *recording.Recording) { rec.Stop.Lost = nil },
			[]string{"frames before the first step that do not end"}, []recording.Again{{Keys: []string{"frames before the first step that do not end"}}}, true},
		{"a storm by frames", func(rec *recording.Recording) {
			rec.Stop = &recording.Stop{Kind: recording.StopStorm, Storm: &recording.Storm{Limit: "frames"}}
		}, []string{"a storm in step 1"}, []recording.Again{{Keys: []string{"a storm in step 1"}}}, true},
		{"a storm by time", func(rec *recording.Recording) {
			rec.Stop = &recording.Stop{Kind: recording.StopStorm, Storm: &recording.Storm{Limit: "time"}}
		}, nil, nil, false},
		{"refused", refused(einval), []string{refusedKey}, []recording.Again{{Keys: []string{refusedKey}}}, true},
		{"refused for another reason the second time", refused(einval), []string{refusedKey}, []recording.Again{{Keys: []string{"after 0 steps: create a:eth0 (veth): EBUSY"}}}, false},
		{"refused by a limit", refused(nil), nil, nil, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rec := lossRecording()
			tt.change(rec)
			for i := range rec.Steps {
				rec.Steps[i].Name = "it"
			}
			rec.Again = tt.again
			c := &Case{}
			if len(rec.Steps) > 0 {
				c.Steps = []CaseStep{{Name: "it", Expect: []Expectation{{Kind: KindNever, At: Place{Point: "b:eth0", Dir: frame.In}}}}}
			}
			v := Judge(c, rec)
			keys := v.Suspect.Keys
			if !slices.Equal(keys, tt.keys) || v.Outcome != Error && v.Outcome != Inconclusive {
				t.Fatalf("%s: %s: suspected %q, want %q", v.Outcome, v.Reason, keys, tt.keys)
			}
			rec.Reference = &recording.Reference{Kernel: "debian:6.1", Release: "6.1.0", From: "a test"}
			w := Judge(c, rec)
			if (w.Outcome == Fail) != tt.regress || tt.regress != strings.Contains(w.Reason, "a regression: the same scenario passed on debian:6.1 (Linux 6.1.0, by a test)") {
				t.Errorf("with a reference: %s: %s", w.Outcome, w.Reason)
			}
			r := Result{}
			r.Take(v)
			if r.Regress(rec.Reference) != tt.regress || r.Outcome != w.Outcome || r.Reason != w.Reason {
				t.Errorf("of the result: %s: %s", r.Outcome, r.Reason)
			}
		})
	}
}

// TestWhatGetsLostInBetween: fences in one queue, of which some never come though
// later ones do, were lost by it.
func TestWhatGetsLostInBetween(t *testing.T) {
	for _, tt := range []struct {
		name   string
		came   string // at b, fence by fence: '.' came, 'x' did not, '-' was not seen leaving
		change func(*recording.Recording)
		want   Outcome
		reason string
	}{
		{"one in five", "x...x.x..", nil, Fail, "the kernel loses frames: of 9 unicast fences that left a:eth0, one after the other, 3 never came to b:eth0 in, although later ones did"},
		{"no more than two", "x...x....", nil, Inconclusive, "sent again and came: two"},
		{"the last ones may be late", "...x.xxxx", nil, Inconclusive, ""},
		{"not seen leaving", "-.-.-.x.", nil, Inconclusive, ""},
		{"all", "xxxxxx", nil, Inconclusive, ""},
		{"a tap dropped some", "x.x.x.", func(rec *recording.Recording) { rec.Taps[1].Dropped = 3 }, Inconclusive, ""},
		{"a queue was full", "x.x.x.", func(rec *recording.Recording) { rec.Trouble = []string{"full"} }, Inconclusive, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rec := lossRecording()
			rec.Observations = nil
			var seqs []int
			for i, c := range tt.came {
				seqs = append(seqs, i+1)
				if c != '-' {
					rec.Observations = append(rec.Observations, recording.Observation{Point: 0, Dir: frame.Out, Mark: frame.Fence, Seq: i + 1})
				}
				if c == '.' {
					rec.Observations = append(rec.Observations, recording.Observation{Point: 1, Dir: frame.In, Mark: frame.Fence, Seq: i + 1})
				}
			}
			rec.Stop = &recording.Stop{Kind: recording.StopLossy, Reason: "two", Lost: []recording.FenceLoss{{From: 0, Point: 1, Dir: frame.In, Class: recording.Unicast, Seqs: seqs}}}
			if tt.change != nil {
				tt.change(rec)
			}
			if v := Judge(&Case{}, rec); v.Outcome != tt.want || !strings.Contains(v.Reason, tt.reason) {
				t.Errorf("%s: %s", v.Outcome, v.Reason)
			}
		})
	}
}

package assert

import (
	"fmt"
	"strings"
	"testing"

	"netverify/frame"
	"netverify/recording"
)

// ring is a storm on a cable between a and b: one frame, seen again and again,
// and another one now and then.
func ring(step int, limit string) (*Case, *recording.Recording) {
	rec := &recording.Recording{
		Points: []recording.Point{{Node: "a", Interface: "e"}, {Node: "b", Interface: "e"}, {Node: "c", Interface: "e"}},
		Taps:   []recording.Tap{{Node: "a"}, {Node: "b"}, {Node: "c"}},
		Steps:  []recording.StepRecord{{Name: "one"}, {Name: "two", First: 2, Count: 38}},
		Stop:   &recording.Stop{Kind: recording.StopStorm, Storm: &recording.Storm{Step: step, Limit: limit, Most: 30, Frames: 38, Bytes: 999, Took: 2e9}},
	}
	bytes := make([]byte, 60)
	bytes[12], bytes[13] = 0x88, 0xb5
	for n := range 40 {
		o := recording.Observation{Point: n / 2 % 2, Dir: frame.Direction(1 + n%2), At: int64(n), Frame: frame.New(bytes), Step: 1}
		if n == 20 {
			o.Point, o.Frame = 2, frame.New(append([]byte{1}, bytes[1:]...))
		}
		rec.Observations = append(rec.Observations, o)
	}
	hop := func(p string, d frame.Direction) recording.Hop { return recording.Hop{Point: p + ":e", Dir: d} }
	return &Case{
		Graph: recording.Graph{
			{From: hop("a", frame.Out), To: hop("b", frame.In)}, {From: hop("b", frame.In), To: hop("b", frame.Out)},
			{From: hop("b", frame.Out), To: hop("a", frame.In)}, {From: hop("a", frame.In), To: hop("a", frame.Out)},
			{From: hop("a", frame.Out), To: hop("c", frame.In)},
		},
		Steps: []CaseStep{{Name: "one"}, {Name: "two"}},
	}, rec
}

// TestWhatIsSaidOfAStorm: which frame, how many, how fast, where, and the way round.
func TestWhatIsSaidOfAStorm(t *testing.T) {
	for _, tt := range []struct {
		step  int
		limit string
		want  []string
	}{
		{1, "frames", []string{"step 2 was cut after 38 frames, 999 bytes, in 2s (19 frames a second); its limit is 30 frames", "2 frame(s) with 38 sightings", "37 times, first #3", "it goes round by a:e - b:e"}},
		{1, "bytes", []string{"its limit is 30 bytes"}},
		{1, "time", []string{"its limit is 30ns to come to rest"}},
		{-1, "frames", []string{"before the first step, was cut", "40 sightings", "39 times, first #1"}},
	} {
		c, rec := ring(tt.step, tt.limit)
		text := stormText(c, rec)
		for _, want := range tt.want {
			if !strings.Contains(text, want) {
				t.Errorf("%d %s: %q\nlacks %q", tt.step, tt.limit, text, want)
			}
		}
		if strings.Contains(text, "c:e") && strings.Contains(text[strings.Index(text, "goes round"):], "c:e") {
			t.Errorf("c is no part of the ring: %s", text)
		}
	}
}

// TestHowAStormIsJudged: by what the step that stormed says of it.
func TestHowAStormIsJudged(t *testing.T) {
	storm := func(want bool) Expectation { return Expectation{Kind: KindStorm, Storm: want} }
	sight := func(kind Kind, at string, most *Range) Expectation {
		return Expectation{Kind: kind, At: Place{Point: at}, Count: most}
	}
	for i, tt := range []struct {
		step   int
		limit  string
		expect []Expectation
		want   Outcome
	}{
		{1, "frames", []Expectation{storm(true)}, Pass},
		{1, "frames", []Expectation{storm(false)}, Fail},
		{1, "time", []Expectation{storm(true)}, Inconclusive},
		{1, "time", []Expectation{storm(false)}, Inconclusive},
		{1, "frames", []Expectation{storm(true), sight(KindSeen, "a:e", nil)}, Pass},
		{1, "frames", []Expectation{storm(true), sight(KindNever, "a:e", nil)}, Fail},
		{1, "frames", []Expectation{storm(true), sight(KindSeen, "a:e", &Range{1, 1})}, Fail},
		{1, "frames", []Expectation{sight(KindSeen, "a:e", &Range{1, 1})}, Inconclusive},
		{1, "frames", []Expectation{sight(KindNever, "a:e", nil)}, Inconclusive},
		{1, "frames", []Expectation{sight(KindSeen, "a:e", nil)}, Inconclusive}, // the check passes, the storm was not asked for
		{0, "frames", []Expectation{storm(true)}, Inconclusive},                 // it was another step's
		{-1, "frames", []Expectation{storm(true)}, Inconclusive},
		{7, "frames", []Expectation{storm(false)}, Inconclusive}, // no run writes that
	} {
		c, rec := ring(tt.step, tt.limit)
		c.Steps[1].Expect = tt.expect
		if v := Judge(c, rec); v.Outcome != tt.want {
			t.Errorf("%d: %s: %s, want %s", i, v.Outcome, v.Reason, tt.want)
		}
	}
}

// TestAStormWithoutAnAccount: a stop without its account, as only a file
// that was tampered with has it, is no verdict on the kernel.
func TestAStormWithoutAnAccount(t *testing.T) {
	c, rec := ring(1, "frames")
	rec.Stop.Storm, rec.Stop.Reason = nil, "whatever"
	c.Steps[1].Expect = []Expectation{{Kind: KindStorm, Storm: true}}
	if v := Judge(c, rec); v.Outcome != Inconclusive {
		t.Error(fmt.Sprint(v.Outcome), v.Reason)
	}
}

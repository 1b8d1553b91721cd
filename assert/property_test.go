package assert

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"netverify/recording"
)

// drawBook draws a recording of up to three steps: any frames at any places,
// in time, some of them sharing a timestamp, and a rest of which legs may be
// missing.
func drawBook(t *rapid.T) *book {
	b := newBook()
	frames := func(step int) [][]byte {
		return [][]byte{whoHas(c1, c2), isAt(c2, c1), echo(c1, c2, step, 1), echo(c1, c2, step, 2), echoReply(c2, c1, step, 1),
			icmp(8, c1, c2, 63, step, 1), igmp(c2), bare(c1, 1), tagged(5, whoHas(c1, c2)), echo(c1, c2, 9, 1)}
	}
	for n := range rapid.IntRange(1, 3).Draw(t, "steps") {
		cs := rapid.SampledFrom([]CaseStep{ask(), arping(2), sends("c1:eth0", 2), sends("sw:p1", 0)}).Draw(t, "step")
		cs.Strict = rapid.Bool().Draw(t, "strict")
		cs.Expect = drawExpectations()
		b.step(cs)
		for range rapid.IntRange(0, 12).Draw(t, "frames") {
			b.hold = rapid.Bool().Draw(t, "tie")
			data := rapid.SampledFrom(frames(n)).Draw(t, "frame")
			p := rapid.SampledFrom(bookPoints).Draw(t, "point")
			b.see(data, p.Name()+rapid.SampledFrom([]string{" in", " out"}).Draw(t, "side"))
		}
		b.hold = false
		for range rapid.IntRange(0, 2).Draw(t, "replies") {
			b.reply(recording.Reply{Seq: rapid.IntRange(1, 2).Draw(t, "seq"), From: c2.ip, TTL: 64, Error: rapid.SampledFrom([]string{"", "host-unreachable"}).Draw(t, "error")})
		}
		b.rest()
	}
	return b
}

func drawExpectations() []Expectation {
	e := []Expectation{
		look(KindSeen, "sw:p1 in", "arp"), look(KindSeen, "c2:eth0", "icmp").times(1, 2), look(KindSeen, "c1:eth0", "").times(0, 3),
		look(KindAnswer, "c1:eth0 in", "arp || icmp"), look(KindAnswer, "sw:p1", "eth.type == 0x88b6").times(1, 1),
		path("c1:eth0 out", "host:eth0 out"), path(reflected...),
		replies(ReplyWant{}), replies(ReplyWant{None: true}), replies(ReplyWant{Error: "host-unreachable"}), replies(ReplyWant{Count: &Range{0, 2}}),
	}
	return append(e, nevers()...)
}

func nevers() []Expectation {
	return []Expectation{look(KindNever, "c2:eth0 in", "arp"), look(KindNever, "sw:br0", "icmp"), look(KindNever, "outside:eth0", "")}
}

func outcomes(b *book) []Outcome {
	checks := Judge(&b.cas, &b.rec).Checks
	var out []Outcome
	for _, k := range checks {
		out = append(out, k.Outcome)
	}
	return out
}

func TestJudgingIsDeterministic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := drawBook(t)
		first := Judge(&b.cas, &b.rec).Checks
		second := Judge(&b.cas, &b.rec).Checks
		if !reflect.DeepEqual(first, second) {
			t.Fatalf("judged twice:\n%v\n%v", first, second)
		}
	})
}

// TestLessProofNeverMakesAPass: whatever leg goes, no check becomes a pass,
// and of what rests on absence nothing stays one where the leg was needed.
func TestLessProofNeverMakesAPass(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := drawBook(t)
		before := outcomes(b)
		n := rapid.IntRange(0, len(b.rec.Steps)-1).Draw(t, "which")
		r := &b.rec.Steps[n]
		global := false
		switch rapid.IntRange(0, 5).Draw(t, "leg") {
		case 0:
			i := rapid.IntRange(0, len(r.Fences)-1).Draw(t, "fence")
			r.Fences = append(append([]recording.FenceRecord(nil), r.Fences[:i]...), r.Fences[i+1:]...)
		case 1:
			b.rec.Taps[rapid.IntRange(0, len(b.rec.Taps)-1).Draw(t, "tap")].Dropped = 1
			global = true
		case 2:
			r.Still, global = false, true
		case 3:
			b.rec.Taps[rapid.IntRange(0, len(b.rec.Taps)-1).Draw(t, "tap")].Cut = 1
			global = true
		case 4:
			r.Trouble, global = []string{"trouble"}, true
		case 5:
			for i := range r.Fences {
				r.Fences[i].At = r.Begin - 1
			}
			global = true
		}
		checks := Judge(&b.cas, &b.rec).Checks
		for i, k := range checks {
			if k.Outcome == Pass && before[i] != Pass {
				t.Fatalf("%s: %s before, a pass with less proof", k.Text, before[i])
			}
			if global && k.Step == n && k.Kind == KindNever && k.Outcome == Pass {
				t.Fatalf("%s: passes without a leg", k.Text)
			}
		}
	})
}

func TestAMatchingFrameTurnsNeverIntoAFailure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := drawBook(t)
		last := len(b.cas.Steps) - 1
		e := rapid.SampledFrom(nevers()).Draw(t, "never")
		b.cas.Steps[last].Expect = []Expectation{e}
		data := map[string][]byte{"c2:eth0": whoHas(c1, c2), "sw:br0": echo(c1, c2, last, 1), "outside:eth0": isAt(c2, c1)}[e.At.Point]
		b.see(data, e.At.Point+" in")
		if k := b.judge(); k.Outcome != Fail {
			t.Fatalf("%s: %s: %s", e.Text, k.Outcome, k.Reason)
		}
	})
}

// TestTheOrderOfReadingDoesNotMatter permutes observations of one timestamp
// between nodes: taps may be read in any order.
func TestTheOrderOfReadingDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := drawBook(t)
		before := outcomes(b)
		shuffle(b, rapid.Uint64().Draw(t, "seed"))
		if after := outcomes(b); !reflect.DeepEqual(before, after) {
			t.Fatalf("%v, and %v after shuffling", before, after)
		}
	})
}

// shuffle reorders each step's observations of one timestamp, but never two of
// one node.
func shuffle(b *book, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 1))
	for _, r := range b.rec.Steps {
		obs := b.rec.Observations[r.First : r.First+r.Count]
		for range 4 * len(obs) {
			i := rng.IntN(max(len(obs)-1, 1))
			if i+1 < len(obs) && obs[i].At == obs[i+1].At && b.rec.Points[obs[i].Point].Node != b.rec.Points[obs[i+1].Point].Node {
				obs[i], obs[i+1] = obs[i+1], obs[i]
			}
		}
	}
}

func TestJourneysHoldEachObservationOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := drawBook(t)
		checkJourneys(t, b.cas.Graph, &b.rec)
	})
}

func checkJourneys(t interface{ Fatalf(string, ...any) }, g recording.Graph, rec *recording.Recording) {
	indexes := make([]int, len(rec.Observations))
	for i := range indexes {
		indexes[i] = i
	}
	times := make([]int, len(indexes))
	for _, j := range recording.Journeys(g, rec, indexes) {
		leaves := 0
		for n, stop := range j.Stops {
			times[stop.Observation]++
			if stop.Parent >= n {
				t.Fatalf("stop %d comes after its child", stop.Parent)
			}
			if stop.Parent >= 0 && rec.Observations[j.Stops[stop.Parent].Observation].At > rec.Observations[stop.Observation].At {
				t.Fatalf("a frame arrived before it left")
			}
			to := map[recording.Hop]bool{}
			for _, next := range stop.Next {
				if j.Stops[next].Parent != n || to[j.Stops[next].Hop] {
					t.Fatalf("stop %d is no child of %d, or went to one hop twice", next, n)
				}
				to[j.Stops[next].Hop] = true
			}
			if len(stop.Next) == 0 {
				leaves++
			}
		}
		if len(j.Branches()) != leaves {
			t.Fatalf("%d branches, %d ends", len(j.Branches()), leaves)
		}
	}
	for i, n := range times {
		if n != 1 {
			t.Fatalf("observation %d is in %d stops", i, n)
		}
	}
}

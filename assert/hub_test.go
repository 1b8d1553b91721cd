package assert

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"netverify/frame"
	"netverify/recording"
)

// TestAHubIsAnEdgeForEachPair joins random sightings over hubs, and over the
// edges that they stand for: the journeys are the same.
func TestAHubIsAnEdgeForEachPair(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const n = 5
		rec := &recording.Recording{}
		var g recording.Graph
		for i := range n {
			p := recording.Point{Node: fmt.Sprint("n", i%3), Interface: fmt.Sprint("i", i)}
			rec.Points = append(rec.Points, p)
			in, out := recording.Hop{Point: p.Name(), Dir: frame.In}, recording.Hop{Point: p.Name(), Dir: frame.Out}
			g = append(g,
				recording.Edge{From: out, To: recording.Hub("a", "children")}, recording.Edge{From: recording.Hub("a", "children"), To: in, Others: true},
				recording.Edge{From: in, To: recording.Hub("b", "ports")}, recording.Edge{From: recording.Hub("b", "ports"), To: out},
				recording.Edge{From: in, To: recording.Hub("c", "routes"), Routed: true}, recording.Edge{From: recording.Hub("c", "routes"), To: out, Routed: true})
		}
		g = append(g, recording.Edge{From: recording.Hop{Point: rec.Points[0].Name(), Dir: frame.Out}, To: recording.Hop{Point: rec.Points[1].Name(), Dir: frame.Out}})
		var indexes []int
		for i := range rapid.IntRange(1, 25).Draw(t, "frames") {
			ttl := rapid.IntRange(63, 64).Draw(t, "ttl") // of several lifetimes a hub gives the nearest
			rec.Observations = append(rec.Observations, recording.Observation{
				Point: rapid.IntRange(0, n-1).Draw(t, "point"), Dir: frame.Direction(rapid.IntRange(1, 2).Draw(t, "side")),
				At: int64(rapid.IntRange(0, 12).Draw(t, "time")), Frame: frame.New(icmp(8, c1, c2, byte(ttl), 0, 1)),
			})
			indexes = append(indexes, i)
		}
		want := recording.Journeys(g.Direct(), rec, indexes)
		if diff := cmp.Diff(want, recording.Journeys(g, rec, indexes), cmpopts.IgnoreUnexported(recording.JourneyStop{})); diff != "" {
			t.Fatal(diff)
		}
	})
}

// TestDirectLeavesOutTheWayBack: no child of a parent hears itself.
func TestDirectLeavesOutTheWayBack(t *testing.T) {
	hub := recording.Hub("host:eth0", "children")
	out, in := recording.Hop{Point: "a:eth0", Dir: frame.Out}, recording.Hop{Point: "a:eth0", Dir: frame.In}
	g := recording.Graph{{From: out, To: hub}, {From: hub, To: in, Others: true}, {From: hub, To: recording.Hop{Point: "b:eth0", Dir: frame.In}, Others: true}, {From: in, To: out}}
	want := recording.Graph{{From: out, To: recording.Hop{Point: "b:eth0", Dir: frame.In}}, {From: in, To: out}}
	if diff := cmp.Diff(want, g.Direct()); diff != "" {
		t.Error(diff)
	}
	if out.String() != "a:eth0 out" || hub.String() != "host:eth0 children" {
		t.Errorf("%s, %s", out, hub)
	}
}

// TestABroadcastToManyIsJoinedInLinearWork: joining takes as much memory for
// each of many that hear a frame as for each of few.
func TestABroadcastToManyIsJoinedInLinearWork(t *testing.T) {
	work := func(n int) float64 {
		rec := &recording.Recording{}
		var g recording.Graph
		var indexes []int
		for i := range n {
			p := recording.Point{Node: fmt.Sprint("n", i), Interface: "eth0"}
			rec.Points = append(rec.Points, p)
			g = append(g, recording.Edge{From: recording.Hop{Point: p.Name(), Dir: frame.Out}, To: recording.Hub("host:eth0", "children")},
				recording.Edge{From: recording.Hub("host:eth0", "children"), To: recording.Hop{Point: p.Name(), Dir: frame.In}, Others: true})
			o := recording.Observation{Point: i, Dir: frame.In, At: 1, Frame: frame.New(whoHas(c1, c2))}
			if i == 0 {
				o.Dir, o.At = frame.Out, 0
			}
			rec.Observations = append(rec.Observations, o)
			indexes = append(indexes, i)
		}
		if got := recording.Journeys(g, rec, indexes); len(got) != 1 || len(got[0].Stops[0].Next) != n-1 {
			t.Fatalf("%d siblings: the frame did not reach all of them", n)
		}
		return testing.AllocsPerRun(1, func() { recording.Journeys(g, rec, indexes) })
	}
	if few, many := work(500), work(1000); many > 2.5*few {
		t.Errorf("%.0f allocations for 500 siblings, %.0f for 1000", few, many)
	}
}

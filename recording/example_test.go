package recording_test

import (
	"fmt"

	"netverify/frame"
	"netverify/recording"
)

// A switch lets a broadcast in by one port and out by another: three sightings
// are one journey.
func ExampleJourneys() {
	hello := frame.New([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 0x88, 0xb5, 'h', 'i'})
	rec := &recording.Recording{
		Points: []recording.Point{{Node: "a", Interface: "eth0"}, {Node: "sw", Interface: "p1"}, {Node: "sw", Interface: "p2"}},
		Observations: []recording.Observation{
			{Point: 0, Dir: frame.Out, At: 1000, Frame: hello},
			{Point: 1, Dir: frame.In, At: 2000, Frame: hello},
			{Point: 2, Dir: frame.Out, At: 3000, Frame: hello},
		},
	}
	a, p1, p2 := recording.Hop{Point: "a:eth0", Dir: frame.Out}, recording.Hop{Point: "sw:p1", Dir: frame.In}, recording.Hop{Point: "sw:p2", Dir: frame.Out}
	ways := recording.Graph{{From: a, To: p1}, {From: p1, To: p2}}
	for _, j := range recording.Journeys(ways, rec, []int{0, 1, 2}) {
		for _, stop := range j.Stops {
			fmt.Println(stop.Hop, "after", stop.Parent)
		}
	}
	// Output:
	// a:eth0 out after -1
	// sw:p1 in after 0
	// sw:p2 out after 1
}

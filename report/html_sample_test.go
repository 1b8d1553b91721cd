package report

import (
	"bytes"

	"netverify/assert"
	"netverify/frame"
	"netverify/recording"
)

// sample is a report of two kernels with evidence: a broadcast that passes three
// taps, its answer, two fences and a router solicitation.
func sample() (Report, Options) {
	fail := failing("macvlan/vepa-reflective-relay")
	fail.Checks[1].Frames = []int{2}
	fail.Checks[1].Journey = []string{"#1 c1:eth0 out  ARP Who has 192.0.2.2? Tell 192.0.2.1", "  #3 sw:p1 in  ARP Who has 192.0.2.2? Tell 192.0.2.1"}
	fail.Graph = recording.Graph{
		{From: recording.Hop{Point: "c1:eth0", Dir: frame.Out}, To: recording.Hop{Point: "host:eth0", Dir: frame.Out}},
		{From: recording.Hop{Point: "host:eth0", Dir: frame.Out}, To: recording.Hop{Point: "sw:p1", Dir: frame.In}},
	}
	old := New(guest("debian:6.1", "6.1.0-56-cloud-amd64"), 2, []assert.Result{passing("macvlan/bridge-siblings"), fail})
	old.Evidence = "evidence/6.1"
	young := New(guest("debian:7.2", "7.2.12"), 2, []assert.Result{passing("macvlan/bridge-siblings"), passing("macvlan/vepa-reflective-relay")})
	young.Evidence = "evidence/7.2"
	return Of(old, young), Options{Recordings: func(*Run, string) (*recording.Recording, error) { return sampleRecording(), nil }}
}

func sampleRecording() *recording.Recording {
	arp := append([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 3, 1, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1},
		2, 0, 0, 0, 3, 1, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 192, 0, 2, 2)
	fence := append([]byte{2, 0xfe, 0xce, 0xfe, 0xce, 0xfe, 0, 0, 0, 0, 0, 0, 0x88, 0xb5}, make([]byte, 46)...)
	see := func(point int, dir frame.Direction, at int64, b []byte, mark frame.Mark) recording.Observation {
		return recording.Observation{Point: point, Dir: dir, At: 1e18 + at, Frame: frame.New(bytes.Clone(b)), Mark: mark}
	}
	return &recording.Recording{
		Points: []recording.Point{
			{Node: "sw", Interface: "p1", Kind: "veth", MAC: [6]byte{2, 0, 0, 0, 1, 1}},
			{Node: "host", Interface: "eth0", Kind: "veth", MAC: [6]byte{2, 0, 0, 0, 2, 1}},
			{Node: "c1", Interface: "eth0", Kind: "macvlan", MAC: [6]byte{2, 0, 0, 0, 3, 1}},
		},
		Steps: []recording.StepRecord{{Name: "the question leaves", Begin: 1e18, End: 1e18 + 900_000, Count: 5, Proven: 800_000, Waves: 1, Still: true}},
		Observations: []recording.Observation{
			see(2, frame.Out, 1000, arp, frame.Unmarked), see(1, frame.Out, 2000, arp, frame.Unmarked), see(0, frame.In, 4000, arp, frame.Unmarked),
			see(2, frame.Out, 500_000, fence, frame.Fence), see(1, frame.Out, 501_000, fence, frame.Fence),
		},
	}
}

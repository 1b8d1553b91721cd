package pcapng_test

import (
	"bytes"
	"fmt"

	"netverify/capture/pcapng"
	"netverify/frame"
	"netverify/recording"
)

// What is written is read back as the recording that it was, and says so; any
// other reader of pcapng sees the frames.
func ExampleWrite() {
	rec := &recording.Recording{
		Scenario: "example/one",
		Points:   []recording.Point{{Node: "a", Interface: "eth0", Ifindex: 2, MTU: 1500, Kind: "veth"}},
		Observations: []recording.Observation{{
			Dir: frame.Out, At: 1_700_000_000_000_000_000,
			Frame: frame.New([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 0x88, 0xb5, 'h', 'i'}),
		}},
		Steps: []recording.StepRecord{{Name: "it says hi", Count: 1}},
	}
	var file bytes.Buffer
	if err := pcapng.Write(&file, rec, pcapng.WriteOptions{OS: "Linux 6.12"}); err != nil {
		panic(err)
	}
	back, err := pcapng.Read(&file)
	if err != nil {
		panic(err)
	}
	s := back.Sections[0]
	fmt.Println(s.Native, s.OS, s.Recording.Scenario, s.Recording.Steps[0].Name)
	fmt.Println(s.Recording.Observations[0].Frame)
	// Output:
	// true Linux 6.12 example/one it says hi
	// Ethernet 02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff type 0x88b5, 2 bytes
}

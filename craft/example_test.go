package craft_test

import (
	"fmt"

	"netverify/craft"
	"netverify/frame"
)

// What is not written is computed; what is written stands in the frame, however
// wrong. Here the tag announces an ethertype that does not follow.
func ExampleBuild() {
	wrong := 0x86dd
	b, err := craft.Build(&craft.Spec{
		Eth:   &craft.Eth{Src: "02:00:00:00:00:01", Dst: "broadcast"},
		VLAN:  []craft.VLAN{{ID: 10, Priority: 5, EType: &wrong}},
		ARP:   &craft.ARP{Opcode: "request", Sender: "192.0.2.1", Target: "192.0.2.2"},
		Nonce: "none",
	}, nil, frame.Tag{}, [8]byte{})
	if err != nil {
		panic(err)
	}
	fmt.Printf("%x\n", b[:20])
	fmt.Println(frame.New(b))
	// Output:
	// ffffffffffff0200000000018100a00a86dd0001
	// 802.1Q vlan 10 pri 5 · Ethernet 02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff type 0x86dd, 28 bytes [ipv6: version is not 6]
}

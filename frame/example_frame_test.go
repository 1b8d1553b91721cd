package frame_test

import (
	"encoding/hex"
	"fmt"

	"netverify/frame"
)

// arpInVLAN10 asks for 192.0.2.2 in VLAN 10.
const arpInVLAN10 = "ffffffffffff020000000001" + "8100000a" + "0806" + "0001080006040001020000000001c0000201000000000000c0000202"

// A frame is decoded once, however often it is asked; its fields bear Wireshark's
// names.
func ExampleFrame() {
	b, err := hex.DecodeString(arpInVLAN10)
	if err != nil {
		panic(err)
	}
	f := frame.New(b)
	fmt.Println(f)
	d := f.Decode()
	fmt.Println(d.Tags[0].VID, d.ARP.Op, d.ARP.TargetIP)

	v := frame.View{Frame: f}
	for _, value := range v.Values("arp.dst.proto_ipv4") {
		fmt.Printf("%#x\n", value.Num)
	}
	// Output:
	// 802.1Q vlan 10 pri 0 · ARP Who has 192.0.2.2? Tell 192.0.2.1
	// 10 1 192.0.2.2
	// 0xc0000202
}

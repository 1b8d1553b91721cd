package filter_test

import (
	"encoding/hex"
	"fmt"
	"net/netip"

	"netverify/filter"
	"netverify/frame"
	"netverify/recording"
)

// A filter is parsed, gets the addresses of the interfaces that it names, and is
// then asked about frames. Where it is not true it tells the terms that fail.
func ExampleParse() {
	f, err := filter.Parse("arp.opcode == 1 && vlan.id == 20 && arp.dst.proto_ipv4 == @b:eth0")
	if err != nil {
		panic(err)
	}
	m, err := f.Bind(recording.Bindings{"b:eth0": {IPv4: netip.MustParseAddr("192.0.2.2")}})
	if err != nil {
		panic(err)
	}
	fmt.Println(m)

	// An ARP request for 192.0.2.2 in VLAN 10.
	b, err := hex.DecodeString("ffffffffffff0200000000018100000a08060001080006040001020000000001c0000201000000000000c0000202")
	if err != nil {
		panic(err)
	}
	v := frame.View{Frame: frame.New(b)}
	misses, _ := m.Misses(&v)
	fmt.Println(m.Match(&v), misses[0].Term, "is", misses[0].Value)
	// Output:
	// arp.opcode == 1 && vlan.id == 20 && arp.dst.proto_ipv4 == 192.0.2.2
	// false vlan.id == 20 is 10
}

// A mistake is told with its place.
func ExampleError() {
	_, err := filter.Parse("vlan.id == 5000")
	e := err.(*filter.Error)
	fmt.Println(e.Offset, e.Msg)
	// Output:
	// 11 vlan.id cannot be 5000: it is at most 4095
}

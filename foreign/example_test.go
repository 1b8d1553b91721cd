package foreign_test

import (
	"fmt"

	"netverify/assert"
	"netverify/capture/pcapng"
	"netverify/foreign"
	"netverify/scenarios"
)

// What others captured is judged by a scenario where it tells enough. A fence
// is in none of it: that something never came stays open.
func ExampleRecord() {
	plans, err := scenarios.BuiltIn("macvlan/vepa-reflective-relay")
	if err != nil {
		panic(err)
	}
	var files []foreign.File
	for _, name := range []string{"c1_eth0.pcap", "c2_eth0.pcap", "sw_p1.pcap"} {
		f, err := pcapng.Load("../pcaps/foreign/vepa-alone/" + name)
		if err != nil {
			panic(err)
		}
		files = append(files, foreign.File{Name: name, File: f})
	}
	rec, _, err := foreign.Record(plans[0], foreign.Options{Files: files, Step: 1})
	if err != nil {
		panic(err)
	}
	c := plans[0].Case()
	for _, k := range assert.Judge(&c, rec).Checks {
		if k.Step == 0 {
			fmt.Println(k.Outcome, k.Text)
		}
	}
	// Output:
	// inconclusive reply: none
	// pass seen at sw:p1 in: arp.opcode == 1 && eth.src == @c1:eth0
	// inconclusive never at c2:eth0: arp || icmp
}

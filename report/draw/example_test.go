package draw_test

import (
	"fmt"
	"strings"

	"netverify/assert"
	"netverify/report/draw"
)

// A drawing says in words what it shows, for those who do not see it.
func ExampleSVG() {
	eth0 := func(at string) assert.Interface {
		return assert.Interface{Name: "eth0", Kind: "veth", Up: true, Carrier: true, Peer: at}
	}
	var svg strings.Builder
	err := draw.SVG(&svg, assert.Topology{Nodes: []assert.Node{
		{Name: "a", Kind: "host", Interfaces: []assert.Interface{eth0("b:eth0")}},
		{Name: "b", Kind: "host", Interfaces: []assert.Interface{eth0("a:eth0")}},
	}}, draw.Options{ID: "two", Title: "two hosts", Standalone: true})
	if err != nil {
		panic(err)
	}
	_, text, _ := strings.Cut(svg.String(), "<desc")
	_, text, _ = strings.Cut(text, ">")
	text, _, _ = strings.Cut(text, "</desc>")
	fmt.Println(text)
	// Output:
	// Host a has eth0 (veth to b:eth0). Host b has eth0 (veth to a:eth0).
}

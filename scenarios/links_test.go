package scenarios

import "testing"

// TestPortAttributesOfAHostsBridge: a host's bridge may bear the name of a
// switch's; what is written at its ports counts all the same.
func TestPortAttributesOfAHostsBridge(t *testing.T) {
	for _, bridge := range []string{"br0", "br1"} {
		plans, err := LoadBytes("t.yaml", []byte(`
name: t/port
title: a port of a host's bridge
topology:
  hosts:
    a:
      interfaces:
        eth0: {cable: "b:eth0", hairpin: true}
        `+bridge+`: {bridge: {members: [eth0]}}
    b: {interfaces: {eth0: {}}}
steps:
  - name: it has what was written
    wait: {for: 1ms}
    expect: {state: {"a:eth0": {hairpin: true}}}
`))
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range plans[0].Nodes[0].Interfaces {
			if i.Name == "eth0" && (i.Port == nil || i.Port.Hairpin == nil || !*i.Port.Hairpin) {
				t.Errorf("port of %s: hairpin was lost: %+v", bridge, i.Port)
			}
		}
	}
}

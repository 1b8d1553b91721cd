package lab

import (
	"slices"
	"strings"

	"netverify/assert"
)

// offloads are those of an interface that are on. Some devices keep some on for
// good: a macvlan its checksum offload, whatever its parent has
// (drivers/net/macvlan.c:ALWAYS_ON_OFFLOADS).
func (n *node) offloads(name string) assert.Offloads {
	names, err := n.featureNames()
	if err != nil {
		return assert.Offloads{Unknown: true}
	}
	changeable, active, err := n.conn.features(name)
	if err != nil {
		return assert.Offloads{Unknown: true}
	}
	var o assert.Offloads
	for feature, number := range names {
		if !isOffload(feature) || !active.has(number) {
			continue
		}
		if changeable.has(number) {
			o.On = append(o.On, feature)
		} else {
			o.Fixed = append(o.Fixed, offloadClass(feature))
		}
	}
	slices.Sort(o.On)
	slices.Sort(o.Fixed)
	o.Fixed = slices.Compact(o.Fixed)
	return o
}

// offloadClass is the family of an offload.
func offloadClass(feature string) string {
	for _, c := range []struct{ part, class string }{
		{"checksum", "checksum"}, {"-vlan-", "VLAN tag"}, {"scatter-gather", "scatter-gather"}, {"rx-gro", "GRO"}, {"rx-lro", "LRO"},
	} {
		if strings.Contains(feature, c.part) {
			return c.class
		}
	}
	return "segmentation"
}

package lab

import "netverify/assert"

// AsBuilt is what the kernel said of a lab when it was compared with its plan.
type AsBuilt struct {
	Interfaces []Interface     // as Lab.Interfaces gives them
	Topology   assert.Topology // as Lab.Topology gives it
	Against    []string        // as Lab.Survey gives it
}

// AsBuilt tells what Build read back. Nobody but Build has touched the lab by
// then, so that one reading serves for all; under emulation each costs as much
// as some steps.
func (l *Lab) AsBuilt() AsBuilt {
	l.mu.RLock()
	defer l.mu.RUnlock()
	var b AsBuilt
	for _, n := range l.nodes {
		b.Interfaces = append(b.Interfaces, n.built.list...)
		b.Topology.Nodes = append(b.Topology.Nodes, n.described(n.topology(n.built)))
		b.Against = append(b.Against, n.told(n.preconditions(n.built.links))...)
	}
	return b
}

// Survey reads the lab as it is now: its interfaces, and what stands against the
// order of frames that fences rely on; where that is nothing, a later frame on a
// path cannot overtake an earlier one of its class.
func (l *Lab) Survey() (list []Interface, against []string) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	for _, n := range l.nodes {
		r, err := n.read()
		if err != nil {
			against = append(against, n.told(nil, err)...)
			continue
		}
		list = append(list, r.list...)
		against = append(against, n.told(n.preconditions(r.links))...)
	}
	return list, against
}

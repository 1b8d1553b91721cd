package lab

import (
	"net/netip"
	"testing"

	"netverify/recording"
	"netverify/scenarios"
)

// The pieces of plans that the tests build. Positions are line numbers that
// errors must name.

func ref(node, iface string) *recording.Ref { return &recording.Ref{Node: node, Iface: iface} }

func at(line int) scenarios.Pos { return scenarios.Pos{Line: line, Col: 5} }

func ptr[T any](v T) *T { return &v }

func prefixes(list ...string) (p []netip.Prefix) {
	for _, s := range list {
		p = append(p, netip.MustParsePrefix(s))
	}
	return p
}

// cable returns one end; the other end has to be in the plan as well.
func cable(node, name, otherNode, otherName string, addrs ...string) scenarios.Interface {
	return scenarios.Interface{Node: node, Name: name, Kind: scenarios.Veth, Cable: ref(otherNode, otherName), Addresses: prefixes(addrs...)}
}

func macvlan(node, name string, link *recording.Ref, mode string, addrs ...string) scenarios.Interface {
	return scenarios.Interface{
		Pos: at(77), Node: node, Name: name, Kind: scenarios.Macvlan, Link: link,
		Macvlan: &scenarios.MacvlanSpec{Mode: mode}, Addresses: prefixes(addrs...),
	}
}

func host(name string, list ...scenarios.Interface) scenarios.Node {
	return scenarios.Node{Pos: at(7), Name: name, Interfaces: list}
}

func swtch(name string, list ...scenarios.Interface) scenarios.Node {
	return scenarios.Node{Pos: at(3), Name: name, Switch: true, Bridge: &scenarios.Bridge{}, Interfaces: list}
}

func planOf(nodes ...scenarios.Node) *scenarios.Plan {
	return &scenarios.Plan{Name: "test", File: "test.yaml", Nodes: nodes}
}

// macvlanPlan is the lab of a macvlan scenario: a switch with two ports, a host
// with two children, an outside station; six nodes.
func macvlanPlan(mode string) *scenarios.Plan {
	return planOf(
		swtch("sw", cable("sw", "p1", "host", "eth0"), cable("sw", "p2", "outside", "eth0")),
		host("host", cable("host", "eth0", "sw", "p1")),
		host("outside", cable("outside", "eth0", "sw", "p2", "192.168.128.1/24")),
		host("c1", macvlan("c1", "eth0", ref("host", "eth0"), mode, "192.168.128.222/24")),
		host("c2", macvlan("c2", "eth0", ref("host", "eth0"), mode, "192.168.128.233/24")),
		host("idle"),
	)
}

// mustBuild builds a lab that is given up with the test.
func mustBuild(tb testing.TB, plan *scenarios.Plan) *Lab {
	tb.Helper()
	l, err := Build(plan)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := l.Close(); err != nil {
			tb.Error(err)
		}
	})
	return l
}

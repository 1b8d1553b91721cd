package scenarios_test

import (
	"fmt"

	"netverify/scenarios"
)

// A plan has every name resolved and every default filled in.
func ExampleLoadBytes() {
	plans, err := scenarios.LoadBytes("two.yaml", []byte(`name: example/two
title: Two hosts on a cable reach each other
source: [RFC 826]
topology:
  hosts:
    a: {interfaces: {eth0: {addresses: [192.0.2.1/24], cable: "b:eth0"}}}
    b: {interfaces: {eth0: {addresses: [192.0.2.2/24]}}}
steps:
  - {name: it answers, ping: {from: a, to: b}, expect: {reply: {}}}
`))
	if err != nil {
		panic(err)
	}
	for _, n := range plans[0].Nodes {
		for _, i := range n.Interfaces {
			fmt.Println(i.Node, i.Name, i.Kind, i.Addresses)
		}
	}
	// Output:
	// a eth0 veth [192.0.2.1/24]
	// b eth0 veth [192.0.2.2/24]
}

// A mistake is told with its place and with what was probably meant.
func ExampleErrors() {
	_, err := scenarios.LoadBytes("two.yaml", []byte(`name: example/two
title: A child and its parent
source: [RFC 826]
topology:
  hosts:
    a: {interfaces: {eth0: {cable: "b:eth0"}, m0: {macvlan: {link: eth0, mode: passthrough}, addresses: [192.0.2.1/24]}}}
    b: {interfaces: {eth0: {}}}
steps:
  - {name: it speaks, arping: {from: "a:m0", to: 192.0.2.2}, expect: {reply: none}}
`))
	fmt.Println(err)
	// Output:
	// two.yaml:6:80: mode cannot be "passthrough"; did you mean "passthru"?
}

package scenarios

import (
	"strings"
	"testing"
)

const digested = `name: test/digest
title: A frame arrives
topology:
  hosts:
    a: {interfaces: {eth0: {cable: "b:eth0"}}}
    b: {interfaces: {eth0: {}}}
steps:
  - name: a frame
    send: {from: "a:eth0", frame: {eth: {src: "@a:eth0", dst: "@b:eth0"}, payload: {size: 46}}}
    expect: {seen: {at: "b:eth0 in", frames: "eth.type == 0x88b5", count: 1}}
`

// TestDigest: what a scenario does and expects has a digest that comments,
// layout and explanations leave alone, and nothing else does.
func TestDigest(t *testing.T) {
	of := func(src string) string {
		t.Helper()
		plans, err := LoadBytes("digest.yaml", []byte(src))
		if err != nil {
			t.Fatal(err)
		}
		return plans[0].Digest
	}
	was := of(digested)
	for _, c := range []struct{ what, old, new string }{
		{"a comment", "topology:\n", "# the wire\ntopology:\n"},
		{"layout", "  hosts:\n", "  hosts:\n\n"},
		{"quotes", `{seen: {at: "b:eth0 in",`, `{seen: {at: 'b:eth0 in',`},
		{"the title", "A frame arrives", "Frames arrive"},
		{"the source", "topology:\n", "source: [drivers/net/veth.c:veth_xmit]\ntopology:\n"},
		{"the surprise", "topology:\n", "pins: none\ntopology:\n"},
		{"what it verifies", "topology:\n", "verifies: [A1]\ntopology:\n"},
	} {
		if got := of(strings.Replace(digested, c.old, c.new, 1)); got != was {
			t.Errorf("%s: %s, was %s", c.what, got, was)
		}
	}
	for _, c := range []struct{ what, old, new string }{
		{"the topology", "{interfaces: {eth0: {}}}", "{interfaces: {eth0: {mtu: 1400}}}"},
		{"what is sent", "size: 46", "size: 47"},
		{"what is expected", "count: 1", "count: 2"},
		{"the kernels that have the rule", "topology:\n", "since: {version: \"6.5\", commit: '6631463b6e66 (\"llc: one\")', reason: it does not}\ntopology:\n"},
	} {
		if of(strings.Replace(digested, c.old, c.new, 1)) == was {
			t.Errorf("%s changed, and the digest did not", c.what)
		}
	}
}

// TestRuleOfAMatrix: each plan knows its variables, and the sentence that they
// were filled into.
func TestRuleOfAMatrix(t *testing.T) {
	src := strings.Replace(digested, "A frame arrives", "A frame of ${size} bytes arrives", 1)
	src = strings.Replace(src, "size: 46", "size: \"${size}\"", 1) + "matrix: {size: [46, 47]}\n"
	plans, err := LoadBytes("matrix.yaml", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"46", "47"} {
		p := plans[i]
		if p.Rule != "A frame of ${size} bytes arrives" || p.Title != "A frame of "+want+" bytes arrives" || len(p.Variables) != 1 || p.Variables[0] != (Variable{"size", want}) {
			t.Errorf("%q, %q, %v", p.Rule, p.Title, p.Variables)
		}
	}
	if plans[0].Digest == plans[1].Digest {
		t.Error("both cells have one digest")
	}
}

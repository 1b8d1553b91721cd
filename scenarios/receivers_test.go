package scenarios

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReceiversAreExactlyThose: seen at those that are named, never at any
// other interface of a host that lives at the step; switches are left out, and
// entries with the same filter are one set.
func TestReceiversAreExactlyThose(t *testing.T) {
	plans, err := LoadBytes("receivers.yaml", []byte(`
name: test/receivers
title: x
topology:
  switches: {sw: {ports: {p1: {}, p2: {}, p3: {}}}}
  hosts:
    a: {interfaces: {eth0: {cable: "sw:p1"}}}
    b: {interfaces: {eth0: {cable: "sw:p2"}}}
    c: {interfaces: {eth0: {cable: "sw:p3"}, mv0: {macvlan: {link: eth0}}, mv1: {macvlan: {link: eth0}}}}
steps:
  - name: one goes
    remove: "c:mv1"
  - name: x
    send: {from: "a:eth0", frame: {eth: {src: "@a:eth0", dst: broadcast}}}
    expect:
      receivers:
        - {at: "b:eth0", frames: "eth"}
        - {at: ["c:mv0", "c:eth0"], frames: "eth", count: 0-2}
        - {at: "b:eth0", frames: "arp"}
`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range plans[0].Steps[1].Expect {
		got = append(got, e.Kind.String()+" "+e.Text+" @ "+e.At.String())
	}
	want := []string{
		"seen receivers: b:eth0 once: eth @ b:eth0 in",
		"never receivers: not a:eth0: eth @ a:eth0 in",
		"seen receivers: c:mv0 0 to 2 times: eth @ c:mv0 in",
		"seen receivers: c:eth0 0 to 2 times: eth @ c:eth0 in",
		"seen receivers: b:eth0 once: arp @ b:eth0 in",
		"never receivers: not a:eth0: arp @ a:eth0 in",
		"never receivers: not c:eth0: arp @ c:eth0 in",
		"never receivers: not c:mv0: arp @ c:mv0 in",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

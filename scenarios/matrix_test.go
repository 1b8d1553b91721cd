package scenarios

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// small is a scenario with places to fill in.
const small = `name: %NAME%
title: t
topology:
  hosts:
    a: {interfaces: {eth0: {cable: "b:eth0", mtu: "${mtu}", addresses: [192.0.2.1/24]}}}
    b: {interfaces: {eth0: {addresses: [192.0.2.2/24]}}}
steps:
  - name: mtu ${mtu} gives ${reply}
    ping: {from: a, to: b}
    expect:
      reply: %REPLY%
matrix:
`

func names(plans []*Plan) (names []string) {
	for _, p := range plans {
		names = append(names, p.Name)
	}
	return names
}

func TestMatrixOfListsIsEveryCombinationFirstVariableSlowest(t *testing.T) {
	src := strings.NewReplacer("%NAME%", "test/m", "%REPLY%", "{ttl: \"${reply}\"}").Replace(small) + "  mtu: [1400, 1500]\n  reply: [63, 64]\n"
	plans, err := LoadBytes("matrix.yaml", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"test/m[mtu=1400,reply=63]", "test/m[mtu=1400,reply=64]", "test/m[mtu=1500,reply=63]", "test/m[mtu=1500,reply=64]"}
	if diff := cmp.Diff(want, names(plans)); diff != "" {
		t.Error(diff)
	}
}

func TestMatrixRowsGiveMapsAndNumbers(t *testing.T) {
	src := strings.NewReplacer("%NAME%", "test/m-${mtu}", "%REPLY%", "${reply}", " gives ${reply}", "").Replace(small) +
		"  - {mtu: 1400, reply: none}\n  - {mtu: 1500, reply: {ttl: 64}}\n"
	plans, err := LoadBytes("matrix.yaml", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"test/m-1400", "test/m-1500"}, names(plans)); diff != "" {
		t.Error(diff)
	}
	if mtu := plans[0].Nodes[0].Interfaces[0].MTU; mtu != 1400 {
		t.Errorf("mtu %d", mtu)
	}
	if name := plans[1].Steps[0].Name; name != "mtu 1500" {
		t.Error(name)
	}
	if r := plans[0].Steps[0].Expect[0].Reply; !r.None {
		t.Error(r)
	}
	if r := plans[1].Steps[0].Expect[0].Reply; r.None || r.TTL != 64 {
		t.Error(r)
	}
}

// TestPlacesBehindVariables: what stands behind a filled-in variable is told at
// its own column, what stands in the variable at that of the ${.
func TestPlacesBehindVariables(t *testing.T) {
	src := `name: test/m-${f}
title: t
topology:
  hosts:
    a: {interfaces: {eth0: {cable: "b:eth0"}}}
    b: {interfaces: {eth0: {}}}
steps:
  - name: s
    wait: {for: 1s}
    expect:
      seen: {at: "a:eth0", frames: 'arp && ${f}.x == "\t" && eth.srk == 1'}
matrix: {f: [eth]}
`
	_, err := LoadBytes("f", []byte(src))
	if err == nil || !strings.HasPrefix(err.Error(), "f:11:44: ") {
		t.Error(err)
	}
	src = strings.Replace(src, `${f}.x == "\t"`, "${f}.src == @b:eth0", 1)
	_, err = LoadBytes("f", []byte(src))
	if err == nil || !strings.HasPrefix(err.Error(), "f:11:67: ") {
		t.Error(err)
	}
}

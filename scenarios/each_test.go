package scenarios

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"netverify/assert"
)

const eachHead = `name: test/each
title: t
topology:
  hosts:
    a: {interfaces: {eth0: {cable: "b:eth0"}}}
    b: {interfaces: {eth0: {}}}
steps:
  - name: s
`

// eachStep loads a file of one step.
func eachStep(t *testing.T, step string) *Step {
	t.Helper()
	plans, err := LoadBytes("f", []byte(eachHead+step))
	if err != nil {
		t.Fatal(err)
	}
	return &plans[0].Steps[0]
}

func TestEachValueIsAFrameOfItsOwn(t *testing.T) {
	for _, tt := range []struct {
		values string
		want   []int64
	}{
		{"[7, 9]", []int64{7, 9}},
		{"3-6", []int64{3, 4, 5, 6}},
		{"bits 4", []int64{1, 2, 4, 8}},
		{"flips 3 of 10", []int64{11, 8, 14}},
		{"[0, bits 2, 4094]", []int64{0, 1, 2, 4094}},
	} {
		s := eachStep(t, `    each: {v: `+tt.values+`}
    send: {from: "a:eth0", frame: {eth: {src: "@a:eth0", dst: "@b:eth0"}, vlan: [{id: "${v}"}]}}
    expect: {seen: {at: "b:eth0 in", frames: "vlan"}}
`)
		var got []int64
		for i := range s.Send.Frames {
			got = append(got, int64(s.Send.Frames[i].VLAN[0].ID))
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", tt.values, diff)
		}
	}
	s := eachStep(t, `    each: {m: flips 10 of 02:00:00:00:77:70}
    send: {from: "a:eth0", frame: {eth: {src: "${m}", dst: "@b:eth0"}}}
    expect: {seen: {at: "b:eth0 in", frames: "eth.src == ${m}"}}
`)
	if first, last := s.Send.Frames[0].Eth.Src, s.Send.Frames[9].Eth.Src; first != "02:00:00:00:77:71" || last != "02:00:00:00:75:70" {
		t.Error(first, last)
	}
}

// TestWhatDoesNotVaryStaysOnce: frames and expectations without a variable.
func TestWhatDoesNotVaryStaysOnce(t *testing.T) {
	s := eachStep(t, `    each: {v: [1, 2], p: [0, 7]}
    send:
      from: "a:eth0"
      frames:
        - {eth: {src: "@a:eth0", dst: "@b:eth0"}}
        - {eth: {src: "@a:eth0", dst: "@b:eth0"}, vlan: [{id: "${v}", priority: "${p}"}]}
    expect:
      seen:
        - {at: "b:eth0 in", frames: "vlan.id == ${v}", count: 2}
        - {at: "b:eth0 in", frames: "eth", count: 5, intact: untagged}
      never: {at: "a:eth0 in", frames: "vlan.id == ${v}"}
      state: {"b:eth0": {up: true, "features.${v}": null}}
`)
	if n := len(s.Send.Frames); n != 5 {
		t.Errorf("%d frames", n)
	}
	kinds := map[assert.Kind]int{}
	values, intact := 0, 0
	for _, e := range s.Expect {
		kinds[e.Kind]++
		values += len(e.State)
		if e.Intact == assert.IntactUntagged {
			intact++
		}
	}
	if kinds[assert.KindSeen] != 3 || kinds[assert.KindNever] != 2 || values != 3 || intact != 1 {
		t.Error(kinds, values, intact)
	}
}

// TestVariablesOfTheMatrixStay where a step has its own.
func TestVariablesOfTheMatrixStay(t *testing.T) {
	plans, err := LoadBytes("f", []byte(eachHead+`    each: {v: [1, 2]}
    send: {from: "a:eth0", frame: {eth: {src: "@a:eth0", dst: "@b:eth0"}, vlan: [{id: "${v}", priority: "${p}"}], payload: {text: "$${p} of 16 bytes"}}}
    expect: {seen: {at: "b:eth0 in", frames: "vlan.priority == ${p}"}}
matrix: {p: [3, 4]}
`))
	if err != nil {
		t.Fatal(err)
	}
	f := plans[1].Steps[0].Send.Frames
	if len(f) != 2 || f[1].VLAN[0].Priority != 4 || f[1].Payload.Text != "${p} of 16 bytes" {
		t.Errorf("%+v", f)
	}
}

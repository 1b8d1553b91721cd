package run

import (
	"testing"

	"netverify/filter"
)

// TestWhichStepsMind: a strict step waits for the reports of memberships, and for
// what follows duplicate address detection, only where one of its absences could
// take them for its frame.
func TestWhichStepsMind(t *testing.T) {
	for _, tt := range []struct {
		expect           string
		reports, probing bool
	}{
		{`never: {at: "b:eth0 in", frames: "icmpv6"}`, true, true},
		{`never: {at: "b:eth0 in", frames: "icmpv6.type == 143"}`, true, true},
		{`never: {at: "b:eth0 in", frames: "icmpv6.type == 136"}`, false, true},
		{`never: {at: "b:eth0 in", frames: "icmpv6.type == 135 && ipv6.src == @a:eth0"}`, false, false},
		{`never: {at: "b:eth0 in", frames: "arp"}`, false, false},
		{`never: {at: "b:eth0 in", frames: "igmp.type == 0x16"}`, true, true},
		{`receivers: {at: "b:eth0", frames: "icmpv6.type == 135"}`, false, false},
		{`receivers: {at: "b:eth0", frames: "eth.src == @a:eth0"}`, true, true},
		{`seen: {at: "b:eth0 in", frames: "icmpv6"}`, false, false},
		{`seen: {at: "b:eth0 in", frames: "icmpv6", count: 1-}`, false, false},
		{`seen: {at: "b:eth0 in", frames: "icmpv6", count: 1}`, true, true},
		{`seen: {at: "b:eth0 in", frames: "icmpv6.type == 135", count: 1}`, false, false},
		{`path: ["a:eth0 out", {at: "b:eth0 in", frames: "icmpv6.type == 135"}]`, true, true}, // whatever left
	} {
		st := &latePlan(t, pairLab("", ""), "  - {name: it, strict: true, send: {from: \"a:eth0\", frame: {eth: {src: \"@a:eth0\", dst: broadcast}}}, expect: {"+tt.expect+"}}\n").Steps[0]
		for _, x := range []struct {
			what     string
			outlines []*filter.Outline
			want     bool
		}{{"a report", reports, tt.reports}, {"what follows probing", afterProbing, tt.probing}} {
			if got := mind(st, x.outlines); got != x.want {
				t.Errorf("%s: %s: %v", tt.expect, x.what, got)
			}
		}
	}
}

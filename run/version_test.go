package run

import (
	"context"
	"errors"
	"strings"
	"testing"

	"netverify/assert"
	"netverify/lab"
	"netverify/scenarios"
)

// tomorrow is a rule that no kernel has yet, and that every kernel breaks.
const tomorrow = `
name: test/tomorrow
title: x
since:
  version: 999.0
  commit: '0123456789ab ("net: tomorrow")'
  reason: "they do as today."
topology:
  switches: {sw: {ports: {p1: {}}}}
  hosts: {a: {interfaces: {eth0: {cable: "sw:p1"}}}}
steps:
  - name: x
    send: {from: "a:eth0", frame: {eth: {src: "@a:eth0", dst: broadcast}, payload: {size: 46}}}
    expect: {seen: {at: "sw:p1 in", frames: "frame.len == 1000"}}
`

// TestARuleOfNewerKernels is skipped with all that is known of it, and judged
// where the user says so.
func TestARuleOfNewerKernels(t *testing.T) {
	plans, err := scenarios.LoadBytes("tomorrow.yaml", []byte(tomorrow))
	if err != nil {
		t.Fatal(err)
	}
	results, err := All(context.Background(), plans, Options{})
	if err != nil || results[0].Outcome != assert.Skip {
		t.Fatal(err, results)
	}
	for _, want := range []string{"holds since Linux 999.0,", `commit 0123456789ab ("net: tomorrow")`, "before it: they do as today (", "--any-version"} {
		if !strings.Contains(results[0].Reason, want) {
			t.Errorf("%q is not in %q", want, results[0].Reason)
		}
	}
	results, err = All(context.Background(), plans, Options{AnyVersion: true})
	if err != nil || results[0].Outcome != assert.Fail {
		t.Fatal(err, results)
	}
	plans[0].Since.Version = scenarios.Version{Major: 2, Minor: 6}
	plans[0].Until = &scenarios.Since{Version: scenarios.Version{Major: 2, Minor: 7}, Commit: "c", Reason: "other things"}
	results, err = All(context.Background(), plans, Options{})
	if err != nil || results[0].Outcome != assert.Skip || !strings.Contains(results[0].Reason, "too new: the rule held before Linux 2.7, and ended by commit c; since then: other things (") {
		t.Fatal(err, results)
	}
	plans[0].Until.Version = scenarios.Version{Major: 999}
	results, err = All(context.Background(), plans, Options{})
	if err != nil || results[0].Outcome != assert.Fail {
		t.Fatal(err, results)
	}
}

// TestAFeatureThatTheVersionShouldHave: a kernel that lost it is at fault, one
// that was built without it is not.
func TestAFeatureThatTheVersionShouldHave(t *testing.T) {
	silent := errors.New("locked: asked for true, the kernel says nothing")
	isolated, _ := scenarios.FeatureNamed(scenarios.FeatureBridgePortIsolated)
	if bridge, _ := scenarios.FeatureNamed(scenarios.FeatureBridge); lab.Probe(bridge) != nil {
		t.Skip("a kernel without bridges")
	}
	if v := assert.Stopped(blame(&lab.Unsupported{Feature: isolated, Err: silent})); v.Outcome != assert.Fail || !strings.Contains(v.Reason, "came with Linux 4.18 (commit 7d850abd5f4e): locked: asked") {
		t.Errorf("%+v", v)
	}
	vlan, _ := scenarios.FeatureNamed(scenarios.FeatureVLAN)
	if v := assert.Stopped(blame(&lab.Unsupported{Feature: vlan, Err: silent})); v.Outcome != assert.Skip || !strings.Contains(v.Reason, "CONFIG_VLAN_8021Q") {
		t.Errorf("%+v", v)
	}
}

// TestAFailureForLackOfAFeature: what fails before the step that needs the
// feature is no failure of the kernel's.
func TestAFailureForLackOfAFeature(t *testing.T) {
	ipvlan, _ := scenarios.FeatureNamed(scenarios.FeatureIpvlan)
	plans, err := scenarios.LoadBytes("tomorrow.yaml", []byte(tomorrow))
	if err != nil {
		t.Fatal(err)
	}
	plans[0].Needs = append(plans[0].Needs, ipvlan)
	want := assert.Fail
	if lab.Probe(ipvlan) != nil {
		want = assert.Skip
	}
	results, err := All(context.Background(), plans, Options{AnyVersion: true})
	if err != nil || results[0].Outcome != want || (results[0].Lacks == "CONFIG_IPVLAN") != (want == assert.Skip) {
		t.Fatal(err, results)
	}
}

package scenarios

import (
	"fmt"
	"strings"
	"testing"
)

// TestManyLargeRegularExpressionsAreRefused, each of which is small enough: 2 MiB of
// them took gigabytes.
func TestManyLargeRegularExpressionsAreRefused(t *testing.T) {
	var b strings.Builder
	b.WriteString(`name: t/a
title: It arrives
topology:
  hosts:
    a: {interfaces: {eth0: {cable: "b:eth0", addresses: [192.0.2.1/24]}}}
    b: {interfaces: {eth0: {addresses: [192.0.2.2/24]}}}
steps:
  - name: s
    ping: {from: a, to: b}
    expect:
      seen:
`)
	for i := range 600 {
		fmt.Fprintf(&b, "        - {at: \"b:eth0 in\", frames: 'frame matches \"%d\\\\pL{1000}\"'}\n", i)
	}
	_, err := LoadBytes("a.yaml", []byte(b.String()))
	if err == nil || !strings.Contains(err.Error(), "the regular expressions of this scenario are too large") {
		t.Errorf("the error is %.300v", err)
	}
}

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"netverify/assert"
	"netverify/report"
)

// storming is a loop whose frames need more memory than any limit of a test.
const storming = `name: t/storming
title: Frames without number
topology:
  loop: intended
  switches:
    s1: {ports: {p1: {}, p2: {cable: "s2:p2"}, p3: {cable: "s2:p3"}}}
    s2: {ports: {p2: {}, p3: {}}}
  hosts:
    a: {interfaces: {eth0: {cable: "s1:p1"}}}
limits: {frames: 100000000, bytes: 8G, time: 5m}
steps:
  - name: a broadcast goes round
    send: {from: "a:eth0", frame: {eth: {src: "@a:eth0", dst: broadcast}}}
    expect: {seen: {at: "a:eth0 in", frames: "eth.src == @a:eth0"}}
`

// confined makes a control group with that much memory, whose folder it returns.
func confined(t *testing.T, mib int) string {
	t.Helper()
	lines, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range strings.Split(string(lines), "\n") {
		f := strings.SplitN(l, ":", 3)
		if len(f) != 3 {
			continue
		}
		top, limit := "/sys/fs/cgroup", "memory.max" // of version 2
		if f[1] == "memory" {
			top, limit = "/sys/fs/cgroup/memory", "memory.limit_in_bytes"
		} else if f[1] != "" {
			continue
		}
		dir := filepath.Join(top, f[2], fmt.Sprintf("netverify-test-%d-%d", os.Getpid(), mib))
		if os.Mkdir(dir, 0o755) != nil {
			continue
		}
		t.Cleanup(func() { // the kernel may still be at the end of its processes
			soon(t, "control group", "gone", func() string {
				if err := os.Remove(dir); err != nil && !os.IsNotExist(err) {
					return err.Error()
				}
				return "gone"
			})
		})
		if os.WriteFile(filepath.Join(dir, limit), fmt.Appendf(nil, "%dM", mib), 0o644) == nil {
			return dir
		}
	}
	t.Skip("no control group with a limit of memory can be made here")
	return ""
}

// TestOutOfMemory: what the kernel ends for want of memory is told in words, with a
// status of its own, and what had ended before is there and whole.
func TestOutOfMemory(t *testing.T) {
	exe := built(t)
	group := confined(t, 80)
	for _, args := range []string{"", " --bisect"} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "storming.yaml"), []byte(storming), 0o644); err != nil {
			t.Fatal(err)
		}
		code, said := shell(t, os.Getuid(), exe, `cd `+dir+` && echo $$ >`+group+`/cgroup.procs && exec "$0" run bridge/hairpin storming.yaml --jobs 1 --report r.json`+args)
		if code != 128+9 {
			t.Errorf("run%s: exit status %d\n%s", args, code, said)
		}
		for _, want := range []string{"netverify: ended by signal 9 (killed): by kill -9, or by the kernel for want of memory: its control group may have 80.0 MiB (", "), and counts ", "left their evidence, whole, below evidence: netverify report evidence"} {
			if !strings.Contains(said, want) {
				t.Errorf("run%s: does not say %q:\n%s", args, want, said)
			}
		}
		if n := wholeFiles(t, filepath.Join(dir, "evidence")); n != 1 {
			t.Errorf("run%s: %d files of evidence", args, n)
		}
		if _, err := os.Stat(filepath.Join(dir, "r.json")); err == nil {
			t.Errorf("run%s: there is a report", args)
		}
		again, said := shell(t, os.Getuid(), exe, `cd `+dir+` && exec "$0" report evidence`)
		if again != report.ExitPass || !strings.Contains(said, assert.Pass.String()) {
			t.Errorf("run%s: report ends with %d\n%s", args, again, said)
		}
	}
}

// TestLittleMemoryIsNoTrouble: of a control group with little memory no more is taken
// for what could be collected, or is only kept for later.
func TestLittleMemoryIsNoTrouble(t *testing.T) {
	exe := built(t)
	group := confined(t, 81)
	code, said := shell(t, os.Getuid(), exe, `echo $$ >`+group+`/cgroup.procs && exec "$0" run 'bridge/*' --kernel host --out '' --jobs 1`)
	if code != report.ExitPass {
		t.Errorf("exit status %d\n%s", code, said)
	}
}

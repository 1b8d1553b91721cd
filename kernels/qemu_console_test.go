package kernels

import (
	"slices"
	"strings"
	"testing"
)

func TestWhatTheKernelSaysOfItself(t *testing.T) {
	for _, tt := range []struct {
		line string
		want bool
	}{
		{"WARNING: CPU: 0 PID: 83 at include/net/dst.h:234 init_module+0x0/0x1a [vrf]", true},
		{"WARNING: net/core/dev.c:1 at foo+0x1/0x2, CPU#0: init/1", true},
		{"WARNING: possible circular locking dependency detected", true},
		{"BUG: kernel NULL pointer dereference, address: 0000000000000000", true},
		{"BUG: KASAN: use-after-free in foo", true},
		{"kernel BUG at net/core/skbuff.c:200!", true},
		{"Oops: 0000 [#1] PREEMPT SMP NOPTI", true},
		{"Oops: invalid opcode: 0000 [#1] SMP", true},
		{"invalid opcode: 0000 [#2] SMP", true},
		{"general protection fault, probably for non-canonical address", true},
		{"watchdog: BUG: soft lockup - CPU#0 stuck for 22s!", true},
		{"rcu: INFO: rcu_preempt self-detected stall on CPU", true},
		{"INFO: task init:1 blocked for more than 120 seconds.", true},
		{"unregister_netdevice: waiting for lo to become free. Usage count = 2", true},
		{"UBSAN: shift-out-of-bounds in x.c:1:2", true},
		{"device eth0 entered promiscuous mode", false},
		{"bridge: filtering via arp/ip/ip6tables is no longer available by default", false},
		{"no WARNING: here", false},
	} {
		if got := isTrouble(tt.line); got != tt.want {
			t.Errorf("%q: %v, want %v", tt.line, got, tt.want)
		}
	}
}

func TestConsoleLines(t *testing.T) {
	c := &console{alarm: make(chan struct{})}
	for _, part := range []string{"\x1bc\x1b[?7l\x1b[2J\r\n[    1.0", "00000] one\r\n", "\x00[    2.000000][   T12] WARNING: early\n", "init writes\n", "[    3.000000] netverify: a/b\n"} {
		_, _ = c.Write([]byte(part))
	}
	select {
	case <-c.alarm:
		t.Error("the alarm rings for nothing")
	default:
	}
	_, _ = c.Write([]byte("[    4.000000] BUG: late\n[    5.000000] Kernel panic - not syn"))
	_, _ = c.Write([]byte("cing: Attempted to kill init!\n"))
	select {
	case <-c.alarm:
	default:
		t.Error("the alarm does not ring for a panic that came in two parts")
	}
	lines := c.lines()
	want := []string{"[    1.000000] one", "[    2.000000][   T12] WARNING: early", "init writes", "[    3.000000] netverify: a/b", "[    4.000000] BUG: late", "[    5.000000] Kernel panic - not syncing: Attempted to kill init!"}
	if !slices.Equal(lines, want) {
		t.Errorf("lines %q, want %q", lines, want)
	}
	for during, report := range map[string]string{"": "WARNING: early", "a/b": "BUG: late", "never/begun": "WARNING: early"} {
		if got, ok := oopsLine(lines, during); !ok || got != report {
			t.Errorf("during %q: %q %v, want %q", during, got, ok, report)
		}
	}
	if got, ok := panicLine(lines); !ok || got != "Attempted to kill init!" {
		t.Errorf("panic %q %v", got, ok)
	}
	if _, ok := panicLine([]string{"Kernel panic - not syncing: said by a program"}); ok {
		t.Error("a line without the kernel's time is taken for the kernel's")
	}
}

func TestAConsoleKeepsItsEnd(t *testing.T) {
	c := &console{}
	for i := range 3 * consoleLimit / 100 {
		_, _ = c.Write([]byte(strings.Repeat(string(rune('a'+i%26)), 99) + "\n"))
	}
	if n := len(c.text); n < consoleLimit || n > 2*consoleLimit+100 {
		t.Errorf("%d bytes are kept", n)
	}
}

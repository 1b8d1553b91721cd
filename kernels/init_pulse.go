package kernels

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// pulseTime is how often a guest says whether it lives.
const pulseTime = 2 * time.Second

// pulseRecord is what it says.
type pulseRecord struct {
	Life  uint64 // grows as long as a scenario comes forward
	Stuck string // where a thread of it waits in the kernel for what does not come, innermost first; "" where none is seen to
}

// pulse is the context of a guest's scenarios. All of their waits, and each request
// to the kernel, ask it every 50 ms whether they are still wanted: that is a sign of life.
type pulse struct {
	context.Context
	asked atomic.Uint64
	spent time.Duration // of the processor in user mode, when it was last felt
	life  uint64
}

// Err counts who asks.
func (p *pulse) Err() error {
	p.asked.Add(1)
	return p.Context.Err()
}

// Done counts who asks.
func (p *pulse) Done() <-chan struct{} {
	p.asked.Add(1)
	return p.Context.Done()
}

// feel returns what to tell. To reckon is life as well, as a judge does for long:
// time in user mode, more than the pulse itself takes.
func (p *pulse) feel() pulseRecord {
	if p.asked.Swap(0) > 0 {
		p.life++
	}
	var used unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &used) == nil {
		if spent := time.Duration(used.Utime.Nano()); spent-p.spent > pulseTime/10 {
			p.life, p.spent = p.life+1, spent
		}
	}
	return pulseRecord{Life: p.life, Stuck: stuck("/proc/self/task")}
}

// beat sends pulses until the scenarios have ended.
func (g *guest) beat(p *pulse, ended <-chan struct{}) {
	ticks := time.NewTicker(pulseTime)
	defer ticks.Stop()
	for {
		select {
		case <-ended:
			return
		case <-ticks.C:
			g.sendJSON(recordPulse, p.feel())
		}
	}
}

// stuck finds a thread that sleeps in the kernel and cannot be woken by a signal
// (state D of proc_pid_stat(5)), and returns its stack (proc_pid_stack(5),
// CONFIG_STACKTRACE) as far as it is told.
func stuck(tasks string) string {
	list, err := filepath.Glob(filepath.Join(tasks, "*"))
	if err != nil {
		return ""
	}
	for _, task := range list {
		text, err := os.ReadFile(filepath.Join(task, "stat"))
		if err != nil {
			continue // it has ended
		}
		// "1 (init) S ...": the name in the parentheses may hold anything.
		if rest := string(text[bytes.LastIndexByte(text, ')')+1:]); !strings.HasPrefix(rest, " D") {
			continue
		}
		var calls []string
		stack, _ := os.ReadFile(filepath.Join(task, "stack"))
		for line := range strings.Lines(string(stack)) {
			// "[<0>] rtnl_newlink+0x5f/0x90"
			if _, call, ok := strings.Cut(line, "] "); ok && len(calls) < mostFrames {
				name, _, _ := strings.Cut(strings.TrimSpace(call), "+")
				calls = append(calls, name)
			}
		}
		if len(calls) == 0 {
			wait, _ := os.ReadFile(filepath.Join(task, "wchan"))
			calls = []string{fmt.Sprintf("%.100s", wait)}
		}
		return strings.Join(calls, " < ")
	}
	return ""
}

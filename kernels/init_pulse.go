package kernels

import (
	"context"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"netverify/internal/stall"
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
	return pulseRecord{Life: p.life, Stuck: stall.Where("/proc/self/task")}
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

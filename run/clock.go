package run

import (
	"fmt"
	"time"

	"netverify/recording"
)

// clock watches whether somebody sets the machine's time. Frames carry it, and so
// does the kernel's stamp (CLOCK_REALTIME, net/core/timestamping.c); which
// step a frame belongs to, what came first and what came late is told by it. All
// that is waited for goes by CLOCK_MONOTONIC, which nobody sets.
type clock struct {
	read  func() reading // readClocks, but in tests
	began reading
	moved time.Duration // by which the time was set, the most that was seen
}

// reading is what both clocks show, the one since the epoch, the other since some
// moment of this process.
type reading struct{ wall, monotonic time.Duration }

var started = time.Now()

func readClocks() reading {
	now := time.Now()
	return reading{time.Duration(now.UnixNano()), now.Sub(started)}
}

// setClock is a difference that no slewing makes: adjtimex(2) is held to 500 ppm,
// ntpd and chronyd set the time where it is further off.
const setClock = time.Millisecond

// slewed is the most by which time may run away in d without being set: 500 ppm,
// and as much again of either side.
func slewed(d time.Duration) time.Duration { return setClock + d/500 }

func newClock(read func() reading) *clock {
	c := &clock{read: read}
	c.began = c.exact()
	return c
}

// exact reads wall clock and monotonic clock at one moment: the process may be
// put off between the two, so that of readings the second counts, if the first was
// just before it. On a machine so loaded that this never is, the last one does,
// and look asks again.
func (c *clock) exact() reading {
	before := c.read()
	for range 100 {
		now := c.read()
		if now.monotonic-before.monotonic < setClock/20 {
			return now
		}
		before = now
	}
	return before
}

// look compares the clocks.
func (c *clock) look() {
	if c.ahead(c.read()) != 0 { // or it was put off between the two
		if d := c.ahead(c.exact()); d.Abs() > c.moved.Abs() {
			c.moved = d
		}
	}
}

// ahead is by how much the wall clock was set since the beginning; 0 for what it may
// differ by itself.
func (c *clock) ahead(now reading) time.Duration {
	passed := now.monotonic - c.began.monotonic
	if d := now.wall - c.began.wall - passed; d.Abs() > slewed(passed) {
		return d
	}
	return 0
}

// stop is how a run ended during which the time was set; else as it was.
func (c *clock) stop(s *recording.Stop) *recording.Stop {
	c.look()
	if c.moved == 0 {
		return s
	}
	why := fmt.Sprintf("the clock of this machine was set by %v while the scenario ran: the times of its frames do not tell what came first, nor in which step (%s)",
		c.moved.Round(time.Millisecond/10), "run it again when nobody sets the time")
	if s != nil {
		switch s.Kind {
		case recording.StopLacks, recording.StopLost, recording.StopUndone: // the kernel said so, and no frame
			return s
		}
		why += "; " + s.Reason
	}
	return &recording.Stop{Kind: recording.StopClock, Reason: why}
}

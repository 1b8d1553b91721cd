package kernels

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"
)

// TestPatienceIsOfTheGuestsOwnTime: what QEMU is kept waiting for a processor does
// not count, and there is an end to that, too.
func TestPatienceIsOfTheGuestsOwnTime(t *testing.T) {
	const limit = 30 * time.Second
	for _, tt := range []struct {
		name string
		kept []time.Duration // in all, each time the limit is over
		more []time.Duration // granted
	}{
		{"an idle host", []time.Duration{100 * time.Millisecond}, []time.Duration{0}},
		{"four at a time", []time.Duration{22 * time.Second, 38 * time.Second, 50 * time.Second, 50 * time.Second},
			[]time.Duration{22 * time.Second, 16 * time.Second, 12 * time.Second, 0}},
		{"it never runs", []time.Duration{time.Hour, 2 * time.Hour}, []time.Duration{mostGrace * limit, 0}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			const before = 5 * time.Second
			p := newPatience(limit, before)
			for i, kept := range tt.kept {
				if got := p.more(before + kept); got != tt.more[i] {
					t.Errorf("time %d: %v more, want %v", i+1, got, tt.more[i])
				}
			}
		})
	}
	for text, want := range map[string]time.Duration{"100 2000 3\n": 2000, "": 0, "1 x 3": 0, "5": 0} {
		if got := runDelay(text); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
	if starved(os.Getpid()) < 0 || starved(-1) != 0 {
		t.Error("of this process, and of none")
	}
}

// TestSignsOfLife: a pulse counts as one while scenarios come forward; one thread
// that is told of again and again, in one place, is held there.
func TestSignsOfLife(t *testing.T) {
	s := &session{}
	for i, tt := range []struct {
		p     pulseRecord
		alive bool
		stuck string
		beats int
	}{
		{pulseRecord{Life: 1}, true, "", 0},
		{pulseRecord{Life: 2, Stuck: "rtnl_lock"}, true, "", 0},
		{pulseRecord{Life: 2, Stuck: "rtnl_lock"}, false, "rtnl_lock", 1},
		{pulseRecord{Life: 2, Stuck: "rtnl_lock"}, false, "rtnl_lock", 2},
		{pulseRecord{Life: 2, Stuck: "msleep"}, false, "", 0},
		{pulseRecord{Life: 2, Stuck: "msleep"}, false, "msleep", 1},
		{pulseRecord{Life: 2}, false, "", 0},
		{pulseRecord{Life: 3}, true, "", 0},
	} {
		text, err := json.Marshal(tt.p)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.pulse(text); err != nil || s.alive(recordPulse) != tt.alive || s.stuck != tt.stuck || s.beats != tt.beats {
			t.Errorf("pulse %d: %v, alive %v, %q for %d; want %v, %q for %d", i+1, err, s.alive(recordPulse), s.stuck, s.beats, tt.alive, tt.stuck, tt.beats)
		}
	}
	if !s.alive(recordBegin) {
		t.Error("a scenario begins: that is life")
	}
	text, err := json.Marshal(pulseRecord{Stuck: strings.Repeat("x", mostStuck+1)})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.pulse(text); err == nil {
		t.Error("a stack without end is believed")
	}
}

// TestWhoAsksLives: each question whether a wait is still wanted is a sign of life.
func TestWhoAsksLives(t *testing.T) {
	p := &pulse{Context: context.Background()}
	p.feel() // what this process has reckoned so far
	first := p.feel().Life
	if p.Err() != nil || p.feel().Life != first+1 {
		t.Error("who asks whether it is wanted does not live")
	}
	if p.feel().Life != first+1 {
		t.Error("nobody asked, and something lives")
	}
	if p.Done(); p.feel().Life != first+2 {
		t.Error("who waits for the end does not live")
	}
}

package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"netverify/internal/plain"
)

const (
	quietTime = 5 * time.Second        // a run in a pipe goes no longer without a sign of life
	pace      = 50 * time.Millisecond  // a terminal is not written to more often
	tick      = 250 * time.Millisecond // how often it is looked whether time has changed the line
	longTime  = time.Second            // a scenario that is under way for as long has its time told
)

// progress shows how far a run is, and what of it takes longest: one line that
// overwrites itself on a terminal, now and then a line of its own in a pipe.
// Guests share it.
type progress struct {
	w       io.Writer
	rewrite bool // w can return to the start of its line
	columns int

	mu    sync.Mutex
	last  time.Time // of the last line
	parts []*part   // in the order of their beginning
	noted string    // the last note
	since time.Time // when it was made
	stop  chan struct{}
}

func newProgress(w io.Writer) *progress {
	columns, isTerminal := terminal(w)
	return &progress{w: w, rewrite: isTerminal && os.Getenv("TERM") != "dumb", columns: columns, last: time.Now()}
}

// line is what there is to tell.
func (p *progress) line(now time.Time) string {
	switch {
	case len(p.parts) > 0:
	case p.noted == "":
		return "" // it was cleared, and nothing has begun since
	default:
		return p.noted + lasting(now.Sub(p.since))
	}
	var said []string
	var slowest *begun
	var where string
	for _, t := range p.parts {
		said = append(said, t.String())
		if b := t.slowest(); b != nil && (slowest == nil || b.at.Before(slowest.at)) {
			slowest, where = b, t.label
		}
	}
	out := strings.Join(said, ", ")
	if slowest == nil {
		return out
	}
	out += " " + slowest.name
	if len(p.parts) > 1 && where != "" {
		out += " on " + where
	}
	return out + lasting(now.Sub(slowest.at))
}

// lasting is " (12 s)" of what lasts so long that it is worth telling.
func lasting(d time.Duration) string {
	if d < longTime {
		return ""
	}
	return fmt.Sprintf(" (%d s)", int(d.Seconds()))
}

// show writes the line, unless another one has been written just now. The lock is held.
func (p *progress) show() {
	now := time.Now()
	switch line := plain.Line(p.line(now)); {
	case line == "":
	case p.rewrite && now.Sub(p.last) >= pace:
		fmt.Fprint(p.w, "\r\x1b[K"+p.cut(line))
		p.last = now
	case !p.rewrite && now.Sub(p.last) >= quietTime:
		fmt.Fprintln(p.w, line)
		p.last = now
	}
}

// live shows the line from time to time, until it is cleared. The lock is held.
func (p *progress) live() {
	if p.stop != nil {
		return
	}
	stop := make(chan struct{})
	p.stop = stop
	go func() {
		t := time.NewTicker(tick)
		defer t.Stop()
		for {
			select {
			case <-stop:
				return
			case <-t.C:
			}
			p.mu.Lock()
			if p.stop == stop { // else it was cleared while this waited
				p.show()
			}
			p.mu.Unlock()
		}
	}()
}

// cut leaves the last column free: a cursor beyond it may wrap.
func (p *progress) cut(line string) string {
	if r := []rune(line); len(r) >= p.columns {
		return string(r[:p.columns-1])
	}
	return line
}

// note says what takes time, before the first result.
func (p *progress) note(line string) {
	line = plain.Line(line)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.noted, p.since, p.last = line, time.Now(), time.Now()
	if p.rewrite {
		fmt.Fprint(p.w, "\r\x1b[K"+p.cut(line))
	} else {
		fmt.Fprintln(p.w, line)
	}
	p.live()
}

// tell says what is to stay on a terminal as well.
func (p *progress) tell(line string) {
	line = plain.Text(line)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.rewrite {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
	fmt.Fprintln(p.w, line)
}

// clear takes the line away; what is shown next begins anew.
func (p *progress) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stop != nil {
		close(p.stop)
		p.stop = nil
	}
	p.parts, p.noted = nil, ""
	if p.rewrite {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}

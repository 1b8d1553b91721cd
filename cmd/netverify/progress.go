package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"netverify/assert"
)

// quietTime is how long a run in a pipe goes without a sign of life.
const quietTime = 5 * time.Second

// progress shows how far a run is: one line that overwrites itself on a
// terminal, now and then a line of its own in a pipe. Guests share it.
type progress struct {
	w       io.Writer
	rewrite bool // w can return to the start of its line
	columns int

	mu    sync.Mutex
	last  time.Time
	parts []string // "debian:6.1 12/99", in the order of their beginning
}

func newProgress(w io.Writer) *progress {
	columns, isTerminal := terminal(w)
	return &progress{w: w, rewrite: isTerminal && os.Getenv("TERM") != "dumb", columns: columns, last: time.Now()}
}

// of returns what is to be called after each result of the kernel so labelled;
// "" where there is but one.
func (p *progress) of(label string) func(done, total int, r assert.Result) {
	place := -1
	return func(done, total int, r assert.Result) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if place < 0 {
			place = len(p.parts)
			p.parts = append(p.parts, "")
		}
		p.parts[place] = strings.TrimSpace(fmt.Sprintf("%s %d/%d", label, done, total))
		p.show(strings.Join(p.parts, ", ") + " " + r.Name)
		if done == total { // the line is for those that go on
			p.parts[place] = strings.TrimSpace(label + " done")
		}
	}
}

func (p *progress) show(line string) {
	switch {
	case p.rewrite:
		fmt.Fprint(p.w, "\r\x1b[K"+p.cut(line))
	case time.Since(p.last) >= quietTime:
		fmt.Fprintln(p.w, line)
		p.last = time.Now()
	}
}

func (p *progress) cut(line string) string {
	if len(line) >= p.columns {
		return line[:p.columns-1]
	}
	return line
}

// note says what takes time, before the first result.
func (p *progress) note(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.rewrite {
		fmt.Fprint(p.w, "\r\x1b[K"+p.cut(line))
		return
	}
	fmt.Fprintln(p.w, line)
}

// tell says what is to stay on a terminal as well.
func (p *progress) tell(line string) {
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
	p.parts = nil
	if p.rewrite {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}

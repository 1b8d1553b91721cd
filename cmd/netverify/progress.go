package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"netverify/assert"
)

// quietTime is how long a run in a pipe goes without a sign of life.
const quietTime = 5 * time.Second

// progress shows how far a run is: one line that overwrites itself on a
// terminal, now and then a line of its own in a pipe.
type progress struct {
	w       io.Writer
	rewrite bool // w can return to the start of its line
	columns int
	last    time.Time
}

func newProgress(w io.Writer) *progress {
	columns, isTerminal := terminal(w)
	return &progress{w: w, rewrite: isTerminal && os.Getenv("TERM") != "dumb", columns: columns, last: time.Now()}
}

// show is called after each result, never by two at a time.
func (p *progress) show(done, total int, r assert.Result) {
	line := fmt.Sprintf("%d/%d %s", done, total, r.Name)
	switch {
	case p.rewrite:
		if len(line) >= p.columns {
			line = line[:p.columns-1]
		}
		fmt.Fprintf(p.w, "\r\x1b[K%s", line)
	case time.Since(p.last) >= quietTime:
		fmt.Fprintln(p.w, line)
		p.last = time.Now()
	}
}

// note says what takes time, before the first result.
func (p *progress) note(line string) {
	p.clear()
	if !p.rewrite {
		fmt.Fprintln(p.w, line)
		return
	}
	if len(line) >= p.columns {
		line = line[:p.columns-1]
	}
	fmt.Fprint(p.w, line)
}

// clear takes the line away.
func (p *progress) clear() {
	if p.rewrite {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}

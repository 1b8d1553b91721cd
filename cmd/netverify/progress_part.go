package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"netverify/assert"
	"netverify/run"
)

// part is the progress of one kernel.
type part struct {
	of          *progress
	label       string // "" where there is but one
	done, total int
	over        bool
	underway    []begun // in the order of their beginning
}

// begun is a scenario that has begun and not ended.
type begun struct {
	name   string
	repeat int // 0: a guest does not say
	at     time.Time
}

// of is the progress of the kernel so labelled.
func (p *progress) of(label string) *part { return &part{of: p, label: label} }

// watch makes a run with these options tell how it goes.
func (t *part) watch(opt *run.Options) {
	opt.Begin, opt.Progress = t.begin, t.result
}

// join is what each change begins with. The lock is held.
func (t *part) join() {
	if !slices.Contains(t.of.parts, t) {
		t.of.parts = append(t.of.parts, t)
	}
	t.of.live()
}

func (t *part) begin(name string, repeat int) {
	t.of.mu.Lock()
	defer t.of.mu.Unlock()
	t.join()
	t.end(name, repeat) // what a guest that crashed left runs again in another
	t.underway = append(t.underway, begun{name, repeat, time.Now()})
	t.of.show()
}

func (t *part) result(done, total int, r assert.Result) {
	t.of.mu.Lock()
	defer t.of.mu.Unlock()
	t.join()
	t.end(r.Name, r.Repeat)
	t.done, t.total = done, total
	t.of.show()
}

// finish says that nothing more comes: the line is for those that go on.
func (t *part) finish() {
	t.of.mu.Lock()
	defer t.of.mu.Unlock()
	t.over, t.underway = true, nil
	t.of.show()
}

func (t *part) end(name string, repeat int) {
	i := slices.IndexFunc(t.underway, func(b begun) bool {
		return b.name == name && (b.repeat == repeat || b.repeat == 0)
	})
	if i >= 0 {
		t.underway = slices.Delete(t.underway, i, i+1)
	}
}

// slowest is what is under way for the longest time, or nil.
func (t *part) slowest() *begun {
	if len(t.underway) == 0 {
		return nil
	}
	return &t.underway[0]
}

// String is "debian:6.1 12/99".
func (t *part) String() string {
	said := fmt.Sprintf("%d/%d", t.done, t.total)
	switch {
	case t.over:
		said = "done"
	case t.total == 0:
		said = "begun"
	}
	return strings.TrimSpace(t.label + " " + said)
}

package lab

import "time"

// mostHeld is how many times as long as it may wait a wait takes at the most.
const mostHeld = 8

// budget is how long something of the kernel may be waited for. On a machine that
// hardly lets this process run it does not let the kernel's workers run either: what
// this process was late for, and what requests took, is no time in which nothing came.
type budget struct {
	total, left time.Duration
	latest      time.Time // the end, however little of the time until then was spent waiting
}

func newBudget(total time.Duration) *budget {
	return &budget{total: total, left: total, latest: time.Now().Add(mostHeld * total)}
}

// wait waits for an event, with ETIMEDOUT where none came, and counts no more than
// the time that it asked for.
func (b *budget) wait(w *watcher, d time.Duration) error {
	began := time.Now()
	err := w.wait(began.Add(d))
	b.left -= min(time.Since(began), d)
	return err
}

// over reports whether the time for waiting is spent.
func (b *budget) over() bool { return b.left <= 0 || !time.Now().Before(b.latest) }

// spent returns how long was waited.
func (b *budget) spent() time.Duration { return b.total - b.left }

package kernels

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// mostGrace bounds how much longer a guest gets that the host does not let run.
const mostGrace = 10

// starved is how long the thread of a process that was kept waiting most for a
// processor has waited since it was started (Documentation/scheduler/sched-stats.rst:
// /proc/<pid>/schedstat); 0 where the kernel does not tell.
func starved(pid int) (most time.Duration) {
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil {
		return 0
	}
	for _, name := range files {
		if text, err := os.ReadFile(name); err == nil {
			most = max(most, runDelay(string(text)))
		}
	}
	return most
}

// runDelay is the second number: ns on a run queue.
func runDelay(text string) time.Duration {
	fields := strings.Fields(text)
	if len(fields) < 2 {
		return 0
	}
	n, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil {
		return 0
	}
	return time.Duration(n)
}

// patience is a limit of a guest's own time: what it was kept waiting for a
// processor does not count.
type patience struct {
	limit  time.Duration
	before time.Duration // kept waiting when it began
	given  time.Duration // beyond the limit so far
}

func newPatience(limit, kept time.Duration) patience { return patience{limit: limit, before: kept} }

// more is what is still to be granted when the limit, and what was given beyond it,
// has passed; 0: it is over.
func (p *patience) more(kept time.Duration) time.Duration {
	more := min(kept-p.before, mostGrace*p.limit) - p.given
	if more < p.limit/20 {
		return 0
	}
	p.given += more
	return more
}

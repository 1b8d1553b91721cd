package stall

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"netverify/internal/poll"
)

// tick is how often it is looked whether anything has moved.
const tick = 250 * time.Millisecond

// Timers of the program and of Go's runtime go on in a process that stands still. In a
// tick all threads together may run for idle, and each of them may run or wait for a
// processor for brief: one that reckons does so all the time, on any machine.
const (
	idle  = tick / 10
	brief = tick * 2 / 3
)

// Await returns true, and where the kernel holds a thread ("" where it is seen to
// hold none), when for so long no thread of this process was at work, or waited for
// a processor to be, nor has one that waits in the kernel come on to another wait. It
// returns false soon after done is closed. Of a kernel that counts no such times
// (CONFIG_SCHED_INFO) it waits for done.
func Await(done <-chan struct{}, window time.Duration) (where string, still bool) {
	// The own thread is not counted. It sleeps in the kernel, as a timer of the
	// runtime's would have other threads run.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	own, err := os.Readlink("/proc/thread-self") // "123/task/456"
	if err != nil {
		own = ""
	}
	const tasks = "/proc/self/task"
	before := look(tasks, filepath.Base(own))
	for quiet := time.Duration(0); quiet < window; {
		_, _ = poll.Wait(nil, time.Now().Add(tick))
		select {
		case <-done:
			return "", false
		default:
		}
		now := look(tasks, filepath.Base(own))
		if quiet += tick; now.moved(before) {
			quiet = 0
		}
		before = now
	}
	return Where(tasks), true
}

// threads are what the kernel counts of threads, by their ids.
type threads map[string]thread

type thread struct {
	ran    time.Duration
	waited time.Duration // for a processor
	slices uint64        // how often it was given one
	held   bool          // it waits in the kernel, for no signal
}

// look reads the counts of all threads but one (proc_pid_schedstat(5); Documentation/
// scheduler/sched-stats.rst, /proc/<pid>/schedstat).
func look(tasks, but string) threads {
	list, _ := filepath.Glob(filepath.Join(tasks, "*")) // the pattern is sound
	out := make(threads, len(list))
	for _, task := range list {
		text, err := os.ReadFile(filepath.Join(task, "schedstat"))
		f := strings.Fields(string(text))
		if filepath.Base(task) == but || err != nil || len(f) != 3 {
			continue // it has ended, or nothing is counted
		}
		var n [3]uint64
		for i := range n {
			n[i], _ = strconv.ParseUint(f[i], 10, 64) // the kernel writes numbers
		}
		state := stateOf(task)
		out[filepath.Base(task)] = thread{ran: time.Duration(n[0]), waited: time.Duration(n[1]), slices: n[2], held: state == 'D'}
	}
	return out
}

// moved tells whether anything has come forward between two looks.
func (t threads) moved(before threads) bool {
	if len(t) == 0 {
		return true // nothing is known
	}
	var all time.Duration
	for id, now := range t {
		then := before[id] // of a new one all counts
		ran, waited := now.ran-then.ran, now.waited-then.waited
		all += ran
		if ran+waited > brief || now.held && now.slices != then.slices { // that one waits for something else than before
			return true
		}
	}
	return all > idle
}

// stateOf is the state of a thread (proc_pid_stat(5)), 0 where it has ended.
func stateOf(task string) byte {
	text, err := os.ReadFile(filepath.Join(task, "stat"))
	if err != nil {
		return 0
	}
	// "1 (init) S ...": the name in the parentheses may hold anything.
	rest := text[bytes.LastIndexByte(text, ')')+1:]
	if len(rest) < 2 {
		return 0
	}
	return rest[1]
}

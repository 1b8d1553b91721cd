package kernels

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// kernelLog reads what the kernel logs (Documentation/ABI/testing/dev-kmsg).
// Its lines are records with the facility of their writer: what a program
// writes into the log is never taken for the kernel's word.
type kernelLog struct {
	in    int      // of /dev/kmsg, non-blocking
	out   *os.File // of /dev/kmsg
	found []foundTrouble
	open  bool   // lines still belong to the last of found
	taint uint64 // as last read
	ended string // the scenario that ended last
}

type foundTrouble struct {
	trouble
	seen time.Time // when it was read
	told bool
}

// openKernelLog begins with what is logged from now on, except for what boot
// has left: an oops before the first scenario counts for the run.
func openKernelLog() (*kernelLog, error) {
	in, err := unix.Open("/dev/kmsg", unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: "/dev/kmsg", Err: err}
	}
	out, err := os.OpenFile("/dev/kmsg", os.O_WRONLY, 0)
	if err != nil {
		return nil, errors.Join(err, unix.Close(in))
	}
	// Else the kernel drops lines that come faster than a few a second.
	_ = os.WriteFile("/proc/sys/kernel/printk_devkmsg", []byte("on\n"), 0)
	l := &kernelLog{in: in, out: out, taint: readTaint()}
	l.read()
	return l, nil
}

// maxTroubleLines is where a report is cut: a call trace is some forty lines.
const maxTroubleLines = 80

// read takes in all that is there.
func (l *kernelLog) read() {
	buf := make([]byte, 8192) // CONSOLE_EXT_LOG_MAX; longer ones do not exist
	before := len(l.found)
	for {
		n, err := unix.Read(l.in, buf)
		switch {
		case err == nil:
			l.record(buf[:n])
		case errors.Is(err, unix.EPIPE), errors.Is(err, unix.EINTR): // overwritten lines: the taint tells still
		default: // EAGAIN: that was all
			l.open = false
			l.tainted(len(l.found) > before)
			return
		}
	}
}

// record takes in "6,339,5140900,-;text\n KEY=value\n": priority and facility,
// number, time, flags.
func (l *kernelLog) record(b []byte) {
	head, text, ok := bytes.Cut(b, []byte(";"))
	priority, _, _ := bytes.Cut(head, []byte(","))
	p, err := strconv.ParseUint(string(priority), 10, 32)
	if !ok || err != nil || p>>3 != 0 {
		return
	}
	line, _, _ := strings.Cut(string(text), "\n")
	if !l.open {
		if !isTrouble(line) {
			return
		}
		l.found = append(l.found, foundTrouble{trouble: trouble{Line: line, After: l.ended}, seen: time.Now()})
		l.open = true
	}
	last := &l.found[len(l.found)-1]
	last.Text = append(last.Text, line)
	l.open = !strings.Contains(line, "---[ end trace") && len(last.Text) < maxTroubleLines
}

// troubleStarts are how the kernel begins a report against itself.
var troubleStarts = []string{
	"WARNING: ", // kernel/panic.c:__warn, and lockdep
	"BUG: ", "kernel BUG at ", "general protection fault", "Unable to handle kernel ", "Internal error: ",
	"UBSAN: ", "INFO: task ", "INFO: rcu", "INFO: possible ", "unregister_netdevice: waiting for ", "Kernel panic",
}

// oops is the end of the line that arch/x86/kernel/dumpstack.c:__die_header writes.
var oops = regexp.MustCompile(`: [0-9a-f]{4} \[#[0-9]+\]`)

// isTrouble tells whether a line begins a report of the kernel against itself.
func isTrouble(line string) bool {
	line = strings.TrimPrefix(strings.TrimPrefix(line, "watchdog: "), "rcu: ")
	for _, s := range troubleStarts {
		if strings.HasPrefix(line, s) {
			return true
		}
	}
	return strings.HasPrefix(line, "Oops: ") || oops.MatchString(line)
}

// taints are the bits of a kernel that reported against itself
// (Documentation/admin-guide/tainted-kernels.rst).
var taints = []struct {
	bit     uint
	meaning string
}{{5, "bad page"}, {7, "oops"}, {9, "warning"}, {14, "soft lockup"}}

// tainted is the second witness: a bit that has come although no line was seen.
func (l *kernelLog) tainted(lineSeen bool) {
	now := readTaint()
	fresh := now &^ l.taint
	l.taint = now
	if lineSeen {
		return
	}
	for _, t := range taints {
		if fresh>>t.bit&1 == 1 {
			line := fmt.Sprintf("the kernel is tainted since (%s); its log does not say more", t.meaning)
			l.found = append(l.found, foundTrouble{trouble: trouble{Line: line, Text: []string{line}, After: l.ended}, seen: time.Now()})
		}
	}
}

// readTaint is 0 where the kernel does not tell.
func readTaint() uint64 {
	b, err := os.ReadFile("/proc/sys/kernel/tainted")
	if err != nil {
		return 0
	}
	n, _ := strconv.ParseUint(strings.TrimSpace(string(b)), 10, 64)
	return n
}

package kernels

import (
	"io"
	"os"
	"regexp"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// monitorPair are the two ends of QEMU's monitor.
func monitorPair() (ours, theirs *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	return os.NewFile(uintptr(fds[0]), "monitor"), os.NewFile(uintptr(fds[1]), "monitor of QEMU"), nil
}

// nmiTime is how long a guest has to say where it stands, and to end: its
// console is a port of 16550 kind, and the host may be loaded.
const nmiTime = 10 * time.Second

// interrupt sends an NMI to the guest's processor, which a kernel that spins
// with interrupts off takes as well: it panics (unknown_nmi_panic) and shows
// its stack (arch/x86/kernel/nmi.c:unknown_nmi_error). A guest that does not
// even do that is told by its silence.
func (r *running) interrupt() {
	if _, err := io.WriteString(r.monitor, "nmi\n"); err != nil {
		return // QEMU is gone
	}
	select {
	case <-r.ended:
	case <-time.After(nmiTime):
	}
}

// What the kernel writes at such an NMI, and where it was.
var (
	nmiLine   = regexp.MustCompile(`NMI received for unknown reason|NMI: Not continuing`)
	ripLine   = regexp.MustCompile(`^RIP: (00[0-9a-f]{2}):(\S+)`)
	frameLine = regexp.MustCompile(`^ +([A-Za-z_][A-Za-z0-9_.]*)\+0x[0-9a-f]+/0x[0-9a-f]+`)
	idleName  = regexp.MustCompile(`idle|safe_halt|mwait`)
)

// inKernel begins what is told of a guest whose processor was at work in the
// kernel: it hangs by the kernel's fault.
const inKernel = "in the kernel, in "

// mostFrames bounds the stack in a reason; all of it is in the console.
const mostFrames = 8

// standstill splits the console of a guest that was sent an NMI, and says in
// words where it stood; "" where it did not say.
func standstill(lines []string) (before []string, where string) {
	for i, line := range lines {
		if !nmiLine.MatchString(line) {
			continue
		}
		return lines[:i], stood(lines[i:])
	}
	return lines, ""
}

func stood(lines []string) string {
	rip, frames, behind := "", []string(nil), false
	for _, line := range lines {
		text, _ := kernelText(line)
		switch m := ripLine.FindStringSubmatch(text); {
		case m != nil && rip == "":
			if rip = m[2]; m[1] != "0010" {
				return "in a program, not in the kernel"
			}
		case strings.Contains(text, "</NMI>"):
			behind = true
		case strings.Contains(text, "</TASK>"), strings.Contains(text, "Kernel Offset"):
			behind = false
		case behind && len(frames) < mostFrames:
			if f := frameLine.FindStringSubmatch(text); f != nil {
				frames = append(frames, f[1])
			}
		}
	}
	name, _, _ := strings.Cut(rip, "+")
	switch {
	case rip == "":
		return ""
	case idleName.MatchString(name):
		return "idle (" + name + "): everybody in it waits"
	}
	return strings.TrimSuffix(inKernel+strings.Join(append([]string{name}, frames...), " < "), " < ")
}

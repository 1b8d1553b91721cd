package kernels

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// qemuProgram is QEMU's emulator of this machine's kind.
const qemuProgram = "qemu-system-x86_64"

// ErrNoQEMU says that QEMU is not installed, and what to do.
var ErrNoQEMU = errors.New(qemuProgram + " is not installed (Debian and Ubuntu: apt-get install qemu-system-x86; Fedora: dnf install qemu-system-x86-core; Arch: pacman -S qemu-system-x86)")

// findQEMU returns the path of QEMU.
func findQEMU() (string, error) {
	path, err := exec.LookPath(qemuProgram)
	if err != nil {
		return "", ErrNoQEMU
	}
	return path, nil
}

// machine is what QEMU is to be started with.
type machine struct {
	qemu   string
	kvm    bool
	memory int // MiB
	cpus   int
	image  string
	initrd *os.File
	ring   *os.File
	line   string // more for the kernel's command line
}

// The descriptors of QEMU beyond its standard streams, in the order of
// exec.Cmd.ExtraFiles.
const (
	initrdFD = 3 + iota
	consoleFD
	resultsFD
	ringFD
	monitorFD
)

// args is QEMU's command line: nothing but a processor, memory, two serial
// ports, the ring, and a monitor for one word (see interrupt). No disk, no network, nothing of the user's configuration.
// append=on: else QEMU truncates what it opens, which a pipe refuses.
func (m *machine) args() []string {
	accel, cpu := "tcg", "qemu64,+rdrand,+ssse3,+sse4.1,+sse4.2,+popcnt"
	if m.kvm {
		accel, cpu = "kvm", "host"
	}
	return append([]string{
		"-nodefaults", "-no-user-config", "-nographic", "-no-reboot",
		"-chardev", fmt.Sprintf("socket,id=monitor,fd=%d", monitorFD), "-mon", "chardev=monitor,mode=readline",
		"-machine", "q35", "-accel", accel, "-cpu", cpu, "-smp", strconv.Itoa(m.cpus), "-m", strconv.Itoa(m.memory) + "M",
		"-kernel", m.image,
		"-initrd", fmt.Sprintf("/proc/self/fd/%d", initrdFD),
		"-append", m.commandLine(),
		"-add-fd", fmt.Sprintf("fd=%d,set=1", consoleFD), "-chardev", "file,id=console,path=/dev/fdset/1,append=on", "-serial", "chardev:console",
		"-add-fd", fmt.Sprintf("fd=%d,set=2", resultsFD), "-chardev", "file,id=results,path=/dev/fdset/2,append=on", "-serial", "chardev:results",
	}, ringArgs(ringFD)...)
}

// commandLine is the kernel's. loglevel=5 shows warnings and worse; panic=-1
// restarts at once after a panic, which ends QEMU (-no-reboot).
//
// unknown_nmi_panic: the NMI of a guest that hangs (see interrupt) shows where.
//
// rcu_expedited=1: whoever makes or takes away network devices waits for grace
// periods of RCU, each some ticks long. Told to hurry, the kernel asks the
// processors at once whether they have passed a quiescent state instead of
// waiting for their next tick. That is what synchronize_net() does by itself
// under the RTNL lock (net/core/dev.c), and it ends no grace period early.
//
// Under TCG a busy host looks like a stuck processor and a wild clock, so the
// kernel's own watchdogs are off: the host watches the stream instead, and the
// TSC, which is QEMU's own clock, is believed (tsc=reliable, tsc_early_khz): a guest that falls
// back to the HPET reads it by a trap for every frame.
func (m *machine) commandLine() string {
	line := []string{"console=ttyS0", "loglevel=5", "panic=-1", "edd=off", "random.trust_cpu=on", "rcupdate.rcu_expedited=1", "unknown_nmi_panic", guestMark + "=1"}
	if !m.kvm {
		line = append(line, "tsc=reliable", "no_timer_check", "nowatchdog", "rcupdate.rcu_cpu_stall_suppress=1")
		if khz := tscKHz(); khz > 0 {
			line = append(line, fmt.Sprintf("tsc_early_khz=%d", khz))
		}
	}
	if m.line != "" {
		line = append(line, m.line)
	}
	return strings.Join(line, " ")
}

// running is a QEMU that was started.
type running struct {
	process *os.Process
	console *console
	results io.ReadCloser
	monitor *os.File      // the host's end of QEMU's monitor
	ended   chan struct{} // closed when QEMU is gone and its console was read to the end
	state   *os.ProcessState
	stderr  *console
}

// start runs QEMU. It dies with this process, whatever ends that: the kernel
// kills it when the thread ends that started it, so that thread waits for it.
func (m *machine) start(ctx context.Context) (*running, error) {
	consoleIn, consoleOut, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	resultsIn, resultsOut, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, consoleIn.Close(), consoleOut.Close())
	}
	ours, theirs, err := monitorPair()
	if err != nil {
		return nil, errors.Join(err, consoleIn.Close(), consoleOut.Close(), resultsIn.Close(), resultsOut.Close())
	}
	// A guest should not have to wait for its reader. Refused to a user who has many pipes.
	_, _ = unix.FcntlInt(resultsOut.Fd(), unix.F_SETPIPE_SZ, 1<<20)
	r := &running{console: &console{alarm: make(chan struct{})}, stderr: &console{}, results: resultsIn, monitor: ours, ended: make(chan struct{})}
	cmd := exec.CommandContext(ctx, m.qemu, m.args()...)
	cmd.Stderr = r.stderr
	cmd.ExtraFiles = []*os.File{m.initrd, consoleOut, resultsOut, m.ring, theirs}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Pdeathsig: unix.SIGKILL,
		Setpgid:   true, // Ctrl-C is for this process, which then ends QEMU
	}
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: QEMU must not outlive it, nor it QEMU
		err := cmd.Start()
		err = errors.Join(err, consoleOut.Close(), resultsOut.Close(), theirs.Close())
		if err == nil {
			r.process = cmd.Process
		}
		started <- err
		if err != nil {
			return
		}
		_, copyErr := io.Copy(r.console, consoleIn)
		waitErr := cmd.Wait() // what it says is in the state
		var exit *exec.ExitError
		if copyErr != nil || waitErr != nil && !errors.As(waitErr, &exit) {
			fmt.Fprintln(r.stderr, errors.Join(copyErr, waitErr))
		}
		r.state = cmd.ProcessState
		_ = consoleIn.Close()
		_ = ours.Close()
		close(r.ended)
	}()
	if err := <-started; err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", m.qemu, err), consoleIn.Close(), resultsIn.Close(), ours.Close())
	}
	return r, nil
}

// kill ends QEMU and waits until it is gone.
func (r *running) kill() {
	_ = r.process.Kill() // it may be gone already
	<-r.ended
}

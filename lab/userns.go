package lab

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"netverify/internal/poll"
	"netverify/scenarios"
)

// reexecMark tells a process that it is the re-executed one, so that a machine
// where namespaces help nothing does not make it start itself for ever.
const reexecMark = "NETVERIFY_IN_USERNS"

// reexeced is set in the process that was re-executed.
var reexeced bool

// parentFD is open in the re-executed process: the end of a pipe whose other
// end its parent alone holds.
const parentFD = 3

// trial is the lab that showed that labs can be built. It is kept until the
// process ends: to take a namespace away costs the kernel some 10 ms, during
// which the first real lab would have to wait for its own.
var trial *Lab //nolint:unused // held, not read

// EnsurePrivilege makes sure that labs can be built. Where the process may
// build one already it returns at once (done false, err nil). Otherwise it
// runs itself again, with args (as os.Args), as root of a new user, network,
// PID and mount namespace; done is true once that process has ended, and
// exit is its exit status (128 + signal where it was killed), to be passed on.
//
// The error says what forbids it, and what to do. Call it before anything is
// started: the second process starts from the beginning. It inherits the files
// of pass, which Passed returns there.
func EnsurePrivilege(args []string, pass ...*os.File) (done bool, exit int, err error) {
	raiseFileLimit()
	child := os.Getenv(reexecMark) != ""
	if child {
		reexeced = true
		_ = os.Unsetenv(reexecMark) // the mark is for this process, not for those that it starts
		if orphaned() {
			return true, 128 + int(unix.SIGKILL), nil
		}
		freshProc()
	}
	if trial, err = Build(&scenarios.Plan{Nodes: []scenarios.Node{{Name: "trial"}}}); err == nil {
		return false, 0, nil
	}
	switch {
	case !isPermission(err):
		return false, 0, fmt.Errorf("build a trial lab: %w", err)
	case child:
		return false, 0, privilegeError(fmt.Errorf("root of an own user namespace may not build a lab: %w", err))
	}
	exit, err = reexec(args, pass)
	if err != nil {
		return false, 0, privilegeError(fmt.Errorf("start in an own user namespace: %w", err))
	}
	return true, exit, nil
}

// Inner tells whether another process of this program started this one in a user
// namespace of its own, and looks at its exit status.
func Inner() bool { return reexeced || os.Getenv(reexecMark) != "" }

// isPermission counts a /proc/sys that is mounted read-only, as containers have it.
func isPermission(err error) bool {
	return errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) || errors.Is(err, unix.EROFS)
}

// Passed returns a file that the process which ran this one again has passed to
// EnsurePrivilege, by its index there; nil in a process that was not run again.
// It is to be called once.
func Passed(i int) *os.File {
	if !reexeced && os.Getenv(reexecMark) == "" {
		return nil
	}
	fd := parentFD + 1 + i
	unix.CloseOnExec(fd)
	return os.NewFile(uintptr(fd), "passed on")
}

// reexec runs this program in new namespaces, with the same streams, and
// waits for it. The goroutine keeps its thread: the kernel sends Pdeathsig
// when the thread ends that forked, not the process.
func reexec(args []string, pass []*os.File) (int, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	there, here, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	defer here.Close()
	defer there.Close()
	cmd := exec.Command("/proc/self/exe")
	cmd.Args = args
	cmd.Env = append(os.Environ(), reexecMark+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.ExtraFiles = append([]*os.File{there}, pass...) // from parentFD on
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  unix.CLONE_NEWUSER | unix.CLONE_NEWNET | unix.CLONE_NEWPID | unix.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
		Pdeathsig:   unix.SIGKILL,
		// An own process group: signals of the terminal come once, by this process.
		Setpgid: true,
	}
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT, unix.SIGUSR1, unix.SIGUSR2)
	if err := cmd.Start(); err != nil {
		signal.Stop(signals)
		return 0, err
	}
	done := make(chan struct{})
	forwarded := make(chan struct{})
	var last os.Signal
	go func() {
		defer close(forwarded)
		for {
			select {
			case s := <-signals:
				last = s
				_ = cmd.Process.Signal(s) // it may just have ended
			case <-done:
				return
			}
		}
	}()
	err = cmd.Wait()
	signal.Stop(signals)
	close(done)
	<-forwarded
	code, err := exitStatus(cmd.ProcessState, err)
	return signalled(code, last), err
}

// runtimeExit is what the runtime of Go ends with where it can do no better.
const runtimeExit = 2

// signalled returns the exit status of a process that a signal met before it listened
// for any: the first process of a PID namespace does not die of one (pid_namespaces(7)),
// and the runtime, which has tried that, exits (runtime.dieFromSignal).
func signalled(code int, last os.Signal) int {
	if s, ok := last.(unix.Signal); ok && code == runtimeExit {
		return 128 + int(s)
	}
	return code
}

// orphaned tells whether the parent was killed after it had started this
// process and before this process had asked for Pdeathsig: that signal will
// not come. (Go looks for that case by getppid(2), which is always 0 for the
// first process of a PID namespace.)
func orphaned() bool {
	p := []unix.PollFd{{Fd: parentFD, Events: unix.POLLIN}}
	_, err := poll.Wait(p, time.Now())
	_ = unix.Close(parentFD)
	return err == nil && p[0].Revents&unix.POLLHUP != 0
}

func exitStatus(state *os.ProcessState, err error) (int, error) {
	var exited *exec.ExitError
	if err != nil && !errors.As(err, &exited) {
		return 0, err
	}
	if w, ok := state.Sys().(unix.WaitStatus); ok && w.Signaled() {
		return 128 + int(w.Signal()), nil
	}
	return state.ExitCode(), nil
}

// freshProc mounts the /proc of the new PID namespace. Where that is forbidden
// (a container that masks parts of /proc), the old one still shows this
// process under /proc/self.
func freshProc() {
	if unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "") == nil {
		_ = unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")
	}
}

// raiseFileLimit allows as many open files as the hard limit does: each node
// of each lab holds a few.
func raiseFileLimit() {
	var r unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &r) == nil && r.Cur < r.Max {
		r.Cur = r.Max
		_ = unix.Setrlimit(unix.RLIMIT_NOFILE, &r)
	}
}

// usernsGate is a sysctl that can forbid user namespaces.
type usernsGate struct {
	key       string // as sysctl(8) writes it
	forbidden string // the value that forbids
	advice    string
}

var usernsGates = []usernsGate{
	{"kernel.unprivileged_userns_clone", "0", "sysctl kernel.unprivileged_userns_clone=1"},
	{"user.max_user_namespaces", "0", "sysctl user.max_user_namespaces=1024"},
	{"user.max_net_namespaces", "0", "sysctl user.max_net_namespaces=1024"},
	{"kernel.apparmor_restrict_unprivileged_userns", "1", "sysctl kernel.apparmor_restrict_unprivileged_userns=0, or an AppArmor profile that allows userns"},
}

// read returns the value of the gate; "" where this kernel has no such key.
func (g usernsGate) read() string {
	v, err := readSysctl("/proc/sys/" + strings.ReplaceAll(g.key, ".", "/"))
	if err != nil {
		return ""
	}
	return v
}

// PrivilegeError says that labs cannot be built by this user, and why.
type PrivilegeError struct {
	Err    error
	Causes []string // "user.max_user_namespaces is 0"; empty where none is known
	Advice []string // what to do, one of these is enough
}

// Error returns the refusal, its known causes and what to do.
func (p *PrivilegeError) Error() string {
	var b strings.Builder
	b.WriteString(p.Err.Error())
	if len(p.Causes) > 0 {
		b.WriteString("; " + strings.Join(p.Causes, ", "))
	}
	return b.String() + "; either run as root, or: " + strings.Join(p.Advice, "; ")
}

// Unwrap returns the kernel's refusal.
func (p *PrivilegeError) Unwrap() error { return p.Err }

func privilegeError(err error) error { return explain(err, usernsGates, usernsGate.read) }

// explain looks for the sysctls that forbid user namespaces.
func explain(err error, gates []usernsGate, read func(usernsGate) string) *PrivilegeError {
	p := &PrivilegeError{Err: err}
	for _, g := range gates {
		if read(g) == g.forbidden {
			p.Causes = append(p.Causes, g.key+" is "+g.forbidden)
			p.Advice = append(p.Advice, g.advice)
		}
	}
	if len(p.Causes) == 0 {
		p.Advice = []string{"in a container, allow it user namespaces (--security-opt seccomp=unconfined) or give it CAP_SYS_ADMIN and CAP_NET_ADMIN"}
	}
	return p
}

package hold

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// insideMark tells a process that it is an entry.
const insideMark = "NETVERIFY_ENTRY"

// Descriptors of an entry.
const (
	specFD   = 3 // the Command
	statusFD = 4 // takes the event
)

// IsInside tells whether this process is an entry: main calls Inside then.
func IsInside() bool { return os.Getenv(insideMark) != "" && os.Getpid() == 1 }

// Inside is the main function of an entry: it starts the command, passes
// signals on, and reaps what the command leaves, as the init of a PID namespace
// has to. It does not return.
func Inside() {
	unix.CloseOnExec(specFD)
	unix.CloseOnExec(statusFD)
	var cmd Command
	if json.NewDecoder(os.NewFile(specFD, "command")).Decode(&cmd) != nil {
		os.Exit(CodeUnable) // the holder is gone
	}
	status := os.NewFile(statusFD, "status")
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, passedOn...)
	own()
	pid, end := launch(cmd)
	if pid == 0 {
		_ = json.NewEncoder(status).Encode(end)
		os.Exit(0)
	}
	go func() {
		for s := range signals {
			_ = unix.Kill(-pid, s.(syscall.Signal)) // it may have ended
		}
	}()
	for {
		var w unix.WaitStatus
		got, err := unix.Wait4(-1, &w, 0, nil)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil: // ECHILD: all have ended
			os.Exit(0)
		case got == pid:
			_ = json.NewEncoder(status).Encode(event{Code: codeOf(w)})
			_ = status.Close()
		}
	}
}

// passedOn are the signals that reach the command.
var passedOn = []os.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT, unix.SIGUSR1, unix.SIGUSR2}

func codeOf(w unix.WaitStatus) int {
	if w.Signaled() {
		return 128 + int(w.Signal())
	}
	return w.ExitStatus()
}

// own mounts the /proc of the PID namespace, and the /sys of the network
// namespace as ip-netns(8) does. Where that is forbidden (a container that masks
// parts of them) the command sees the holder's.
func own() {
	if unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "") != nil {
		return
	}
	const flags = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
	_ = unix.Mount("proc", "/proc", "proc", flags, "")
	_ = unix.Mount("sysfs", "/sys", "sysfs", flags, "")
}

// launch starts the command. Where it cannot be, pid is 0 and end says why.
func launch(cmd Command) (pid int, end event) {
	if err := os.Chdir(cmd.Dir); err != nil {
		return 0, event{CodeUnable, err.Error()}
	}
	env := withSystemPath(cmd.Env)
	path, err := lookUp(cmd.Args[0], env)
	if err == nil {
		attr := &os.ProcAttr{
			Env: env, Files: []*os.File{os.Stdin, os.Stdout, os.Stderr},
			Sys: &syscall.SysProcAttr{Setsid: true, Setctty: cmd.Terminal},
		}
		var p *os.Process
		if p, err = os.StartProcess(path, cmd.Args, attr); err == nil {
			return p.Pid, event{}
		}
	}
	switch {
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, unix.ENOENT):
		return 0, event{CodeNotFound, fmt.Sprintf("%s: no such command", cmd.Args[0])}
	default:
		return 0, event{CodeNotExecutable, fmt.Sprintf("%s: %v", cmd.Args[0], errors.Unwrap(err))}
	}
}

// lookUp finds a command in the PATH of an environment.
func lookUp(name string, env []string) (string, error) {
	for _, e := range env {
		if path, ok := strings.CutPrefix(e, "PATH="); ok {
			_ = os.Setenv("PATH", path) // refuses no such value
		}
	}
	return exec.LookPath(name)
}

// systemPath is where the tools for networks are. The PATH of an ordinary user
// may lack it; in the lab everyone is root.
var systemPath = []string{"/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin"}

// withSystemPath adds systemPath at the end of an environment's PATH.
func withSystemPath(env []string) []string {
	var path []string
	out := slices.DeleteFunc(slices.Clone(env), func(e string) bool {
		value, is := strings.CutPrefix(e, "PATH=")
		if is && value != "" {
			path = strings.Split(value, ":")
		}
		return is
	})
	for _, dir := range systemPath {
		if !slices.Contains(path, dir) {
			path = append(path, dir)
		}
	}
	return append(out, "PATH="+strings.Join(path, ":"))
}

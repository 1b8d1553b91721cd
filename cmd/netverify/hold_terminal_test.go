package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netverify/report"
)

// tty is a terminal with a process in the foreground, and its user.
type tty struct {
	master *os.File
	cmd    *exec.Cmd
	shown  strings.Builder
}

// onTerminal starts a command on a terminal of its own.
func onTerminal(t *testing.T, cmd *exec.Cmd, start func(*exec.Cmd) error) *tty {
	t.Helper()
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	x := &tty{master: os.NewFile(uintptr(fd), "ptmx"), cmd: cmd}
	t.Cleanup(func() { _ = x.master.Close() })
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("/dev/pts/%d", n)
	if c := cmd.SysProcAttr.Credential; c != nil { // as login(1) does
		if err := os.Chown(name, int(c.Uid), int(c.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	slave, err := os.OpenFile(name, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer slave.Close()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr.Setsid, cmd.SysProcAttr.Setctty = true, true
	x.size(t, 24, 80)
	if err := start(cmd); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return x
}

func (x *tty) size(t *testing.T, rows, columns uint16) {
	t.Helper()
	raw, err := x.master.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	ctl := raw.Control(func(fd uintptr) {
		err = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, &unix.Winsize{Row: rows, Col: columns})
	})
	if ctl != nil || err != nil {
		t.Fatal(ctl, err)
	}
}

// shows waits until the terminal shows something new that matches.
func (x *tty) shows(t *testing.T, pattern string) {
	t.Helper()
	re := regexp.MustCompile(pattern)
	if err := x.master.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	x.shown.Reset()
	b := make([]byte, 4096)
	for !re.MatchString(x.shown.String()) {
		n, err := x.master.Read(b)
		if err != nil {
			t.Fatalf("never showed %s: %v\n%s", pattern, err, x.shown.String())
		}
		x.shown.Write(b[:n])
	}
}

// types presses keys.
func (x *tty) types(t *testing.T, keys string) {
	t.Helper()
	if _, err := x.master.WriteString(keys); err != nil {
		t.Fatal(err)
	}
}

// ends returns the exit status.
func (x *tty) ends(t *testing.T) int {
	t.Helper()
	return exitOf(t, x.cmd.Wait())
}

// TestShellInALab: a user at two terminals. The prompt names the node, Ctrl-C
// ends what runs in the shell and not the shell, the terminal has the size of the
// user's, and is what it was when the shell has ended.
func TestShellInALab(t *testing.T) {
	for name, uid := range users() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStreet(t, uid)
			writeScenario(t, s.tmp, "fails.yaml", scenarioOf("t/fails", never))
			run := onTerminal(t, s.command("run", "fails.yaml", "--hold", "on-fail"), s.start)
			run.shows(t, isHeld)

			cmd := s.command("enter", "a")
			cmd.Env = append(cmd.Env, "SHELL=/bin/sh", "ENV=")
			shell := onTerminal(t, cmd, s.start)
			before := settings(t, shell)
			shell.shows(t, `\(a\) # $`)
			if settings(t, shell) == before {
				t.Error("the terminal handles keys itself") // the control
			}
			shell.types(t, "cat /proc/net/fib_trie; stty size; tty\r")
			shell.shows(t, `192\.0\.2\.1[^$]*24 80\r\n/dev/pts/\d+\r\n\(a\) # $`)
			// Of a single process group, so that it is in the foreground when it speaks.
			shell.types(t, "sh -c 'echo be\"\"gun; exec sleep 1000'\r")
			shell.shows(t, "begun")
			shell.types(t, "\x03")
			shell.shows(t, `\(a\) # $`)
			shell.types(t, "echo st''atus $?\r")
			shell.shows(t, `status 130[^$]*\(a\) # $`)
			shell.types(t, "sh -c 'trap \"stty size; exit\" WINCH; echo rea\"\"dy; while :; do sleep 0.01; done'\r")
			shell.shows(t, "ready")
			shell.size(t, 33, 99) // tells the foreground process, as a window does
			shell.shows(t, `33 99[^$]*\(a\) # $`)
			shell.types(t, "exit 7\r")
			if code := shell.ends(t); code != 7 {
				t.Errorf("exit status %d", code)
			}
			if after := settings(t, shell); after != before {
				t.Errorf("the terminal was %+v and is %+v", before, after)
			}
			shown := regexp.MustCompile(`(Enter or )?Ctrl-C lets go`).FindString(run.shown.String())
			keys := map[bool]string{true: "\r", false: "\x03"}[strings.HasPrefix(shown, "Enter")]
			if uid == 0 && keys != "\r" {
				t.Errorf("says %q", shown)
			}
			run.types(t, keys)
			if code := run.ends(t); code != report.ExitFail {
				t.Errorf("exit status %d", code)
			}
		})
	}
}

// settings are those of a terminal, by its master.
func settings(t *testing.T, x *tty) (s unix.Termios) {
	t.Helper()
	raw, err := x.master.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	ctl := raw.Control(func(fd uintptr) {
		var p *unix.Termios
		if p, err = unix.IoctlGetTermios(int(fd), unix.TCGETS); err == nil {
			s = *p
		}
	})
	if ctl != nil || err != nil {
		t.Fatal(ctl, err)
	}
	return s
}

// TestTerminalThatIsClosed ends a hold, as Ctrl-C does.
func TestTerminalThatIsClosed(t *testing.T) {
	t.Parallel()
	s := newStreet(t, os.Getuid())
	writeScenario(t, s.tmp, "fails.yaml", scenarioOf("t/fails", never))
	run := onTerminal(t, s.command("run", "fails.yaml", "--hold", "on-fail"), s.start)
	run.shows(t, isHeld)
	if err := run.master.Close(); err != nil {
		t.Fatal(err)
	}
	if code := run.ends(t); code != report.ExitFail {
		t.Errorf("exit status %d", code)
	}
}

package hold

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// Foreground tells whether f is a terminal that this process may read from: it
// is not, where the process is in the background, or in a user namespace where it
// leads a process group of its own.
func Foreground(f *os.File) bool {
	group, err := unix.IoctlGetInt(int(f.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

// terminal is a pseudo-terminal for a command, and the user's, which shows it.
type terminal struct {
	master, slave *os.File
	before        *term.State // of the user's; nil as long as it is untouched
	resized       chan os.Signal
	shown         sync.WaitGroup
}

// openTerminal makes a pseudo-terminal of the size of the user's (pts(4)).
func openTerminal() (*terminal, error) {
	master, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: "/dev/ptmx", Err: err}
	}
	t := &terminal{master: os.NewFile(uintptr(master), "/dev/ptmx"), resized: make(chan os.Signal, 1)}
	n, err := unix.IoctlGetInt(master, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(master, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		t.slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		return nil, errors.Join(err, t.master.Close())
	}
	t.resize()
	return t, nil
}

// relay connects both terminals from here on: the user's passes every key, and
// thus Ctrl-C, to the command's.
func (t *terminal) relay() (err error) {
	_ = t.slave.Close() // the command has it
	t.slave = nil
	if t.before, err = term.MakeRaw(int(os.Stdin.Fd())); err != nil {
		return fmt.Errorf("set up the terminal: %w", err)
	}
	signal.Notify(t.resized, unix.SIGWINCH)
	go func() {
		for range t.resized {
			t.resize()
		}
	}()
	go func() {
		_, _ = io.Copy(struct{ io.Writer }{t.master}, struct{ io.Reader }{os.Stdin}) // until the process ends, or the command
	}()
	t.shown.Go(func() {
		_, _ = io.Copy(struct{ io.Writer }{os.Stdout}, struct{ io.Reader }{t.master}) // ends with EIO when nobody has the other end any more
	})
	return nil
}

// resize gives the command's terminal the size of the user's.
func (t *terminal) resize() {
	raw, err := t.master.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		if size, err := unix.IoctlGetWinsize(int(os.Stdin.Fd()), unix.TIOCGWINSZ); err == nil {
			_ = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, size) // only a matter of looks
		}
	})
}

// close shows the rest, and makes the user's terminal what it was.
func (t *terminal) close() {
	if t.before != nil {
		signal.Stop(t.resized)
		// What the command has left running may keep its terminal open.
		_ = t.master.SetReadDeadline(time.Unix(1, 0))
		t.shown.Wait()
		t.rest()
		_ = term.Restore(int(os.Stdin.Fd()), t.before)
	}
	if t.slave != nil {
		_ = t.slave.Close()
	}
	_ = t.master.Close()
}

// rest shows what has been written to the terminal and was not read yet. The
// kernel passes it on before it says that there is nothing
// (drivers/tty/n_tty.c:n_tty_read).
func (t *terminal) rest() {
	raw, err := t.master.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		b := make([]byte, 1<<14)
		for {
			n, err := unix.Read(int(fd), b)
			if errors.Is(err, unix.EINTR) {
				continue
			}
			if err != nil || n <= 0 {
				return // EAGAIN or EIO: that was all
			}
			_, _ = os.Stdout.Write(b[:n])
		}
	})
}

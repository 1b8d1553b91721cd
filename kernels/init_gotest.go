package kernels

import (
	"errors"
	"io"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// runTest runs a program as a child of init. Its output goes to the host as it
// comes; orphans that it leaves are reaped, and do not hold up the end.
func (g *guest) runTest(job *testJob) {
	status, err := g.child(job)
	record := exitRecord{Status: status}
	if err != nil {
		record.Error = err.Error()
	}
	g.sendJSON(recordExit, record)
}

func (g *guest) child(job *testJob) (status int, err error) {
	from, to, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	defer from.Close()
	null, err := os.Open(os.DevNull)
	if err != nil {
		return 0, errors.Join(err, to.Close())
	}
	defer null.Close()
	p, err := os.StartProcess(job.Program, append([]string{job.Program}, job.Args...), &os.ProcAttr{
		Dir: job.Dir, Env: job.Env, Files: []*os.File{null, to, to},
	})
	if err := errors.Join(err, to.Close()); err != nil {
		return 0, err
	}
	var copied sync.WaitGroup
	copied.Go(func() { g.copyOutput(from) })
	state, err := reapUntil(p.Pid)
	if err != nil {
		return 0, err
	}
	// Whoever still holds the other end is an orphan: it goes with the machine.
	_ = unix.Kill(-1, unix.SIGKILL)
	copied.Wait()
	if state.Signaled() {
		return 128 + int(state.Signal()), nil
	}
	return state.ExitStatus(), nil
}

func (g *guest) copyOutput(r io.Reader) {
	buf := make([]byte, 1<<15)
	for {
		n, err := r.Read(buf)
		if n > 0 {
			g.send(recordOutput, buf[:n])
		}
		if err != nil {
			return
		}
	}
}

// reapUntil waits for a child, and for every orphan that becomes init's before.
func reapUntil(pid int) (unix.WaitStatus, error) {
	for {
		var state unix.WaitStatus
		got, err := unix.Wait4(-1, &state, 0, nil)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return 0, os.NewSyscallError("wait4", err)
		case got == pid:
			return state, nil
		}
	}
}

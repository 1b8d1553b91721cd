package hold

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// entry is the init process of a command's PID namespace, seen from the holder.
type entry struct {
	cmd    *exec.Cmd
	status *os.File // where it says how the command has ended
}

// signal reaches the command: what init gets it passes on, but for SIGKILL.
func (e *entry) signal(s unix.Signal) { _ = e.cmd.Process.Signal(s) } // it may have ended

// enter runs a command and tells its client how it ends; it returns when all
// that the command has started has ended, too. The goroutine keeps its thread:
// the kernel sends Pdeathsig when the thread ends that forked.
func (d *Door) enter(n Node, cmd Command, files []*os.File, hear *json.Decoder, say *json.Encoder) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	e, err := d.start(n, cmd, files)
	if err != nil {
		_ = say.Encode(event{CodeUnable, fmt.Sprintf("enter %s: %v", n.Name, err)})
		return
	}
	for _, f := range files {
		_ = f.Close() // the reader of a pipe waits for the last writer
	}
	over := make(chan struct{})
	d.serving.Go(func() {
		defer close(over)
		defer e.status.Close()
		end := event{Code: 128 + int(unix.SIGKILL)} // where init ends without a word
		_ = json.NewDecoder(e.status).Decode(&end)
		_ = say.Encode(end) // the client may be gone
	})
	d.serving.Go(func() {
		for {
			var c control
			if hear.Decode(&c) != nil {
				select {
				case <-over: // what the command has left running may stay
				default:
					e.signal(unix.SIGKILL)
				}
				return
			}
			e.signal(unix.Signal(c.Signal))
		}
	})
	_ = e.cmd.Wait() // what counts has been said
	<-over
	d.mu.Lock()
	delete(d.entries, e)
	d.mu.Unlock()
}

// start starts an entry in the namespace of a node.
func (d *Door) start(n Node, cmd Command, files []*os.File) (*entry, error) {
	there, spec, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer there.Close()
	defer spec.Close()
	status, its, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer its.Close()
	e := &entry{cmd: exec.Command("/proc/self/exe"), status: status}
	e.cmd.Args = []string{"netverify: a command in " + n.Name}
	e.cmd.Env = append(os.Environ(), insideMark+"=1")
	e.cmd.Stdin, e.cmd.Stdout, e.cmd.Stderr = files[0], files[1], files[2]
	e.cmd.ExtraFiles = []*os.File{there, its}
	e.cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWNS,
		Pdeathsig:  unix.SIGKILL,
		Setpgid:    true, // a Ctrl-C at the holder is for the holder
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, errors.Join(errors.New("the lab is no longer held"), status.Close())
	}
	if err := n.NS.Do(e.cmd.Start); err != nil {
		return nil, errors.Join(err, status.Close())
	}
	d.entries[e] = true
	_ = there.Close() // now nobody reads if the entry does not
	// An entry whose holder is killed before it could ask for Pdeathsig finds no
	// command here.
	if err := json.NewEncoder(spec).Encode(cmd); err != nil {
		e.signal(unix.SIGKILL)
	}
	return e, nil
}

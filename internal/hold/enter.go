package hold

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// Enter runs a command in a node of the run, with the streams of this process,
// and returns its exit status (128 + signal where it was killed). Where standard
// input and output are a terminal, the command gets a terminal of its own, with
// job control; else it gets the streams themselves, and the signals of this
// process. Error texts need no prefix; code is CodeUnable, CodeNotExecutable or
// CodeNotFound then.
func (r *Run) Enter(cmd Command) (code int, err error) {
	files := [streams]*os.File{os.Stdin, os.Stdout, os.Stderr}
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, passedOn...)
	defer signal.Stop(signals)
	var t *terminal
	if isTerminal(os.Stdin) && isTerminal(os.Stdout) {
		if t, err = openTerminal(); err != nil {
			return CodeUnable, fmt.Errorf("a terminal for the command: %w", err)
		}
		defer t.close()
		cmd.Terminal = true
		for i, f := range files {
			if isTerminal(f) {
				files[i] = t.slave
			}
		}
	}
	say := json.NewEncoder(r.conn)
	if err := errors.Join(send(r.conn, files), say.Encode(cmd)); err != nil {
		return CodeUnable, fmt.Errorf("ask the run with PID %d: %w", r.PID, err)
	}
	if t != nil {
		if err := t.relay(); err != nil {
			return CodeUnable, err
		}
	}
	go func() {
		for s := range signals {
			_ = say.Encode(control{int(s.(syscall.Signal))}) // the command may have ended
		}
	}()
	var end event
	if err := r.hear.Decode(&end); err != nil {
		return CodeUnable, fmt.Errorf("the run with PID %d has ended, and the lab with it", r.PID)
	}
	if end.Error != "" {
		return end.Code, errors.New(end.Error)
	}
	return end.Code, nil
}

package run

import (
	"context"
	"fmt"
	"time"

	"netverify/internal/stall"
)

// heldTime is how long nothing of this process may move after an interruption until
// it is taken for held by the kernel. What ends by itself then takes milliseconds of
// the processor's time, and waiting for a processor is not counted. A variable for
// the tests' sake.
var heldTime = 10 * time.Second

// Abandoned is the error of a run that was interrupted, and whose threads the kernel
// did not give back: a system call has no deadline. They go on waiting until the
// process ends, and the process has ended only when they have come back
// (kernel/exit.c:do_group_exit kills them, and who waits for a lock of the kernel's
// is killed when it has it).
type Abandoned struct {
	Where string // in the kernel, innermost function first; "" where that is not known
}

func (a *Abandoned) Error() string {
	if a.Where == "" {
		return fmt.Sprintf("given up: nothing of it moved for %v", heldTime)
	}
	return fmt.Sprintf("given up: the kernel did not give it back for %v (it waits in %s)", heldTime, a.Where)
}

// unlessHeld waits for f to return: for ever while ctx lives, and after that until
// nothing moves any more.
func unlessHeld(ctx context.Context, f func()) error {
	done, held := make(chan struct{}), make(chan *Abandoned, 1)
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	go func() {
		if where, still := stall.Await(done, heldTime); still {
			held <- &Abandoned{where}
		}
	}()
	select {
	case <-done:
		return nil
	case a := <-held:
		return a
	}
}

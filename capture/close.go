package capture

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// Close closes the tap; frames that wait to be read are lost. A Set.Wait under
// way returns os.ErrClosed; a Read under way, which may be the caller itself from
// inside emit, finishes, and the descriptor is released when it has. Closing
// again does nothing.
//
// It takes an RCU grace period, some 12 ms
// (net/packet/af_packet.c:packet_release): see CloseAll.
func (t *Tap) Close() error {
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return nil
	}
	t.closed = true
	for _, s := range t.sets {
		s.wake()
	}
	inUse := t.users > 0
	t.mu.Unlock()
	if inUse {
		return nil
	}
	if err := unix.Close(t.fd); err != nil {
		return fmt.Errorf("capture: %w", os.NewSyscallError("close", err))
	}
	return nil
}

// closers is how many sockets CloseAll closes at a time, in the whole process:
// each blocks a thread, of which a process has 10,000 (runtime/debug.SetMaxThreads).
const closers = 256

var closing = make(chan struct{}, closers)

// CloseAll closes taps and senders side by side, so that they share the grace
// periods that each close has to wait for.
func CloseAll[S io.Closer](list []S) error { return sideBySide(list, S.Close) }

// sideBySide does something to sockets, closers of them at a time.
func sideBySide[S any](list []S, do func(S) error) error {
	errs := make([]error, len(list))
	var wg sync.WaitGroup
	for i, s := range list {
		closing <- struct{}{}
		wg.Go(func() {
			defer func() { <-closing }()
			errs[i] = do(s)
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

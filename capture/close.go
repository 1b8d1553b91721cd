package capture

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// Close closes the tap; frames that wait to be read are lost. A Wait under way
// returns os.ErrClosed; a Read under way, which may be the caller itself from
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
	for _, w := range t.waiters {
		w.wake()
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

// closers is how many taps CloseAll closes at a time: each blocks a thread.
const closers = 64

// CloseAll closes the taps side by side, so that they share the grace periods
// that each close has to wait for. nil taps are passed over.
func CloseAll(taps []*Tap) error { return sideBySide(taps, (*Tap).Close) }

// sideBySide does something to taps, closers of them at a time.
func sideBySide(taps []*Tap, do func(*Tap) error) error {
	errs := make([]error, len(taps))
	slots := make(chan struct{}, closers)
	var wg sync.WaitGroup
	for i, t := range taps {
		if t == nil {
			continue
		}
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			errs[i] = do(t)
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

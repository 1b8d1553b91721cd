package lab

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// TestASignalBeforeAnybodyListens is told as the end by that signal.
func TestASignalBeforeAnybodyListens(t *testing.T) {
	for _, tt := range []struct {
		code, want int
		last       os.Signal
	}{{2, 143, unix.SIGTERM}, {2, 130, unix.SIGINT}, {2, 2, nil}, {3, 3, unix.SIGTERM}, {0, 0, unix.SIGINT}, {137, 137, unix.SIGTERM}} {
		if got := signalled(tt.code, tt.last); got != tt.want {
			t.Errorf("%d after %v: %d, want %d", tt.code, tt.last, got, tt.want)
		}
	}
}

package kernels

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// guestKernel is what the tests boot: it has 802.1Q, ipvlan, bonds, dummies and
// VLAN filtering as modules, which the machine of a test may lack. The first
// test on a machine fetches it.
const guestKernel = "debian:6.1"

var findGuestKernel = sync.OnceValues(func() (*Kernel, error) {
	return Find(context.Background(), guestKernel, Options{})
})

// bootable returns a kernel, or skips where this machine can boot none.
func bootable(t *testing.T) *Kernel {
	t.Helper()
	if testing.Short() {
		t.Skip("boots a guest")
	}
	if _, err := findQEMU(); err != nil {
		t.Skip(err)
	}
	k, err := findGuestKernel()
	if err != nil {
		t.Skip(err)
	}
	return k
}

// oneGuest keeps tests from booting several guests at a time: a machine that
// is busy with one makes another miss its deadlines.
var oneGuest sync.Mutex

func deadline(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	oneGuest.Lock()
	t.Cleanup(oneGuest.Unlock)
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// compile runs the go command so that the result needs no library.
func compile(t *testing.T, name string, args ...string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), name)
	cmd := exec.Command("go", append(append([]string{args[0]}, "-o", out), args[1:]...)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go %v: %v\n%s", args, err, text)
	}
	return out
}

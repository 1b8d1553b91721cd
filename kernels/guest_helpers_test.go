package kernels

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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
func bootable(t testing.TB) *Kernel {
	t.Helper()
	if testing.Short() {
		t.Skip("boots a guest")
	}
	if _, err := findQEMU(); err != nil {
		t.Skip(err)
	}
	k, err := findGuestKernel()
	if err != nil {
		unfetched(t, err)
	}
	return k
}

// unfetched ends a test that got no kernel for err: skipped where Debian's
// archive is out of reach for everybody, failed where netverify is at fault.
func unfetched(t testing.TB, err error) {
	t.Helper()
	if _, missing := exec.LookPath("apt-get"); missing != nil {
		t.Skipf("apt-get is not installed: %v", err)
	}
	var d net.Dialer
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	c, unreachable := d.DialContext(ctx, "tcp", "deb.debian.org:80")
	if unreachable != nil {
		t.Skipf("Debian's archive cannot be reached (%v): %v", unreachable, err)
	}
	c.Close()
	t.Fatalf("Debian's archive can be reached, and yet: %v", err)
}

// oneGuest keeps tests from booting several guests at a time: a machine that
// is busy with one makes another miss its deadlines.
var oneGuest sync.Mutex

func deadline(t testing.TB, d time.Duration) context.Context {
	t.Helper()
	oneGuest.Lock()
	t.Cleanup(oneGuest.Unlock)
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// compiled are the programs that were built, by the arguments of the go command.
var compiled = struct {
	sync.Mutex
	dir  string
	path map[string]string
}{path: map[string]string{}}

// compile runs the go command, once for the same program, so that the result
// needs no library.
func compile(t testing.TB, args ...string) string {
	t.Helper()
	compiled.Lock()
	defer compiled.Unlock()
	key := strings.Join(args, " ")
	if path := compiled.path[key]; path != "" {
		return path
	}
	if compiled.dir == "" {
		dir, err := os.MkdirTemp("", "netverify-test-*")
		if err != nil {
			t.Fatal(err)
		}
		compiled.dir = dir // taken away by TestMain
	}
	out := filepath.Join(compiled.dir, strings.ReplaceAll(key, "/", "."))
	cmd := exec.Command("go", append([]string{args[0], "-o", out}, args[1:]...)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", key, err, text)
	}
	compiled.path[key] = out
	return out
}

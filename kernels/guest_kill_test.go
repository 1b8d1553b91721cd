package kernels

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netverify/internal/poll"
)

// TestQEMUDiesWithItsParent, whose kill -9 it is told of by the kernel; and no
// file is left.
func TestQEMUDiesWithItsParent(t *testing.T) {
	bootable(t)
	deadline(t, time.Minute)
	cache, err := DefaultCache()
	if err != nil {
		t.Fatal(err)
	}
	program := compile(t, "build", "netverify/cmd/netverify")
	dir := t.TempDir()
	cmd := exec.Command(program, "run", victim, "--kernel", guestKernel, "--accel", "tcg", "--out", "evidence")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TMPDIR="+dir, "HOME="+dir, "XDG_CACHE_HOME="+filepath.Dir(cache))
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := false
	t.Cleanup(func() {
		if !ended {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	})
	for lines := bufio.NewScanner(stderr); lines.Scan() && !strings.Contains(lines.Text(), " boots "); {
		t.Log(lines.Text())
	}
	qemu := children(t, cmd.Process.Pid)
	if len(qemu) == 1 { // the first process only waits for the one that works
		qemu = children(t, qemu[0])
	}
	if len(qemu) != 1 {
		t.Fatalf("children %v, want QEMU alone", qemu)
	}
	name, err := os.ReadFile("/proc/" + strconv.Itoa(qemu[0]) + "/comm")
	if err != nil || !strings.HasPrefix(string(name), "qemu-system") {
		t.Fatalf("the child is %q: %v", name, err)
	}
	fd, err := unix.PidfdOpen(qemu[0], 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if ended, err := poll.Readable(fd, time.Now()); ended || err != nil { // the control
		t.Fatalf("QEMU has ended before: %v, %v", ended, err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if ended, err := poll.Readable(fd, time.Now().Add(20*time.Second)); !ended || err != nil {
		t.Errorf("QEMU outlives its parent, which was killed: %v, %v", ended, err)
	}
	_ = cmd.Wait() // "signal: killed"
	ended = true
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

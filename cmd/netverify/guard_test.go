//go:build linux && amd64

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"netverify/report"
)

// built is the program as `make build` makes it, in a folder that anyone may enter.
func built(t *testing.T) string {
	t.Helper()
	file := program(t).Path + "-built"
	cmd := exec.Command("go", "build", "-trimpath", "-o", file, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return file
}

// killed is the exit status that Go gives to what a signal has ended; a shell, 128
// and more. The kernel kills what it cannot load (execve(2)).
const killed = -1

// shell is the status of a shell command, in which $0 is the program.
func shell(t *testing.T, uid int, exe, script string) (int, string) {
	t.Helper()
	cmd := exec.Command("sh", "-c", script, exe)
	cmd.Dir = filepath.Dir(exe)
	if uid != os.Getuid() {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}}
	}
	out, err := cmd.CombinedOutput()
	return exitOf(t, err), string(out)
}

// TestGuard: whatever the machine withholds, even before Go begins, an exit status
// that the program did not choose is neither bad usage nor a bad commit.
func TestGuard(t *testing.T) {
	exe := built(t)
	var limits []string
	for _, kib := range []int{50_000, 100_000, 409_600, 800_000, 1_300_000} {
		limits = append(limits, fmt.Sprintf("ulimit -v %d", kib))
	}
	for _, n := range []int{3, 5, 8} {
		limits = append(limits, fmt.Sprintf("ulimit -n %d", n))
	}
	limits = append(limits, "ulimit -d 1000", "ulimit -s 64")
	uid := 54321 // which has no other process: where it may not be taken, this user's count
	if os.Getuid() != 0 {
		uid = os.Getuid()
	}
	for n := 2; n <= 8; n += 2 {
		limits = append(limits, fmt.Sprintf("ulimit -u %d 2>&-", n))
	}
	unchosen := 0
	for _, limit := range limits {
		who := os.Getuid()
		if strings.HasPrefix(limit, "ulimit -u") {
			who = uid // root is not held to it (setrlimit(2))
		}
		code, said := shell(t, who, exe, limit+`; exec "$0" run bridge/hairpin --out '' --bisect`)
		if code != report.BisectGood && code != report.BisectSkip && code != killed && code < 128 {
			t.Errorf("%s with --bisect: exit status %d\n%s", limit, code, said)
		}
		code, said = shell(t, who, exe, limit+`; exec "$0" run bridge/hairpin --out ''`)
		if code != report.ExitPass && code != report.ExitInconclusive && code != killed && code < 128 {
			t.Errorf("%s: exit status %d\n%s", limit, code, said)
		}
		if strings.Contains(said, "runtime: ") || strings.Contains(said, "fatal error: ") {
			unchosen++
		}
	}
	if unchosen == 0 { // the control
		t.Error("the runtime never ended the program by itself")
	}
}

// TestGuardedUsage: bad usage is what it was.
func TestGuardedUsage(t *testing.T) {
	exe := built(t)
	for _, tt := range []struct {
		args string
		want int
	}{
		{"version", 0}, {"--version", 0}, {"run --nonsense", 2}, {"run no/such", 2}, {"judge", 2}, {"nonsense", 2},
		{"run --nonsense --bisect", 128}, {"run no/such --bisect", 128}, {"run no/such --bisect=1", 128}, {"--bisect run bridge/hairpin", 128},
		{"run no/such --bisect=false", 2}, {"run no/such --bisect=0", 2}, {"run --bisected", 2},
		{"enter nobody", 125}, {"enter --nonsense", 2},
	} {
		if got, said := shell(t, os.Getuid(), exe, `exec "$0" `+tt.args); got != tt.want {
			t.Errorf("%s: exit status %d, not %d\n%s", tt.args, got, tt.want, said)
		}
	}
}

// TestGuardAndWorker: how one ends tells the other.
func TestGuardAndWorker(t *testing.T) {
	exe := built(t)
	for _, tt := range []struct {
		name   string
		bisect bool
		kill   func(guard, worker int) error
		want   int
	}{
		{"worker killed", true, func(_, w int) error { return syscall.Kill(w, syscall.SIGKILL) }, 128 + 9},
		{"worker killed, no bisect", false, func(_, w int) error { return syscall.Kill(w, syscall.SIGKILL) }, 128 + 9},
		// The runtime's answer to SIGQUIT is that to a panic: all stacks, and status 2.
		{"worker broken", true, func(_, w int) error { return syscall.Kill(w, syscall.SIGQUIT) }, report.BisectSkip},
		{"worker broken, no bisect", false, func(_, w int) error { return syscall.Kill(w, syscall.SIGQUIT) }, report.ExitInconclusive},
		{"passed on", false, func(g, _ int) error { return syscall.Kill(g, syscall.SIGTERM) }, report.ExitInconclusive},
		{"passed on, bisect", true, func(g, _ int) error { return syscall.Kill(g, syscall.SIGTERM) }, report.BisectSkip},
		{"guard killed", true, func(g, _ int) error { return syscall.Kill(g, syscall.SIGKILL) }, killed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cmd := exec.Command(exe, "run", "bridge/hairpin", "--repeat", "1000000")
			cmd.Dir = t.TempDir()
			if tt.bisect {
				cmd.Args = append(cmd.Args, "--bisect")
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			<-moment(atFirstEvidence, filepath.Join(cmd.Dir, "evidence"))
			worker := workerOf(t, cmd.Process.Pid)
			if err := tt.kill(cmd.Process.Pid, worker); err != nil {
				t.Fatal(err)
			}
			if got := exitOf(t, cmd.Wait()); got != tt.want {
				t.Errorf("exit status %d, not %d", got, tt.want)
			}
			soon(t, "worker", "gone", func() string {
				if _, err := os.Stat(fmt.Sprintf("/proc/%d/exe", worker)); errors.Is(err, fs.ErrNotExist) {
					return "gone"
				}
				return "there"
			})
		})
	}
}

// workerOf is the one child of a guard.
func workerOf(t *testing.T, guard int) int {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", guard, guard))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		t.Fatalf("no worker: %v", err)
	}
	return pid
}

// TestGuardKnowsTheMarks: processes that are parts of this program have no guard.
func TestGuardKnowsTheMarks(t *testing.T) {
	text, err := os.ReadFile("guard_linux_amd64.s")
	if err != nil {
		t.Fatal(err)
	}
	var marks string
	for _, m := range regexp.MustCompile(`(?m)^DATA marks<>\+\d+\(SB\)/8, \$("[^"]*")$`).FindAllStringSubmatch(string(text), -1) {
		part, err := strconv.Unquote(m[1])
		if err != nil {
			t.Fatal(err)
		}
		marks += part
	}
	for file, name := range map[string]string{"lab/userns.go": "reexecMark", "internal/hold/inside.go": "insideMark", "kernels/init.go": "guestMark", "cmd/netverify/guard_tell.go": "endedMark"} {
		source, err := os.ReadFile(filepath.Join("../..", file))
		if err != nil {
			t.Fatal(err)
		}
		m := regexp.MustCompile(name + ` += "([^"]+)"`).FindSubmatch(source)
		if m == nil || !strings.Contains("\x00"+marks, "\x00"+string(m[1])+"=\x00") {
			t.Errorf("%s of %s is %q, which guard_linux_amd64.s does not know: %q", name, file, m, marks)
		}
	}
}

// TestRealTimeIsGivenUp: a run under it would keep from its frames who delivers them.
func TestRealTimeIsGivenUp(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root may ask for real-time scheduling")
	}
	exe := built(t)
	for _, policy := range []string{"-f 10", "-r 10", "-b 0", "-i 0"} {
		realtime := policy == "-f 10" || policy == "-r 10"
		code, said := shell(t, 0, exe, `exec chrt `+policy+` "$0" run bridge/hairpin --kernel host --out ''`)
		if code != report.ExitPass || strings.Contains(said, "note: real-time scheduling is given up") != realtime {
			t.Errorf("chrt %s: exit status %d\n%s", policy, code, said)
		}
	}
}

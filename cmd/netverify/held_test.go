//go:build linux && amd64

package main

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"netverify/report"
)

// frozen starts a run whose evidence goes to a disk that hangs: a file system, seen by
// that run alone, which is frozen. It returns when a thread of the run waits for it in
// the kernel, and how to let go of that.
func frozen(t *testing.T, cmd *exec.Cmd, args string) (p *process, thaw func()) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root may mount and freeze a file system")
	}
	exe := cmd.Path
	cmd = exec.Command("unshare", "-m", "sh", "-ec", `
		truncate -s 16M image
		PATH=$PATH:/usr/sbin:/sbin
		mkfs.ext4 -q image
		mkdir disk
		mount -o loop image disk
		mkdir disk/evidence
		fsfreeze -f disk
		exec "$0" `+args, exe)
	cmd.Dir = t.TempDir()
	p = beginBy(t, cmd, (*exec.Cmd).Start)
	guard := cmd.Process.Pid
	worker, thread := "", ""
	held := func() string {
		for _, pid := range family(guard)[1:] {
			if name, err := os.Readlink("/proc/" + pid + "/exe"); err != nil || name != exe {
				continue // the disk is made
			}
			for _, stat := range proc(pid + "/task/*/stat") {
				// Others wait in the kernel for a moment, and are gone in the next.
				state, _ := os.ReadFile(stat)
				stack, _ := os.ReadFile(filepath.Join(filepath.Dir(stat), "stack"))
				if strings.Contains(string(state), ") D ") && strings.Contains(string(stack), "mkdirat") {
					worker, thread = pid, filepath.Dir(stat)
					return "held"
				}
			}
		}
		return "not held"
	}
	soon(t, "a thread", "held", held)
	disk := filepath.Join(thread, "root", cmd.Dir, "disk") // of a process whose other threads may have ended
	return p, func() {
		if out, err := exec.Command("sh", "-c", `PATH=$PATH:/usr/sbin:/sbin; exec fsfreeze -u "$0"`, disk).CombinedOutput(); err != nil {
			t.Errorf("the disk is not let go: %v\n%s", err, out)
		}
		soon(t, "worker", "gone", func() string {
			if _, err := os.Stat("/proc/" + worker); errors.Is(err, fs.ErrNotExist) {
				return "gone"
			}
			return "there"
		})
	}
}

// TestWhatHangsInTheKernel: a run whose thread the kernel does not give back ends all
// the same when it is asked to, with all reports and the status that they stand for; and
// at once when it is asked again.
func TestWhatHangsInTheKernel(t *testing.T) {
	exe := &exec.Cmd{Path: built(t)}
	const args = "run bridge/hairpin bridge/isolated --jobs 1 --out disk/evidence --report report.json"
	t.Run("once", func(t *testing.T) {
		p, thaw := frozen(t, exe, args)
		defer thaw()
		p.signal(t, syscall.SIGTERM)
		if code := p.wait(t); code != report.ExitInconclusive {
			t.Errorf("exit status %d\n%s", code, p.said.String())
		}
		rep := readReport(t, filepath.Join(p.Dir, "report.json"))
		if len(rep.Runs) != 1 || rep.Runs[0].Summary != (report.Summary{Error: 1}) {
			t.Errorf("%+v", rep.Runs)
		}
		for _, want := range []string{"given up: the kernel did not give it back", "do_mkdirat", "stopped after 1 of 2 scenarios"} {
			if !strings.Contains(strings.Join(strings.Fields(p.out.String()), " "), want) {
				t.Errorf("does not say %q:\n%s", want, p.out.String())
			}
		}
	})
	t.Run("twice", func(t *testing.T) {
		p, thaw := frozen(t, exe, args)
		defer thaw()
		ended := make(chan struct{})
		defer close(ended)
		go func() {
			for {
				_ = p.Process.Signal(syscall.SIGINT)
				select {
				case <-time.After(again / 10):
				case <-ended:
					return
				}
			}
		}()
		if code := p.wait(t); code != 128+int(syscall.SIGINT) {
			t.Errorf("exit status %d\n%s", code, p.said.String())
		}
	})
}

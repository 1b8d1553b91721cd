package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"netverify/report"
)

// asProgram makes the test binary be the program.
const asProgram = "NETVERIFY_TEST_AS_PROGRAM"

// program is the test binary as netverify, in a folder that anyone may enter
// and write to. It works there.
func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	dir := t.TempDir()
	// t.TempDir lies in a folder that only its maker may enter.
	for _, d := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(d, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	exe := filepath.Join(dir, "netverify")
	// A process that another test forks meanwhile would have the file open for
	// writing, and nobody could execute it (ETXTBSY) until that has called execve(2).
	syscall.ForkLock.RLock()
	err = os.WriteFile(exe, b, 0o755)
	syscall.ForkLock.RUnlock()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), asProgram+"=1")
	return cmd
}

func exitOf(t *testing.T, err error) int {
	t.Helper()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	t.Fatal(err)
	return -1
}

// TestRunWithoutPrivilege: as nobody, without a capability, the same verdict,
// and evidence that belongs to nobody. Where the tests run without privilege
// already, they are that user.
func TestRunWithoutPrivilege(t *testing.T) {
	const nobody = 65534
	cmd := program(t, "run", "macvlan/vepa-reflective-relay", "--json", "report.json")
	if os.Getuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	out, err := cmd.CombinedOutput()
	if code := exitOf(t, err); code != 0 {
		t.Fatalf("exit status %d\n%s", code, out)
	}
	var rep report.Report
	b, err := os.ReadFile(filepath.Join(cmd.Dir, "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &rep); err != nil {
		t.Fatal(err)
	}
	if s := rep.Runs[0].Summary; s != (report.Summary{Pass: 1}) {
		t.Fatalf("%+v\n%s", s, out)
	}
	info, err := os.Stat(filepath.Join(cmd.Dir, "evidence/macvlan/vepa-reflective-relay.pcapng"))
	if err != nil {
		t.Fatal(err)
	}
	if uid := info.Sys().(*syscall.Stat_t).Uid; os.Getuid() == 0 && uid != nobody {
		t.Errorf("the evidence belongs to uid %d", uid)
	}
}

// TestInterrupt: Ctrl-C ends a run early; what was done is reported.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	cmd := program(t, "run", "bridge/hairpin", "--repeat", "100000", "--out", "", "--jobs", "1")
	cmd.Env = append(cmd.Env, "TERM=dumb")
	var out bytes.Buffer
	cmd.Stdout = &out
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stderr)
	if !lines.Scan() { // the first sign of life comes when something has been done
		t.Fatal("no progress was told")
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
	}
	if code := exitOf(t, cmd.Wait()); code != report.ExitInconclusive {
		t.Errorf("exit status %d", code)
	}
	for _, want := range []string{"trouble:", "of 100000 were not run", "0 fail"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("does not say %q:\n%s", want, out.String())
		}
	}
}

package capture

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"netverify/lab"
)

// TestMain lets everything run without root as well: in a user namespace.
func TestMain(m *testing.M) {
	done, exit, err := lab.EnsurePrivilege(os.Args)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if done {
		os.Exit(exit)
	}
	os.Exit(m.Run())
}

// TestRootless runs the other tests once more as user 65534 in a user
// namespace.
func TestRootless(t *testing.T) {
	if rootless() {
		return // everything is
	}
	const tests = "^(TestTags|TestOverflow|TestBuffer|TestOrder|TestOne|TestInterface|TestSend|TestSuper|TestClose)"
	cmd := exec.Command("/proc/self/exe", "-test.run="+tests, "-test.v", "-test.count=1")
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, name := range []string{"TestTagsAreRestored", "TestOverflowIsCounted", "TestBufferIsWhatWasAskedFor", "TestSuperFramesAreWhole"} {
		if !strings.Contains(string(out), "--- PASS: "+name+" ") {
			t.Errorf("%s has not passed:\n%s", name, out)
		}
	}
	if strings.Contains(string(out), "--- SKIP") {
		t.Errorf("skipped:\n%s", out)
	}
}

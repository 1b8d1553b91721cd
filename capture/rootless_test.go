package capture

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// stage tells a process that TestRootless has started what it is to do.
const stage = "NETVERIFY_TEST_STAGE"

func TestMain(m *testing.M) {
	if os.Getenv(stage) != "unprivileged" {
		os.Exit(m.Run())
	}
	// An ordinary user now. In a user namespace of its own it may do all that
	// the tests need.
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Env = append(os.Environ(), stage+"=inside")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
		Pdeathsig:   syscall.SIGKILL,
	}
	if err := cmd.Run(); err != nil {
		println("user namespace:", err.Error())
		os.Exit(1)
	}
}

// TestRootless runs the other tests once more as user 65534 in a user
// namespace.
func TestRootless(t *testing.T) {
	if rootless() {
		return // everything is
	}
	const tests = "^(TestTags|TestOverflow|TestBuffer|TestOrder|TestOne|TestInterface|TestSend|TestSuper|TestClose)"
	cmd := exec.Command("/proc/self/exe", "-test.run="+tests, "-test.v", "-test.count=1")
	cmd.Env = append(os.Environ(), stage+"=unprivileged")
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

package main

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"netverify/report"
)

// TestWithoutUserNamespaces: who has no privilege, and may make no user namespace, is
// told which setting that is and what to write; by run and by doctor. The setting is
// one of a user namespace of the test's own (namespaces(7), /proc/sys/user).
func TestWithoutUserNamespaces(t *testing.T) {
	if _, err := exec.LookPath("setpriv"); err != nil {
		t.Skip(err)
	}
	for args, code := range map[string]int{"run bridge/hairpin": report.ExitInconclusive, "doctor": report.ExitInconclusive} {
		template := program(t)
		cmd := exec.Command("sh", "-c", `echo 0 > /proc/sys/user/max_user_namespaces && exec setpriv --bounding-set -all --inh-caps -all "$0" `+args, template.Path)
		cmd.Dir, cmd.Env = template.Dir, template.Env
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
		}
		out, err := cmd.CombinedOutput()
		if got := exitOf(t, err); got != code {
			t.Errorf("%s: exit status %d", args, got)
		}
		said := strings.Join(strings.Fields(string(out)), " ")
		for _, want := range []string{"user.max_user_namespaces", "sysctl user.max_user_namespaces=1024", "as root"} {
			if !strings.Contains(said, want) {
				t.Errorf("%s: does not say %q:\n%s", args, want, out)
			}
		}
		if strings.Contains(said, "pass") {
			t.Errorf("%s: something passed:\n%s", args, out)
		}
	}
}

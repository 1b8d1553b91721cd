package hold

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// strangerKey makes the test binary connect to the door that it names.
const strangerKey = "NETVERIFY_HOLD_TEST_STRANGER"

func TestMain(m *testing.M) {
	if name := os.Getenv(strangerKey); name != "" {
		fmt.Print(heard(name))
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// heard is what a holder says to a client that does not ask who it is.
func heard(name string) string {
	c, err := net.Dial("unix", "@"+name)
	if err != nil {
		return err.Error()
	}
	defer c.Close()
	b := make([]byte, 1)
	_, err = c.Read(b)
	if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) {
		return "nothing"
	}
	return fmt.Sprintf("%q", b)
}

// TestStrangersAreToldNothing: the holder looks for itself who has come.
func TestStrangersAreToldNothing(t *testing.T) {
	if os.Getuid() != 0 {
		return // there is no other user to become
	}
	d, err := Bind(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Open(Lab{Scenario: "t/held"}); err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for uid, want := range map[uint32]string{0: `"{"`, 65534: "nothing"} {
		cmd := exec.Command("/proc/self/exe")
		cmd.Dir, cmd.Env = "/", append(os.Environ(), strangerKey+"="+d.name)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
		out, err := cmd.CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != want {
			t.Errorf("uid %d: %s, %v; want %s", uid, got, err, want)
		}
	}
}

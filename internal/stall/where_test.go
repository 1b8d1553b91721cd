package stall

import (
	"os"
	"path/filepath"
	"testing"
)

// TestWhereAThreadIsHeld reads /proc as it looks like in a guest.
func TestWhereAThreadIsHeld(t *testing.T) {
	dir := t.TempDir()
	thread := func(id, state, stack, wchan string) {
		for name, text := range map[string]string{"stat": id + " (init (1) x) " + state + " 0 0", "stack": stack, "wchan": wchan} {
			if err := os.MkdirAll(filepath.Join(dir, id), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, id, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	thread("1", "S", "[<0>] futex_wait+0x1/0x2\n", "futex")
	if got := Where(dir); got != "" {
		t.Errorf("nobody is held: %q", got)
	}
	thread("2", "D", "[<0>] macvlan_open+0x5f/0x90 [macvlan]\n[<0>] __dev_open+0x1/0x2\n", "macvlan_open")
	if got := Where(dir); got != "macvlan_open < __dev_open" {
		t.Errorf("%q", got)
	}
	thread("2", "D", "", "rtnl_lock") // CONFIG_STACKTRACE is not set
	if got := Where(dir); got != "rtnl_lock" {
		t.Errorf("%q", got)
	}
}

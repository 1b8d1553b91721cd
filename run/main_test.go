package run

import (
	"fmt"
	"os"
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

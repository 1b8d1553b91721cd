// Package golden compares with files that hold what is right, for tests, and rewrites
// them where -update is given.
package golden

import (
	"flag"
	"os"
	"testing"

	"netverify/internal/whole"

	"github.com/google/go-cmp/cmp"
)

// Update is set by -update: what is right is written anew.
var Update = flag.Bool("update", false, "rewrite the golden files")

// Equal compares got with a file, or writes it there. A difference is an error of the
// test; a file that is not there ends it.
func Equal(t *testing.T, file string, got []byte) {
	t.Helper()
	if *Update {
		if err := whole.File(file, got); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs; -want +got (rewrite it with -update):\n%s", file, diff)
	}
}

package kernels

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"netverify/run"
)

// TestEvidenceOfAGuestFollowsNoLink: neither its recordings nor its console.
func TestEvidenceOfAGuestFollowsNoLink(t *testing.T) {
	for _, planted := range []string{"6.1", "6.1/topic", "6.1/topic/x.pcapng", "6.1/console.log"} {
		out, victim := t.TempDir(), t.TempDir()
		if err := os.MkdirAll(filepath.Join(out, filepath.Dir(planted)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(victim, filepath.Join(out, planted)); err != nil {
			t.Fatal(err)
		}
		c := &collector{opt: run.Options{Out: out, Below: "6.1"}}
		err := c.writeEvidence(evidenceFile{Name: "topic/x.pcapng", Data: []byte("x")})
		said := (&GuestError{Console: []string{"line"}}).keep(c.opt, 1)
		if console := planted == "6.1/console.log"; err == nil && !console || !strings.Contains(strings.Join(said, " "), "symbolic link") && (console || planted == "6.1") {
			t.Errorf("%s: %v, %q", planted, err, said)
		}
		if list, err := os.ReadDir(victim); err != nil || len(list) > 0 {
			t.Errorf("%s: written through the link: %v %v", planted, list, err)
		}
	}
	c := &collector{opt: run.Options{Out: t.TempDir()}}
	for _, name := range []string{"../x", "/x", "a/../../x"} {
		if err := c.writeEvidence(evidenceFile{Name: name}); err == nil {
			t.Errorf("%q was written", name)
		}
	}
}

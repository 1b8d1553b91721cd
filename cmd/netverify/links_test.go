package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"netverify/report"
)

// TestPlantedLinksAreNotFollowed: whoever can write to the folder of the evidence, or
// of a report, cannot make a run write elsewhere.
func TestPlantedLinksAreNotFollowed(t *testing.T) {
	for _, tt := range []struct {
		name string
		at   string // where the link is
		to   string // below the victim's folder
		args []string
		says string
	}{
		{"topic", "evidence/bridge", "", nil, "evidence/bridge is a symbolic link"},
		{"file", "evidence/bridge/hairpin.pcapng", "precious", nil, "evidence/bridge/hairpin.pcapng is a symbolic link"},
		{"kernel", "evidence/host", "", []string{"--kernel", "host"}, "evidence/host is a symbolic link"},
		{"topic of a kernel", "evidence/host/bridge", "", []string{"--kernel", "host"}, "evidence/host/bridge is a symbolic link"},
		{"report", "report.json", "precious", []string{"--out", "", "--report", "report.json"}, "report.json is a symbolic link"},
		{"report that leads nowhere", "report.json", "new", []string{"--out", "", "--report", "report.json"}, "report.json is a symbolic link"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cmd := program(t, append([]string{"run", "bridge/hairpin"}, tt.args...)...)
			victim, at := t.TempDir(), filepath.Join(cmd.Dir, tt.at)
			if err := os.WriteFile(filepath.Join(victim, "precious"), []byte("precious"), 0o644); err != nil {
				t.Fatal(err)
			}
			if err := os.MkdirAll(filepath.Dir(at), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(filepath.Join(victim, tt.to), at); err != nil {
				t.Fatal(err)
			}
			out, err := cmd.CombinedOutput()
			if code := exitOf(t, err); code != report.ExitInconclusive {
				t.Errorf("exit status %d", code)
			}
			if said := strings.Join(strings.Fields(string(out)), " "); !strings.Contains(said, tt.says) || !strings.Contains(said, "1 pass") {
				t.Errorf("does not say %q:\n%s", tt.says, out)
			}
			list, err := os.ReadDir(victim)
			if text, e := os.ReadFile(filepath.Join(victim, "precious")); err != nil || e != nil || len(list) != 1 || string(text) != "precious" {
				t.Errorf("written through the link: %v, %q, %v %v", list, text, err, e)
			}
		})
	}
}

// TestLinksOfTheMachine: /dev/stderr is a link, and so may be the folder that the
// user names.
func TestLinksOfTheMachine(t *testing.T) {
	cmd := program(t, "run", "bridge/hairpin", "--report", "json:/dev/stderr", "--out", "link")
	if err := os.Symlink("real", filepath.Join(cmd.Dir, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(cmd.Dir, "real"), 0o777); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.CombinedOutput()
	if code := exitOf(t, err); code != 0 || !strings.Contains(string(out), `"schema": "netverify/report/v1"`) {
		t.Errorf("exit status %d\n%s", code, out)
	}
	if _, err := os.Stat(filepath.Join(cmd.Dir, "real/bridge/hairpin.pcapng")); err != nil {
		t.Error(err)
	}
}

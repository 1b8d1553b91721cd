package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"netverify/capture/pcapng"
	"netverify/report"
)

// TestReportDiskFull: a report that cannot be written does not hide the verdicts.
func TestReportDiskFull(t *testing.T) {
	cmd := program(t, "run", "bridge/hairpin", "--out", "", "--json", "/dev/full")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if code := exitOf(t, cmd.Run()); code != report.ExitInconclusive {
		t.Errorf("exit status %d", code)
	}
	if !strings.Contains(stderr.String(), "no space left on device") || !strings.Contains(stdout.String(), "1 pass") {
		t.Errorf("stdout:\n%s\nstderr:\n%s", stdout.String(), stderr.String())
	}
}

// TestReportCutShort: no half of a report is left.
func TestReportCutShort(t *testing.T) {
	cmd := program(t)
	cmd.Args = []string{"sh", "-c", `ulimit -f 0 && exec "$0" run bridge/hairpin --out '' --json report.json`, cmd.Path}
	cmd.Path = "/bin/sh"
	out, err := cmd.CombinedOutput()
	if code := exitOf(t, err); code != report.ExitInconclusive {
		t.Errorf("exit status %d", code)
	}
	if !bytes.Contains(out, []byte("the report could not be written: report.json: file too large")) || !bytes.Contains(out, []byte("1 pass")) {
		t.Errorf("%s", out)
	}
	if _, err := os.Stat(filepath.Join(cmd.Dir, "report.json")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("left behind: %v", err)
	}
}

// TestReportsOnAFullDisk: what was there stays, nothing else appears, and the
// report on a good disk is written all the same.
func TestReportsOnAFullDisk(t *testing.T) {
	cmd := onDisk(t, `mount -t tmpfs -o size=8k none evidence && echo old > evidence/junit.xml && { cat /dev/zero > evidence/ballast 2>&- || true; }`,
		"bridge/hairpin", "--kernel", "host", "--out", "", "--report", "evidence/junit.xml", "--report", "evidence/new.md")
	out, err := cmd.CombinedOutput()
	if code := exitOf(t, err); code != report.ExitInconclusive {
		t.Errorf("exit status %d", code)
	}
	for _, want := range []string{"evidence/junit.xml: no space left on device", "evidence/new.md: no space left on device", "1 pass"} {
		if !bytes.Contains(out, []byte(want)) {
			t.Errorf("does not say %q:\n%s", want, out)
		}
	}
	if text, err := os.ReadFile(filepath.Join(cmd.Dir, "left/junit.xml")); err != nil || string(text) != "old\n" {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := os.Stat(filepath.Join(cmd.Dir, "left/new.md")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("half of a report: %v", err)
	}
	if s := readReport(t, filepath.Join(cmd.Dir, "report.json")).Runs[0].Summary; s != (report.Summary{Pass: 1}) {
		t.Errorf("%+v", s)
	}
}

// TestEvidenceCutShort: where a file cannot grow (ulimit) the report says so,
// the verdicts stay, and no half of a file is left.
func TestEvidenceCutShort(t *testing.T) {
	cmd := program(t)
	cmd.Args = []string{"sh", "-c", `ulimit -f 0 && exec "$0" run bridge/hairpin`, cmd.Path}
	cmd.Path = "/bin/sh"
	out, err := cmd.CombinedOutput()
	if code := exitOf(t, err); code != report.ExitInconclusive {
		t.Errorf("exit status %d", code)
	}
	for _, want := range []string{"trouble: ", "file too large", "1 scenario: 1 pass, 0 fail"} {
		if !bytes.Contains(out, []byte(want)) {
			t.Errorf("does not say %q:\n%s", want, out)
		}
	}
	if left, err := filepath.Glob(filepath.Join(cmd.Dir, "evidence/bridge/*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// onDisk prepares a run whose evidence folder is a file system of its own. It
// is mounted by a shell in a mount namespace, of a user namespace where the
// test has no privilege itself; report.json lies outside of it, and what was in
// the folder at the end is copied to left/.
func onDisk(t *testing.T, mount string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := program(t)
	const script = `mkdir -p evidence left/host && %s && code=0
"$0" run --json report.json "$@" || code=$?
cp -R evidence/. left && exit $code`
	cmd.Args = append([]string{"sh", "-c", strings.Replace(script, "%s", mount, 1), cmd.Path}, args...)
	cmd.Path = "/bin/sh"
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	return cmd
}

// TestEvidenceOnABadDisk: whatever the disk does to the evidence, the verdicts
// are those of a good one; what is missing is told, and what is there is whole.
func TestEvidenceOnABadDisk(t *testing.T) {
	const full = `mount -t tmpfs -o size=8k none evidence && { cat /dev/zero > evidence/ballast 2>&- || true; }`
	for _, tt := range []struct {
		name, mount string
		some        bool // some of the evidence has room
		trouble     string
	}{
		{"full", full, false, "no space left on device"},
		{"fills up", `mount -t tmpfs -o size=64k none evidence`, true, "no space left on device"},
		{"no inode left", `mount -t tmpfs -o nr_inodes=1 none evidence`, false, "no space left on device"},
		{"read-only", `mount -t tmpfs -o ro none evidence`, false, "read-only file system"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cmd := onDisk(t, tt.mount, "bridge/*", "--kernel", "host")
			out, err := cmd.CombinedOutput()
			if code := exitOf(t, err); code != report.ExitInconclusive {
				t.Errorf("exit status %d", code)
			}
			if !bytes.Contains(out, []byte("trouble: the evidence of ")) {
				t.Errorf("does not tell the trouble:\n%s", out)
			}
			run := readReport(t, filepath.Join(cmd.Dir, "report.json")).Runs[0]
			if len(run.Trouble) != 1 || !strings.HasSuffix(run.Trouble[0], tt.trouble) {
				t.Errorf("trouble %q", run.Trouble)
			}
			if run.Summary.Pass == 0 || run.Summary.Pass+run.Summary.Skip != run.Summary.Total() {
				t.Errorf("%+v\n%s", run.Summary, out)
			}
			if written := evidence(t, run, filepath.Join(cmd.Dir, "left", "host")); (written > 0) != tt.some {
				t.Errorf("%d files of evidence", written)
			}
		})
	}
}

// evidence compares the files with what the report says of them, and returns
// their number.
func evidence(t *testing.T, run report.Run, dir string) (written int) {
	t.Helper()
	for _, s := range run.Scenarios {
		if s.Outcome != "skip" && (len(s.Evidence) == 0) != (s.Trouble != "") {
			t.Errorf("%s: evidence %q, trouble %q", s.Name, s.Evidence, s.Trouble)
		}
		for _, file := range s.Evidence {
			if _, err := os.Stat(filepath.Join(dir, file)); err != nil {
				t.Errorf("%s: %v", s.Name, err)
			}
			written++
		}
	}
	if whole := wholeFiles(t, dir, "ballast"); whole != written {
		t.Errorf("%d files are there, the report names %d", whole, written)
	}
	return written
}

// wholeFiles counts the files below dir, each of which has to be a pcapng with
// netverify's final record.
func wholeFiles(t *testing.T, dir string, except ...string) (n int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || len(except) > 0 && d.Name() == except[0] {
			return err
		}
		n++
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		if c, err := pcapng.Read(f); err != nil || len(c.Sections) != 1 || !c.Sections[0].Native {
			t.Errorf("%s is not whole: %v", path, err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return n
}

func readReport(t *testing.T, file string) (rep report.Report) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &rep); err != nil {
		t.Fatal(err)
	}
	return rep
}

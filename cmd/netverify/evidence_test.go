package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"netverify/capture/pcapng"
	"netverify/report"
)

// TestAReportShowsItsOwnFrames: where another run has replaced the evidence its
// frames are not shown as those of the report, and why is told.
func TestAReportShowsItsOwnFrames(t *testing.T) {
	cmd := program(t, "run", "bridge/hairpin", "--report", "first.json")
	again := exec.Command(cmd.Path, "run", "bridge/hairpin", "--report", "second.json")
	again.Dir, again.Env = cmd.Dir, cmd.Env
	ran := func(cmd *exec.Cmd, file string) *report.Run {
		t.Helper()
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		text, err := os.ReadFile(filepath.Join(cmd.Dir, file))
		if err != nil {
			t.Fatal(err)
		}
		rep, err := report.Parse(text)
		if err != nil || len(rep.Runs) != 1 {
			t.Fatalf("%d runs, %v", len(rep.Runs), err)
		}
		rep.Runs[0].Evidence = filepath.Join(cmd.Dir, rep.Runs[0].Evidence)
		return &rep.Runs[0]
	}
	const file = "bridge/hairpin.pcapng"
	r := reading{limit: pcapng.DefaultLimit}
	first := ran(cmd, "first.json")
	if rec, err := r.recordings(first, file); err != nil || len(rec.Observations) == 0 {
		t.Fatalf("%d frames of its own, %v", len(rec.Observations), err)
	}
	second := ran(again, "second.json")
	rec, err := r.recordings(first, file)
	if err == nil || !strings.Contains(err.Error(), "holds the frames of another run") || len(rec.Observations) != 0 {
		t.Errorf("%d frames of another run, %v", len(rec.Observations), err)
	}
	if rec, err := r.recordings(second, file); err != nil || len(rec.Observations) == 0 {
		t.Errorf("%d frames, %v", len(rec.Observations), err)
	}
}

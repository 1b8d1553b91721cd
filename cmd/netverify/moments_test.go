package main

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"netverify/report"
)

// moments is how often a run of each user is interrupted.
const moments = 15

// TestInterruptedAtAnyMoment: whenever a signal comes, before the first line of the
// program, in a lab, while evidence or the report is written, the run ends with a status
// that says so, what it has written is whole, and nothing is left of it.
func TestInterruptedAtAnyMoment(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	for name, uid := range users() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, uint64(uid)))
			cmd := program(t)
			whole := interruptOnce(t, cmd, uid, syscall.SIGTERM, time.Hour)
			if whole.code != report.ExitPass {
				t.Fatalf("without a signal: exit status %d\n%s", whole.code, whole.said)
			}
			codes := map[int]int{}
			for i := range moments {
				s := []syscall.Signal{syscall.SIGINT, syscall.SIGTERM}[i%2]
				// Each part of the run has its turn.
				when := (time.Duration(i) + time.Duration(random.Float64()*float64(time.Second))/time.Second) * whole.took / moments
				r := interruptOnce(t, cmd, uid, s, when)
				if codes[r.code]++; r.code == report.ExitPass {
					whole.took = min(whole.took, r.took) // the first one may have met a busier machine
				}
				switch {
				case r.code == report.ExitPass || r.code == report.ExitInconclusive:
					rep := readReport(t, r.report).Runs[0]
					if sum := rep.Summary; sum.Fail+sum.Inconclusive > 0 || (r.code == report.ExitPass) != (len(rep.Trouble) == 0 && sum.Error == 0) {
						t.Errorf("after %v: exit status %d of %+v, and trouble %q", when, r.code, sum, rep.Trouble)
					}
				case r.code == 128+int(s), r.code == -1: // before it heard of signals
					if _, err := os.Stat(r.report); !errors.Is(err, fs.ErrNotExist) {
						t.Errorf("after %v: ended by the signal, and there is a report: %v", when, err)
					}
				default:
					t.Errorf("after %v: exit status %d\n%s", when, r.code, r.said)
				}
				if t.Failed() {
					t.Fatalf("%v after %v", s, when)
				}
			}
			if codes[report.ExitInconclusive] == 0 { // the control
				t.Errorf("no run was interrupted while it ran: %v", codes)
			}
			t.Logf("a run takes %v; exit statuses %v", whole.took, codes)
		})
	}
}

// ending is how a run ended.
type ending struct {
	code   int
	took   time.Duration
	said   string
	report string // its file
}

// interruptOnce sends a signal to a run when so much time has passed, and looks for what
// it has left. Its first scenario writes much evidence.
func interruptOnce(t *testing.T, template *exec.Cmd, uid int, s syscall.Signal, when time.Duration) ending {
	t.Helper()
	dir, err := os.MkdirTemp(template.Dir, "moment")
	if err != nil {
		t.Fatal(err)
	}
	tmp := filepath.Join(dir, "tmp")
	if err := errors.Join(os.Mkdir(tmp, 0o777), os.Chmod(tmp, 0o777), os.Chmod(dir, 0o777)); err != nil { // beyond the umask
		t.Fatal(err)
	}
	cmd := as(template, uid, "run", "many.yaml", "bridge/hairpin", "macvlan/vepa-reflective-relay", "bridge/isolated", "--jobs", "1", "--report", "report.json", "--report", "report.html")
	cmd.Dir, cmd.Env = dir, append(cmd.Env, "TMPDIR="+tmp) // and thus all that it starts is known
	many := strings.Replace(scenarioOf("t/many", `{at: "b:eth0 in", frames: "eth.src == @a:eth0", count: 1000}`), `from: "a:eth0"`, "count: 1000\n      from: \"a:eth0\"", 1)
	writeScenario(t, cmd, "many.yaml", many)
	before := machine(t)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	began := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	e := ending{report: filepath.Join(dir, "report.json")}
	select {
	case <-time.After(when):
		_ = cmd.Process.Signal(s) // it may just have ended
		err = <-ended
	case err = <-ended:
	}
	e.took, e.code, e.said = time.Since(began), exitOf(t, err), said.String()
	soon(t, "processes", "", func() string { return strings.Join(started(tmp), " ") })
	soon(t, "on the machine", before, func() string { return machine(t) })
	if left, _ := os.ReadDir(tmp); len(left) > 0 {
		t.Errorf("temporary files: %v", left)
	}
	evidence := filepath.Join(dir, "evidence")
	if _, err := os.Stat(evidence); !errors.Is(err, fs.ErrNotExist) {
		wholeFiles(t, evidence)
	}
	if page, err := os.ReadFile(filepath.Join(dir, "report.html")); err == nil && !bytes.HasSuffix(bytes.TrimSpace(page), []byte("</html>")) {
		t.Errorf("a page of %d bytes has no end", len(page))
	}
	return e
}

// TestInterruptedWhileTheReportIsWritten: what was shown by then keeps its status, and
// the report comes whole to whoever reads it.
func TestInterruptedWhileTheReportIsWritten(t *testing.T) {
	for name, uid := range users() {
		for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
			t.Run(name+"/"+s.String(), func(t *testing.T) {
				t.Parallel()
				cmd := program(t)
				pipe := filepath.Join(cmd.Dir, "read-later.json")
				if err := errors.Join(syscall.Mkfifo(pipe, 0o600), os.Chmod(pipe, 0o666)); err != nil { // beyond the umask
					t.Fatal(err)
				}
				p := beginBy(t, as(cmd, uid, "run", "bridge/hairpin", "--report", "read-later.json"), (*exec.Cmd).Start)
				p.says(t, "waiting for somebody to read from read-later.json")
				p.signal(t, s)
				p.says(t, "interrupted: ")
				if sum := readReport(t, pipe).Runs[0].Summary; sum != (report.Summary{Pass: 1}) {
					t.Errorf("%+v", sum)
				}
				if code := p.wait(t); code != report.ExitPass {
					t.Errorf("exit status %d\n%s", code, p.said.String())
				}
			})
		}
	}
}

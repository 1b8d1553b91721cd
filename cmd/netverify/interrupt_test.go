package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"netverify/report"
)

// scenarioOf is a scenario by this name that sends a frame, and expects what is
// given as YAML.
func scenarioOf(name, expect string) string {
	return `name: ` + name + `
title: A frame is sent
topology:
  switches:
    sw: {ports: {p1: {}, p2: {}}}
  hosts:
    a: {interfaces: {eth0: {cable: "sw:p1", addresses: [192.0.2.1/24]}}}
    b: {interfaces: {eth0: {cable: "sw:p2"}}}
steps:
  - name: a broadcast is sent
    send:
      from: "a:eth0"
      frame: {eth: {src: "@a:eth0", dst: broadcast}, payload: {text: to all}}
    expect:
      seen: ` + expect + "\n"
}

// What may be expected of it.
const (
	comes    = `{at: "b:eth0 in", frames: "eth.src == @a:eth0"}`
	never    = `{at: "a:eth0 in", frames: "eth.src == @a:eth0"}`
	waitsFor = `{at: "a:eth0 in", frames: "eth.src == @a:eth0", within: 1h}`
)

// writeScenario puts a scenario where cmd works.
func writeScenario(t *testing.T, cmd *exec.Cmd, file, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(cmd.Dir, file), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// process is a program that runs, with what it has said.
type process struct {
	*exec.Cmd
	out    bytes.Buffer // standard output; to be read after wait
	said   strings.Builder
	stderr *bufio.Reader
}

// beginBy starts a command.
func beginBy(t *testing.T, cmd *exec.Cmd, start func(*exec.Cmd) error) *process {
	t.Helper()
	p := &process{Cmd: cmd}
	cmd.Stdout = &p.out
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.stderr = bufio.NewReader(stderr)
	if err := start(cmd); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return p
}

// says waits for a line on standard error that contains text.
func (p *process) says(t *testing.T, text string) string {
	t.Helper()
	for {
		line, err := p.stderr.ReadString('\n')
		p.said.WriteString(line)
		switch {
		case strings.Contains(line, text):
			return line
		case err != nil:
			t.Fatalf("never said %q, but:\n%s", text, p.said.String())
		}
	}
}

func (p *process) signal(t *testing.T, s os.Signal) {
	t.Helper()
	if err := p.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// wait returns the exit status.
func (p *process) wait(t *testing.T) int {
	t.Helper()
	rest, _ := io.ReadAll(p.stderr)
	p.said.Write(rest)
	return exitOf(t, p.Wait())
}

// exists waits for a file.
func exists(t *testing.T, file string) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; <-time.After(time.Millisecond) {
		if _, err := os.Stat(file); err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s never came", file)
		}
	}
}

// TestInterruptedRunIsReported: whatever asks a run to end, the scenario that waits
// is ended, what was done keeps its verdict and its evidence, what was not
// run is said, and all reports are there.
func TestInterruptedRunIsReported(t *testing.T) {
	// A signal that is caught here is at its default in a program that is started,
	// where it would be ignored if nohup(1) had started the tests.
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGHUP)
	t.Cleanup(func() { signal.Stop(caught) })
	for name, uid := range users() {
		for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
			t.Run(name+"/"+s.String(), func(t *testing.T) {
				t.Parallel()
				p := interrupted(t, uid, "--report", "report.json", "--report", "report.txt")
				p.signal(t, s)
				if code := p.wait(t); code != report.ExitInconclusive {
					t.Errorf("exit status %d\n%s%s", code, p.said.String(), p.out.String())
				}
				for _, want := range []string{
					"stopped after 2 of 3 scenarios: " + s.String() + " signal received",
					"interrupted ", // before its step, or while that waited
					"1 pass, 0 fail, 0 inconclusive, 0 skip, 1 error",
				} {
					if !strings.Contains(strings.Join(strings.Fields(p.out.String()), " "), want) {
						t.Errorf("does not say %q:\n%s", want, p.out.String())
					}
				}
				rep := readReport(t, filepath.Join(p.Dir, "report.json"))
				if sum := rep.Runs[0].Summary; sum != (report.Summary{Pass: 1, Error: 1}) {
					t.Errorf("%+v", sum)
				}
				exists(t, filepath.Join(p.Dir, "report.txt"))
				if n := wholeFiles(t, filepath.Join(p.Dir, "evidence")); n != 2 {
					t.Errorf("%d files of evidence", n)
				}
			})
		}
	}
}

// TestSecondInterruptEndsAtOnce: the run does not survive it, although the
// report can never be written: nobody opens the other end of the pipe that it is
// to go to.
func TestSecondInterruptEndsAtOnce(t *testing.T) {
	for name, uid := range users() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := program(t)
			pipe := filepath.Join(cmd.Dir, "never-read.json")
			if err := errors.Join(syscall.Mkfifo(pipe, 0o600), os.Chmod(pipe, 0o666)); err != nil { // beyond the umask
				t.Fatal(err)
			}
			p := interruptedIn(t, cmd, uid, "--report", "never-read.json")
			p.signal(t, os.Interrupt)
			p.says(t, "interrupted: ")
			ended := make(chan struct{})
			go func() { // as often as an impatient user: the first one may be taken for an echo
				for {
					select {
					case <-time.After(again / 10):
						_ = p.Process.Signal(os.Interrupt)
					case <-ended:
						return
					}
				}
			}()
			defer close(ended)
			if code := p.wait(t); code != 128+int(syscall.SIGINT) {
				t.Errorf("exit status %d\n%s", code, p.out.String())
			}
		})
	}
}

// interrupted starts a run whose first scenario has passed, whose second waits
// for an hour, and whose third has not begun.
func interrupted(t *testing.T, uid int, args ...string) *process {
	t.Helper()
	return interruptedIn(t, program(t), uid, args...)
}

func interruptedIn(t *testing.T, cmd *exec.Cmd, uid int, args ...string) *process {
	t.Helper()
	writeScenario(t, cmd, "1.yaml", scenarioOf("t/first", comes))
	writeScenario(t, cmd, "2.yaml", scenarioOf("t/waits", waitsFor))
	writeScenario(t, cmd, "3.yaml", scenarioOf("t/third", comes))
	args = append([]string{"run", "1.yaml", "2.yaml", "3.yaml", "--jobs", "1"}, args...)
	p := beginBy(t, as(cmd, uid, args...), (*exec.Cmd).Start)
	exists(t, filepath.Join(cmd.Dir, "evidence/t/first.pcapng"))
	// The trial of what is allowed, and three nodes a lab.
	for deadline := time.Now().Add(patience); len(held(family(p.Process.Pid))) < 1+2*3; <-time.After(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the second scenario never began")
		}
	}
	return p
}

// family are a process and all that descend from it.
func family(pid int) []string {
	pids := []string{strconv.Itoa(pid)}
	for i := 0; i < len(pids); i++ {
		for _, f := range proc(pids[i] + "/task/*/children") {
			b, _ := os.ReadFile(f) // a thread may have ended
			pids = append(pids, strings.Fields(string(b))...)
		}
	}
	return pids
}

package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"netverify/internal/netns"
	"netverify/report"
)

// isHeld is the last that a run says before it waits.
const isHeld = "lets go of it"

// street is where runs that are held find each other: a network namespace of
// the test's own where it may make one, so that nobody else's are seen.
type street struct {
	ns  *netns.NS // nil: that of the test
	uid int
	dir string
	tmp *exec.Cmd // the program, in a folder of its own
}

func newStreet(t *testing.T, uid int) *street {
	t.Helper()
	s := &street{uid: uid, tmp: program(t)}
	s.dir = s.tmp.Dir
	if os.Getuid() != 0 {
		return s
	}
	var err error
	if s.ns, err = netns.New(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.ns.Close() })
	return s
}

func (s *street) start(cmd *exec.Cmd) error {
	if s.ns == nil {
		return cmd.Start()
	}
	return s.ns.Do(cmd.Start)
}

// begin starts a command whose first line of output is "begun", and waits for it.
func (s *street) begin(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.start(cmd); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, len("begun\n"))); err != nil {
		t.Fatal(err)
	}
}

// command is the program with arguments.
func (s *street) command(args ...string) *exec.Cmd { return as(s.tmp, s.uid, args...) }

// hold starts a run, and waits until it holds a lab.
func (s *street) hold(t *testing.T, args ...string) *process {
	t.Helper()
	for name, expect := range map[string]string{"passes": comes, "fails": never} {
		writeScenario(t, s.tmp, name+".yaml", scenarioOf("t/"+name, expect))
	}
	p := beginBy(t, s.command(append([]string{"run"}, args...)...), s.start)
	p.says(t, isHeld)
	return p
}

// enter runs the verb to its end.
func (s *street) enter(t *testing.T, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	cmd := s.command(append([]string{"enter"}, args...)...)
	var out, said bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &said
	if err := s.start(cmd); err != nil {
		t.Fatal(err)
	}
	return exitOf(t, cmd.Wait()), out.String(), said.String()
}

// TestHeldLabIsEntered: what is told of a lab that is held, what runs in it, and
// how it ends.
func TestHeldLabIsEntered(t *testing.T) {
	for name, uid := range users() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStreet(t, uid)
			p := s.hold(t, "fails.yaml", "--hold", "on-fail", "--report", "report.json")
			pid := strconv.Itoa(p.Process.Pid)
			for _, want := range []string{"held: t/fails (fail), PID " + pid, "a   eth0 cable to sw:p1, 192.0.2.1/24", "netverify enter a -- ip -br addr"} {
				if !strings.Contains(p.said.String(), want) {
					t.Errorf("does not say %q:\n%s", want, p.said.String())
				}
			}
			// All is written by then.
			if sum := readReport(t, filepath.Join(s.dir, "report.json")).Runs[0].Summary; sum != (report.Summary{Fail: 1}) {
				t.Errorf("%+v", sum)
			}
			if n := wholeFiles(t, filepath.Join(s.dir, "evidence")); n != 1 {
				t.Errorf("%d files of evidence", n)
			}
			s.look(t, pid)
			s.differ(t)
			p.signal(t, os.Interrupt)
			if code := p.wait(t); code != report.ExitFail {
				t.Errorf("exit status %d\n%s", code, p.said.String())
			}
			if code, _, said := s.enter(t, "", "a"); s.ns != nil && (code != 125 || !strings.Contains(said, "no lab is held")) {
				t.Errorf("after its end: %d %s", code, said)
			}
		})
	}
}

// look runs commands in a lab that a process holds.
func (s *street) look(t *testing.T, pid string) {
	for _, tt := range []struct {
		name  string
		stdin string
		args  []string
		code  int
		want  string // of standard output, or of standard error where that says something
	}{
		{"what is held", "", nil, 0, "t/fails (fail), held by PID " + pid + "\n"},
		{"output", "", []string{"a", "--", "cat", "/proc/net/fib_trie"}, 0, "192.0.2.1"},
		{"ip(8)", "", []string{"a", "--", "ip", "-br", "addr"}, 0, "192.0.2.1/24"},
		{"the node's /sys", "", []string{"sw", "--", "ls", "/sys/class/net"}, 0, "br0\nlo\np1\np2\n"},
		{"the node in the environment", "", []string{"b", "--", "sh", "-c", "echo $NETVERIFY_NODE $PATH"}, 0, "b " + os.Getenv("PATH")},
		{"the folder", "", []string{"b", "--", "ls", "fails.yaml"}, 0, "fails.yaml\n"},
		{"input", "to be read", []string{"b", "--", "cat"}, 0, "to be read"},
		{"a shell without a terminal", "echo in $NETVERIFY_NODE", []string{"b"}, 0, "in b\n"},
		{"exit status", "", []string{"b", "--", "sh", "-c", "exit 42"}, 42, ""},
		{"killed", "", []string{"b", "--", "sh", "-c", "kill -TERM $$"}, 128 + int(syscall.SIGTERM), ""},
		{"no command", "", []string{"b", "--", "no-such-command"}, 127, "netverify: no-such-command: no such command\n"},
		{"no program", "", []string{"b", "--", "/etc/passwd"}, 126, "netverify: /etc/passwd: permission denied\n"},
		{"no node", "", []string{"aa", "--", "true"}, 125, `t/fails has no node "aa"; did you mean "a"?; its nodes: sw, a, b`},
		{"no run", "", []string{"--run", "t/fail", "a"}, 125, `no lab of "t/fail" is held; did you mean "t/fails"?`},
		{"no --", "", []string{"a", "true"}, 2, "netverify enter a -- true"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.name == "ip(8)" {
				if _, err := exec.LookPath("ip"); err != nil {
					t.Skip("ip(8) is not installed (Debian: iproute2)")
				}
			}
			code, out, said := s.enter(t, tt.stdin, tt.args...)
			if code != tt.code || !strings.Contains(out+said, tt.want) || said != "" && code == 0 {
				t.Errorf("exit status %d\n%s%s", code, out, said)
			}
		})
	}
}

// differ looks whether each node is a network namespace of its own.
func (s *street) differ(t *testing.T) {
	t.Helper()
	seen := map[string]string{namespaceOf(t, "self"): "the host"}
	for _, node := range []string{"sw", "a", "b"} {
		_, out, said := s.enter(t, "", node, "--", "readlink", "/proc/self/ns/net")
		if ns := strings.TrimSpace(out); !strings.HasPrefix(ns, "net:[") || seen[ns] != "" {
			t.Errorf("%s is in %q, as %s\n%s", node, ns, seen[ns], said)
		} else {
			seen[ns] = node
		}
	}
}

// TestWhatIsHeld: by what was asked for, and how the run ends then.
func TestWhatIsHeld(t *testing.T) {
	steps := strings.Replace(scenarioOf("t/steps", comes), "steps:\n", `steps:
  - name: a has another address
    set: {"a:eth0": {addresses: [192.0.2.2/24]}}
  - name: and another one
    set: {"a:eth0": {addresses: [192.0.2.3/24]}}
`, 1)
	for _, tt := range []struct {
		name string
		args []string
		code int
		held string // scenario; "" for none
		said string
	}{
		{"a pass is not held on-fail", []string{"passes.yaml", "--hold", "on-fail"}, 0, "", ""},
		{"a pass is held always", []string{"passes.yaml", "--hold", "always"}, 0, "t/passes (pass)", ""},
		{"nothing is held", []string{"fails.yaml", "--hold", "never"}, 1, "", ""},
		{"time is up", []string{"fails.yaml", "--hold", "on-fail", "--hold-for", "1ms"}, 1, "t/fails (fail)", "after 1ms"},
		{"the rest is run", []string{"fails.yaml", "passes.yaml", "--jobs", "1", "--hold", "on-fail", "--hold-for", "1ms"}, 1, "t/fails (fail)", "held: t/fails (fail), while the rest is run"},
		{"the first repetition that fails", []string{"fails.yaml", "--repeat", "3", "--hold", "on-fail", "--hold-for", "1ms"}, 1, "t/fails (fail)", ""},
		{"at a step", []string{"steps.yaml", "--hold", "at-step=1"}, 3, "t/steps (error)", "192.0.2.2/24"},
		{"at the last step", []string{"steps.yaml", "--hold", "at-step=3"}, 0, "t/steps (pass)", "192.0.2.3/24"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newStreet(t, os.Getuid())
			writeScenario(t, s.tmp, "steps.yaml", steps)
			if tt.held == "" {
				writeScenario(t, s.tmp, "passes.yaml", scenarioOf("t/passes", comes))
				writeScenario(t, s.tmp, "fails.yaml", scenarioOf("t/fails", never))
				p := beginBy(t, s.command(append([]string{"run"}, tt.args...)...), s.start)
				if code := p.wait(t); code != tt.code || strings.Contains(p.said.String(), "held") {
					t.Errorf("exit status %d\n%s", code, p.said.String())
				}
				return
			}
			p := s.hold(t, tt.args...)
			if said := p.said.String(); !strings.Contains(said, "held: "+tt.held+", PID") || !strings.Contains(said, tt.said) {
				t.Errorf("says\n%s", said)
			}
			_ = p.Process.Signal(syscall.SIGTERM) // its time may be up
			if code := p.wait(t); code != tt.code && tt.args[len(tt.args)-1] != "1ms" {
				t.Errorf("exit status %d\n%s%s", code, p.out.String(), p.said.String())
			}
		})
	}
}

// TestSeveralLabsAreHeld: which is meant must be said, and who they belong to counts.
func TestSeveralLabsAreHeld(t *testing.T) {
	t.Parallel()
	s := newStreet(t, os.Getuid())
	one, two := s.hold(t, "fails.yaml", "--hold", "on-fail"), s.hold(t, "passes.yaml", "--hold", "always", "--out", "")
	code, _, said := s.enter(t, "", "a", "--", "true")
	if s.ns != nil && (code != 125 || !strings.Contains(said, "2 labs are held")) {
		t.Errorf("exit status %d\n%s", code, said)
	}
	for p, name := range map[*process]string{one: "t/fails (fail)", two: "t/passes (pass)"} {
		if want := fmt.Sprintf("--run %d    %s: sw a b", p.Process.Pid, name); !strings.Contains(said, want) {
			t.Errorf("does not say %q:\n%s", want, said)
		}
		for _, which := range []string{strconv.Itoa(p.Process.Pid), strings.Fields(name)[0]} {
			if code, out, said := s.enter(t, "", "--run", which, "a", "--", "echo", which); code != 0 || out != which+"\n" {
				t.Errorf("%d %s%s", code, out, said)
			}
		}
	}
	if s.ns == nil {
		return // there is no other user to become
	}
	other := *s
	other.uid = 65534
	if code, _, said := other.enter(t, "", "a"); code != 125 || !strings.Contains(said, "another user does, uid 0") {
		t.Errorf("nobody: exit status %d\n%s", code, said)
	}
}

// TestEveryEndOfAHoldEndsItsCommands, also what they have started in the
// background, and what has left their session.
func TestEveryEndOfAHoldEndsItsCommands(t *testing.T) {
	const command = "setsid sleep 1000 & sleep 1000 & echo begun; sleep 1000"
	for name, uid := range users() {
		for _, sig := range []syscall.Signal{syscall.SIGKILL, syscall.SIGINT} {
			t.Run(name+"/"+sig.String(), func(t *testing.T) {
				t.Parallel()
				s := newStreet(t, uid)
				s.tmp.Env = append(s.tmp.Env, "TMPDIR="+s.dir) // and thus all that is started is known
				p := s.hold(t, "fails.yaml", "--hold", "on-fail")
				cmd := s.command("enter", "a", "--", "sh", "-c", command)
				s.begin(t, cmd)
				if n := len(started(s.dir)); n < 2+4 { // the control: run and enter; init, sh and three sleeps
					t.Fatalf("%d processes", n)
				}
				p.signal(t, sig)
				p.wait(t)
				if code := exitOf(t, cmd.Wait()); code == 0 {
					t.Error("the command has succeeded")
				}
				soon(t, "processes", "", func() string { return strings.Join(started(s.dir), " ") })
				if doors := doorsIn(t, s); s.ns != nil && strings.Contains(doors, "netverify") {
					t.Errorf("left behind:\n%s", doors)
				}
			})
		}
	}
}

// doorsIn is the kernel's table of local sockets.
func doorsIn(t *testing.T, s *street) (table string) {
	t.Helper()
	read := func() error {
		b, err := os.ReadFile("/proc/thread-self/net/unix")
		table = string(b)
		return err
	}
	if s.ns == nil {
		return ""
	}
	if err := s.ns.Do(read); err != nil {
		t.Fatal(err)
	}
	return table
}

// TestEnterEndsWithItsCommand: signals reach the command, and it ends with who has asked for it.
func TestEnterEndsWithItsCommand(t *testing.T) {
	t.Parallel()
	s := newStreet(t, os.Getuid())
	s.tmp.Env = append(s.tmp.Env, "TMPDIR="+s.dir)
	s.hold(t, "fails.yaml", "--hold", "on-fail")
	before := strings.Join(started(s.dir), " ")
	for sig, want := range map[syscall.Signal]int{syscall.SIGINT: 3, syscall.SIGTERM: 128 + int(syscall.SIGTERM), syscall.SIGKILL: -1} {
		cmd := s.command("enter", "a", "--", "sh", "-c", "trap 'exit 3' INT; echo begun; while :; do sleep 0.01; done")
		s.begin(t, cmd)
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		if code := exitOf(t, cmd.Wait()); code != want {
			t.Errorf("%s: exit status %d, want %d", sig, code, want)
		}
		soon(t, "processes", before, func() string { return strings.Join(started(s.dir), " ") })
	}
}

package lab

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"netverify/scenarios"
)

// Tests of whole processes: the test binary runs itself in a role.
const roleKey = "NETVERIFY_LAB_TEST_ROLE"

const passedThrough = 42

// TestMain lets everything run without root as well: in a user namespace.
func TestMain(m *testing.M) {
	if role := os.Getenv(roleKey); role != "" {
		os.Exit(play(role))
	}
	done, exit, err := EnsurePrivilege(os.Args)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if done {
		os.Exit(exit)
	}
	os.Exit(m.Run())
}

// play is the main function of a role.
func play(role string) int {
	switch role {
	case "refused":
		fmt.Println(build())
		return 0
	case "few-files", "few-namespaces":
		return meetLimit(role)
	case "rootless", "rootless-hold":
		done, exit, err := EnsurePrivilege(os.Args)
		if err != nil {
			fmt.Println(err)
			return 1
		}
		if done {
			return exit
		}
	}
	l, err := Build(macvlanPlan("vepa"))
	if err != nil {
		fmt.Println(err)
		return 1
	}
	first, err := l.State(stateWants("c1:eth0", "operstate", "link"))
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Printf("pid %d uid %d %s %s fd %d\n", os.Getpid(), os.Getuid(), first[0].Value, first[1].Value, l.NS("host").FD())
	if role == "rootless" {
		return passedThrough
	}
	_, _ = io.Copy(io.Discard, os.Stdin) // until it is killed
	return 0
}

// roleCommand is a role that has not begun.
func roleCommand(role string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe") // the folder of a test binary is its owner's alone
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), roleKey+"="+role)
	cmd.Stderr = os.Stderr
	return cmd
}

// start runs a role as root, if only of a user namespace, or as a user who may
// do nothing special. line is the first that it prints.
func start(t *testing.T, role string, privileged bool) (cmd *exec.Cmd, line string) {
	t.Helper()
	cmd = roleCommand(role)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	begin := cmd.Start
	if !privileged {
		begin = func() error { return startUnprivileged(cmd) }
	}
	if err := begin(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	line, err = bufio.NewReader(out).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	return cmd, strings.TrimSpace(line)
}

// startUnprivileged starts cmd as nobody. Where the test is itself rootless
// there is no other user to become; then cmd stays root of the test's user
// namespace, but without its capabilities.
func startUnprivileged(cmd *exec.Cmd) error {
	if !reexeced {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		return cmd.Start()
	}
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread dies with its small bounding set
		for c := uintptr(0); c <= unix.CAP_LAST_CAP; c++ {
			// To map the root of one user namespace to that of the next
			// needs CAP_SETFCAP; a real nobody has another uid to map
			// (user_namespaces(7), "Defining user and group ID mappings").
			if c == unix.CAP_SETFCAP {
				continue
			}
			if err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0); err != nil && err != unix.EINVAL { // EINVAL: unknown to this kernel
				started <- err
				return
			}
		}
		started <- cmd.Start()
	}()
	return <-started
}

func TestRootless(t *testing.T) {
	if _, line := start(t, "refused", false); !strings.Contains(line, "operation not permitted") {
		t.Errorf("without privilege Build says %q", line)
	}
	cmd, line := start(t, "rootless", false)
	if !strings.HasPrefix(line, "pid 1 uid 0 up host:eth0 fd ") {
		t.Errorf("the re-executed process says %q", line)
	}
	err := cmd.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != passedThrough {
		t.Errorf("exit status: %v, want %d", err, passedThrough)
	}
}

func TestNothingSurvivesKill9(t *testing.T) {
	for role, privileged := range map[string]bool{"hold": true, "rootless-hold": false} {
		t.Run(role, func(t *testing.T) {
			cmd, line := start(t, role, privileged)
			if !strings.Contains(line, " up host:eth0 fd ") {
				t.Fatalf("%s says %q", role, line)
			}
			worker := cmd.Process.Pid
			if !privileged {
				worker = childOf(t, worker)
			}
			fd := line[strings.LastIndexByte(line, ' ')+1:]
			own := tie(t, filepath.Join("/proc", strconv.Itoa(worker), "fd", fd))
			if n := own.links(t); n != 2 { // the control
				t.Fatalf("%d interfaces, want lo and the tie", n)
			}
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			// The kernel takes namespaces away asynchronously.
			if err := own.awaitRemoval(); err != nil {
				t.Fatalf("a namespace of the killed process is still there: %v", err)
			}
			if n := own.links(t); n != 1 {
				t.Errorf("%d interfaces, want lo alone", n)
			}
		})
	}
}

// tied is a namespace with one end of a cable; the other is in a namespace of
// another process, and vanishes together with that.
type tied struct {
	lab    *Lab
	events *nl.NetlinkSocket // of its interfaces
}

// tie lays the cable to the namespace that a file stands for.
func tie(t *testing.T, file string) tied {
	t.Helper()
	own := tied{lab: mustBuild(t, planOf(host("own")))}
	fd, err := unix.Open(file, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	data := nestVethPeer("tie", fd)
	if err := own.lab.node("own").conn.do(unix.RTM_NEWLINK, unix.NLM_F_CREATE|unix.NLM_F_EXCL, data...); err != nil {
		t.Fatal(err)
	}
	err = own.lab.NS("own").Do(func() error {
		own.events, err = nl.Subscribe(unix.NETLINK_ROUTE, unix.RTNLGRP_LINK)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(own.events.Close)
	return own
}

func (own tied) links(t *testing.T) int {
	t.Helper()
	links, err := own.lab.node("own").conn.links()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, l := range links {
		if l.kind != "ipip" && l.kind != "sit" { // a kernel with tunnels puts one of each into every namespace
			n++
		}
	}
	return n
}

// awaitRemoval waits until the kernel says that an interface is gone.
func (own tied) awaitRemoval() error {
	if err := own.events.SetReceiveTimeout(&unix.Timeval{Sec: 20}); err != nil {
		return err
	}
	for {
		messages, _, err := own.events.Receive()
		if err != nil {
			return err
		}
		for _, m := range messages {
			if m.Header.Type == unix.RTM_DELLINK {
				return nil
			}
		}
	}
}

// childOf waits for the only child of a process.
func childOf(t *testing.T, pid int) int {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	list, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, f := range list {
		if more, err := os.ReadFile(f); err == nil && len(strings.Fields(string(more))) > 0 {
			b = more
		}
	}
	f := strings.Fields(string(b))
	if len(f) != 1 {
		t.Fatalf("children of %d: %q, %v", pid, b, err)
	}
	child, err := strconv.Atoi(f[0])
	if err != nil {
		t.Fatal(err)
	}
	return child
}

func TestSignalsAreForwarded(t *testing.T) {
	cmd, _ := start(t, "rootless-hold", false)
	if err := cmd.Process.Signal(unix.SIGTERM); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() == 0 {
		t.Errorf("after SIGTERM: %v", err)
	}
}

func TestPrivilegeErrorNamesTheSysctl(t *testing.T) {
	for _, g := range usernsGates {
		err := explain(unix.EPERM, usernsGates, func(x usernsGate) string {
			if x.key == g.key {
				return g.forbidden
			}
			return "something else"
		})
		if !strings.Contains(err.Error(), g.key+" is "+g.forbidden) || !strings.Contains(err.Error(), g.advice) || !errors.Is(err, unix.EPERM) {
			t.Errorf("%v", err)
		}
	}
	if err := explain(unix.EPERM, usernsGates, func(usernsGate) string { return "" }); len(err.Causes) > 0 || len(err.Advice) == 0 {
		t.Errorf("no known cause: %+v", err)
	}
}

func TestDiagnoseAgreesWithProbes(t *testing.T) {
	got := map[string]Finding{}
	for _, f := range Diagnose() {
		if f.Name == "" || f.Detail == "" || !f.OK && f.Advice == "" || f.OK && f.Advice != "" {
			t.Errorf("%+v", f)
		}
		got[f.Name] = f
	}
	for _, info := range scenarios.Features {
		if f, ok := got["feature "+info.Name]; !ok || f.OK != (Probe(info.Feature) == nil) {
			t.Errorf("%s: %+v, probe %v", info.Name, f, Probe(info.Feature))
		}
	}
	if !got["privilege"].OK {
		t.Errorf("%+v", got["privilege"])
	}
}

func TestEveryFeatureHasAProbeThatIsConclusive(t *testing.T) {
	for _, info := range scenarios.Features {
		err := Probe(info.Feature)
		var u *Unsupported
		if err != nil && (!errors.As(err, &u) || u.Feature != info.Feature) {
			t.Errorf("%s: %v", info.Name, err)
		}
		t.Logf("%s: %v", info.Name, err)
	}
	if err := Probe(scenarios.Feature{Name: "warp"}); err == nil {
		t.Error("an unknown feature is there")
	}
}

// TestAProbeOfAFailedAttemptIsNoAnswer: EPERM is not "missing".
func TestAProbeOfAFailedAttemptIsNoAnswer(t *testing.T) {
	var u *Unsupported
	if err := probeInvalid(unix.EPERM); errors.As(err, &u) {
		t.Errorf("%v", err)
	}
	if err := probeInvalid(unix.EINVAL); !errors.As(err, &u) {
		t.Errorf("%v", err)
	}
}

// TestAProcessWhoseParentWasKilledEnds: also where the parent was killed
// before the kernel had been told to pass that on.
func TestAProcessWhoseParentWasKilledEnds(t *testing.T) {
	for name, tt := range map[string]struct {
		alive bool
		want  int
	}{"parent alive": {true, passedThrough}, "parent killed": {false, 128 + int(unix.SIGKILL)}} {
		t.Run(name, func(t *testing.T) {
			there, here, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer there.Close()
			defer here.Close()
			if !tt.alive {
				here.Close()
			}
			cmd := exec.Command("/proc/self/exe")
			cmd.Env = append(os.Environ(), roleKey+"=rootless", reexecMark+"=1")
			cmd.ExtraFiles = []*os.File{there}
			// freshProc mounts; not in the test's own mount namespace.
			cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: unix.CLONE_NEWNS}
			out, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != tt.want {
				t.Errorf("%v, want exit status %d\n%s", err, tt.want, out)
			}
		})
	}
}

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	kills    = 50                     // random moments of each user
	latest   = 400 * time.Millisecond // after the start, lest the test take long on a slow machine
	patience = 20 * time.Second       // until the kernel must have taken all away; it needs milliseconds
)

// TestKill9LeavesNothing kills runs of the whole library at random moments.
func TestKill9LeavesNothing(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	for name, uid := range users() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, uint64(uid)))
			cmd := program(t)
			first := killOnce(t, cmd, uid, atFirstEvidence)
			sum := remains{files: first.files, spaces: first.spaces}
			for range kills {
				// As often before the first scenario has ended as after it.
				when := time.Duration(random.Int64N(int64(min(2*first.after, latest))))
				r := killOnce(t, cmd, uid, when)
				sum.files += r.files
				maps.Copy(sum.spaces, r.spaces)
				if t.Failed() {
					t.Fatalf("killed after %v", when)
				}
			}
			// The control: there was something to leave behind.
			if sum.files == 0 || len(sum.spaces) == 0 {
				t.Errorf("%d files and %d network namespaces were seen at work", sum.files, len(sum.spaces))
			}
			t.Logf("first evidence after %v; in all %d files, %d network namespaces", first.after, sum.files, len(sum.spaces))
		})
	}
}

// users are those that the program is run as: root and nobody where the test
// is root, else the test's own user.
func users() map[string]int {
	const nobody = 65534
	if os.Getuid() != 0 {
		return map[string]int{"unprivileged": os.Getuid()}
	}
	return map[string]int{"root": 0, "nobody": nobody}
}

// as makes a copy of cmd for another user.
func as(cmd *exec.Cmd, uid int, args ...string) *exec.Cmd {
	out := exec.Command(cmd.Path, args...)
	out.Dir, out.Env = cmd.Dir, slices.Clone(cmd.Env)
	out.SysProcAttr = &syscall.SysProcAttr{}
	if uid != os.Getuid() {
		out.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}
	}
	return out
}

// atFirstEvidence is the moment when the first scenario has ended.
const atFirstEvidence = time.Duration(-1)

// moment is when to kill a run that writes its evidence to a folder.
func moment(when time.Duration, evidence string) <-chan time.Time {
	if when != atFirstEvidence {
		return time.After(when)
	}
	first := make(chan time.Time)
	go func() {
		for files := []string(nil); len(files) == 0; files, _ = filepath.Glob(evidence + "/*/*") {
			<-time.After(time.Millisecond)
		}
		close(first)
	}()
	return first
}

// remains is what was seen of a run that was killed.
type remains struct {
	after  time.Duration
	files  int             // of evidence
	spaces map[string]bool // network namespaces that it held just before its end
}

func killOnce(t *testing.T, template *exec.Cmd, uid int, when time.Duration) (r remains) {
	t.Helper()
	out, tmp := filepath.Join(template.Dir, "evidence"), filepath.Join(template.Dir, "tmp")
	if err := os.Mkdir(tmp, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(tmp, 0o777); err != nil { // beyond the umask
		t.Fatal(err)
	}
	before := machine(t)
	cmd := as(template, uid, "run", "--repeat", "1000000", "--keep")
	cmd.Env = append(cmd.Env, "TMPDIR="+tmp) // and thus all that it starts is known
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	began := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-moment(when, out):
	case err := <-ended:
		t.Fatalf("ended by itself: %v\n%s", err, said.String())
	}
	r.after = time.Since(began)
	r.spaces = held(started(tmp))
	delete(r.spaces, namespaceOf(t, "self"))
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-ended

	// What no process has a descriptor of, and no mount holds (machine), is no
	// namespace any more. Another program may make some meanwhile, and end.
	soon(t, "processes", "", func() string { return strings.Join(started(tmp), " ") })
	soon(t, "on the machine", before, func() string { return machine(t) })
	if left, _ := os.ReadDir(tmp); len(left) > 0 {
		t.Errorf("temporary files: %v", left)
	}
	if _, err := os.Stat(out); !errors.Is(err, fs.ErrNotExist) { // it may have been killed before the first
		r.files = wholeFiles(t, out)
	}
	if err := errors.Join(os.RemoveAll(out), os.RemoveAll(tmp)); err != nil {
		t.Fatal(err)
	}
	return r
}

// soon polls until something is as it should be.
func soon(t *testing.T, what, want string, now func() string) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; <-time.After(time.Millisecond) {
		got := now()
		if got == want {
			return
		}
		if time.Now().After(deadline) {
			t.Errorf("left behind: %s; -before +after:\n%s", what, cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")))
			return
		}
	}
}

// started lists the processes with a folder for temporary files of their own:
// those of one run. A zombie has no environment any more.
func started(tmp string) (pids []string) {
	for _, dir := range proc("[0-9]*") {
		b, err := os.ReadFile(filepath.Join(dir, "environ"))
		if err == nil && slices.Contains(strings.Split(string(b), "\x00"), "TMPDIR="+tmp) {
			pids = append(pids, filepath.Base(dir))
		}
	}
	return pids
}

func proc(pattern string) []string {
	list, _ := filepath.Glob("/proc/" + pattern) // the pattern is sound
	return list
}

// held are the network namespaces that processes are in or have descriptors of.
func held(pids []string) map[string]bool {
	found := map[string]bool{}
	for _, pid := range pids {
		for _, link := range append(proc(pid+"/fd/*"), proc(pid+"/task/*/ns/net")...) {
			if name, err := os.Readlink(link); err == nil && strings.HasPrefix(name, "net:") {
				found[name] = true
			}
		}
	}
	return found
}

func namespaceOf(t *testing.T, pid string) string {
	t.Helper()
	name, err := os.Readlink("/proc/" + pid + "/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// machine is what a run might leave to see for all: interfaces, named and
// mounted namespaces, mounts.
func machine(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	links, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range links {
		fmt.Fprintf(&b, "interface %d %s %s %s\n", l.Index, l.Name, l.HardwareAddr, l.Flags)
	}
	named, err := os.ReadDir("/run/netns")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	for _, n := range named {
		fmt.Fprintf(&b, "named namespace %s\n", n.Name())
	}
	mounted, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	b.Write(mounted)
	return b.String()
}

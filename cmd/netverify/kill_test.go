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
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	kills    = 50               // random moments of each user
	patience = 20 * time.Second // until the kernel must have taken all away; it needs milliseconds
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
			sum := remains{spaces: first.spaces}
			for range kills {
				// As often before the first scenario has ended as after it.
				when := time.Duration(random.Int64N(int64(2 * first.after)))
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
			t.Logf("kills up to %v, %d files of evidence, %d network namespaces seen", 2*first.after, sum.files, len(sum.spaces))
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
	cmd.Env = append(cmd.Env, "TMPDIR="+tmp)
	cmd.SysProcAttr.Setsid = true // all that it starts is known by its session
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
	r.spaces = held(session(cmd.Process.Pid))
	delete(r.spaces, namespaceOf(t, "self"))
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-ended

	soon(t, "processes", func() any { return session(cmd.Process.Pid) })
	soon(t, "network namespaces", func() any { return keptOf(r.spaces) })
	if after := machine(t); after != before {
		t.Errorf("the machine had\n%s\nand has\n%s", before, after)
	}
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

// soon polls until a list is empty.
func soon(t *testing.T, what string, list func() any) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		left := fmt.Sprint(list())
		if left == "[]" {
			return
		}
		if time.Now().After(deadline) {
			t.Errorf("%s left behind: %s", what, left)
			return
		}
		<-time.After(time.Millisecond)
	}
}

// session lists the processes of a session. Zombies are not processes any
// more, but what their parents, which are not ours, have yet to notice.
func session(id int) (pids []string) {
	for _, dir := range proc("[0-9]*") {
		b, err := os.ReadFile(filepath.Join(dir, "stat"))
		if err != nil {
			continue // it has ended
		}
		// proc_pid_stat(5): the name, in parentheses, may contain anything.
		f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
		const state, sid = 0, 3
		if f[sid] == strconv.Itoa(id) && f[state] != "Z" && f[state] != "X" {
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

// keptOf are those of the namespaces that any process or mount still keeps.
func keptOf(spaces map[string]bool) (left []string) {
	var all []string
	for _, dir := range proc("[0-9]*") {
		all = append(all, filepath.Base(dir))
	}
	now := held(all)
	for _, m := range mounts("/proc/self/mountinfo") {
		now[m] = true
	}
	for s := range spaces {
		if now[s] {
			left = append(left, s)
		}
	}
	return left
}

// mounts are the namespaces that are mounted somewhere (proc_pid_mountinfo(5):
// the root of the mount is their name).
func mounts(file string) (spaces []string) {
	b, _ := os.ReadFile(file)
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) > 3 && strings.HasPrefix(f[3], "net:") {
			spaces = append(spaces, f[3])
		}
	}
	return spaces
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

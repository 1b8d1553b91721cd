package lab

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"netverify/scenarios"
)

// fewFiles is what the process of TestAProcessWithFewFiles may have open.
const fewFiles = 14

// smallPlan has so many nodes, each with a namespace of its own.
func smallPlan(nodes int) *scenarios.Plan {
	p := &scenarios.Plan{}
	for i := range nodes {
		p.Nodes = append(p.Nodes, scenarios.Node{Name: fmt.Sprintf("n%d", i)})
	}
	return p
}

// meetLimit builds a lab in a process that has been given too little for it.
func meetLimit(role string) int {
	var err error
	switch role {
	case "few-files":
		err = unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: fewFiles, Max: fewFiles})
	case "few-namespaces":
		err = os.WriteFile("/proc/sys/user/max_net_namespaces", []byte("2"), 0)
	}
	if err != nil {
		fmt.Println("not limited:", err)
		return 1
	}
	l, err := Build(smallPlan(8))
	if err == nil {
		l.Close()
	}
	var limit *limitError
	fmt.Printf("%t %v%s\n", errors.As(err, &limit), err, LimitAdvice(err))
	return 0
}

// TestAProcessWithFewFiles: the error names the number that the process has, and
// what raises it, once.
func TestAProcessWithFewFiles(t *testing.T) {
	_, line := start(t, "few-files", true)
	advice := fmt.Sprintf("this process may have %d open files: raise the limit (ulimit -n 65536), or run less at a time (--jobs 1)", fewFiles)
	if !strings.HasPrefix(line, "false ") || strings.Count(line, advice) != 1 || !strings.Contains(line, unix.EMFILE.Error()) {
		t.Errorf("it says: %s", line)
	}
}

// TestAMachineWithFewNamespaces: ENOSPC of a namespace is a limit, and no kernel
// that lacks something.
func TestAMachineWithFewNamespaces(t *testing.T) {
	cmd := roleCommand("few-namespaces")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}, GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	line := strings.TrimSpace(string(out))
	if !strings.HasPrefix(line, "true ") || strings.Count(line, moreNamespaces) != 1 || !strings.Contains(line, "create namespace of n") || strings.Contains(line, "memory") {
		t.Errorf("it says: %s", line)
	}
}

// TestLimitAdvice: each errno of a limit has advice of its own, wherever it stands
// in an error, and an error that has some already is given no other.
func TestLimitAdvice(t *testing.T) {
	wrapped := func(err error) error {
		return &Error{Op: "create", Object: "c1:eth0", Err: fmt.Errorf("once: %w", err)}
	}
	for _, tt := range []struct {
		name string
		err  error
		want string // a part; "": no advice
	}{
		{"nothing", nil, ""},
		{"another errno", unix.EINVAL, ""},
		{"no errno", errors.New("too many open files"), ""},
		{"files of the process", unix.EMFILE, "this process may have " + fileLimit() + " open files"},
		{"files of the machine", unix.ENFILE, "fs.file-max"},
		{"memory", unix.ENOMEM, "memory.max"},
		{"space, of which nobody said that it is a limit", unix.ENOSPC, ""},
		{"buffers, of which nobody said so", unix.ENOBUFS, ""},
		{"a limit that is named", limited(unix.EMFILE, unix.EMFILE, "raise it"), ""},
		{"an errno that is not the limit's", limited(unix.ENOMEM, unix.ENOSPC, moreNamespaces), "memory.max"},
	} {
		for _, err := range []error{tt.err, wrapped(tt.err)} {
			if tt.err == nil {
				err = nil
			}
			got := LimitAdvice(err)
			if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) || got != "" && !strings.HasPrefix(got, "; ") {
				t.Errorf("%s (%v): %q", tt.name, err, got)
			}
		}
	}
}

// TestLimited: an error of a limit stays what it was, and says what raises it.
func TestLimited(t *testing.T) {
	if err := limited(nil, unix.ENOSPC, moreNamespaces); err != nil {
		t.Errorf("of nothing it makes %v", err)
	}
	for _, tt := range []struct {
		errno  unix.Errno
		advice string
		keys   []string
	}{
		{unix.ENOSPC, moreNamespaces, []string{"user.max_net_namespaces=", "user.max_user_namespaces="}},
		{unix.ENOBUFS, moreNeighbours, []string{"net.ipv4.neigh.default.gc_thresh3=", "net.ipv6.neigh.default.gc_thresh3="}},
	} {
		err := limited(fmt.Errorf("ask: %w", tt.errno), tt.errno, tt.advice)
		if !errors.Is(err, tt.errno) || !strings.HasPrefix(err.Error(), "ask: ") {
			t.Errorf("%v is no longer what it was", err)
		}
		for _, key := range append(tt.keys, "--jobs 1") {
			if !strings.Contains(err.Error(), key) {
				t.Errorf("%v does not name %s", err, key)
			}
		}
		if other := limited(tt.errno, unix.EINVAL, tt.advice); other != error(tt.errno) {
			t.Errorf("%v became %v", tt.errno, other)
		}
	}
}

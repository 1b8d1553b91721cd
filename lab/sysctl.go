package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"netverify/scenarios"
)

// sysctlPath returns the file of a key as sysctl(8) writes it: the first
// separator, '.' or '/', is the separator of the whole key, and the other one
// stands for a dot in an interface's name ("net.ipv4.conf.eth0/10.forwarding").
func sysctlPath(key string) (string, error) {
	p := key
	if i := strings.IndexAny(key, "./"); i >= 0 && key[i] == '.' {
		p = strings.NewReplacer(".", "/", "/", ".").Replace(key)
	}
	if path.Clean(p) != p || !strings.HasPrefix(p, "net/") {
		return "", fmt.Errorf("sysctl %q is not a key below net.", key)
	}
	return "/proc/sys/" + p, nil
}

// perInterface tells whether a key belongs to one interface, and so exists
// only once the interface does.
func perInterface(key string) bool {
	p, _ := sysctlPath(key)
	f := strings.Split(strings.TrimPrefix(p, "/proc/sys/net/"), "/") // ipv4 conf eth0 arp_ignore
	return len(f) > 3 && (f[1] == "conf" || f[1] == "neigh") && f[2] != "all" && f[2] != "default"
}

// writeSysctl sets a key in the namespace of the calling thread. Plain system
// calls: package os would also hand each of these files to its poller, and a
// lab touches a hundred of them.
func writeSysctl(file, value string) error {
	fd, err := openSysctl(file, unix.O_WRONLY)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if _, err := unix.Write(fd, []byte(value+"\n")); err != nil {
		return &fs.PathError{Op: "write", Path: file, Err: err}
	}
	return nil
}

func openSysctl(file string, flags int) (fd int, err error) {
	for {
		fd, err = unix.Open(file, flags|unix.O_CLOEXEC, 0)
		switch {
		case err == nil:
			return fd, nil
		case err != unix.EINTR: // a timer's signal
			return -1, &fs.PathError{Op: "open", Path: file, Err: err}
		}
	}
}

// writeIfThere sets a key that not every kernel has.
func writeIfThere(file, value string) error {
	if err := writeSysctl(file, value); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// readSysctl reads a key in the namespace of the calling thread; runs of white
// space (the kernel separates by tabs) read as one blank.
func readSysctl(file string) (string, error) {
	fd, err := openSysctl(file, unix.O_RDONLY)
	if err != nil {
		return "", err
	}
	defer unix.Close(fd)
	// The kernel gives a key in one piece where the buffer is large enough
	// (fs/proc/proc_sysctl.c:proc_sys_call_handler): no second read for its end.
	buf := make([]byte, 4096)
	n, err := unix.Read(fd, buf)
	if err != nil {
		return "", &fs.PathError{Op: "read", Path: file, Err: err}
	}
	return strings.Join(strings.Fields(string(buf[:n])), " "), nil
}

// setSysctl sets a key of a plan in a node and reads it back.
func (n *node) setSysctl(s scenarios.Sysctl) error {
	fail := func(err error) error {
		return n.lab.fail(s.Pos, n.plan.Pos, "set", n.name+" sysctl "+s.Key, err)
	}
	file, err := sysctlPath(s.Key)
	if err != nil {
		return fail(err)
	}
	var got string
	err = n.ns.Do(func() error {
		if err := writeSysctl(file, s.Value); err != nil {
			return err
		}
		var err error
		got, err = readSysctl(file)
		return err
	})
	if err != nil {
		return fail(err)
	}
	if want := strings.Join(strings.Fields(s.Value), " "); !tookSysctl(s.Key, want, got) {
		return fail(&Mismatch{s.Key, want, got})
	}
	n.noteTimer(s)
	return nil
}

// neighbourConfOf tells of which interface and family a key is a setting of
// the neighbour table.
func neighbourConfOf(key string) (neighbourConf, bool) {
	p, err := sysctlPath(key)
	if err != nil {
		return neighbourConf{}, false
	}
	f := strings.Split(strings.TrimPrefix(p, "/proc/sys/net/"), "/") // ipv4 neigh eth0 retrans_time_ms
	if len(f) != 4 || f[1] != "neigh" {
		return neighbourConf{}, false
	}
	switch f[0] {
	case "ipv4":
		return neighbourConf{f[2], unix.AF_INET}, true
	case "ipv6":
		return neighbourConf{f[2], unix.AF_INET6}, true
	}
	return neighbourConf{}, false
}

// tookSysctl tells whether the kernel has what was asked for. Times in ms it
// keeps in jiffies, rounded up (proc_dointvec_ms_jiffies in kernel/sysctl.c):
// a tick is 10 ms at most (CONFIG_HZ_100).
func tookSysctl(key, want, got string) bool {
	if want == got || !strings.HasSuffix(key, "_ms") {
		return want == got
	}
	w, err1 := strconv.Atoi(want)
	g, err2 := strconv.Atoi(got)
	return err1 == nil && err2 == nil && g > w && g-w < 10
}

// sysctl reads a key in a node.
func (n *node) sysctl(key string) (value string, err error) {
	file, err := sysctlPath(key)
	if err != nil {
		return "", err
	}
	err = n.ns.Do(func() error {
		value, err = readSysctl(file)
		return err
	})
	return value, err
}

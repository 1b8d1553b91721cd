package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"

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

// writeSysctl sets a key in the namespace of the calling thread.
func writeSysctl(file, value string) error {
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(value + "\n")
	return errors.Join(err, f.Close())
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
	b, err := os.ReadFile(file)
	return strings.Join(strings.Fields(string(b)), " "), err
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
	return nil
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

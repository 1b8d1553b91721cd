package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
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

// readSysctl reads a key by /proc, in the namespace of the calling thread.
func readSysctl(file string) (string, error) { return (*procfs)(nil).read(file) }

// write sets a key in the namespace of the calling thread. Plain system calls:
// package os would also hand each of these files to its poller, and a lab touches a
// hundred of them.
func (p *procfs) write(file, value string) error {
	fd, err := p.openSysctl(file, unix.O_WRONLY)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if _, err := unix.Write(fd, []byte(value+"\n")); err != nil {
		return &fs.PathError{Op: "write", Path: file, Err: err}
	}
	return nil
}

func (p *procfs) openSysctl(file string, flags int) (fd int, err error) {
	for {
		fd, err = p.open(file, flags|unix.O_CLOEXEC)
		switch {
		case err == nil:
			return fd, nil
		case !errors.Is(err, unix.EINTR): // a timer's signal
			return -1, &fs.PathError{Op: "open", Path: file, Err: err}
		}
	}
}

// writeIfThere sets a key that not every kernel has.
func (p *procfs) writeIfThere(file, value string) error {
	if err := p.write(file, value); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// read reads a key in the namespace of the calling thread; runs of white
// space (the kernel separates by tabs) read as one blank.
func (p *procfs) read(file string) (string, error) {
	fd, err := p.openSysctl(file, unix.O_RDONLY)
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

// note keeps what a scenario says of IPv6. A word on all interfaces takes back
// what was said of each before (net/ipv6/addrconf.c:addrconf_disable_change).
func (n *node) note(file, value string) {
	if !strings.HasPrefix(file, ipv6Conf) {
		return
	}
	if n.said == nil {
		n.said = make(map[string]string)
	}
	if file == ipv6Conf+"all/disable_ipv6" {
		for f := range n.said {
			if strings.HasSuffix(f, "/disable_ipv6") {
				delete(n.said, f)
			}
		}
	}
	n.said[file] = value
}

// unsaid forgets what was said of an interface that had the name of a new one.
func (n *node) unsaid(iface string) {
	for f := range n.said {
		if strings.HasPrefix(f, ipv6Conf+iface+"/") {
			delete(n.said, f)
		}
	}
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
	var before, got string
	silent := false // what can be written only, as net.ipv4.route.flush
	err = n.ns.Do(func() error {
		var err error
		before, err = n.proc.read(file)
		silent = errors.Is(err, fs.ErrPermission)
		if err := n.proc.write(file, s.Value); err != nil || silent {
			return err
		}
		got, err = n.proc.read(file)
		return err
	})
	if err == nil {
		n.note(file, s.Value)
	}
	if errors.Is(err, fs.ErrNotExist) {
		if lacking := n.lackingModule(s.Key); lacking != nil {
			return fail(lacking)
		}
		err = fmt.Errorf("%w: the key is misspelt, younger than this kernel, or not one of a network namespace but of the whole machine, of which a lab changes nothing", err)
	}
	if errors.Is(err, fs.ErrPermission) {
		err = fmt.Errorf("%w: a network namespace may not set this key, which is one of the whole machine", err)
	}
	if err != nil {
		return fail(err)
	}
	if want := strings.Join(strings.Fields(s.Value), " "); !silent && !tookSysctl(s.Key, want, got) {
		return fail(untook(s, want, before, got))
	}
	n.noteTimer(s)
	n.masked = n.masked || file == defaultMask
	return nil
}

// neighbourConfOf tells of which interface and family a key is a setting of
// the neighbour table, and which one.
func neighbourConfOf(key string) (conf neighbourConf, leaf string, ok bool) {
	p, err := sysctlPath(key)
	if err != nil {
		return neighbourConf{}, "", false
	}
	f := strings.Split(strings.TrimPrefix(p, "/proc/sys/net/"), "/") // ipv4 neigh eth0 retrans_time_ms
	if len(f) != 4 || f[1] != "neigh" {
		return neighbourConf{}, "", false
	}
	switch f[0] {
	case "ipv4":
		return neighbourConf{f[2], unix.AF_INET}, f[3], true
	case "ipv6":
		return neighbourConf{f[2], unix.AF_INET6}, f[3], true
	}
	return neighbourConf{}, "", false
}

// sysctlModules are the keys that a kernel has once a module is loaded, each
// with one that is there then (below /proc/sys/net).
var sysctlModules = []struct{ prefix, module, config, there string }{
	{"net.bridge.", "br_netfilter", "CONFIG_BRIDGE_NETFILTER", "bridge/bridge-nf-call-iptables"},
	{"net.netfilter.nf_conntrack_", "nf_conntrack", "CONFIG_NF_CONNTRACK", "netfilter/nf_conntrack_max"},
	{"net.nf_conntrack_", "nf_conntrack", "CONFIG_NF_CONNTRACK", "netfilter/nf_conntrack_max"},
	{"net.netfilter.nf_flowtable", "nf_flow_table", "CONFIG_NF_FLOW_TABLE", "netfilter/nf_flowtable_udp_timeout"},
	{"net.mpls.", "mpls_router", "CONFIG_MPLS_ROUTING", "mpls/platform_labels"},
	{"net.sctp.", "sctp", "CONFIG_IP_SCTP", "sctp"},
	{"net.mptcp.", "mptcp", "CONFIG_MPTCP", "mptcp"},
	{"net.ipv6.", "ipv6", "CONFIG_IPV6", "ipv6"},
}

// lackingModule is an *Unsupported where a key is not there because the module
// that it belongs to is not; nil where the module is there, and so the key is
// misspelt or younger than the kernel, or where it belongs to none.
func (n *node) lackingModule(key string) error {
	for _, m := range sysctlModules {
		if !strings.HasPrefix(key, m.prefix) {
			continue
		}
		err := n.ns.Do(func() error {
			var st unix.Stat_t
			return unix.Stat("/proc/sys/net/"+m.there, &st)
		})
		if !errors.Is(err, unix.ENOENT) {
			return err
		}
		return &Unsupported{
			scenarios.Feature{Name: "sysctl " + key, Config: m.config},
			fmt.Errorf("module %s is not loaded: modprobe %s", m.module, m.module),
		}
	}
	return nil
}

// sysctl reads a key in a node.
func (n *node) sysctl(key string) (value string, err error) {
	file, err := sysctlPath(key)
	if err != nil {
		return "", err
	}
	err = n.ns.Do(func() error {
		value, err = n.proc.read(file)
		return err
	})
	return value, err
}

package memory

import (
	"testing"
	"testing/fstest"
)

// machine is a file system of these files.
func machine(files map[string]string) fstest.MapFS {
	m := fstest.MapFS{}
	for name, text := range files {
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}

func TestKilled(t *testing.T) {
	const v2 = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw\n"
	const v1 = "40 23 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n41 23 0:31 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
	for _, tt := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"a machine that counts nothing", map[string]string{"proc/vmstat": "oom_kill 0\n"}, " (dmesg tells)"},
		{"no files at all", nil, " (dmesg tells)"},
		{"the machine", map[string]string{"proc/vmstat": "pgfault 1\noom_kill 2\n"},
			": this machine counts 2 processes ended so since it was started (oom_kill of /proc/vmstat)"},
		{"version 2", map[string]string{
			"proc/self/cgroup": "0::/user/a\n", "proc/self/mountinfo": v2,
			"sys/fs/cgroup/user/a/memory.events": "low 0\noom 3\noom_kill 1\n", "sys/fs/cgroup/user/a/memory.max": "max\n", "sys/fs/cgroup/user/memory.max": "83886080\n",
		}, ": its control group may have 80.0 MiB (/sys/fs/cgroup/user/memory.max), and counts 1 process ended so (oom_kill of /sys/fs/cgroup/user/a/memory.events)"},
		{"version 2 without a limit", map[string]string{
			"proc/self/cgroup": "0::/\n", "proc/self/mountinfo": v2, "sys/fs/cgroup/memory.events": "oom_kill 4\n",
		}, ": its control group counts 4 processes ended so (oom_kill of /sys/fs/cgroup/memory.events)"},
		{"version 2, of which nothing was ended", map[string]string{
			"proc/self/cgroup": "0::/\n", "proc/self/mountinfo": v2, "sys/fs/cgroup/memory.events": "oom_kill 0\n", "sys/fs/cgroup/memory.max": "1\n",
		}, " (dmesg tells)"},
		{"within a container", map[string]string{
			"proc/self/cgroup": "0::/docker/x/y\n", "proc/self/mountinfo": "30 23 0:26 /docker/x /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
			"sys/fs/cgroup/y/memory.events": "oom_kill 1\n", "sys/fs/cgroup/memory.max": "1048576\n",
		}, ": its control group may have 1.0 MiB (/sys/fs/cgroup/memory.max), and counts 1 process ended so (oom_kill of /sys/fs/cgroup/y/memory.events)"},
		{"version 1 beside 2", map[string]string{
			"proc/self/cgroup": "4:memory:/a/b\n0::/\n", "proc/self/mountinfo": v1,
			"sys/fs/cgroup/memory/a/b/memory.oom_control":    "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n",
			"sys/fs/cgroup/memory/a/b/memory.limit_in_bytes": "9223372036854771712\n", "sys/fs/cgroup/memory/a/memory.limit_in_bytes": "52428800\n",
		}, ": its control group may have 50.0 MiB (/sys/fs/cgroup/memory/a/memory.limit_in_bytes), and counts 1 process ended so (oom_kill of /sys/fs/cgroup/memory/a/b/memory.oom_control)"},
		{"lines of no sense", map[string]string{"proc/self/cgroup": "\n::\nx\n0:", "proc/self/mountinfo": "\n - \na b c d e - cgroup2\n", "proc/vmstat": "oom_kill\noom_kill x\n"}, " (dmesg tells)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Killed(machine(tt.files)); got != "by kill -9, or by the kernel for want of memory"+tt.want {
				t.Errorf("\n got %s\nwant %s", got, tt.want)
			}
		})
	}
}

// TestLimit: that of the group or of one above it, whichever is less.
func TestLimit(t *testing.T) {
	const mount = "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
	for _, tt := range []struct {
		name, inner, outer string
		want               int64
	}{
		{"none", "max\n", "max\n", None},
		{"nothing is said", "", "", None},
		{"its own", "1000\n", "2000\n", 1000},
		{"of one above", "2000\n", "1000\n", 1000},
		{"of version 1", "9223372036854771712\n", "9223372036854771712\n", None},
	} {
		got := Limit(machine(map[string]string{
			"proc/self/cgroup": "0::/a/b\n", "proc/self/mountinfo": mount,
			"sys/fs/cgroup/a/b/memory.max": tt.inner, "sys/fs/cgroup/a/memory.max": tt.outer,
		}))
		if got != tt.want {
			t.Errorf("%s: %d, not %d", tt.name, got, tt.want)
		}
	}
	if got := Limit(machine(nil)); got != None {
		t.Errorf("of no machine: %d", got)
	}
}

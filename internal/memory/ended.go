// Package memory tells what memory this process may have, and that the kernel ended a
// process for want of it. It does so with SIGKILL, which tells nobody why: control
// groups and the machine count such ends (memory.events of cgroup v2,
// Documentation/admin-guide/cgroup-v2.rst; memory.oom_control of v1; oom_kill of
// /proc/vmstat).
package memory

import (
	"bufio"
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// Killed says whose SIGKILL may have ended a process, and what speaks for the kernel's
// having been it, as one clause. root is the machine's file system (os.DirFS("/")).
func Killed(root fs.FS) string {
	if counted := ended(root); counted != "" {
		return "by kill -9, or by the kernel for want of memory: " + counted
	}
	return "by kill -9, or by the kernel for want of memory (dmesg tells)"
}

// ended counts the processes that were, in the control group of this process or on
// the machine; "" where nothing was.
func ended(root fs.FS) string {
	for _, g := range groups(root) {
		n := counter(root, path.Join(g.dir, g.events), "oom_kill")
		if n == 0 {
			continue
		}
		limit := "its control group"
		if bytes, file := g.narrowest(root); bytes < None {
			limit += fmt.Sprintf(" may have %.1f MiB (/%s), and", float64(bytes)/(1<<20), file)
		}
		return fmt.Sprintf("%s counts %s ended so (oom_kill of /%s)", limit, processes(n), path.Join(g.dir, g.events))
	}
	if n := counter(root, "proc/vmstat", "oom_kill"); n > 0 {
		return fmt.Sprintf("this machine counts %s ended so since it was started (oom_kill of /proc/vmstat)", processes(n))
	}
	return ""
}

func processes(n int64) string {
	if n == 1 {
		return "1 process"
	}
	return fmt.Sprintf("%d processes", n)
}

// None is no limit: v1 says so by the largest multiple of a page.
const None = 1 << 60

// Limit is what the control group of this process may have, with what its labs take in
// the kernel, bytes; [None] where there is no limit. root is as in [Killed].
func Limit(root fs.FS) int64 {
	least := int64(None)
	for _, g := range groups(root) {
		n, _ := g.narrowest(root)
		least = min(least, n)
	}
	return least
}

// group is the control group of this process in one hierarchy.
type group struct {
	mount, dir    string // where the hierarchy, and the group, can be seen
	events, limit string // names of files
}

// groups finds it by where the hierarchies are mounted.
func groups(root fs.FS) (found []group) {
	for _, g := range []struct{ controller, events, limit string }{
		{"memory", "memory.oom_control", "memory.limit_in_bytes"}, // of v1
		{"", "memory.events", "memory.max"},                       // of v2
	} {
		name, named := groupName(root, g.controller)
		mount, top, there := mounted(root, g.controller)
		if !named || !there {
			continue
		}
		below, inside := strings.CutPrefix(name, strings.TrimSuffix(top, "/"))
		if !inside {
			below = "" // a hierarchy that is seen from within a namespace
		}
		found = append(found, group{mount, path.Join(mount, below), g.events, g.limit})
	}
	return found
}

// narrowest is the limit that binds, that of the group or of one above it, and the
// file that says so.
func (g group) narrowest(root fs.FS) (bytes int64, file string) {
	bytes = None
	for dir := g.dir; strings.HasPrefix(dir, g.mount) && dir != "."; dir = path.Dir(dir) {
		text, err := fs.ReadFile(root, path.Join(dir, g.limit))
		if err != nil {
			continue
		}
		if n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && n < bytes {
			bytes, file = n, path.Join(dir, g.limit)
		}
	}
	return bytes, file
}

// groupName is the group's name in the hierarchy of a v1 controller; "" is that of v2
// (cgroups(7): lines "hierarchy-ID:controllers:path").
func groupName(root fs.FS, controller string) (string, bool) {
	for _, l := range lines(root, "proc/self/cgroup") {
		f := strings.SplitN(l, ":", 3)
		if len(f) == 3 && has(f[1], controller) {
			return f[2], true
		}
	}
	return "", false
}

// mounted is where a hierarchy is mounted, relative to the root, and the group that
// is at the top there (proc_pid_mountinfo(5)).
func mounted(root fs.FS, controller string) (mount, top string, ok bool) {
	for _, l := range lines(root, "proc/self/mountinfo") {
		before, after, _ := strings.Cut(l, " - ")
		f, kind := strings.Fields(before), strings.Fields(after)
		if len(f) < 5 || len(kind) < 3 {
			continue
		}
		v2 := controller == "" && kind[0] == "cgroup2"
		if v2 || controller != "" && kind[0] == "cgroup" && has(kind[2], controller) {
			return strings.TrimPrefix(f[4], "/"), f[3], true
		}
	}
	return "", "", false
}

// has looks for a word of a list with commas; the empty word is the empty list.
func has(list, word string) bool {
	if word == "" {
		return list == ""
	}
	return strings.Contains(","+list+",", ","+word+",")
}

// counter is the number behind a word at the beginning of a line; 0 where there is none.
func counter(root fs.FS, file, word string) int64 {
	for _, l := range lines(root, file) {
		if f := strings.Fields(l); len(f) == 2 && f[0] == word {
			n, _ := strconv.ParseInt(f[1], 10, 64) // the kernel's
			return n
		}
	}
	return 0
}

func lines(root fs.FS, file string) (out []string) {
	text, err := fs.ReadFile(root, file)
	if err != nil {
		return nil // the machine has no such thing
	}
	for s := bufio.NewScanner(bytes.NewReader(text)); s.Scan(); {
		out = append(out, s.Text())
	}
	return out
}

package kernels

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// An entry's checksums lie beside what they are of: they tell damage, and nothing of
// whoever may write there. So a cache is one that only this user and root can write.

// trusted says which of a cache's folders others may write, or have put in its
// place. One that is missing is made by this user. The cache itself may be a link
// of the user's own or of root's, what is below it may not.
func trusted(cache string) error {
	if info, err := os.Lstat(cache); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		if err := trustedOwner(cache, info); err != nil {
			return err
		}
	}
	for _, level := range []string{"", filepath.Base(entriesFolder(cache)), aptFolder} {
		path := filepath.Join(cache, level)
		look := os.Lstat
		if level == "" {
			look = os.Stat
		}
		info, err := look(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("cache: %w", err)
		}
		if err := trustedFolder(path, info); err != nil {
			return err
		}
	}
	return nil
}

func trustedFolder(path string, info fs.FileInfo) error {
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		return fmt.Errorf("cache: %s is a symbolic link, which is not followed: remove it, or let XDG_CACHE_HOME name the folder that the cache shall be in", path)
	case !info.IsDir():
		return fmt.Errorf("cache: %s is no folder: remove it", path)
	}
	return trustedOwner(path, info)
}

// trustedOwner looks at the owner and, except of a link, which has none that
// counts, at the mode. ACLs are in the mode as well: their mask is the group's
// (acl(5)).
func trustedOwner(path string, info fs.FileInfo) error {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fmt.Errorf("cache: the owner of %s is not known", path)
	}
	if uid := int(st.Uid); uid != 0 && uid != os.Geteuid() && !unmapped(uid) {
		return fmt.Errorf("cache: %s belongs to user %d, who may put any kernel there: `chown -R %d` it, or let XDG_CACHE_HOME name a folder of your own", path, uid, os.Geteuid())
	}
	if mode := info.Mode(); mode&fs.ModeSymlink == 0 && mode.Perm()&0o022 != 0 {
		return fmt.Errorf("cache: others may write %s (mode %04o), and put any kernel there: `chmod -R go-w` it after a look at what is in it, or let XDG_CACHE_HOME name another folder", path, mode.Perm())
	}
	return nil
}

// unmapped says that in this user namespace the owner is not known: it may be root
// outside of it (user_namespaces(7), overflow user id).
func unmapped(uid int) bool {
	text, err := os.ReadFile("/proc/self/uid_map")
	if err != nil || strings.Join(strings.Fields(string(text)), " ") == "0 0 4294967295" { // the first namespace
		return false
	}
	overflow, err := os.ReadFile("/proc/sys/kernel/overflowuid")
	return err == nil && strings.TrimSpace(string(overflow)) == strconv.Itoa(uid)
}

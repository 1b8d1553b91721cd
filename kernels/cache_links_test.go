package kernels

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestCacheEntryIsOfRegularFiles: what others have put into an entry in the place of
// a file is damage, and neither followed nor waited for.
func TestCacheEntryIsOfRegularFiles(t *testing.T) {
	for name, plant := range map[string]func(at string) error{
		"is a symbolic link": func(at string) error { return os.Symlink("/proc/self/exe", at) },
		"is a pipe":          func(at string) error { return unix.Mkfifo(at, 0o644) },
		"modules is a symbolic link": func(at string) error {
			return errors.Join(os.Remove(filepath.Dir(at)), os.Symlink("/", filepath.Dir(at)))
		},
	} {
		dir := t.TempDir()
		at := filepath.Join(dir, entryModules, "x.ko")
		if err := errors.Join(os.Mkdir(filepath.Dir(at), 0o755), plant(at)); err != nil {
			t.Fatal(err)
		}
		e := Entry{Format: cacheFormat, Path: dir, Kept: keptModules(), Files: []Sum{{Name: entryModules + "/x.ko", Size: 1}, {Name: "../x"}}}
		if err := e.Verify(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
		e.Files = e.Files[1:]
		if err := e.Verify(); err == nil {
			t.Error("a name that leads out of the entry is read")
		}
	}
}

package kernels

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestACacheThatOthersCanWriteIsRefused: by all that reads or fills it, with the
// reason and what to do; and no link in it is followed.
func TestACacheThatOthersCanWriteIsRefused(t *testing.T) {
	const stranger = 65534
	for _, tt := range []struct {
		name  string
		spoil func(cache, victim string) error
		root  bool // only root can make it so
		says  []string
	}{
		{"cache for all", func(c, _ string) error { return os.Chmod(c, 0o777) }, false, []string{"others may write @ (mode 0777)", "chmod -R go-w", "XDG_CACHE_HOME"}},
		{"cache for all, sticky", func(c, _ string) error { return os.Chmod(c, 0o777|os.ModeSticky) }, false, []string{"others may write @ (mode 0777)"}},
		{"cache of a group", func(c, _ string) error { return os.Chmod(c, 0o775) }, false, []string{"others may write @ (mode 0775)"}},
		{"kernels for all", func(c, _ string) error { return os.Chmod(filepath.Join(c, "kernels"), 0o757) }, false, []string{"others may write @/kernels (mode 0757)"}},
		{"apt for all", func(c, _ string) error { return os.Chmod(filepath.Join(c, "apt"), 0o777) }, false, []string{"others may write @/apt"}},
		{"a stranger's cache", func(c, _ string) error { return os.Chown(c, stranger, -1) }, true, []string{"@ belongs to user 65534", "chown"}},
		{"a stranger's kernels", func(c, _ string) error { return os.Chown(filepath.Join(c, "kernels"), stranger, -1) }, true, []string{"@/kernels belongs to user 65534"}},
		{"a stranger's link", func(c, v string) error {
			return errors.Join(os.RemoveAll(c), os.Symlink(v, c), os.Lchown(c, stranger, -1))
		}, true, []string{"@ belongs to user 65534"}},
		{"kernels elsewhere", func(c, v string) error {
			return errors.Join(os.RemoveAll(filepath.Join(c, "kernels")), os.Symlink(v, filepath.Join(c, "kernels")))
		}, false, []string{"@/kernels is a symbolic link, which is not followed"}},
		{"apt elsewhere", func(c, v string) error {
			return errors.Join(os.RemoveAll(filepath.Join(c, "apt")), os.Symlink(v, filepath.Join(c, "apt")))
		}, false, []string{"@/apt is a symbolic link"}},
		{"kernels is a file", func(c, _ string) error {
			return errors.Join(os.RemoveAll(filepath.Join(c, "kernels")), os.WriteFile(filepath.Join(c, "kernels"), nil, 0o644))
		}, false, []string{"@/kernels is no folder"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.root && os.Getuid() != 0 {
				t.Skip("only root can give a folder to another")
			}
			cache, victim := filepath.Join(t.TempDir(), "cache"), t.TempDir()
			deb := write(t, "linux-image.deb", deb(t, "linux-image-"+testRelease, "1", ".gz", kernelFiles()...))
			err := errors.Join(os.MkdirAll(filepath.Join(cache, "kernels"), 0o755), os.Mkdir(filepath.Join(cache, "apt"), 0o755), tt.spoil(cache, victim))
			if err != nil {
				t.Fatal(err)
			}
			for what, use := range map[string]func() error{
				"fill": func() error { _, err := Find(t.Context(), deb, Options{Cache: cache}); return err },
				"find": func() error { _, err := Find(t.Context(), "some", Options{Cache: cache}); return err },
				"of Debian": func() error {
					_, err := Find(t.Context(), "debian:6.1", Options{Cache: cache, Offline: true})
					return err
				},
				"list":         func() error { _, err := List(cache); return err },
				"remove":       func() error { return Remove(t.Context(), cache, "some") },
				"remove lists": func() error { return RemoveLists(t.Context(), cache) },
			} {
				err := use()
				for _, want := range tt.says {
					if want = strings.ReplaceAll(want, "@", cache); err == nil || !strings.Contains(err.Error(), want) {
						t.Errorf("%s: %v, want %q", what, err, want)
					}
				}
			}
			if list, err := os.ReadDir(victim); err != nil || len(list) > 0 {
				t.Errorf("written through the link: %v, %v", list, err)
			}
		})
	}
}

// TestTheUsersOwnCache may be a link of the user's, and is made where it is missing.
func TestTheUsersOwnCache(t *testing.T) {
	top := t.TempDir()
	cache := filepath.Join(top, "cache")
	if err := errors.Join(os.Mkdir(filepath.Join(top, "disk"), 0o755), os.Symlink("disk", cache)); err != nil {
		t.Fatal(err)
	}
	deb := write(t, "linux-image.deb", deb(t, "linux-image-"+testRelease, "1", ".gz", kernelFiles()...))
	for _, dir := range []string{cache, filepath.Join(top, "new/cache")} {
		if _, err := Find(t.Context(), deb, Options{Cache: dir}); err != nil {
			t.Error(err)
		}
		if all, err := List(dir); err != nil || len(all) != 1 || all[0].Verify() != nil {
			t.Errorf("%+v, %v", all, err)
		}
	}
}

// TestAnEntryThatOthersCanWriteIsDamage: its checksums may be theirs.
func TestAnEntryThatOthersCanWriteIsDamage(t *testing.T) {
	cache := t.TempDir()
	deb := write(t, "linux-image.deb", deb(t, "linux-image-"+testRelease, "1", ".gz", kernelFiles()...))
	if _, err := Find(t.Context(), deb, Options{Cache: cache}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", entryModules, entryImage} {
		all, err := List(cache)
		if err != nil || len(all) != 1 || all[0].Verify() != nil {
			t.Fatalf("%+v, %v", all, err)
		}
		at := filepath.Join(all[0].Path, name)
		old, err := os.Stat(at)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(at, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := all[0].Verify(); err == nil || !strings.Contains(err.Error(), "others may write "+at) {
			t.Errorf("%q: %v", name, err)
		}
		if err := os.Chmod(at, old.Mode()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestALockIsNoLink, and neither a pipe, on which opening would wait.
func TestALockIsNoLink(t *testing.T) {
	dir, victim := t.TempDir(), filepath.Join(t.TempDir(), "new")
	if err := os.Symlink(victim, filepath.Join(dir, "lock")); err != nil {
		t.Fatal(err)
	}
	if _, err := lock(context.Background(), dir, "lock"); err == nil || !strings.Contains(err.Error(), "is a symbolic link, which is not followed") {
		t.Errorf("the error is %v", err)
	}
	if _, err := os.Lstat(victim); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("made through the link: %v", err)
	}
}

package whole

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestNothingPlantedIsFollowed: what others put below the folder, at whichever
// level, leads nowhere, and the refusal says what stands there.
func TestNothingPlantedIsFollowed(t *testing.T) {
	link := func(victim, at string) error { return os.Symlink(victim, at) }
	for _, tt := range []struct {
		name  string
		at    string
		plant func(victim, at string) error
		says  string // "": it is written all the same
	}{
		{"folder", "topic", link, "topic is a symbolic link, which is not followed: a folder is wanted"},
		{"folder below", "topic/deeper", link, "topic/deeper is a symbolic link"},
		{"link that leads nowhere", "topic", func(_, at string) error { return os.Symlink("nowhere", at) }, "topic is a symbolic link"},
		{"file as folder", "topic/deeper", func(_, at string) error { return os.WriteFile(at, nil, 0o644) }, "topic/deeper is a regular file, where a folder is wanted"},
		{"file", file, func(v, at string) error { return os.Symlink(filepath.Join(v, "precious"), at) }, "file is a symbolic link, which is not followed: a regular file is wanted"},
		{"link to nothing as file", file, func(v, at string) error { return os.Symlink(filepath.Join(v, "new"), at) }, "file is a symbolic link"},
		{"pipe", file, func(_, at string) error { return unix.Mkfifo(at, 0o644) }, "file is a pipe, where a regular file is wanted"},
		{"folder as file", file, func(_, at string) error { return os.Mkdir(at, 0o755) }, "file is a folder"},
		{"hard link", file, func(v, at string) error { return os.Link(filepath.Join(v, "precious"), at) }, ""},
		{"temporary name", "topic/deeper/" + tempOf("file"), func(v, at string) error { return os.Symlink(filepath.Join(v, "precious"), at) }, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir, victim := filepath.Join(t.TempDir(), "out"), t.TempDir()
			at := filepath.Join(dir, tt.at)
			err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o755),
				os.WriteFile(filepath.Join(victim, "precious"), oldText, 0o644))
			if strings.HasPrefix(filepath.Base(tt.at), ".netverify-") {
				err = errors.Join(err, os.WriteFile(filepath.Join(dir, file), oldText, 0o644)) // else it needs none
			}
			if err = errors.Join(err, tt.plant(victim, at)); err != nil {
				t.Fatal(err)
			}
			err = write(dir)
			switch {
			case tt.says == "" && err != nil:
				t.Error(err)
			case tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says)):
				t.Errorf("the error is %v", err)
			}
			if got, err := os.ReadFile(filepath.Join(victim, "precious")); err != nil || string(got) != string(oldText) {
				t.Errorf("what the link leads to was touched: %d bytes, %v", len(got), err)
			}
			if list, err := os.ReadDir(victim); err != nil || len(list) != 1 {
				t.Errorf("something was written there: %v, %v", list, err)
			}
			if _, err := Open(dir, file); (err == nil) != (tt.says == "") {
				t.Errorf("opened for reading: %v", err)
			}
		})
	}
}

// TestTheUsersOwnLink: the folder that the user names may be a link.
func TestTheUsersOwnLink(t *testing.T) {
	top := t.TempDir()
	if err := errors.Join(os.Mkdir(filepath.Join(top, "disk"), 0o755), os.Symlink("disk", filepath.Join(top, "out"))); err != nil {
		t.Fatal(err)
	}
	if err := write(filepath.Join(top, "out")); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(top, "disk", file)); err != nil {
		t.Error(err)
	}
}

func TestNamesThatLeadOut(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	for _, name := range []string{"../file", "a/../../file", "/file", ""} {
		if err := Write(dir, name, func(*os.File) error { return nil }); err == nil {
			t.Errorf("%q is written", name)
		}
		if _, err := Open(dir, name); err == nil {
			t.Errorf("%q is read", name)
		}
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("made: %v", err)
	}
}

// TestRemoveStaysBelow: what is planted is taken away itself or refused, and never
// what it leads to.
func TestRemoveStaysBelow(t *testing.T) {
	dir, victim := t.TempDir(), t.TempDir()
	precious := filepath.Join(victim, "precious")
	if err := errors.Join(os.WriteFile(precious, oldText, 0o644), os.Symlink(victim, filepath.Join(dir, "topic")),
		os.Symlink(precious, filepath.Join(dir, "link")), os.WriteFile(filepath.Join(dir, "file"), oldText, 0o644)); err != nil {
		t.Fatal(err)
	}
	for name, fails := range map[string]bool{"file": false, "link": false, "none": false, "no/folder": false, "topic/precious": true, "../x": true} {
		if err := Remove(dir, name); (err != nil) != fails {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := os.Stat(precious); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left: %v, %v", left, err)
	}
}

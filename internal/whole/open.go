package whole

import (
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Open opens the regular file name below dir for reading; links below dir are
// not followed. A pipe or a device is refused, and not waited for.
func Open(dir, name string) (*os.File, error) {
	path := filepath.Join(dir, name)
	if !filepath.IsLocal(name) {
		return nil, &os.PathError{Op: "open", Path: path, Err: os.ErrInvalid}
	}
	in, base := filepath.Split(name)
	d, err := open(dir, in, false)
	if err != nil {
		return nil, err
	}
	defer d.close()
	kind, _, err := d.kind(base)
	if err == nil && kind != unix.S_IFREG {
		return nil, &refused{path, kind, false}
	}
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	fd, err := d.openat("open for reading", base, unix.O_RDONLY|unix.O_NONBLOCK) // should it become a pipe meanwhile
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(fd), path), nil
}

// Remove takes away the file name below dir, if there is one; links below dir are
// not followed, and one of that name is taken away itself.
func Remove(dir, name string) error {
	path := filepath.Join(dir, name)
	if !filepath.IsLocal(name) {
		return &os.PathError{Op: "remove", Path: path, Err: os.ErrInvalid}
	}
	in, base := filepath.Split(name)
	d, err := open(dir, in, false)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer d.close()
	if err := d.unlink("unlink", base); err != nil && !errors.Is(err, os.ErrNotExist) {
		return &os.PathError{Op: "remove", Path: path, Err: err}
	}
	return nil
}

// Folder makes the folder name below dir, and those above it that are missing, dir
// among them; links below dir are not followed.
func Folder(dir, name string) error {
	if !filepath.IsLocal(name) {
		return &os.PathError{Op: "mkdir", Path: filepath.Join(dir, name), Err: os.ErrInvalid}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	d, err := open(dir, name, true)
	if err != nil {
		return err
	}
	d.close()
	return nil
}

// OpenLock opens the regular file name in dir for a lock, and makes it where there
// is none; a link is not followed.
func OpenLock(dir, name string) (*os.File, error) {
	path := filepath.Join(dir, name)
	if filepath.Base(name) != name || !filepath.IsLocal(name) {
		return nil, &os.PathError{Op: "open", Path: path, Err: os.ErrInvalid}
	}
	d, err := open(dir, "", false)
	if err != nil {
		return nil, err
	}
	defer d.close()
	if kind, _, err := d.kind(name); err == nil && kind != unix.S_IFREG {
		return nil, &refused{path, kind, false}
	}
	fd, err := d.openat("open a lock", name, unix.O_CREAT|unix.O_RDWR|unix.O_NONBLOCK) // should it become a pipe meanwhile
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(fd), path), nil
}

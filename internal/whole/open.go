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

package whole

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// folder is one that is held open: what happens to its name changes nothing.
type folder struct {
	fd   int
	path string // for errors
}

func (d *folder) close() { _ = unix.Close(d.fd) } // nothing was written to it

// open opens the folder in below dir, part by part. Where make is set parts that
// are missing are made.
func open(dir, in string, make bool) (*folder, error) {
	d := &folder{fd: -1, path: dir}
	err := step("open the folder", func() (err error) {
		d.fd, err = again(func() (int, error) { return unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0) })
		return err
	})
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: dir, Err: err}
	}
	for _, part := range strings.FieldsFunc(in, func(r rune) bool { return r == filepath.Separator }) {
		next, err := d.below(part, make)
		d.close()
		if err != nil {
			return nil, err
		}
		d = next
	}
	return d, nil
}

// below opens one folder in another.
func (d *folder) below(part string, make bool) (*folder, error) {
	next := &folder{path: filepath.Join(d.path, part)}
	enter := func() (err error) {
		next.fd, err = d.openat("open a folder below", part, unix.O_PATH|unix.O_DIRECTORY)
		return err
	}
	err := enter()
	if errors.Is(err, unix.ENOENT) && make {
		err = step("mkdirat", func() error { return unix.Mkdirat(d.fd, part, 0o755) })
		if err == nil || errors.Is(err, unix.EEXIST) { // another process was faster
			err = enter()
		}
	}
	if errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ELOOP) {
		if kind, _, e := d.kind(part); e == nil && kind != unix.S_IFDIR {
			return nil, &refused{next.path, kind, true}
		}
	}
	if err != nil {
		return nil, &os.PathError{Op: "enter", Path: next.path, Err: err}
	}
	return next, nil
}

// kind is what a name stands for (S_IFMT of inode(7)), and its mode bits; a link
// is a link.
func (d *folder) kind(name string) (kind, mode uint32, err error) {
	var st unix.Stat_t
	err = step("fstatat", func() error { return unix.Fstatat(d.fd, name, &st, unix.AT_SYMLINK_NOFOLLOW) })
	return st.Mode & unix.S_IFMT, st.Mode &^ unix.S_IFMT, err
}

func (d *folder) openat(what, name string, flags int) (fd int, err error) {
	err = step(what, func() (err error) {
		fd, err = again(func() (int, error) {
			return unix.Openat(d.fd, name, flags|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o644)
		})
		return err
	})
	return fd, err
}

// link gives a file without a name one that nothing has.
func (d *folder) link(what string, f *os.File, name string) error {
	self := fmt.Sprintf("/proc/self/fd/%d", f.Fd())
	return step(what, func() error { return unix.Linkat(unix.AT_FDCWD, self, d.fd, name, unix.AT_SYMLINK_FOLLOW) })
}

// mostRivals bounds how often processes that replace the same file can take its
// temporary name from each other: each time one of them is done with it.
const mostRivals = 1000

// linkAnew takes away what has the name until it is free for f: a killed process
// left it, or another one is about to rename it, to the name that f shall have.
func (d *folder) linkAnew(what string, f *os.File, name string) error {
	for range mostRivals {
		err := d.link(what, f, name)
		if !errors.Is(err, unix.EEXIST) {
			return err
		}
		if err := d.unlink("unlink what was left", name); err != nil && !errors.Is(err, unix.ENOENT) {
			return fmt.Errorf("%s stands in the way: %w", filepath.Join(d.path, name), err)
		}
	}
	return fmt.Errorf("%s: taken %d times by other processes", filepath.Join(d.path, name), mostRivals)
}

func (d *folder) unlink(what, name string) error {
	return step(what, func() error { return unix.Unlinkat(d.fd, name, 0) })
}

func (d *folder) rename(from, to string) error {
	return step("rename", func() error { return unix.Renameat(d.fd, from, d.fd, to) })
}

// again repeats a call that a signal has interrupted (signal(7)).
func again(call func() (int, error)) (fd int, err error) {
	for {
		if fd, err = call(); !errors.Is(err, unix.EINTR) {
			return fd, err
		}
	}
}

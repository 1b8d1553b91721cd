package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"netverify/run"
)

// replace writes a file whole or not at all: half of a report would be taken
// for one. What is no regular file (a pipe, /dev/stderr) is written to.
func replace(name string, text []byte) error {
	info, err := os.Stat(name)
	switch {
	case err == nil && !info.Mode().IsRegular():
		return into(name, text)
	case err == nil:
		// A link keeps being one; what it leads to is replaced.
		if name, err = filepath.EvalSymlinks(name); err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	err = run.WriteWhole(name, func(f *os.File) error {
		_, err := f.Write(text)
		if p := (*fs.PathError)(nil); errors.As(err, &p) {
			return p.Err // WriteWhole names the file
		}
		return err
	})
	if info != nil && (errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EBUSY) || errors.Is(err, syscall.EROFS)) {
		// The file may be written although its folder may not: one that is mounted
		// into a container.
		return into(name, text)
	}
	return err
}

// into writes to what is there. Where that fails a regular file is left empty.
func into(name string, text []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if info, e := f.Stat(); err != nil && e == nil && info.Mode().IsRegular() {
		err = errors.Join(err, f.Truncate(0))
	}
	return errors.Join(err, f.Close())
}

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"netverify/internal/input"
	"netverify/internal/whole"
)

// replace writes a file whole or not at all: half of a report would be taken
// for one. What is no regular file (a pipe, /dev/stderr) is written to. A link is
// not followed: whoever can write to the folder may have put it there.
func replace(name string, text []byte) error {
	info, err := os.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return whole.File(name, text)
	case err != nil:
		return err
	case info.Mode()&fs.ModeSymlink != 0 && system(name):
		return into(name, text, 0)
	case info.Mode()&fs.ModeDevice != 0 && info.Mode()&fs.ModeCharDevice == 0:
		return fmt.Errorf("%s is a block device: a report would overwrite what is on it", name)
	case info.Mode()&(fs.ModeNamedPipe|fs.ModeDevice) != 0:
		return into(name, text, syscall.O_NOFOLLOW)
	}
	err = whole.File(name, text)
	if info.Mode().IsRegular() && (errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EBUSY) || errors.Is(err, syscall.EROFS)) {
		// The file may be written although its folder may not: one that is mounted
		// into a container.
		return into(name, text, syscall.O_NOFOLLOW)
	}
	return err
}

// system tells whether a link is one of the machine's: /dev/stdout and /dev/fd/63
// are links, and lead to what this process has open.
func system(name string) bool {
	name, err := filepath.Abs(name)
	return err == nil && (strings.HasPrefix(name, "/dev/") && !strings.HasPrefix(name, "/dev/shm/") || strings.HasPrefix(name, "/proc/"))
}

// into writes to what is there. Where that fails a regular file is left empty.
func into(name string, text []byte, flags int) error {
	// To open a FIFO waits for whoever reads it (fifo(7)), and so does writing more
	// than it holds.
	slow := input.Waiting(func(text string) { fmt.Fprintln(os.Stderr, "netverify:", text) }, "somebody to read from "+name)
	defer slow.Stop()
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_TRUNC|flags, 0)
	if errors.Is(err, syscall.ELOOP) {
		return fmt.Errorf("%s is a symbolic link, which is not followed", name)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if info, e := f.Stat(); err != nil && e == nil && info.Mode().IsRegular() {
		err = errors.Join(err, f.Truncate(0))
	}
	return errors.Join(err, f.Close())
}

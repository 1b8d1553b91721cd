// Package input opens what a user named as a file, and nothing that would stop
// a program without a word: a FIFO that nobody writes to, a device, a socket
// (open(2), fifo(7)). Where a stream makes sense a pipe is taken, and somebody
// is told if nothing comes from it; elsewhere only regular files are.
package input

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"time"
)

// Stdin is the name of standard input.
const Stdin = "-"

// patience is what a pipe may be silent for until somebody is told.
const patience = 300 * time.Millisecond

// Odd says what a file is that has no end or no contents of its own, "a FIFO";
// "" for regular files and folders.
func Odd(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeNamedPipe != 0:
		return "a FIFO"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeCharDevice != 0:
		return "a character device"
	case mode&fs.ModeDevice != 0:
		return "a block device"
	case mode&fs.ModeIrregular != 0:
		return "no regular file"
	}
	return ""
}

// Regular is an error unless a file is a regular one.
func Regular(name string, mode fs.FileMode) error {
	what := Odd(mode)
	if mode.IsDir() {
		what = "a folder"
	}
	if what == "" {
		return nil
	}
	return &fs.PathError{Op: "read", Path: name, Err: fmt.Errorf("it is %s: write what it gives into a regular file, and name that", what)}
}

// OpenRegular opens a regular file, and nothing else.
func OpenRegular(name string) (*os.File, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if err := Regular(name, info.Mode()); err != nil {
		return nil, err
	}
	return os.Open(name)
}

// ReadFile reads a regular file of at most so many bytes.
func ReadFile(name string, most int64) ([]byte, error) {
	f, err := OpenRegular(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(text)) > most {
		err = &fs.PathError{Op: "read", Path: name, Err: fmt.Errorf("more than %d bytes, which is the limit for what this file is for", most)}
	}
	return text, err
}

// Open opens a regular file or a pipe to read it; "-" is standard input. tell
// is called where nothing comes for a moment, with what is waited for; once, at
// most, and on a goroutine of its own. It may be nil.
func Open(name string, tell func(string)) (io.ReadCloser, error) {
	if tell == nil {
		tell = func(string) {}
	}
	if name == Stdin {
		info, err := os.Stdin.Stat()
		if err == nil && info.Mode()&fs.ModeCharDevice != 0 || err == nil && info.IsDir() {
			err = &fs.PathError{Op: "read", Path: "standard input", Err: fmt.Errorf("it is %s: give it a file or the end of a pipe", described(info.Mode()))}
		}
		if err != nil {
			return nil, err
		}
		return newStream(os.Stdin, "standard input", tell), nil
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.Mode()&fs.ModeNamedPipe == 0 {
		if err := Regular(name, info.Mode()); err != nil {
			return nil, err
		}
		return os.Open(name)
	}
	slow := Waiting(tell, "somebody to write to "+name+", which is a FIFO")
	f, err := os.Open(name)
	slow.Stop()
	if err != nil {
		return nil, err
	}
	return newStream(f, name, tell), nil
}

func described(mode fs.FileMode) string {
	if mode.IsDir() {
		return "a folder"
	}
	return "a terminal or another " + Odd(mode)[len("a "):]
}

// Waiting calls tell where what follows takes more than a moment, unless the
// timer is stopped before.
func Waiting(tell func(string), what string) *time.Timer {
	return time.AfterFunc(patience, func() { tell("waiting for " + what) })
}

// stream tells if its first bytes do not come.
type stream struct {
	*os.File
	first sync.Once
	name  string
	tell  func(string)
}

func newStream(f *os.File, name string, tell func(string)) *stream {
	return &stream{File: f, name: name, tell: tell}
}

// Read reads from the pipe.
func (s *stream) Read(b []byte) (n int, err error) {
	first := false
	s.first.Do(func() { first = true })
	if !first {
		return s.File.Read(b)
	}
	slow := Waiting(s.tell, "what comes from "+s.name)
	defer slow.Stop()
	return s.File.Read(b)
}

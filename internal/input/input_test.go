package input

import (
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestOnlyRegularFilesAreRead(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "socket")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for name, want := range map[string]string{fifo: "it is a FIFO", socket: "it is a socket", "/dev/zero": "it is a character device", dir: "it is a folder", filepath.Join(dir, "none"): "no such file"} {
		if _, err := ReadFile(name, 10); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ReadFile(%s): %v, want %q", name, err, want)
		}
		if name == fifo {
			continue
		}
		if f, err := Open(name, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Open(%s): %v, %v, want %q", name, f, err, want)
		}
	}
	for mode, want := range map[fs.FileMode]string{fs.ModeDevice: "a block device", fs.ModeIrregular: "no regular file", 0: "", fs.ModeDir: ""} {
		if got := Odd(mode); got != want {
			t.Errorf("%v: %q, want %q", mode, got, want)
		}
	}
}

func TestReadFileIsBounded(t *testing.T) {
	name := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(name, make([]byte, 11), 0o600); err != nil {
		t.Fatal(err)
	}
	if b, err := ReadFile(name, 11); err != nil || len(b) != 11 {
		t.Errorf("%d, %v", len(b), err)
	}
	if _, err := ReadFile(name, 10); err == nil || !strings.Contains(err.Error(), "more than 10 bytes") {
		t.Error(err)
	}
}

// TestAPipeTellsWhatItWaitsFor: whoever writes to the FIFO does so only when
// that was told, so that without a word the test would not end.
func TestAPipeTellsWhatItWaitsFor(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	told := make(chan string, 2)
	var writer *os.File
	go func() {
		said := <-told
		if !strings.Contains(said, "waiting for somebody to write to "+fifo) {
			t.Error(said)
		}
		writer, _ = os.OpenFile(fifo, os.O_WRONLY, 0)
		if said = <-told; !strings.Contains(said, "waiting for what comes from "+fifo) {
			t.Error(said)
		}
		_, _ = io.WriteString(writer, "frames")
		_ = writer.Close()
	}()
	f, err := Open(fifo, func(s string) { told <- s })
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if b, err := io.ReadAll(f); err != nil || string(b) != "frames" {
		t.Errorf("%q, %v", b, err)
	}
}

package run

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"netverify/assert"
	"netverify/capture/pcapng"
)

// write leaves the recording as a pcapng beside the verdicts. Where it cannot
// be written the verdict stands: it was reached without the file.
func (s *session) write(r *assert.Result) {
	if s.j.opt.Out == "" || s.j.repeat > 1 && r.Outcome == assert.Pass && !s.j.opt.Keep {
		return
	}
	name := evidenceName(r)
	if err := s.writeFile(filepath.Join(s.j.opt.Out, name), r); err != nil {
		r.Trouble = err.Error()
		return
	}
	r.Evidence = append(r.Evidence, name)
}

// evidenceName is the scenario's name with a suffix, its topic as the folder.
func evidenceName(r *assert.Result) string {
	parts := strings.Split(r.Name, "/")
	for i, p := range parts {
		parts[i] = strings.Map(fileRune, p)
	}
	name := strings.Join(parts, "/")
	if r.Repeat > 1 {
		name += fmt.Sprintf(".%d", r.Repeat)
	}
	return name + ".pcapng"
}

// fileRune keeps what is harmless in a file's name on any system.
func fileRune(c rune) rune {
	switch {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.ContainsRune("-_.=,+", c):
		return c
	}
	return '_'
}

// writeFile gives the file its name only when it is whole: a run that is killed
// leaves no half of one, and no file of another name either (O_TMPFILE, open(2)).
func (s *session) writeFile(path string, r *assert.Result) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	fd, err := unix.Open(dir, unix.O_TMPFILE|unix.O_WRONLY|unix.O_CLOEXEC, 0o644)
	if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.EISDIR) {
		return s.writeRenamed(path, r)
	}
	if err != nil {
		return &os.PathError{Op: "create a file in", Path: dir, Err: err}
	}
	f := os.NewFile(uintptr(fd), path)
	defer f.Close()
	if err := s.encode(f, r); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	self := fmt.Sprintf("/proc/self/fd/%d", fd)
	if err := unix.Linkat(unix.AT_FDCWD, self, unix.AT_FDCWD, path, unix.AT_SYMLINK_FOLLOW); err != nil {
		return &os.LinkError{Op: "link", Old: self, New: path, Err: err}
	}
	return nil
}

// writeRenamed is for file systems without O_TMPFILE.
func (s *session) writeRenamed(path string, r *assert.Result) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".netverify-*")
	if err != nil {
		return err
	}
	defer f.Close()
	err = s.encode(f, r)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("%s: %w", path, err), os.Remove(f.Name()))
	}
	return nil
}

func (s *session) encode(f *os.File, r *assert.Result) error {
	release, _ := Kernel()
	w := bufio.NewWriterSize(f, 1<<16)
	opt := pcapng.WriteOptions{
		Hardware:       fmt.Sprintf("%s, %d processors", runtime.GOARCH, runtime.NumCPU()),
		OS:             "Linux " + release,
		Application:    "netverify",
		Comments:       []string{r.Name + ": " + r.Title, verdict(r.Outcome, r.Reason)},
		PacketComments: deciding(r.Checks),
	}
	if err := pcapng.Write(w, s.rec, opt); err != nil {
		return err
	}
	return w.Flush()
}

// deciding are the comments of the frames that decided a check.
func deciding(checks []assert.Check) map[int][]string {
	m := make(map[int][]string)
	for _, k := range checks {
		for _, i := range k.Frames {
			m[i] = append(m[i], fmt.Sprintf("%s: %s: %s", k.Name, k.Text, verdict(k.Outcome, k.Reason)))
		}
	}
	return m
}

func verdict(o assert.Outcome, reason string) string {
	if reason == "" {
		return o.String()
	}
	return o.String() + ": " + reason
}

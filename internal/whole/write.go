package whole

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Write makes the file name below dir, or replaces the one that is there, with
// what write writes to it. Folders that are missing are made. A file that was there keeps
// its permissions and, where anything fails, its content. The error names the file.
func Write(dir, name string, write func(*os.File) error) error {
	w, err := begin(dir, name)
	if err != nil {
		return err
	}
	defer w.close()
	if err := step("write", func() error { return write(w.content) }); err != nil {
		var p *fs.PathError
		if errors.As(err, &p) && p.Path == w.content.Name() {
			err = p.Err // this error names the file
		}
		return errors.Join(fmt.Errorf("%s: %w", w.path, err), w.drop())
	}
	return w.name()
}

// File is Write of content to a file that the user named: its folder may be a
// link, it may not.
func File(path string, content []byte) error {
	return Write(filepath.Dir(path), filepath.Base(path), func(f *os.File) error {
		_, err := f.Write(content)
		return err
	})
}

// writing is a file on its way.
type writing struct {
	path    string // for errors
	folder  *folder
	base    string // its name in the folder
	temp    string // its name until it is whole, where it needs one
	named   bool   // it has that name already: no O_TMPFILE here
	mode    uint32 // permissions of the file that it replaces; 0: of a new one
	content *os.File
}

func begin(dir, name string) (*writing, error) {
	if !filepath.IsLocal(name) {
		return nil, &os.PathError{Op: "write", Path: name, Err: fmt.Errorf("leads out of its folder %s", dir)}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	in, base := filepath.Split(name)
	d, err := open(dir, in, true)
	if err != nil {
		return nil, err
	}
	w := &writing{path: filepath.Join(dir, name), folder: d, base: base, temp: tempOf(base)}
	if err := w.old(); err != nil {
		d.close()
		return nil, err
	}
	if err := w.create(); err != nil {
		d.close()
		return nil, &os.PathError{Op: "create a file in", Path: d.path, Err: err}
	}
	return w, nil
}

// tempOf is the name of a whole file beside the one that it is going to replace.
// There is one for each, so that what a killed process left goes with the next
// replacement.
func tempOf(base string) string {
	sum := sha256.Sum256([]byte(base))
	return ".netverify-" + hex.EncodeToString(sum[:8])
}

// old looks at what has the name now.
func (w *writing) old() error {
	kind, mode, err := w.folder.kind(w.base)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return &os.PathError{Op: "look at", Path: w.path, Err: err}
	case kind != unix.S_IFREG:
		return &refused{w.path, kind, false}
	}
	w.mode = mode & 0o777
	return nil
}

func (w *writing) create() error {
	fd, err := w.folder.openat("open a nameless file", ".", unix.O_TMPFILE|unix.O_WRONLY)
	if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.EISDIR) {
		// A file system without O_TMPFILE. Half a file has that name for a while:
		// nobody else may take it for one that was left.
		w.named, w.temp = true, w.temp+"-"+rand.Text()
		fd, err = w.folder.openat("open a temporary file", w.temp, unix.O_CREAT|unix.O_EXCL|unix.O_WRONLY)
	}
	if err != nil {
		return err
	}
	w.content = os.NewFile(uintptr(fd), w.path)
	if w.mode == 0 {
		return nil
	}
	err = step("fchmod", func() error { return unix.Fchmod(fd, w.mode) })
	if err != nil {
		return errors.Join(err, w.content.Close(), w.drop())
	}
	return nil
}

// name gives the file its name.
func (w *writing) name() error {
	if w.named {
		// Some file systems say only here that they have no room (close(2)).
		if err := step("close", w.content.Close); err != nil {
			return errors.Join(&os.PathError{Op: "close", Path: w.path, Err: err}, w.drop())
		}
		return w.rename()
	}
	err := w.folder.link("link", w.content, w.base)
	if errors.Is(err, fs.ErrExist) {
		if err := w.old(); err != nil {
			return err
		}
		if err = w.folder.linkAnew("link beside", w.content, w.temp); err == nil {
			return w.rename()
		}
	}
	if err != nil {
		return &os.LinkError{Op: "link", Old: "a nameless file", New: w.path, Err: err}
	}
	return nil
}

// rename puts the file in the place of the old one. Where its name is gone another
// process that replaces the same file has done so.
func (w *writing) rename() error {
	err := w.folder.rename(w.temp, w.base)
	if err == nil || !w.named && errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	w.named = true
	return errors.Join(&os.LinkError{Op: "rename", Old: w.temp, New: w.path, Err: err}, w.drop())
}

// drop takes away what has no name but that until it is whole.
func (w *writing) drop() error {
	if !w.named {
		return nil
	}
	err := w.folder.unlink("unlink", w.temp)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// close lets go of descriptors; of what counts name has looked at.
func (w *writing) close() {
	_ = w.content.Close()
	w.folder.close()
}

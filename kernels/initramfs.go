package kernels

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// File is one file of an initramfs.
type File struct {
	Name string      // path in the guest, with or without a leading slash
	Mode fs.FileMode // permissions; fs.ModeDir makes a folder, without Data
	Data []byte
}

// Initramfs writes an archive that the kernel unpacks as its first root: cpio's
// "newc" format, uncompressed (Documentation/driver-api/early-userspace/
// buffer-format.rst). Folders above a file need not be listed. /dev/console and
// /dev/null are always in it: init's standard streams are the console's, and
// are closed where the node is missing. The result depends on the files alone:
// sorted, owned by root, dated 1970.
func Initramfs(w io.Writer, files []File) error {
	entries, err := initramfsEntries(files)
	if err != nil {
		return err
	}
	cw := &cpioWriter{w: w}
	for _, e := range entries {
		if err := cw.entry(e); err != nil {
			return fmt.Errorf("initramfs: %s: %w", e.name, err)
		}
	}
	if err := cw.entry(cpioEntry{name: "TRAILER!!!", nlink: 1}); err != nil {
		return fmt.Errorf("initramfs: %w", err)
	}
	return nil
}

// File types of inode(7), as cpio's mode holds them.
const (
	sIFREG = 0o100000
	sIFDIR = 0o040000
	sIFCHR = 0o020000
)

type cpioEntry struct {
	name         string
	mode, nlink  uint32
	major, minor uint32 // of a device node
	data         []byte
}

// initramfsEntries lists what goes into the archive: folders before what is in
// them, which sorting by name does ("dev" < "dev/null").
func initramfsEntries(files []File) ([]cpioEntry, error) {
	byName := map[string]cpioEntry{
		"dev":         {name: "dev", mode: sIFDIR | 0o755, nlink: 2},
		"dev/console": {name: "dev/console", mode: sIFCHR | 0o600, nlink: 1, major: 5, minor: 1},
		"dev/null":    {name: "dev/null", mode: sIFCHR | 0o666, nlink: 1, major: 1, minor: 3},
	}
	explicit := map[string]bool{"dev/console": true, "dev/null": true}
	for _, f := range files {
		name := strings.TrimPrefix(path.Clean("/"+f.Name), "/")
		if name == "" || name == "TRAILER!!!" || strings.ContainsRune(name, 0) {
			return nil, fmt.Errorf("initramfs: bad file name %q", f.Name)
		}
		if explicit[name] {
			return nil, fmt.Errorf("initramfs: %s is there twice", name)
		}
		explicit[name] = true
		e := cpioEntry{name: name, mode: sIFREG | uint32(f.Mode.Perm()), nlink: 1, data: f.Data}
		switch {
		case f.Mode.IsDir() && len(f.Data) > 0:
			return nil, fmt.Errorf("initramfs: folder %s has data", name)
		case f.Mode.IsDir():
			e.mode, e.nlink = sIFDIR|uint32(f.Mode.Perm()), 2
		case f.Mode.Type() != 0:
			return nil, fmt.Errorf("initramfs: %s: only files and folders are written, not %s", name, f.Mode.Type())
		}
		byName[name] = e
		for d := path.Dir(name); d != "."; d = path.Dir(d) {
			if _, ok := byName[d]; !ok {
				byName[d] = cpioEntry{name: d, mode: sIFDIR | 0o755, nlink: 2}
			}
		}
	}
	var entries []cpioEntry
	for _, e := range byName {
		if d := path.Dir(e.name); d != "." && byName[d].mode&sIFDIR == 0 {
			return nil, fmt.Errorf("initramfs: %s is below a file", e.name)
		}
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b cpioEntry) int { return cmp.Compare(a.name, b.name) })
	return entries, nil
}

// cpioWriter writes newc entries, each aligned to four bytes.
type cpioWriter struct {
	w   io.Writer
	ino uint32
}

var errTooLarge = errors.New("larger than 4 GiB, the limit of newc")

// entry writes one header, name and content:
//
//	"070701" ino mode uid gid nlink mtime filesize devmajor devminor
//	rdevmajor rdevminor namesize check     (13 numbers of 8 hex digits)
//	name NUL, zeros up to a multiple of 4 of header and name
//	content, zeros up to a multiple of 4
func (c *cpioWriter) entry(e cpioEntry) error {
	if uint64(len(e.data)) > 1<<32-1 {
		return errTooLarge
	}
	c.ino++
	head := fmt.Sprintf("070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%s\x00",
		c.ino, e.mode, 0, 0, e.nlink, 0, len(e.data), 0, 0, e.major, e.minor, len(e.name)+1, 0, e.name)
	for _, part := range [][]byte{[]byte(head), padding(len(head)), e.data, padding(len(e.data))} {
		if _, err := c.w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// padding is what takes n to a multiple of four.
func padding(n int) []byte { return make([]byte, -n&3) }

package kernels

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"netverify/internal/whole"
)

// cacheFormat is raised when what an entry holds changes its meaning. An entry
// of another format is as good as none.
const cacheFormat = 1

// Entry is a kernel in the cache.
type Entry struct {
	Format   int       `json:"format"`
	Name     string    `json:"name"`    // its folder, and its name for Find and Remove
	Release  string    `json:"release"` // uname -r
	Version  string    `json:"version"` // of the Debian package
	Suite    string    `json:"suite"`   // Debian's, where it was fetched from one; else ""
	Signed   bool      `json:"signed"`  // the archive's signature was checked
	Added    time.Time `json:"added"`
	Packages []Package `json:"packages"`
	Kept     []string  `json:"kept"` // modules that were looked for, with what they need
	Files    []Sum     `json:"files"`

	Path string `json:"-"` // the folder
}

// Sum is what a file of an entry must be.
type Sum struct {
	Name   string `json:"name"` // path below the entry
	Size   int64  `json:"size"` // bytes
	SHA256 string `json:"sha256"`
}

// Size is what the entry takes on disk, in bytes: the sum of its files.
func (e Entry) Size() int64 {
	if e.Format != cacheFormat { // nothing says what should be there
		n, err := folderSize(e.Path)
		if err != nil {
			return 0
		}
		return n
	}
	var n int64
	for _, f := range e.Files {
		n += f.Size
	}
	return n
}

// Source says for people in a word or two where the entry came from.
func (e Entry) Source() string {
	switch {
	case e.Format != cacheFormat:
		return "unknown"
	case e.Suite == "":
		return "package"
	case !e.Signed:
		return "debian " + e.Suite + " (signature not checked)"
	}
	return "debian " + e.Suite
}

// Origin is Source with the packages.
func (e Entry) Origin() string {
	var names []string
	for _, p := range e.Packages {
		names = append(names, p.Name+" "+p.Version)
	}
	return e.Source() + ": " + strings.Join(names, ", ")
}

// DefaultCache is the cache folder without Options.Cache: netverify below
// XDG_CACHE_HOME, or below ~/.cache. It need not exist.
func DefaultCache() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no place for a cache: %w (set XDG_CACHE_HOME)", err)
	}
	return filepath.Join(dir, "netverify"), nil
}

// cacheFolder is opt's cache, or the default one. The error may be that others
// can write there.
func cacheFolder(opt Options) (cache string, err error) {
	if cache = opt.Cache; cache == "" {
		if cache, err = DefaultCache(); err != nil {
			return "", err
		}
	}
	return cache, trusted(cache)
}

// entriesFolder holds one folder an entry. Names with a dot in front are locks
// and what is being unpacked.
func entriesFolder(cache string) string { return filepath.Join(cache, "kernels") }

// aptFolder holds apt's lists, one folder a suite: some 20 MB each.
const aptFolder = "apt"

const entryFile = "entry.json"

// List returns the entries of a cache ("" is DefaultCache), by name. Their files
// are not looked at: see Entry.Verify. A folder without a readable entry.json
// is listed with Format 0.
func List(cache string) ([]Entry, error) {
	cache, err := cacheFolder(Options{Cache: cache})
	if err != nil {
		return nil, err
	}
	dirs, err := os.ReadDir(entriesFolder(cache))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var out []Entry
	for _, d := range dirs {
		if d.IsDir() && !strings.HasPrefix(d.Name(), ".") {
			out = append(out, readEntry(filepath.Join(entriesFolder(cache), d.Name())))
		}
	}
	slices.SortFunc(out, func(a, b Entry) int { return cmp.Compare(a.Name, b.Name) })
	return out, nil
}

func readEntry(dir string) Entry {
	e := Entry{}
	b, err := readBelow(dir, entryFile)
	if err != nil || json.Unmarshal(b, &e) != nil {
		e = Entry{}
	}
	e.Name, e.Path = filepath.Base(dir), dir
	return e
}

// Verify compares every file of the entry with its size and checksum, and the
// modules that it was made for with those that are asked for today. The error
// names the first file that differs.
func (e Entry) Verify() error {
	if e.Format != cacheFormat {
		return fmt.Errorf("%s is missing, damaged or of another version", entryFile)
	}
	for _, m := range keptModules() {
		if !slices.Contains(e.Kept, m) {
			return fmt.Errorf("it was unpacked without looking for module %s, which is needed by now", m)
		}
	}
	for _, dir := range []string{e.Path, filepath.Join(e.Path, entryModules)} {
		if info, err := os.Lstat(dir); err == nil {
			if err := trustedFolder(dir, info); err != nil {
				return err
			}
		}
	}
	for _, want := range e.Files {
		got, err := sumFile(e.Path, want.Name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("%s is gone", want.Name)
		case err != nil:
			return err
		case got.Size != want.Size:
			return fmt.Errorf("%s has %d bytes, not %d", want.Name, got.Size, want.Size)
		case got.SHA256 != want.SHA256:
			return fmt.Errorf("%s is not what was unpacked (SHA-256 differs)", want.Name)
		}
	}
	return nil
}

func readBelow(dir, name string) ([]byte, error) {
	f, err := whole.Open(dir, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxEntry))
}

// maxEntry bounds an entry.json, in bytes: of a kernel with all modules it has 1 MB.
const maxEntry = 16 << 20

func sumFile(dir, name string) (Sum, error) {
	f, err := whole.Open(dir, name) // no link, and no pipe that would be waited for
	if err != nil {
		return Sum{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil {
		err = trustedOwner(filepath.Join(dir, name), info)
	}
	if err != nil {
		return Sum{}, err
	}
	h := sha256.New()
	n, err := io.Copy(h, f)
	return Sum{Name: name, Size: n, SHA256: hex.EncodeToString(h.Sum(nil))}, err
}

// Kernel is what Find returns for the entry.
func (e Entry) Kernel() *Kernel {
	return &Kernel{
		Release: e.Release,
		Image:   filepath.Join(e.Path, entryImage),
		Modules: filepath.Join(e.Path, entryModules),
		Config:  existing(filepath.Join(e.Path, entryConfig)),
		Origin:  e.Origin(),
	}
}

// Remove deletes the entry of that name, and what an interrupted unpacking of
// it has left.
func Remove(ctx context.Context, cache, name string) error {
	cache, err := cacheFolder(Options{Cache: cache})
	if err != nil {
		return err
	}
	if name == "" || strings.HasPrefix(name, ".") || filepath.Base(name) != name {
		return fmt.Errorf("%q is not the name of a cache entry", name)
	}
	dir := filepath.Join(entriesFolder(cache), name)
	if _, err := os.Stat(dir); err != nil {
		return fmt.Errorf("cache entry %s: %w", name, err)
	}
	unlock, err := lock(ctx, entriesFolder(cache), "."+name+".lock")
	if err != nil {
		return err
	}
	defer unlock()
	// The name goes first and at once: no one sees half of an entry.
	gone := filepath.Join(entriesFolder(cache), "."+name+".new")
	return errors.Join(os.RemoveAll(gone), os.Rename(dir, gone), os.RemoveAll(gone))
}

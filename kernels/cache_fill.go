package kernels

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"netverify/internal/whole"
)

// fill returns the entry of that name. If there is none that verifies, get is
// called with an empty folder to put package files in, which are unpacked; the
// entry takes its name when it is complete. Of several processes
// one does this, and the others wait for it.
func fill(ctx context.Context, e Entry, opt Options, get func(dir string) (files []string, err error)) (Entry, error) {
	cache, err := cacheFolder(opt)
	if err != nil {
		return e, err
	}
	all := entriesFolder(cache)
	if err := whole.Folder(cache, filepath.Base(all)); err != nil {
		return e, err
	}
	unlock, err := lock(ctx, all, "."+e.Name+".lock")
	if err != nil {
		return e, err
	}
	defer unlock()

	final := filepath.Join(all, e.Name)
	staging := filepath.Join(all, "."+e.Name+".new")
	if _, err := os.Stat(final); err == nil {
		old := readEntry(final)
		bad := old.Verify()
		if bad == nil {
			return old, nil
		}
		opt.progress("cache entry %s: %v: making it anew", e.Name, bad)
	}
	// What is here is of a process that was killed: its lock was free.
	if err := os.RemoveAll(staging); err != nil {
		return e, err
	}
	defer os.RemoveAll(staging)
	if err := os.MkdirAll(filepath.Join(staging, entryModules), 0o755); err != nil {
		return e, err
	}
	packages := filepath.Join(staging, "packages")
	if err := os.Mkdir(packages, 0o755); err != nil {
		return e, err
	}
	files, err := get(packages)
	if err != nil {
		return e, err
	}
	if err := e.unpack(ctx, staging, files); err != nil {
		return e, err
	}
	if err := os.RemoveAll(packages); err != nil {
		return e, err
	}
	if err := e.seal(staging); err != nil {
		return e, err
	}
	if err := os.RemoveAll(final); err != nil {
		return e, err
	}
	if err := os.Rename(staging, final); err != nil {
		return e, err
	}
	return readEntry(final), nil
}

// unpack makes the content of an entry out of package files.
func (e *Entry) unpack(ctx context.Context, dir string, files []string) error {
	u := &unpacked{dir: dir, modules: map[string]string{}}
	for _, f := range files {
		if err := u.unpack(ctx, f); err != nil {
			return err
		}
	}
	if err := u.check(); err != nil {
		return err
	}
	e.Kept = keptModules()
	if err := u.prune(e.Kept); err != nil {
		return err
	}
	e.Release, e.Packages, e.Version = u.release, u.packages, u.packages[0].Version
	return nil
}

// check tells what packages have not brought, each with the package to blame.
func (u *unpacked) check() error {
	names := ""
	for i, p := range u.packages {
		if i > 0 {
			names += ", "
		}
		names += p.Name
	}
	image := filepath.Join(u.dir, entryImage)
	if existing(image) == "" {
		return fmt.Errorf("no kernel image in %s: it is in linux-image-* before Linux 6.19, in linux-binary-* since", names)
	}
	release, err := imageRelease(image)
	switch {
	case err != nil:
		return err
	case release != u.release:
		return fmt.Errorf("the image in %s is that of %s, the files are those of %s", names, release, u.release)
	case len(u.modules) > 0 && !u.builtin:
		return fmt.Errorf("no modules.builtin in %s: it is in linux-base-%s", names, release)
	}
	return nil
}

// seal writes entry.json over what is in dir. Nothing is synced: what a crash of
// the machine takes out of an entry, Verify finds before the next use.
func (e *Entry) seal(dir string) error {
	e.Format, e.Added, e.Files = cacheFormat, time.Now().UTC().Truncate(time.Second), nil
	err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		name, err := filepath.Rel(dir, file)
		if err != nil {
			return err
		}
		sum, err := sumFile(dir, name)
		e.Files = append(e.Files, sum)
		return err
	})
	if err != nil {
		return err
	}
	slices.SortFunc(e.Files, func(a, b Sum) int { return slices.Compare([]byte(a.Name), []byte(b.Name)) })
	b, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, entryFile), append(b, '\n'), 0o644)
}

// lock waits for the lock of that name in dir and returns what gives it up. The file
// stays: removing it would let two hold "the" lock. The kernel releases it with
// the process, whatever ends that.
func lock(ctx context.Context, dir, name string) (unlock func(), err error) {
	f, err := whole.OpenLock(dir, name)
	if err != nil {
		return nil, err
	}
	got := make(chan error, 1)
	go func() {
		for {
			err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
			if !errors.Is(err, syscall.EINTR) {
				got <- err
				return
			}
		}
	}()
	select {
	case err := <-got:
		if err != nil {
			f.Close()
			return nil, fmt.Errorf("lock %s: %w", f.Name(), err)
		}
		return func() { f.Close() }, nil
	case <-ctx.Done():
		go func() { <-got; f.Close() }() // flock(2) cannot be called off
		return nil, fmt.Errorf("waiting for another process that fills the cache (%s): %w", f.Name(), ctx.Err())
	}
}

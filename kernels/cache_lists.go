package kernels

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// ListsSize is what apt's lists take in a cache ("" is DefaultCache), in bytes.
// They are kept so that the next fetch from a suite asks only what is new.
func ListsSize(cache string) (int64, error) {
	cache, err := cacheFolder(Options{Cache: cache})
	if err != nil {
		return 0, err
	}
	return folderSize(filepath.Join(cache, aptFolder))
}

// folderSize is the sum of the files below a folder, in bytes; 0 without one.
func folderSize(dir string) (int64, error) {
	var size int64
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	return size, err
}

// RemoveLists deletes apt's lists from a cache. Entries stay.
func RemoveLists(ctx context.Context, cache string) error {
	cache, err := cacheFolder(Options{Cache: cache})
	if err != nil {
		return err
	}
	dirs, err := os.ReadDir(filepath.Join(cache, aptFolder))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, d := range dirs {
		if !d.IsDir() {
			continue // none of apt's: a link leads elsewhere
		}
		dir := filepath.Join(cache, aptFolder, d.Name())
		unlock, lockErr := lock(ctx, dir, "lock")
		if lockErr != nil {
			return errors.Join(err, lockErr)
		}
		for _, below := range []string{"lists", "archives", "state"} {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, below)))
		}
		unlock()
	}
	return err
}

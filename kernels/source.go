package kernels

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Kernel is a kernel to boot: files that exist, and what they are.
type Kernel struct {
	Release string // uname -r: "6.1.0-56-cloud-amd64"; never empty
	Image   string // path of the vmlinuz or bzImage
	Modules string // lib/modules/<release>, or a build tree; "" without modules
	Config  string // path of the configuration; "" if there is none
	Origin  string // what was asked for and where it came from, for people
}

// Options say where Find looks and how it tells what it does.
type Options struct {
	// Modules of a kernel given as a file: lib/modules/<release>, a folder that
	// has it below itself (INSTALL_MOD_PATH), a build tree, or the linux-modules
	// package to a linux-binary package. "" where the kernel brings its own.
	Modules string
	// Cache is the cache folder; "" is DefaultCache.
	Cache string
	// Refresh asks Debian's archive for the newest kernel even where a cached
	// one answers the spec.
	Refresh bool
	// Offline never asks the archive: what is not in the cache, or damaged there,
	// is an error.
	Offline bool
	// Progress gets a line before each thing that takes time; nil for none.
	Progress func(string)

	apt func(suite, dir string) *apt // of tests: another archive than Debian's
}

func (o Options) progress(format string, args ...any) {
	if o.Progress != nil {
		o.Progress(fmt.Sprintf(format, args...))
	}
}

// debianPrefix starts the spec of a kernel in Debian's archive.
const debianPrefix = "debian:"

// Find returns the kernel that spec names:
//
//   - a vmlinuz or bzImage file, with opt.Modules
//   - a kernel build tree: arch/x86/boot/bzImage and its modules
//   - a Debian package file: linux-image-*.deb, or linux-binary-*.deb with
//     linux-modules-*.deb in the same folder or as opt.Modules
//   - debian:SUITE, debian:VERSION-PREFIX or debian:RELEASE, as in debian:trixie,
//     debian:6.1 and debian:6.1.0-56-cloud-amd64: from the cache, else fetched.
//     Kernels for clouds, which are small, come first.
//   - the name of a cache entry, as `kernels list` prints it
//
// The files of a Kernel that came from the cache have been compared with their
// checksums. Errors name the spec, the file at fault and what to do.
func Find(ctx context.Context, spec string, opt Options) (*Kernel, error) {
	k, err := find(ctx, spec, opt)
	if err != nil {
		return nil, fmt.Errorf("kernel %s: %w", spec, err)
	}
	return k, nil
}

func find(ctx context.Context, spec string, opt Options) (*Kernel, error) {
	if rest, ok := strings.CutPrefix(spec, debianPrefix); ok {
		if opt.Modules != "" {
			return nil, errors.New("a Debian kernel brings its own modules: leave out --modules")
		}
		return findDebian(ctx, rest, opt)
	}
	info, err := os.Stat(spec)
	switch {
	case err == nil && info.IsDir():
		return findTree(spec, opt)
	case err == nil && filepath.Ext(spec) == ".deb":
		return findPackage(ctx, spec, opt)
	case err == nil:
		return findImage(spec, opt)
	case !strings.ContainsRune(spec, filepath.Separator):
		return findCached(ctx, spec, opt)
	}
	return nil, err
}

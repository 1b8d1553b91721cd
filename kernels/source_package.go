package kernels

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"netverify/internal/input"
)

// findPackage returns the kernel of a Debian package file, unpacked into the
// cache under a name made of what is in the packages: one that is rebuilt gets
// an entry of its own.
func findPackage(ctx context.Context, file string, opt Options) (*Kernel, error) {
	files, ctl, err := packageFiles(file, opt)
	if err != nil {
		return nil, err
	}
	sum := sha256.New()
	for _, f := range files {
		if err := hashFile(sum, f); err != nil {
			return nil, err
		}
	}
	name := fmt.Sprintf("%s_%s_%s", ctl.release(), ctl.Version, hex.EncodeToString(sum.Sum(nil))[:12])
	e, err := fill(ctx, Entry{Name: entryName(name)}, opt, func(string) ([]string, error) {
		opt.progress("unpacking %s", strings.Join(files, ", "))
		return files, nil
	})
	if err != nil {
		return nil, err
	}
	k := e.Kernel()
	if opt.Modules != "" && filepath.Ext(opt.Modules) != ".deb" {
		if k.Modules, err = modulesFolder(opt.Modules, k.Release); err != nil {
			return nil, err
		}
	}
	return k, nil
}

func hashFile(to io.Writer, file string) error {
	f, err := input.OpenRegular(file)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(to, f)
	return err
}

// entryName leaves of a name what is safe as that of a folder. All that Debian
// allows in a version is, except for an epoch's colon.
func entryName(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == '+' || r == '-' || r == '.' || r == '~' || r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' {
			return r
		}
		return '_'
	}, s)
	return strings.TrimLeft(s, ".")
}

// packageFiles lists the files that make up the kernel of a package file: since
// Linux 6.19 Debian splits one into linux-binary-R (the image), linux-modules-R
// and linux-base-R (configuration, modules.builtin), and linux-image-R is empty.
// The others are looked for beside the first, by release and version.
func packageFiles(file string, opt Options) ([]string, control, error) {
	ctl, err := readControlOf(file)
	if err != nil {
		return nil, ctl, err
	}
	release := ctl.release()
	if release == "" {
		return nil, ctl, fmt.Errorf("%s is package %s, not one of a kernel (linux-image-*, linux-binary-*)", file, ctl.Package)
	}
	files := []string{file}
	if strings.HasSuffix(opt.Modules, ".deb") {
		files = append(files, opt.Modules)
	}
	for _, kind := range []string{"linux-binary-", "linux-modules-", "linux-base-"} {
		beside := filepath.Join(filepath.Dir(file), fmt.Sprintf("%s%s_%s_%s.deb", kind, release, ctl.Version, ctl.Architecture))
		if existing(beside) != "" && !slices.ContainsFunc(files, func(f string) bool { return sameFile(f, beside) }) {
			files = append(files, beside)
		}
	}
	if strings.HasPrefix(ctl.Package, "linux-binary-") && len(files) == 1 && opt.Modules == "" {
		return nil, ctl, fmt.Errorf("%s holds the image alone; put linux-modules-%s_%s_%s.deb and linux-base-%s_%s_%s.deb beside it", file,
			release, ctl.Version, ctl.Architecture, release, ctl.Version, ctl.Architecture)
	}
	return files, ctl, nil
}

func sameFile(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

// errEnough ends the reading of a package behind its control file.
var errEnough = errors.New("enough")

// readControlOf reads the control file of a package and no more.
func readControlOf(file string) (control, error) {
	f, err := input.OpenRegular(file)
	if err != nil {
		return control{}, err
	}
	defer f.Close()
	ctl, err := readDeb(f, func(string, int64, io.Reader) error { return errEnough })
	if err != nil && !errors.Is(err, errEnough) {
		return ctl, fmt.Errorf("%s: %w", file, err)
	}
	return ctl, nil
}

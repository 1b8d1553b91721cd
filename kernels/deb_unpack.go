package kernels

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"netverify/internal/input"
)

// Package is a Debian package that a cache entry was made of.
type Package struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Size    int64  `json:"size"`   // of the package file, bytes
	SHA256  string `json:"sha256"` // of the package file, hexadecimal
}

// Files of a cache entry, and of the folder that packages are unpacked to.
const (
	entryImage   = "vmlinuz"
	entryConfig  = "config"
	entryModules = "modules"
)

// leftOutFile lists, below the modules of an entry, those of the package that
// were not kept, so that none of them is taken for missing from the kernel.
const leftOutFile = "modules.left-out"

// unpacked is what packages left in a folder.
type unpacked struct {
	dir      string
	release  string
	packages []Package
	modules  map[string]string // name -> path below dir
	builtin  bool              // modules.builtin was there
	size     int64             // bytes that were written
}

// grow counts what is written.
func (u *unpacked) grow(n int64) error {
	if u.size += n; u.size > maxPackageBytes {
		return fmt.Errorf("the packages unpack to more than %d bytes", maxPackageBytes)
	}
	return nil
}

// unpack reads a package file into u.dir: the image, the configuration,
// modules.builtin and every module. What a file is, is told by its name in the
// archive, but that name never becomes a path outside of u.dir.
func (u *unpacked) unpack(ctx context.Context, file string) error {
	f, err := input.OpenRegular(file)
	if err != nil {
		return err
	}
	defer f.Close()
	sum := sha256.New()
	counted := &countReader{ctx: ctx, r: io.TeeReader(f, sum)}
	ctl, err := readDeb(counted, u.file)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	u.packages = append(u.packages, Package{
		Name: ctl.Package, Version: ctl.Version,
		Size: counted.n, SHA256: hex.EncodeToString(sum.Sum(nil)),
	})
	return nil
}

// countReader counts what is read, and ends with ctx.
type countReader struct {
	ctx context.Context
	r   io.Reader
	n   int64
}

func (c *countReader) Read(b []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.r.Read(b)
	c.n += int64(n)
	return n, err
}

// file keeps one file of a package, if it is wanted:
//
//	boot/vmlinuz-R   boot/config-R              until Linux 6.18
//	lib/modules/R/{vmlinuz,config}              since, with usr/ in front
//	lib/modules/R/modules.builtin, .../*.ko*    usr/ in front since trixie
func (u *unpacked) file(name string, size int64, r io.Reader) error {
	name = strings.TrimPrefix(strings.TrimPrefix(path.Clean("/"+name), "/"), "usr/")
	if rest, ok := strings.CutPrefix(name, "boot/"); ok {
		for _, kind := range []string{entryImage, entryConfig} {
			if release, ok := strings.CutPrefix(rest, kind+"-"); ok && !strings.Contains(release, "/") {
				return u.keep(release, kind, r)
			}
		}
		return nil
	}
	rest, ok := strings.CutPrefix(name, "lib/modules/")
	release, inside, below := strings.Cut(rest, "/")
	switch {
	case !ok || !below:
		return nil
	case inside == entryImage || inside == entryConfig:
		return u.keep(release, inside, r)
	case inside == "modules.builtin":
		u.builtin = true
		return u.keep(release, entryModules+"/modules.builtin", r)
	case isModule(inside) && isModuleName(moduleName(inside)):
		return u.keepModule(release, path.Base(inside), r)
	}
	return nil
}

// keepModule writes a module. All are in one folder, as a name is unique in a
// kernel; updates/ comes behind kernel/ and replaces what is there (depmod.d(5)).
func (u *unpacked) keepModule(release, base string, r io.Reader) error {
	to := entryModules + "/" + base
	if old, ok := u.modules[moduleName(base)]; ok && old != to {
		if err := os.Remove(filepath.Join(u.dir, old)); err != nil {
			return err
		}
	}
	u.modules[moduleName(base)] = to
	return u.keep(release, to, r)
}

// keep writes one file below u.dir. All of them belong to one release.
func (u *unpacked) keep(release, name string, r io.Reader) error {
	if u.release == "" {
		u.release = release
	}
	if release != u.release {
		return fmt.Errorf("files of two kernels: %s and %s", u.release, release)
	}
	f, err := os.OpenFile(filepath.Join(u.dir, name), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	n, err := io.Copy(f, io.LimitReader(r, maxPackageBytes-u.size+1))
	return errors.Join(err, f.Close(), u.grow(n))
}

// prune leaves the modules that something may ask for and what they depend on,
// decompressed, with a modules.dep and a modules.softdep that say so.
func (u *unpacked) prune(names []string) error {
	dir := filepath.Join(u.dir, entryModules)
	infos, err := u.closure(names)
	if err != nil {
		return err
	}
	kept := make([]string, 0, len(infos))
	for name := range infos {
		kept = append(kept, name)
	}
	slices.Sort(kept)
	var dep, soft strings.Builder
	for _, name := range kept {
		d := infos[name]
		fmt.Fprintf(&dep, "%s.ko:", name)
		for _, h := range d.hard {
			fmt.Fprintf(&dep, " %s.ko", h)
		}
		dep.WriteByte('\n')
		if len(d.pre)+len(d.post) > 0 {
			fmt.Fprintf(&soft, "softdep %s pre: %s post: %s\n", name, strings.Join(d.pre, " "), strings.Join(d.post, " "))
		}
	}
	var leftOut []string
	for name, file := range u.modules {
		if _, ok := infos[name]; !ok {
			leftOut = append(leftOut, name+"\n")
		} else if file == entryModules+"/"+name+".ko" {
			continue
		}
		if err := os.Remove(filepath.Join(u.dir, file)); err != nil {
			return err
		}
	}
	slices.Sort(leftOut)
	return errors.Join(
		os.WriteFile(filepath.Join(dir, leftOutFile), []byte(strings.Join(leftOut, "")), 0o644),
		os.WriteFile(filepath.Join(dir, "modules.dep"), []byte(dep.String()), 0o644),
		os.WriteFile(filepath.Join(dir, "modules.softdep"), []byte(soft.String()), 0o644))
}

// closure reads the named modules and what they depend on, and writes each to
// NAME.ko, decompressed.
func (u *unpacked) closure(names []string) (map[string]dependencies, error) {
	infos := map[string]dependencies{}
	todo := slices.Clone(names)
	for len(todo) > 0 {
		name := moduleName(todo[len(todo)-1])
		todo = todo[:len(todo)-1]
		file, there := u.modules[name]
		if _, done := infos[name]; done || !there {
			continue
		}
		b, err := readModule(filepath.Join(u.dir, file))
		if err != nil {
			return nil, err
		}
		info, err := modinfo(b)
		if err != nil {
			return nil, fmt.Errorf("module %s: %w", name, err)
		}
		d := info.dependencies()
		infos[name] = d
		todo = append(todo, d.hard...)
		todo = append(todo, d.pre...)
		todo = append(todo, d.post...)
		if to := entryModules + "/" + name + ".ko"; file != to {
			if err := u.grow(int64(len(b))); err != nil {
				return nil, err
			}
			if err := os.WriteFile(filepath.Join(u.dir, to), b, 0o644); err != nil {
				return nil, err
			}
		}
	}
	return infos, nil
}

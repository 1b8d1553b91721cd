package kernels

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"netverify/internal/input"
)

// treeImage is where `make` leaves the image in a build tree.
const treeImage = "arch/x86/boot/bzImage"

// findTree returns the kernel of a build tree. Its modules are the tree's own
// unless opt.Modules names installed ones.
func findTree(dir string, opt Options) (*Kernel, error) {
	image := filepath.Join(dir, treeImage)
	release, err := imageRelease(image)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s is not there: not a build tree, or not built yet (make bzImage modules)", image)
	}
	if err != nil {
		return nil, err
	}
	k := &Kernel{Release: release, Image: image, Modules: dir, Origin: "build tree " + dir}
	if opt.Modules != "" {
		if k.Modules, err = modulesFolder(opt.Modules, release); err != nil {
			return nil, err
		}
	}
	k.Config = existing(filepath.Join(dir, ".config"))
	return k, nil
}

// findImage returns the kernel of an image file.
func findImage(file string, opt Options) (*Kernel, error) {
	release, err := imageRelease(file)
	if err != nil {
		return nil, err
	}
	k := &Kernel{Release: release, Image: file, Origin: "file " + file}
	if opt.Modules != "" {
		if k.Modules, err = modulesFolder(opt.Modules, release); err != nil {
			return nil, err
		}
	}
	k.Config = existing(
		filepath.Join(filepath.Dir(file), "config-"+release),
		filepath.Join(k.Modules, "build", ".config"),
		filepath.Join(k.Modules, ".config"),
		filepath.Join(k.Modules, "config"))
	return k, nil
}

// existing is the first of the paths that is a file, or "".
func existing(paths ...string) string {
	for _, p := range paths {
		if info, err := os.Stat(p); err == nil && info.Mode().IsRegular() {
			return p
		}
	}
	return ""
}

// modulesFolder finds the modules of release in a folder that a user named:
// what INSTALL_MOD_PATH was, lib/modules itself, lib/modules/<release>, or a
// build tree.
func modulesFolder(dir, release string) (string, error) {
	for _, d := range []string{filepath.Join(dir, "lib/modules", release), filepath.Join(dir, release), dir} {
		if info, err := os.Stat(d); err != nil || !info.IsDir() {
			continue
		}
		if d == dir {
			if other := modulesRelease(dir); other != "" && other != release {
				return "", fmt.Errorf("the modules in %s are those of %s, the image is %s", dir, other, release)
			}
		}
		return d, nil
	}
	if _, err := os.Stat(dir); err != nil {
		return "", fmt.Errorf("modules: %w", err)
	}
	return "", fmt.Errorf("modules: %s is not a folder", dir)
}

// modulesRelease is the release that a folder of modules is for, as far as the
// folder tells; "" if it does not.
func modulesRelease(dir string) string {
	if b, err := os.ReadFile(filepath.Join(dir, "include/config/kernel.release")); err == nil {
		return strings.TrimSpace(string(b))
	}
	if abs, err := filepath.Abs(dir); err == nil && filepath.Base(filepath.Dir(abs)) == "modules" {
		return filepath.Base(abs)
	}
	return ""
}

// imageRelease reads the release out of an x86 image, and finds out whether the
// image is whole (Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header"):
//
//	0x1f1  setup_sects     u8, 0 means 4
//	0x1f4  syssize         u32, protected-mode code in units of 16 bytes
//	0x202  "HdrS"
//	0x20e  kernel_version  u16, offset of a string from 0x200
func imageRelease(file string) (string, error) {
	f, err := input.OpenRegular(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	head := make([]byte, 64<<10)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return "", err
	}
	release, err := releaseIn(head[:n], info.Size())
	if err != nil {
		return "", fmt.Errorf("%s %w", file, err)
	}
	return release, nil
}

// releaseIn reads the release out of the first bytes of an image of that size.
// Its errors go on from the file's name.
func releaseIn(head []byte, size int64) (string, error) {
	if bytes.HasPrefix(head, []byte("\x7fELF")) {
		return "", fmt.Errorf("is an ELF file (vmlinux?): the image to boot is %s of its build tree", treeImage)
	}
	if len(head) < 0x210 || string(head[0x202:0x206]) != "HdrS" {
		return "", errors.New("is not a Linux image for x86 (no boot header)")
	}
	sects := int64(head[0x1f1])
	if sects == 0 {
		sects = 4
	}
	whole := (sects+1)*512 + 16*int64(binary.LittleEndian.Uint32(head[0x1f4:]))
	if size < whole {
		return "", fmt.Errorf("is cut short: %d bytes, its header says %d", size, whole)
	}
	at := 0x200 + int(binary.LittleEndian.Uint16(head[0x20e:]))
	if at < len(head) {
		text, _, _ := bytes.Cut(head[at:], []byte{0})
		if release, _, _ := strings.Cut(string(text), " "); release != "" {
			return release, nil
		}
	}
	return "", errors.New("does not tell its release")
}

package kernels

import (
	"bufio"
	"debug/elf"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"golang.org/x/sys/unix"

	"netverify/internal/input"
)

// guestFiles lists what an initramfs needs for a job: init, the modules
// and what they stand on, the kernel's configuration, the job. It completes the job. absent
// are modules that the kernel does not have.
func (k *Kernel) guestFiles(job *guestJob, modules []string, initFile string) (files []File, absent []string, err error) {
	init, err := readInit(initFile)
	if err != nil {
		return nil, nil, err
	}
	files = []File{{Name: "/init", Mode: 0o755, Data: init}}
	for _, dir := range []string{"/proc", "/sys", "/dev", "/tmp", "/run"} {
		files = append(files, File{Name: dir, Mode: fs.ModeDir | 0o755})
	}
	load, absent, err := k.Resolve(modules...)
	if err != nil {
		return nil, nil, err
	}
	for _, m := range load {
		data, err := m.Read()
		if err != nil {
			return nil, nil, err
		}
		job.Modules = append(job.Modules, m.FileName())
		files = append(files, File{Name: path.Join(guestModules, m.FileName()), Mode: 0o644, Data: data})
	}
	if k.Config != "" {
		config, err := input.ReadFile(k.Config, maxConfig)
		if err != nil {
			return nil, nil, err
		}
		// Where run.Kernel looks for it.
		files = append(files, File{Name: "/boot/config-" + k.Release, Mode: 0o644, Data: config})
	}
	text, err := json.Marshal(job)
	if err != nil {
		return nil, nil, err
	}
	return append(files, File{Name: guestJobFile, Mode: 0o644, Data: text}), absent, nil
}

// readInit reads the program that becomes /init: this one unless a file is
// named. It must need nothing else: an initramfs has no loader and no libraries.
func readInit(name string) ([]byte, error) {
	shown := name
	if name == "" {
		name, shown = "/proc/self/exe", "this program"
	}
	f, err := elf.Open(name)
	if err != nil {
		return nil, fmt.Errorf("init of the guest: %w", err)
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			return nil, fmt.Errorf("init of the guest: %s is not static; build it with CGO_ENABLED=0", shown)
		}
	}
	return os.ReadFile(name)
}

// memoryFile writes an initramfs where no name leads to it: nothing is left
// however the process ends (memfd_create(2)).
func memoryFile(files []File) (*os.File, error) {
	fd, err := unix.MemfdCreate("initramfs", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("memfd_create", err)
	}
	f := os.NewFile(uintptr(fd), "initramfs")
	w := bufio.NewWriterSize(f, 1<<20)
	if err := errors.Join(Initramfs(w, files), w.Flush()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// folderFiles are the files below a folder, at another place in the guest. A
// folder that is not there has none.
func folderFiles(dir, at string) (files []File, err error) {
	err = filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		data, err := io.ReadAll(f)
		files = append(files, File{Name: path.Join(at, filepath.ToSlash(rel)), Mode: 0o644, Data: data})
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return files, err
}

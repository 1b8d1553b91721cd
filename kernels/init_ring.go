package kernels

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// ivshmem's PCI vendor and device (QEMU's docs/specs/ivshmem-spec).
const (
	ringVendor = "0x1af4"
	ringDevice = "0x1110"
)

// errNoRing says that a guest shares no memory: a kernel without PCI or sysfs
// finds none, and sends all by its port.
var errNoRing = errors.New("no memory is shared with the host")

// openRing maps the memory that the host shares, through sysfs (the kernel's
// Documentation/PCI/sysfs-pci.rst).
func openRing() (*ring, error) {
	devices, err := filepath.Glob("/sys/bus/pci/devices/*")
	if err != nil {
		return nil, err
	}
	for _, dir := range devices {
		if sysfs(dir, "vendor") == ringVendor && sysfs(dir, "device") == ringDevice {
			return mapRing(dir)
		}
	}
	return nil, errNoRing
}

func sysfs(dir, name string) string {
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

func mapRing(dir string) (*ring, error) {
	// The device answers to its addresses only when it is enabled.
	if err := os.WriteFile(filepath.Join(dir, "enable"), []byte("1"), 0o600); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, "resource2"), os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	memory, err := unix.Mmap(int(f.Fd()), 0, ringSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name(), os.NewSyscallError("mmap", err))
	}
	if string(memory[:len(ringMagic)]) != ringMagic {
		return nil, errors.Join(errNoRing, unix.Munmap(memory))
	}
	return &ring{memory: memory}, nil
}

package kernels

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// sharedRing makes a ring and the file that QEMU maps it from. The guest sees
// it as the BAR 2 of a PCI device that has nothing else (ivshmem-plain, QEMU's
// docs/specs/ivshmem-spec): to map that needs no driver.
func sharedRing() (*ring, *os.File, error) {
	fd, err := unix.MemfdCreate("ring", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, nil, os.NewSyscallError("memfd_create", err)
	}
	f := os.NewFile(uintptr(fd), "ring")
	if err := f.Truncate(ringSize); err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	memory, err := unix.Mmap(fd, 0, ringSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, nil, errors.Join(os.NewSyscallError("mmap", err), f.Close())
	}
	return makeRing(memory), f, nil
}

// close takes the memory away; nothing may touch the ring afterwards.
func (r *ring) close() error { return os.NewSyscallError("munmap", unix.Munmap(r.memory)) }

// ringArgs are QEMU's arguments for the ring behind a descriptor of its own.
func ringArgs(fd int) []string {
	return []string{
		"-object", fmt.Sprintf("memory-backend-file,id=ring,share=on,mem-path=/proc/self/fd/%d,size=%d", fd, ringSize),
		"-device", "ivshmem-plain,memdev=ring",
	}
}

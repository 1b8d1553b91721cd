package kernels

import (
	"errors"
	"os/exec"
	"strings"
)

// Needed is the command after which a guest with k, or with the default kernel
// where k is nil, can be started; "" if it can be now.
func Needed(k *Kernel) string {
	_, err := findQEMU()
	_, noApt := exec.LookPath("apt-get")
	return needed(errors.Is(err, ErrNoQEMU), k == nil, noApt == nil)
}

// needed says it for a machine with apt-get in the words of a shell; on another
// one there is no kernel to fetch, but perhaps one that the user has.
func needed(qemu, kernel, apt bool) string {
	var commands []string
	switch {
	case qemu && apt:
		commands = append(commands, "apt-get install qemu-system-x86")
	case qemu:
		return "install " + qemuProgram
	}
	switch {
	case kernel && apt:
		commands = append(commands, "netverify kernels add "+DefaultSpec)
	case kernel:
		return "netverify run --kernel IMAGE --modules DIR"
	}
	return strings.Join(commands, " && ")
}

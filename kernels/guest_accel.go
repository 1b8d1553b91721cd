package kernels

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"netverify/internal/whole"
)

// Accel is how a guest's instructions are executed.
type Accel string

// The ways to execute them.
const (
	KVM Accel = "kvm" // by the processor
	TCG Accel = "tcg" // by QEMU: some ten times slower, and always there
)

// probeTime is what a boot under KVM may take: it takes less than a second.
// Where /dev/kvm is there and does not work (nested, or emulated) a guest hangs
// in its first instructions.
const probeTime = 6 * time.Second

// useKVM tells whether KVM works here. /dev/kvm proves nothing, so a kernel is
// booted once with a deadline, and the answer kept until the host is restarted
// or QEMU replaced.
func useKVM(ctx context.Context, k *Kernel, qemu string, opt GuestOptions) (bool, error) {
	switch opt.Accel {
	case TCG:
		return false, nil
	case KVM:
		return true, nil
	case "":
	default:
		return false, fmt.Errorf("accelerator %q: neither %s nor %s", opt.Accel, KVM, TCG)
	}
	fd, err := unix.Open("/dev/kvm", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return false, nil // not there, or not for this user: nothing to keep
	}
	_ = unix.Close(fd)
	file, mark, err := accelFile(qemu, opt)
	if err != nil {
		return false, err
	}
	if works, known := keptAnswer(file, mark); known {
		return works, nil
	}
	if opt.Progress != nil {
		opt.Progress(fmt.Sprintf("trying whether KVM works here, for at most %v (once; the answer is kept)", probeTime))
	}
	err = probeKVM(ctx, k, qemu, opt)
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	keepAnswer(file, accelAnswer{Mark: mark, Works: err == nil, Why: fmt.Sprint(err)})
	return err == nil, nil
}

// probeKVM boots a guest that has nothing to do.
func probeKVM(ctx context.Context, k *Kernel, qemu string, opt GuestOptions) error {
	files, _, err := k.guestFiles(&guestJob{}, nil, opt.Init)
	if err != nil {
		return err
	}
	m := machine{qemu: qemu, kvm: true, memory: opt.Memory, cpus: 1, image: k.Image}
	opt.Boot, opt.Silence = probeTime, probeTime
	return m.session(ctx, &session{}, k.Release, files, opt)
}

// accelAnswer is what is kept of a probe.
type accelAnswer struct {
	Mark  string // of the host and the QEMU that it is true for
	Works bool
	Why   string // for a reader of the file
}

// accelFile returns where the answer is kept, and what it is true for.
func accelFile(qemu string, opt GuestOptions) (file, mark string, err error) {
	dir, err := cacheFolder(Options{Cache: opt.Cache})
	if err != nil {
		return "", "", err
	}
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", "", err
	}
	info, err := os.Stat(qemu)
	if err != nil {
		return "", "", err
	}
	mark = fmt.Sprintf("boot %s, %s of %s", strings.TrimSpace(string(boot)), qemu, info.ModTime().UTC().Format(time.RFC3339Nano))
	return filepath.Join(dir, "accel.json"), mark, nil
}

func keptAnswer(file, mark string) (works, known bool) {
	var a accelAnswer
	text, err := os.ReadFile(file)
	if err != nil || json.Unmarshal(text, &a) != nil || a.Mark != mark {
		return false, false
	}
	return a.Works, true
}

// keepAnswer loses the answer rather than the run where it cannot be written:
// the next run asks again.
func keepAnswer(file string, a accelAnswer) {
	text, err := json.MarshalIndent(a, "", "  ")
	if err == nil {
		_ = whole.File(file, append(text, '\n'))
	}
}

func accelOf(kvm bool) Accel {
	if kvm {
		return KVM
	}
	return TCG
}

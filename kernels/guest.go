package kernels

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"netverify/internal/memory"
	"netverify/scenarios"
)

// GuestOptions say what machine a guest gets. The zero value is a good one.
type GuestOptions struct {
	Memory   int           // MiB; 0: 384
	CPUs     int           // 0: 1
	Accel    Accel         // "": KVM where it was seen to work, else TCG
	Append   string        // more for the kernel's command line
	Modules  []string      // to be loaded beside those of the scenarios' features
	Boot     time.Duration // from QEMU's start until init speaks, at most; 0: 90 s. Time that QEMU waits for a processor does not count
	Silence  time.Duration // without a sign of life of what runs, at most; 0: 30 s, of a test program 2 min
	Init     string        // the static program that becomes /init; "": this one
	Cache    string        // where it is kept whether KVM works; "": DefaultCache
	Progress func(string)  // gets a line before each thing that takes time; nil for none
}

func (o GuestOptions) withDefaults() GuestOptions {
	if o.Memory == 0 {
		o.Memory = 384
	}
	if o.CPUs == 0 {
		o.CPUs = 1
	}
	if o.Boot == 0 {
		o.Boot = 90 * time.Second
	}
	return o
}

// boot runs one job in a guest, and returns what came of it. The session is
// not nil where the machine ran; the error is a *GuestError unless something of
// the host's is in the way (a module that cannot be read, no memory).
func boot(ctx context.Context, k *Kernel, s *session, job *guestJob, features []scenarios.Feature, extra []File, opt GuestOptions) (absent []string, err error) {
	qemu, err := findQEMU()
	if err != nil {
		return nil, &GuestError{Ending: NoQEMU, Release: k.Release, Detail: err.Error(), Err: err}
	}
	if err := fits(k, opt, memory.Limit(os.DirFS("/"))); err != nil {
		return nil, err
	}
	kvm, err := useKVM(ctx, k, qemu, opt)
	if err != nil {
		return nil, err
	}
	if opt.Silence == 0 {
		if opt.Silence = 30 * time.Second; job.Test != nil { // which has no pulse
			opt.Silence = 2 * time.Minute
		}
	}
	job.Run.Kernel.Accel = string(accelOf(kvm)) // for the evidence, which the guest writes
	files, absent, err := k.guestFiles(job, append(FeatureModules(features...), opt.Modules...), opt.Init)
	if err != nil {
		return nil, fmt.Errorf("guest %s: %w", k.Release, err)
	}
	m := machine{qemu: qemu, kvm: kvm, memory: opt.Memory, cpus: opt.CPUs, image: k.Image, line: opt.Append}
	return absent, m.session(ctx, s, k.Release, slices.Concat(files, extra), opt)
}

// fits refuses a guest that the kernel of the host would end for want of memory, or
// this process in its place: limit is what its control group may have, bytes.
func fits(k *Kernel, opt GuestOptions, limit int64) error {
	if int64(opt.Memory)<<20 <= limit {
		return nil
	}
	return &GuestError{Ending: QEMUFailed, Release: k.Release, Detail: fmt.Sprintf("it was not started: a guest of %d MiB (--memory) has no room in the %d MiB that the control group of this process may have", opt.Memory, limit>>20)}
}

// session starts the machine with these files and listens to it.
func (m *machine) session(ctx context.Context, s *session, release string, files []File, opt GuestOptions) (err error) {
	initrd, err := memoryFile(files)
	if err != nil {
		return fmt.Errorf("guest %s: %w", release, err)
	}
	defer initrd.Close()
	shared, memory, err := sharedRing()
	if err != nil {
		return fmt.Errorf("guest %s: %w", release, err)
	}
	defer func() { err = errors.Join(err, shared.close(), memory.Close()) }()
	m.initrd, m.ring, s.ring = initrd, memory, shared
	s.release, s.accel, s.memory = release, string(accelOf(m.kvm)), m.memory
	if s.machine, err = m.start(ctx); err != nil {
		return &GuestError{Ending: QEMUFailed, Release: release, Detail: err.Error(), Err: err}
	}
	if opt.Progress != nil {
		opt.Progress(fmt.Sprintf("%s boots (%s, %d MiB)", release, s.accel, m.memory))
	}
	s.listen(ctx, opt.Boot, opt.Silence)
	return s.check()
}

// asGuestError is the *GuestError that err is, or nil.
func asGuestError(err error) *GuestError {
	var e *GuestError
	if errors.As(err, &e) {
		return e
	}
	return nil
}

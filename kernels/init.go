package kernels

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"netverify/run"
)

// guestMark on the kernel's command line says that init is a guest's. The
// kernel passes what it does not know itself, as NAME=VALUE, to init's
// environment (init/main.c:unknown_bootoption).
const guestMark = "netverify_guest"

// InGuest tells whether this process is the init of a guest that Run or
// RunTest booted, rather than the first process of a container. Ask before
// anything else; where it is so, GuestMain takes over.
func InGuest() bool {
	if os.Getpid() != 1 || os.Getenv(guestMark) != "1" {
		return false
	}
	line, err := os.ReadFile("/proc/cmdline")
	if errors.Is(err, fs.ErrNotExist) && os.Getuid() == 0 {
		if unix.Mount("proc", "/proc", "proc", 0, "") != nil {
			return false
		}
		line, err = os.ReadFile("/proc/cmdline")
	}
	return err == nil && slices.Contains(strings.Fields(string(line)), guestMark+"=1")
}

// GuestMain does what the host wrote into the initramfs, streams what comes of
// it, and ends the machine. It does not return.
func GuestMain() { (&guest{}).main() }

// guest is the machine from the inside.
type guest struct {
	mu     sync.Mutex // of what follows
	port   *os.File   // the second serial port
	ring   *ring      // nil where the kernel finds none
	done   doneRecord // counts of what was sent
	failed error      // the first error of the port

	kernel *kernelLog
	begin  func(scenario string) // called before each scenario; tests provoke kernels here
	end    func(*doneRecord)     // called before the last record
}

// main returns by way of reboot only: if init ended, the kernel would panic.
func (g *guest) main() {
	defer g.reboot()
	collectRarely()
	defer func() {
		if v := recover(); v != nil {
			g.broken(fmt.Sprintf("init panicked: %v\n%s", v, debug.Stack()))
		}
	}()
	trouble := mountAll()
	if err := g.open(); err != nil {
		fmt.Println("netverify: the second serial port:", err)
		return
	}
	var err error
	if g.ring, err = openRing(); err != nil && !errors.Is(err, errNoRing) {
		trouble = append(trouble, "shared memory: "+err.Error())
	}
	job, err := readJob()
	if err != nil {
		g.broken(err.Error())
		return
	}
	trouble = append(trouble, loadModules(job.Modules)...)
	if err := loopbackUp(); err != nil {
		trouble = append(trouble, "lo up: "+err.Error())
	}
	_ = unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 1 << 16, Max: 1 << 16}) // else the default: fewer scenarios at a time
	if g.kernel, err = openKernelLog(); err != nil {
		g.broken(err.Error())
		return
	}
	release, config := run.Kernel()
	g.sendJSON(recordHello, hello{Release: release, Build: run.Build(), Config: config, Trouble: trouble})
	if job.Test != nil {
		g.runTest(job.Test)
	} else {
		g.runScenarios(job)
	}
	g.done.Late = g.kernel.trouble()
	if g.end != nil {
		g.end(&g.done)
	}
	g.sendJSON(recordDone, g.done)
}

// collectRarely lets garbage lie until a third of the guest's memory is full of
// it: a collection marks the whole program, which under TCG is slow, and the
// memory serves nothing else.
func collectRarely() {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return
	}
	debug.SetMemoryLimit(int64(info.Totalram) * int64(info.Unit) / 3)
	debug.SetGCPercent(-1)
}

func readJob() (*guestJob, error) {
	text, err := os.ReadFile(guestJobFile)
	if err != nil {
		return nil, err
	}
	job := &guestJob{}
	if err := json.Unmarshal(text, job); err != nil {
		return nil, fmt.Errorf("%s: %w", guestJobFile, err)
	}
	return job, nil
}

// mountAll mounts what labs and Go programs expect; what fails is told.
func mountAll() (trouble []string) {
	for _, m := range []struct{ kind, at, data string }{
		{"proc", "/proc", ""},
		{"sysfs", "/sys", ""},
		{"devtmpfs", "/dev", ""},
		{"tmpfs", "/tmp", "mode=1777"},
		{"tmpfs", "/run", "mode=0755"},
	} {
		err := unix.Mount(m.kind, m.at, m.kind, 0, m.data)
		if err != nil && !errors.Is(err, unix.EBUSY) { // there already
			trouble = append(trouble, fmt.Sprintf("mount %s on %s: %v", m.kind, m.at, err))
		}
	}
	return trouble
}

// loadModules loads files in their order. A module that cannot be loaded does
// not end the guest: the scenarios that need it will say so.
func loadModules(files []string) (trouble []string) {
	for _, name := range files {
		if err := loadModule(path.Join(guestModules, name)); err != nil {
			trouble = append(trouble, moduleRefused(strings.TrimSuffix(name, ".ko"))+err.Error())
		}
	}
	return trouble
}

// moduleRefused begins the line about a module that the kernel did not take.
func moduleRefused(name string) string { return "module " + name + " could not be loaded: " }

func loadModule(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := unix.FinitModule(int(f.Fd()), "", 0); err != nil && !errors.Is(err, unix.EEXIST) {
		return os.NewSyscallError("finit_module", err)
	}
	return nil
}

// loopbackUp is what a distribution's init does first: the address 127.0.0.1.
func loopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("socket", err)
	}
	defer unix.Close(fd)
	req, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	req.SetUint16(unix.IFF_UP)
	return os.NewSyscallError("ioctl SIOCSIFFLAGS", unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, req))
}

// reboot ends the machine: QEMU runs with -no-reboot. What is still in the
// port's buffers goes out first.
func (g *guest) reboot() {
	if g.port != nil {
		_ = unix.IoctlSetInt(int(g.port.Fd()), unix.TCSBRK, 1) // tcdrain(3); the host notices what is missing
	}
	_ = unix.Reboot(unix.LINUX_REBOOT_CMD_RESTART)
	os.Exit(1) // the kernel panics, which ends the machine as well
}

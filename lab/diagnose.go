package lab

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"netverify/scenarios"
)

// Finding is one line of what this machine can do.
type Finding struct {
	Name   string // "privilege", "feature vlan", "net.core.rmem_max"
	OK     bool   // nothing is to be done
	Detail string // what was found
	Advice string // what to do; "" where OK
}

// Diagnose looks at everything that decides whether labs can be built here:
// privilege, the sysctls that can forbid user namespaces, each feature of the
// kernel by trying it, and limits. It changes nothing.
func Diagnose() []Finding {
	list := []Finding{diagnosePrivilege()}
	for _, g := range usernsGates {
		if f, there := diagnoseGate(g); there {
			list = append(list, f)
		}
	}
	for _, f := range scenarios.Features {
		list = append(list, diagnoseFeature(f))
	}
	return append(list, diagnoseReceiveBuffer(), diagnoseTun(), diagnoseFiles())
}

func diagnosePrivilege() Finding {
	f := Finding{Name: "privilege"}
	err := build()
	switch {
	case err == nil && reexeced:
		f.OK, f.Detail = true, "root of an own user namespace"
	case err == nil:
		f.OK, f.Detail = true, fmt.Sprintf("uid %d may build labs", os.Getuid())
	default:
		p := explain(err, usernsGates, usernsGate.read)
		f.Detail, f.Advice = err.Error(), "run as root, or: "+p.Advice[0]
	}
	return f
}

// diagnoseGate reports a sysctl; not there means that this kernel has no such
// restriction.
func diagnoseGate(g usernsGate) (f Finding, there bool) {
	v := g.read()
	f = Finding{Name: g.key, OK: v != g.forbidden, Detail: v}
	if !f.OK {
		f.Advice = "to run without root: " + g.advice
	}
	return f, v != ""
}

func diagnoseFeature(info scenarios.FeatureInfo) Finding {
	f := Finding{Name: "feature " + info.Name, Detail: info.Doc}
	err := Probe(info.Feature)
	var u *Unsupported
	switch {
	case err == nil:
		f.OK = true
	case errors.As(err, &u):
		f.Detail = "missing: " + info.Doc
		f.Advice = advise(info.Feature) + "; scenarios that need it are skipped"
		if u.Lacks() == "" {
			f.Detail = u.Error()
			f.Advice = "root, or a guest (--kernel); scenarios that need it are skipped"
		}
	default:
		f.Detail, f.Advice = err.Error(), "see privilege"
	}
	return f
}

// advise says which kernel has a feature.
func advise(f scenarios.Feature) string {
	v, known := KernelVersion()
	if came, old := tooOld(f, v, known); old {
		return fmt.Sprintf("Linux %s or later, with %s", came.Version, f.Config)
	}
	return "a kernel with " + f.Config
}

// wantedBuffer is the receive buffer, in bytes, from which on taps of a lab do
// not lose frames of an ordinary scenario.
const wantedBuffer = 1 << 20

func diagnoseReceiveBuffer() Finding {
	v, err := readSysctl("/proc/sys/net/core/rmem_max")
	f := Finding{Name: "net.core.rmem_max", Detail: v + " bytes"}
	var n int
	if _, scanErr := fmt.Sscan(v, &n); err != nil || scanErr != nil {
		// Many kernels have the key in the initial network namespace only.
		f.OK, f.Detail = true, "cannot be read here"
		return f
	}
	if f.OK = n >= wantedBuffer; !f.OK {
		f.Advice = fmt.Sprintf("sysctl net.core.rmem_max=%d, if taps report dropped frames", 4*wantedBuffer)
	}
	return f
}

func diagnoseTun() Finding {
	f := Finding{Name: "/dev/net/tun", OK: true, Detail: "can be opened"} // nothing needs it yet
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		f.Detail = fmt.Sprintf("cannot be opened (%v); labs do not need it", err)
		return f
	}
	_ = unix.Close(fd)
	return f
}

func diagnoseFiles() Finding {
	f := Finding{Name: "open files"}
	var r unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &r); err != nil {
		f.Detail, f.Advice = err.Error(), "ulimit -n"
		return f
	}
	const enough = 1024
	f.OK, f.Detail = r.Max >= enough, fmt.Sprintf("%d, at most %d", r.Cur, r.Max)
	if !f.OK {
		f.Advice = fmt.Sprintf("ulimit -Hn %d", enough)
	}
	return f
}

package lab

import (
	"os"
	"regexp"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"netverify/scenarios"
)

// KernelVersion is that of the running kernel; false where its release is none.
var KernelVersion = sync.OnceValues(func() (scenarios.Version, bool) {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return scenarios.Version{}, false
	}
	signature, _ := os.ReadFile("/proc/version_signature") // Ubuntu's kernels have one
	return kernelVersion(unix.ByteSliceToString(u.Release[:]), unix.ByteSliceToString(u.Version[:]), string(signature))
})

// debianVersion is in uname -v of Debian's kernels, which until Debian 12 call
// themselves 6.1.0-13 whatever stable release they are:
// "#1 SMP PREEMPT_DYNAMIC Debian 6.1.55-1 (2023-09-29)".
var debianVersion = regexp.MustCompile(`\bDebian (\d+\.\d+\.\d+)[-~+]`)

// kernelVersion finds the version of a kernel: that of its release (uname -r),
// with the patch level that Debian and Ubuntu write elsewhere. What they write
// counts only within the series of the release: a kernel that was built on such
// a system by its user may bear the mark of the system.
func kernelVersion(release, build, signature string) (scenarios.Version, bool) {
	v, ok := scenarios.ParseRelease(release)
	if !ok {
		return v, false
	}
	var finer string
	if m := debianVersion.FindStringSubmatch(build); m != nil {
		finer = m[1]
	}
	// "Ubuntu 5.15.0-91.101-generic 5.15.131"
	if f := strings.Fields(signature); len(f) == 3 && f[0] == "Ubuntu" {
		finer = f[2]
	}
	if w, ok := scenarios.ParseRelease(finer); ok && w.Series() == v.Series() && w.Compare(v) > 0 {
		return w, true
	}
	return v, true
}

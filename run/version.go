package run

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"netverify/frame"
	"netverify/lab"
	"netverify/scenarios"
)

// version of the running kernel; false where its release is none.
var version = sync.OnceValues(func() (scenarios.Version, bool) {
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

// outside says why a plan's rule does not hold on the running kernel, ""
// where it does. A kernel that does not say how old it is may have any rule.
func outside(p *scenarios.Plan) string {
	v, known := version()
	if !known {
		return ""
	}
	return outsideOf(p, v)
}

func outsideOf(p *scenarios.Plan, v scenarios.Version) string {
	const anyway = "(--any-version runs it all the same)"
	if s := p.Since; s != nil && !s.In(v) {
		return fmt.Sprintf("Linux %s is too old: the rule holds since %s, by commit %s; before it: %s %s", v, s, s.Commit, strings.TrimSuffix(s.Reason, "."), anyway)
	}
	if u := p.Until; u != nil && u.In(v) {
		return fmt.Sprintf("Linux %s is too new: the rule held before %s, and ended by commit %s; since then: %s %s", v, u, u.Commit, strings.TrimSuffix(u.Reason, "."), anyway)
	}
	return ""
}

// blame tells a kernel that was built without a feature, or before it, from one
// that has lost it: where its version should have the feature, and what the
// feature is part of is there, the kernel is at fault.
func blame(missing *lab.Unsupported) *frame.Stop {
	v, known := version()
	first, younger := missing.Feature.CameWith()
	if known && younger && v.Compare(first) >= 0 && wholeBut(missing.Feature) {
		why := fmt.Sprintf("Linux %s should be able to do %s, which came with %s: %v", v, missing.Feature.Name, first, missing.Err)
		return &frame.Stop{Kind: frame.StopLost, Reason: why}
	}
	return &frame.Stop{Kind: frame.StopLacks, Reason: missing.Error(), Lacks: missing.Lacks()}
}

// wholeBut tells whether the kernel has what came under the option of a
// feature from the start.
func wholeBut(f scenarios.Feature) bool {
	for _, g := range scenarios.Features {
		if _, younger := g.CameWith(); g.Config == f.Config && !younger && lab.Probe(g.Feature) != nil {
			return false
		}
	}
	return true
}

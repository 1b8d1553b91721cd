package scenarios

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Since names the commit that made the rule of a scenario true, or as
// Plan.Until the one that ended it, and which kernels have it. What a kernel
// was built without is a Feature instead.
type Since struct {
	Version Version   // the first release of Linus Torvalds' tree with the commit
	Stable  []Version // first releases of older series that took the commit over
	Commit  string    // as in a Fixes: tag: 96cc4b69581d ("macvlan: do not assume ...")
	Reason  string    // what the kernels do where the rule does not hold
}

// Version is that of a Linux kernel without what a distributor adds.
type Version struct{ Major, Minor, Patch int }

// String returns "6.5" or "6.1.40".
func (v Version) String() string {
	if v.Patch == 0 {
		return fmt.Sprintf("%d.%d", v.Major, v.Minor)
	}
	return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch)
}

// Series returns the version without its patch level: 6.1 for 6.1.40.
func (v Version) Series() Version { return Version{Major: v.Major, Minor: v.Minor} }

// Compare orders versions: -1, 0 or 1.
func (v Version) Compare(w Version) int {
	return slices.Compare([]int{v.Major, v.Minor, v.Patch}, []int{w.Major, w.Minor, w.Patch})
}

// leadingVersion is what a release begins with: 6.12.95 of
// 6.12.95+deb12-cloud-amd64, 6.5 of 6.5-rc3.
var leadingVersion = regexp.MustCompile(`^([1-9][0-9]{0,3})\.([0-9]{1,4})(?:\.([0-9]{1,5}))?(?:[^0-9.]|$)`)

// ParseRelease takes the version out of a kernel's release (uname -r). A
// candidate (-rc1) counts as the release that it becomes: most of what is new
// comes with the first one.
func ParseRelease(release string) (Version, bool) {
	m := leadingVersion.FindStringSubmatch(release)
	if m == nil {
		return Version{}, false
	}
	var v Version
	for i, to := range []*int{&v.Major, &v.Minor, &v.Patch} {
		*to, _ = strconv.Atoi(m[i+1]) // digits, or nothing: 0
	}
	return v, true
}

// In tells whether a kernel of this version has the commit.
func (s *Since) In(v Version) bool {
	if v.Compare(s.Version) >= 0 {
		return true
	}
	return slices.ContainsFunc(s.Stable, func(first Version) bool {
		return first.Series() == v.Series() && v.Compare(first) >= 0
	})
}

// String returns "Linux 6.5, in their series 6.1.40, 5.15.120".
func (s *Since) String() string {
	text := "Linux " + s.Version.String()
	var stable []string
	for _, v := range s.Stable {
		stable = append(stable, v.String())
	}
	if stable != nil {
		text += ", in their series " + strings.Join(stable, ", ")
	}
	return text
}

// commitName is the name that a commit has in a Fixes: tag
// (Documentation/process/submitting-patches.rst).
var commitName = regexp.MustCompile(`^[0-9a-f]{12}[0-9a-f]* \(".+"\)$`)

// age resolves since and until.
func (r *resolver) age() {
	since, until := r.since(r.doc.Since), r.since(r.doc.Until)
	if since != nil && until != nil && until.Version != (Version{}) && since.Version.Compare(until.Version) >= 0 {
		r.at(r.doc.Until.Version.node, "until version %s: the rule holds since version %s only, so it never held", until.Version, since.Version)
	}
	r.plan.Since, r.plan.Until = since, until
}

// since resolves one of them.
func (r *resolver) since(doc *sinceDoc) *Since {
	if doc == nil {
		return nil
	}
	s := &Since{Commit: doc.Commit.S, Reason: doc.Reason.S}
	if doc.Version.set() {
		if v, ok := ParseRelease(doc.Version.S); !ok || v.String() != doc.Version.S || v.Patch != 0 {
			r.at(doc.Version.node, "version %q: a release of Linux as 6.5 (stable names releases as 6.1.40)", doc.Version.S)
		} else {
			s.Version = v
		}
	}
	for _, t := range doc.Stable {
		r.stable(s, t)
	}
	if doc.Commit.set() && !commitName.MatchString(s.Commit) {
		r.at(doc.Commit.node, "commit %q: as in a Fixes: tag, 12 or more digits and the subject: 96cc4b69581d (\"macvlan: ...\")", s.Commit)
	}
	if doc.Reason.set() && s.Reason == "" {
		r.at(doc.Reason.node, "reason is empty: what do the kernels do where the rule does not hold?")
	}
	return s
}

// stable adds a release of a stable series.
func (r *resolver) stable(s *Since, t text) {
	if !t.set() {
		return
	}
	v, ok := ParseRelease(t.S)
	switch {
	case !ok || v.String() != t.S || v.Patch == 0:
		r.at(t.node, "stable %q: a release of a stable series as 6.1.40", t.S)
	case s.Version != Version{} && v.Compare(s.Version) >= 0:
		r.at(t.node, "stable %s is not older than version %s, which has the commit from the start", v, s.Version)
	case slices.ContainsFunc(s.Stable, func(w Version) bool { return w.Series() == v.Series() }):
		r.at(t.node, "stable names the series %s twice", v.Series())
	default:
		s.Stable = append(s.Stable, v)
	}
}

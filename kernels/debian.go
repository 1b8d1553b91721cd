package kernels

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"netverify/scenarios"
)

// DefaultSpec is the kernel that a machine gets where none was named.
const DefaultSpec = debianPrefix + "6.1"

// Default returns the cached kernel for where none was named: what answers
// DefaultSpec, else the entry that was added last. Nothing is fetched; without
// an entry that verifies it is nil.
func Default(cache string) (*Kernel, error) {
	entries, err := List(cache)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(entries, func(a, b Entry) int { return b.Added.Compare(a.Added) })
	if e, ok := newestFor(entries, strings.TrimPrefix(DefaultSpec, debianPrefix)); ok {
		entries = slices.Insert(entries, 0, e)
	}
	for _, e := range entries {
		if e.Verify() == nil {
			return e.Kernel(), nil
		}
	}
	return nil, nil
}

// suite is one of Debian's, with the archives that its kernels come from.
type suite struct {
	name     string
	series   string   // the kernel of the release; "" where it moves
	sources  []string // "HOST-PATH SUITE", below http:// or https://
	archived []string // where it goes when it is taken off the mirrors
}

// suites are in the order in which a version is looked for that is no series of
// its own. A suite's kernel is what linux-image-cloud-amd64 depends on.
var suites = []suite{
	{name: "trixie-backports", sources: []string{"deb.debian.org/debian trixie-backports"}},
	{name: "sid", sources: []string{"deb.debian.org/debian sid"}},
	{name: "bookworm", series: "6.1", sources: []string{"deb.debian.org/debian bookworm", "deb.debian.org/debian-security bookworm-security"},
		archived: []string{"archive.debian.org/debian bookworm", "archive.debian.org/debian-security bookworm-security"}},
	{name: "trixie", series: "6.12", sources: []string{"deb.debian.org/debian trixie", "deb.debian.org/debian-security trixie-security"}},
	{name: "bookworm-backports", sources: []string{"deb.debian.org/debian bookworm-backports"},
		archived: []string{"archive.debian.org/debian bookworm-backports"}},
	{name: "bullseye", series: "5.10", sources: []string{"deb.debian.org/debian bullseye", "deb.debian.org/debian-security bullseye-security"},
		archived: []string{"archive.debian.org/debian bullseye", "archive.debian.org/debian-security bullseye-security"}},
}

// suiteNames are the names that debian:NAME may have, for messages.
func suiteNames() []string {
	var names []string
	for _, s := range suites {
		names = append(names, s.name)
	}
	slices.Sort(names)
	return names
}

// findDebian returns the kernel for what stands behind "debian:": of the cache
// if it has one that verifies, else of the archive.
func findDebian(ctx context.Context, want string, opt Options) (*Kernel, error) {
	if _, err := suitesFor(want); err != nil {
		return nil, err
	}
	var broken Entry
	var bad error
	if !opt.Refresh {
		entries, err := List(opt.Cache)
		if err != nil {
			return nil, err
		}
		if e, ok := newestFor(entries, want); ok {
			if bad = e.Verify(); bad == nil {
				return e.Kernel(), nil
			}
			broken = e
		}
	}
	switch {
	case opt.Offline && bad != nil:
		return nil, fmt.Errorf("cache entry %s: %w; `netverify kernels add %s%s` fetches it again", broken.Name, bad, debianPrefix, want)
	case opt.Offline:
		return nil, fmt.Errorf("not in the cache; `netverify kernels add %s%s` fetches it", debianPrefix, want)
	case bad != nil:
		opt.progress("cache entry %s: %v: fetching it again", broken.Name, bad)
	}
	k, err := fetchDebian(ctx, want, opt)
	switch {
	case err != nil && bad != nil:
		return nil, fmt.Errorf("%w (in the cache is %s, but %w)", err, broken.Name, bad)
	case err == nil && bad != nil && filepath.Dir(k.Image) != broken.Path:
		// The archive has a newer one by now; the broken one is of no use.
		return k, Remove(ctx, opt.Cache, broken.Name)
	}
	return k, err
}

// newestFor is the newest entry from Debian's archive that answers want, those
// for clouds first.
func newestFor(entries []Entry, want string) (Entry, bool) {
	found := answering(entries, want)
	if len(found) == 0 {
		return Entry{}, false
	}
	return slices.MaxFunc(found, func(a, b Entry) int {
		releaseA, versionA := a.named()
		releaseB, versionB := b.named()
		return cmp.Or(compareBool(isCloud(releaseA), isCloud(releaseB)), compareVersions(versionA, versionB))
	}), true
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

func isCloud(release string) bool { return strings.Contains(release, "-cloud-") }

// suitesFor lists the suites to look for want in, the likeliest first.
func suitesFor(want string) ([]suite, error) {
	for _, s := range suites {
		if s.name == want {
			return []suite{s}, nil
		}
	}
	if want == "" || want[0] < '0' || want[0] > '9' {
		return nil, fmt.Errorf("no suite of that name%s (%s; or a version, as in %s6.1)", scenarios.DidYouMean(want, suiteNames()), strings.Join(suiteNames(), ", "), debianPrefix)
	}
	ordered := slices.Clone(suites)
	slices.SortStableFunc(ordered, func(a, b suite) int {
		return compareBool(versionMatches(b.series, want), versionMatches(a.series, want))
	})
	return ordered, nil
}

// versionMatches tells whether want is the beginning of one of the versions, up
// to the end of a number: "6.1" of "6.1.192-2", not of "6.12.3".
func versionMatches(want string, versions ...string) bool {
	for _, v := range versions {
		rest, ok := strings.CutPrefix(v, want)
		if ok && want != "" && (rest == "" || rest[0] < '0' || rest[0] > '9') {
			return true
		}
	}
	return false
}

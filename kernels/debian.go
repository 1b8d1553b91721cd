package kernels

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
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
func suiteNames() string {
	var names []string
	for _, s := range suites {
		names = append(names, s.name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
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
			opt.progress("cache entry %s: %v: fetching it again", e.Name, bad)
		}
	}
	k, err := fetchDebian(ctx, want, opt)
	switch {
	case err != nil && bad != nil:
		return nil, fmt.Errorf("%w (in the cache is %s, but %v)", err, broken.Name, bad)
	case err == nil && bad != nil && filepath.Dir(k.Image) != broken.Path:
		// The archive has a newer one by now; the broken one is of no use.
		return k, Remove(ctx, opt.Cache, broken.Name)
	}
	return k, err
}

// newestFor is the newest entry from Debian's archive that answers want, those
// for clouds first. An entry that cannot be read answers nothing.
func newestFor(entries []Entry, want string) (Entry, bool) {
	var found []Entry
	for _, e := range entries {
		if e.Suite != "" && (e.Suite == want || versionMatches(want, e.Release, e.Version)) {
			found = append(found, e)
		}
	}
	if len(found) == 0 {
		return Entry{}, false
	}
	return slices.MaxFunc(found, func(a, b Entry) int {
		return cmp.Or(compareBool(isCloud(a.Release), isCloud(b.Release)), compareVersions(a.Version, b.Version))
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
		return nil, fmt.Errorf("no suite of that name: %s; or a version, as in %s6.1", suiteNames(), debianPrefix)
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

// found is a kernel in an archive's lists.
type found struct {
	suite    suite
	release  string
	version  string
	packages []listed // to download
}

// fetchDebian gets the kernel out of Debian's archive.
func fetchDebian(ctx context.Context, want string, opt Options) (*Kernel, error) {
	candidates, err := suitesFor(want)
	if err != nil {
		return nil, err
	}
	cache, err := cacheFolder(opt)
	if err != nil {
		return nil, err
	}
	var problem error
	for _, s := range candidates {
		e, ok, err := fetchFrom(ctx, &apt{suite: s, dir: filepath.Join(cache, aptFolder, s.name), progress: opt.progress}, want, opt)
		switch {
		case ok:
			return e.Kernel(), nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil && problem == nil:
			problem = fmt.Errorf("debian %s: %w", s.name, err)
		}
	}
	if problem != nil {
		return nil, problem
	}
	return nil, fmt.Errorf("no such kernel for %s in Debian's archive now", runtime.GOARCH)
}

// fetchFrom gets the kernel out of one suite, if it is there. The suite's lists
// are locked meanwhile: apt-get has one user at a time.
func fetchFrom(ctx context.Context, a *apt, want string, opt Options) (Entry, bool, error) {
	unlock, err := a.open(ctx)
	if err != nil {
		return Entry{}, false, err
	}
	defer unlock()
	f, ok, err := a.look(ctx, want)
	if err != nil || !ok {
		return Entry{}, false, err
	}
	e := Entry{Name: entryName(f.release + "_" + f.version), Suite: a.suite.name, Signed: a.signed}
	e, err = fill(ctx, e, opt, func(dir string) ([]string, error) { return a.download(ctx, dir, f.packages) })
	return e, err == nil, err
}

// look updates the suite's lists and picks the kernel. One of several sources
// may be down as long as the others have it. A suite that has left the mirrors
// is looked for where they are kept.
func (a *apt) look(ctx context.Context, want string) (found, bool, error) {
	a.progress("looking into Debian %s", a.suite.name)
	var problem error
	for _, sources := range [][]string{a.suite.sources, a.suite.archived} {
		if len(sources) == 0 {
			continue
		}
		down := a.update(ctx, sources)
		f, ok, err := a.pick(ctx, want)
		if err != nil {
			return f, false, err
		}
		if ok {
			if down != nil {
				a.progress("using what could be read: %v", down)
			}
			return f, true, nil
		}
		if down == nil {
			return f, false, nil
		}
		problem = cmp.Or(problem, down)
	}
	return found{}, false, problem
}

// pick chooses the kernel: what the suite's metapackage stands for, or the
// highest version that matches. Kernels for clouds come first, as they are a
// third of the size; real-time ones only by their full release.
func (a *apt) pick(ctx context.Context, want string) (found, bool, error) {
	all, err := a.list(ctx)
	if err != nil {
		return found{}, false, err
	}
	match := func(l listed) bool { return versionMatches(want, l.release(), l.Version) }
	if a.suite.name == want {
		depends := ""
		if meta, ok := all.newest("linux-image-cloud-" + runtime.GOARCH); ok {
			depends = meta.Depends
		}
		match = func(l listed) bool { return dependsOn(depends, l.Package) }
	}
	var images []listed
	for _, l := range all {
		flavoured := strings.HasSuffix(l.Package, "-"+runtime.GOARCH) && !strings.Contains(l.Package, "-rt-")
		if r := l.release(); r != "" && r[0] >= '0' && r[0] <= '9' && (flavoured && match(l) && strings.ContainsRune(r, '.') && isRelease(r) || r == want) {
			images = append(images, l)
		}
	}
	if len(images) == 0 {
		return found{}, false, nil
	}
	best := slices.MaxFunc(images, func(x, y listed) int {
		return cmp.Or(compareBool(isCloud(x.Package), isCloud(y.Package)), compareVersions(x.Version, y.Version))
	})
	f := found{suite: a.suite, release: best.release(), version: best.Version}
	f.packages, err = a.parts(ctx, best)
	return f, err == nil, err
}

// isRelease tells a kernel's package (6.1.0-56-amd64, 7.2.12+deb13-amd64) from
// a metapackage for a series (linux-image-6.12-amd64).
func isRelease(s string) bool {
	number, _, _ := strings.Cut(strings.TrimSuffix(strings.TrimSuffix(s, "-"+runtime.GOARCH), "-cloud"), "+")
	return strings.Count(number, ".") >= 2
}

// dependsOn tells whether a Depends field names the package.
func dependsOn(depends, name string) bool {
	for d := range strings.SplitSeq(depends, ",") {
		if n, _, _ := strings.Cut(strings.TrimSpace(d), " "); n == name {
			return true
		}
	}
	return false
}

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
		a := &apt{suite: s, dir: filepath.Join(cache, aptFolder, s.name), progress: opt.progress}
		if opt.apt != nil {
			a = opt.apt(s.name, a.dir)
		}
		e, ok, err := fetchFrom(ctx, a, want, opt)
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
	slices.SortStableFunc(images, func(x, y listed) int {
		return cmp.Or(compareBool(isCloud(y.Package), isCloud(x.Package)), compareVersions(y.Version, x.Version))
	})
	var problem error
	for _, image := range images {
		parts, err := a.parts(ctx, image)
		if err == nil {
			return found{suite: a.suite, release: image.release(), version: image.Version, packages: parts}, true, nil
		}
		problem = cmp.Or(problem, err)
	}
	return found{}, false, problem
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

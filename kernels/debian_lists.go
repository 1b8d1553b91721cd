package kernels

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// listed is a package in an archive's lists.
type listed struct {
	control
	Depends string
	Size    int64
}

type lists []listed

// newest is the highest version of a package.
func (l lists) newest(name string) (listed, bool) {
	var best listed
	for _, p := range l {
		if p.Package == name && (best.Package == "" || compareVersions(p.Version, best.Version) > 0) {
			best = p
		}
	}
	return best, best.Package != ""
}

// list reads the kernel images that the suite has: with signatures, which
// makes no difference here but halves the names.
func (a *apt) list(ctx context.Context) (lists, error) {
	names, err := a.run(ctx, a.dir, "apt-cache", "search", "--names-only", "^linux-image-.*-"+runtime.GOARCH+"$")
	if err != nil {
		return nil, err
	}
	var args []string
	for line := range strings.Lines(string(names)) {
		if name, _, ok := strings.Cut(line, " - "); ok {
			args = append(args, name)
		}
	}
	if len(args) == 0 {
		return nil, nil
	}
	return a.show(ctx, args)
}

// show reads all versions of packages out of the lists.
func (a *apt) show(ctx context.Context, names []string) (lists, error) {
	out, err := a.run(ctx, a.dir, "apt-cache", append([]string{"show", "--"}, names...)...)
	if err != nil {
		return nil, err
	}
	var all lists
	for stanza := range strings.SplitSeq(string(out), "\n\n") {
		if l := parseListed(stanza); l.Package != "" {
			all = append(all, l)
		}
	}
	return all, nil
}

func parseListed(stanza string) listed {
	var l listed
	for line := range strings.Lines(stanza) {
		key, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch key {
		case "Package":
			l.Package = value
		case "Version":
			l.Version = value
		case "Architecture":
			l.Architecture = value
		case "Depends":
			l.Depends = value
		case "Size":
			l.Size, _ = strconv.ParseInt(value, 10, 64)
		}
	}
	return l
}

// parts are the packages that hold what an image package stands for: itself,
// and those of the same kernel that it depends on. Archives drop parts of old
// kernels one by one. linux-base may be gone: some images (6.18) have all of its
// files themselves, and where not, the unpacking finds out.
func (a *apt) parts(ctx context.Context, image listed) ([]listed, error) {
	parts := []listed{image}
	var names []string
	for _, kind := range []string{"linux-binary-", "linux-modules-", "linux-base-"} {
		if name := kind + image.release(); dependsOn(image.Depends, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return parts, nil
	}
	all, err := a.show(ctx, names)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		at := -1
		for i, l := range all {
			if l.Package == name && l.Version == image.Version {
				at = i
			}
		}
		if at < 0 && name == "linux-base-"+image.release() {
			continue
		}
		if at < 0 {
			return nil, fmt.Errorf("%s %s is not in the archive, though %s depends on it", name, image.Version, image.Package)
		}
		parts = append(parts, all[at])
	}
	return parts, nil
}

// download gets packages into dir. apt-get compares them with the checksums of
// the lists, which the archive has signed.
func (a *apt) download(ctx context.Context, dir string, packages []listed) ([]string, error) {
	var files []string
	args := []string{"download", "--"}
	for _, p := range packages {
		a.progress("fetching %s %s (%.1f MB)", p.Package, p.Version, float64(p.Size)/1e6)
		args = append(args, p.Package+"="+p.Version)
	}
	if _, err := a.run(ctx, dir, "apt-get", args...); err != nil {
		return nil, err
	}
	for _, p := range packages {
		found, err := filepath.Glob(filepath.Join(dir, p.Package+"_*.deb"))
		if err != nil || len(found) != 1 {
			return nil, fmt.Errorf("apt-get left no file of %s (%v)", p.Package, found)
		}
		files = append(files, found[0])
	}
	a.progress("unpacking")
	return files, nil
}

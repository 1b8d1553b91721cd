package kernels

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"netverify/scenarios"
)

// Select returns the entries that name stands for: the one of that very name, or
// all from Debian's archive that answer debian:SUITE, debian:VERSION-PREFIX or
// debian:RELEASE. It is an error if there is none.
func Select(entries []Entry, name string) ([]Entry, error) {
	if want, ok := strings.CutPrefix(name, debianPrefix); ok {
		if _, err := suitesFor(want); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if found := answering(entries, want); len(found) > 0 {
			return found, nil
		}
		return nil, fmt.Errorf("%s: no entry of the cache answers to that (netverify kernels list)", name)
	}
	for _, e := range entries {
		if e.Name == name {
			return []Entry{e}, nil
		}
	}
	return nil, fmt.Errorf("%s: no entry of the cache has that name%s (netverify kernels list)", name, meantEntry(entries, name))
}

// answering are the entries that come from Debian's archive and are what stands
// behind "debian:".
func answering(entries []Entry, want string) []Entry {
	var found []Entry
	for _, e := range entries {
		release, version := e.named()
		if e.fromDebian() && (e.Suite == want || versionMatches(want, release, version)) {
			found = append(found, e)
		}
	}
	return found
}

// fromDebian tells whether the entry can be fetched again.
func (e Entry) fromDebian() bool {
	if e.Format == cacheFormat {
		return e.Suite != ""
	}
	return strings.Count(e.Name, "_") == 1 // that of a package file ends with its checksum
}

// named returns release and version of a kernel from Debian's archive: out of
// the entry's name, since entry.json may be damaged.
func (e Entry) named() (release, version string) {
	if e.Format == cacheFormat {
		return e.Release, e.Version
	}
	release, version, _ = strings.Cut(e.Name, "_")
	return release, version
}

// meantEntry suggests what someone meant who wrote a name that is no entry's: a
// spec of Debian's archive without its prefix, an entry that begins so, or one
// whose name is near.
func meantEntry(entries []Entry, written string) string {
	if _, err := suitesFor(written); err == nil && written != "" && len(answering(entries, written)) > 0 {
		return fmt.Sprintf("; did you mean %q?", debianPrefix+written)
	}
	var names []string
	for _, e := range entries {
		if written != "" && strings.HasPrefix(e.Name, written) {
			return fmt.Sprintf("; did you mean %q?", e.Name)
		}
		names = append(names, e.Name)
	}
	return scenarios.DidYouMean(written, names)
}

// findCached returns the entry of that very name. A damaged one that came from
// Debian's archive is fetched again.
func findCached(ctx context.Context, name string, opt Options) (*Kernel, error) {
	entries, err := List(opt.Cache)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if e.Name != name {
			continue
		}
		bad := e.Verify()
		if bad == nil {
			return e.Kernel(), nil
		}
		return refetch(ctx, e, bad, opt)
	}
	meant := meantEntry(entries, name)
	if _, err := suitesFor(name); err == nil && meant == "" {
		meant = fmt.Sprintf("; did you mean %q?", debianPrefix+name)
	}
	return nil, fmt.Errorf("no such file, nor an entry of the cache%s (Debian's kernels are %sNAME, for example %s)", meant, debianPrefix, DefaultSpec)
}

// refetch makes an entry anew that does not verify, for the reason bad.
func refetch(ctx context.Context, e Entry, bad error, opt Options) (*Kernel, error) {
	damage := fmt.Errorf("cache entry %s: %w", e.Name, bad)
	release, _ := e.named()
	switch {
	case !e.fromDebian():
		return nil, fmt.Errorf("%w; `netverify kernels remove %s` and add its package again", damage, e.Name)
	case opt.Offline:
		return nil, fmt.Errorf("%w; `netverify kernels add %s` fetches it again", damage, e.Name)
	}
	opt.progress("%v: fetching it again", damage)
	k, err := fetchDebian(ctx, release, opt)
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", err, damage)
	}
	if got := filepath.Base(filepath.Dir(k.Image)); got != e.Name {
		return nil, fmt.Errorf("%w; Debian's archive has %s instead, which is in the cache now: `netverify kernels remove %s`", damage, got, e.Name)
	}
	return k, nil
}

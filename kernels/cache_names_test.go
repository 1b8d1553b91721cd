package kernels

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestSelectByNameOrByWhatAnswers(t *testing.T) {
	whole := func(name, suite string) Entry {
		release, version, _ := strings.Cut(name, "_")
		return Entry{Format: cacheFormat, Name: name, Release: release, Version: version, Suite: suite}
	}
	entries := []Entry{
		whole("5.10.0-46-cloud-amd64_5.10.262-1", "bullseye"),
		whole("6.1.0-7-cloud-amd64_6.1.7-1", "bookworm"),
		{Name: "6.1.0-9-cloud-amd64_6.1.9-1"},               // its entry.json is damaged
		{Name: "6.1.0-9-cloud-amd64_6.1.9-1_0123456789ab"},  // that of a package's entry
		whole("6.12.3-amd64_6.12.3-1_0123456789ab", ""),     // of a package
		{Format: 99, Name: "7.1.0_7.1", Suite: "sid"},       // of a later netverify
		whole("7.2.0+deb14-cloud-amd64_7.2-1~bpo13", "sid"), // no underscore too many
	}
	tests := []struct{ name, want, problem string }{
		{"debian:6.1", "6.1.0-7-cloud-amd64_6.1.7-1 6.1.0-9-cloud-amd64_6.1.9-1", ""},
		{"debian:6.1.9", "6.1.0-9-cloud-amd64_6.1.9-1", ""},
		{"debian:bookworm", "6.1.0-7-cloud-amd64_6.1.7-1", ""},
		{"debian:sid", "7.1.0_7.1 7.2.0+deb14-cloud-amd64_7.2-1~bpo13", ""},
		{"6.1.0-7-cloud-amd64_6.1.7-1", "6.1.0-7-cloud-amd64_6.1.7-1", ""},
		{"6.12.3-amd64_6.12.3-1_0123456789ab", "6.12.3-amd64_6.12.3-1_0123456789ab", ""},
		{"debian:6.12", "", "debian:6.12: no entry of the cache answers"},
		{"debian:bookwrm", "", `did you mean "bookworm"?`},
		{"debian:", "", "no suite of that name"},
		{"6.1", "", `did you mean "debian:6.1"?`},
		{"bullseye", "", `did you mean "debian:bullseye"?`},
		{"6.12.3", "", `did you mean "6.12.3-amd64_6.12.3-1_0123456789ab"?`},
		{"6.1.0-7-clod-amd64_6.1.7-1", "", `did you mean "6.1.0-7-cloud-amd64_6.1.7-1"?`},
		{"x", "", "x: no entry of the cache has that name (netverify kernels list)"},
		{"", "", "no entry"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			found, err := Select(entries, tt.name)
			var got []string
			for _, e := range found {
				got = append(got, e.Name)
			}
			if strings.Join(got, " ") != tt.want || (err == nil) != (tt.problem == "") || err != nil && !strings.Contains(err.Error(), tt.problem) {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

// Whatever happens to a file of an entry, and whether the kernel is named by
// its spec or by the entry's name: told, and fetched again.
func TestADamagedEntryOfTheArchiveIsFetchedAgain(t *testing.T) {
	cut := func(file string) error {
		info, err := os.Stat(file)
		if err != nil {
			return err
		}
		return os.Truncate(file, info.Size()/2)
	}
	damages := map[string]struct {
		file string
		do   func(file string) error
	}{
		"image cut":       {entryImage, cut},
		"image gone":      {entryImage, os.Remove},
		"module cut":      {"modules/veth.ko", cut},
		"module gone":     {"modules/veth.ko", os.Remove},
		"entry.json cut":  {entryFile, cut},
		"entry.json gone": {entryFile, os.Remove},
		"a byte turned": {entryImage, func(file string) error {
			b, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			b[len(b)-1] ^= 1
			return os.WriteFile(file, b, 0o644)
		}},
	}
	a := debianArchive(t)
	var said []string
	opt := Options{Cache: t.TempDir(), Progress: func(s string) { said = append(said, s) }}
	opt.apt = func(string, string) *apt {
		b := *a
		b.progress = opt.progress
		return &b
	}
	first, err := Find(t.Context(), "debian:6.1", opt)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(first.Image)
	for name, damage := range damages {
		for _, spec := range []string{"debian:6.1", "debian:" + first.Release, filepath.Base(dir)} {
			t.Run(name+", "+spec, func(t *testing.T) {
				if err := damage.do(filepath.Join(dir, damage.file)); err != nil {
					t.Fatal(err)
				}
				offline := opt
				offline.Offline = true
				if _, err := Find(t.Context(), spec, offline); err == nil || !strings.Contains(err.Error(), damage.file) || !strings.Contains(err.Error(), "netverify kernels add") {
					t.Errorf("offline: %v", err)
				}
				said = nil
				k, err := Find(t.Context(), spec, opt)
				if err != nil {
					t.Fatal(err)
				}
				if *k != *first || readEntry(dir).Verify() != nil {
					t.Errorf("%+v, %v", k, readEntry(dir).Verify())
				}
				if !slices.ContainsFunc(said, func(s string) bool {
					return strings.Contains(s, filepath.Base(dir)) && strings.Contains(s, damage.file) && strings.Contains(s, "fetching it again")
				}) {
					t.Errorf("said %q", said)
				}
			})
		}
	}
	if all, err := List(opt.Cache); err != nil || len(all) != 1 {
		t.Errorf("%+v, %v", all, err)
	}
}

// An entry by its very name is that build or an error, never another one.
func TestADamagedEntryThatTheArchiveHasNoMoreIsAnError(t *testing.T) {
	a := debianArchive(t)
	opt := Options{Cache: t.TempDir(), apt: func(string, string) *apt { b := *a; return &b }}
	k, err := Find(t.Context(), "debian:6.1.0-99-amd64", opt)
	if err != nil {
		t.Fatal(err)
	}
	old := filepath.Join(filepath.Dir(filepath.Dir(k.Image)), k.Release+"_6.1.98-1")
	if err := os.Rename(filepath.Dir(k.Image), old); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(old, entryImage)); err != nil {
		t.Fatal(err)
	}
	_, err = Find(t.Context(), filepath.Base(old), opt)
	if err == nil || !strings.Contains(err.Error(), "vmlinuz is gone") || !strings.Contains(err.Error(), k.Release+"_6.1.99-1 instead") {
		t.Errorf("error %v", err)
	}
}

func TestOfflineNothingIsFetched(t *testing.T) {
	opt := Options{Cache: t.TempDir(), Offline: true, apt: func(string, string) *apt { t.Error("looked into the archive"); return nil }}
	if _, err := Find(t.Context(), "debian:6.1", opt); err == nil || !strings.Contains(err.Error(), "`netverify kernels add debian:6.1` fetches it") {
		t.Errorf("error %v", err)
	}
}

func TestANameThatIsNoKernelsSaysWhatWasMeant(t *testing.T) {
	for name, want := range map[string]string{
		"6.1":          `did you mean "debian:6.1"?`,
		"bookworm":     `did you mean "debian:bookworm"?`,
		"nosuchkernel": "for example debian:6.1",
	} {
		if _, err := Find(t.Context(), name, Options{Cache: t.TempDir()}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

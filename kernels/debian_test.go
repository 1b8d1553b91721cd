package kernels

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func TestVersionsAreOrderedAsDpkgDoes(t *testing.T) {
	ordered := []string{
		"0:1~~", "1~rc1", "1~rc1-2", "1", "1-0.1", "1-1", "1.0.1", "1.2-1~bpo12+1", "1.2-1", "1.2-1+b1", "1.10-1", "1.a", "1.+",
		"6.1.9-1", "6.1.187-1", "6.1.192-2", "6.12.117-1~deb12u1", "6.12.117-1", "7.2.13-1", "7.3~rc7-1~exp1", "7.3-1", "1:0",
	}
	dpkg, err := exec.LookPath("dpkg")
	for i, a := range ordered {
		for j, b := range ordered {
			got := compareVersions(a, b)
			if (got < 0) != (i < j) || (got > 0) != (i > j) {
				t.Errorf("%s against %s: %d", a, b, got)
			}
		}
		if i > 0 && err == nil {
			if exec.Command(dpkg, "--compare-versions", ordered[i-1], "lt", a).Run() != nil {
				t.Errorf("dpkg says otherwise: %s < %s", ordered[i-1], a)
			}
		}
	}
	for _, same := range [][2]string{{"1", "0:1"}, {"1.0", "1.00"}, {"1", "1-0"}} {
		if compareVersions(same[0], same[1]) != 0 {
			t.Errorf("%s is not %s", same[0], same[1])
		}
	}
}

func TestAVersionPrefixEndsWhereANumberEnds(t *testing.T) {
	tests := []struct {
		want, version string
		matches       bool
	}{
		{"6.1", "6.1.192-2", true}, {"6.1", "6.12.3-1", false}, {"6.1.0-5", "6.1.0-56-amd64", false}, {"7", "7.2.13-1", true},
		{"6.1", "6.1", true}, {"", "6.1", false}, {"7", "77.1", false}, {"6.1.", "6.1.192-2", false},
	}
	for _, tt := range tests {
		if got := versionMatches(tt.want, tt.version); got != tt.matches {
			t.Errorf("%q of %q: %v", tt.want, tt.version, got)
		}
	}
}

func TestAVersionIsLookedForInItsSuiteFirst(t *testing.T) {
	for want, first := range map[string]string{
		"6.1": "bookworm", "6.1.192": "bookworm", "6.12": "trixie", "5.10": "bullseye", "7": "trixie-backports", "6.18": "trixie-backports", "sid": "sid",
	} {
		s, err := suitesFor(want)
		if err != nil || s[0].name != first {
			t.Errorf("%s: %v, %v", want, s, err)
		}
	}
}

// archive makes an archive of one suite that apt-get reads from files.
func archive(t *testing.T, packages ...[]byte) *apt {
	t.Helper()
	for _, program := range []string{"apt-get", "apt-cache"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed", program)
		}
	}
	if runtime.GOARCH != "amd64" {
		t.Skip("the fixtures are packages for amd64")
	}
	dir := t.TempDir()
	publish(t, dir, packages...)
	return &apt{
		suite: suite{name: "bookworm", series: "6.1", sources: []string{"debian bookworm"}},
		dir:   filepath.Join(t.TempDir(), "apt"), progress: t.Logf,
		scheme: "copy:" + dir + "/", trust: "trusted=yes",
	}
}

func publish(t *testing.T, dir string, packages ...[]byte) {
	t.Helper()
	var list bytes.Buffer
	for _, b := range packages {
		ctl, _, err := listDeb(b)
		if err != nil {
			t.Fatal(err)
		}
		file := fmt.Sprintf("pool/%s_%s_amd64.deb", ctl.Package, ctl.Version)
		writeTo(t, filepath.Join(dir, "debian", file), b)
		fmt.Fprintf(&list, "Package: %s\nVersion: %s\nArchitecture: amd64\nDepends: %s\nFilename: %s\nSize: %d\nSHA256: %x\nDescription: x\n\n",
			ctl.Package, ctl.Version, strings.Join(fixtureDepends[ctl.Package], ", "), file, len(b), sha256.Sum256(b))
	}
	dists := filepath.Join(dir, "debian/dists/bookworm")
	writeTo(t, filepath.Join(dists, "main/binary-amd64/Packages"), list.Bytes())
	writeTo(t, filepath.Join(dists, "Release"), fmt.Appendf(nil, "Origin: t\nSuite: bookworm\nCodename: bookworm\nComponents: main\nArchitectures: amd64\nDate: Thu, 01 Jan 2026 00:00:00 UTC\nSHA256:\n %x %d main/binary-amd64/Packages\n",
		sha256.Sum256(list.Bytes()), list.Len()))
}

// fixtureDepends are the Depends fields of the archive's packages.
var fixtureDepends = map[string][]string{
	"linux-image-cloud-amd64":              {"linux-image-6.1.0-7-cloud-amd64 (= 6.1.7-1)"},
	"linux-image-7.2.0+deb14-cloud-amd64":  {"kmod", "linux-base-7.2.0+deb14-cloud-amd64 (= 7.2-1)", "linux-binary-7.2.0+deb14-cloud-amd64 (= 7.2-1)", "linux-modules-7.2.0+deb14-cloud-amd64 (= 7.2-1)"},
	"linux-image-7.1.0+deb14-cloud-amd64":  {"linux-binary-7.1.0+deb14-cloud-amd64 (= 7.1-1)"},
	"linux-image-7.3.0+deb14-cloud-amd64":  {"linux-modules-7.3.0+deb14-cloud-amd64 (= 7.3-1)"},
	"linux-image-6.18.0+deb13-cloud-amd64": {"linux-base-6.18.0+deb13-cloud-amd64 (= 6.18.1-1)"},
}

// kernelDeb is a package with everything in it.
func kernelDeb(t *testing.T, release, version string) []byte {
	lib := "./lib/modules/" + release + "/"
	return deb(t, "linux-image-"+release, version, ".xz",
		entry{"./boot/vmlinuz-" + release, image(release)},
		entry{lib + "modules.builtin", []byte("kernel/net/packet/af_packet.ko\n")},
		entry{lib + "kernel/drivers/net/veth.ko", module("depends=")})
}

func debianArchive(t *testing.T) *apt {
	split := "7.2.0+deb14-cloud-amd64"
	lib := "./usr/lib/modules/" + split + "/"
	return archive(t,
		deb(t, "linux-image-cloud-amd64", "6.1.7-1", ".xz"),
		kernelDeb(t, "6.1.0-7-cloud-amd64", "6.1.7-1"),
		kernelDeb(t, "6.1.0-10-cloud-amd64", "6.1.10-1"), // not what the metapackage says
		kernelDeb(t, "6.1.0-9-cloud-amd64", "6.1.9-1"),
		kernelDeb(t, "6.1.0-99-amd64", "6.1.99-1"), // newer, but with all drivers
		kernelDeb(t, "6.1.0-99-rt-amd64", "6.1.99-1"),
		kernelDeb(t, "6.12.3+deb12-amd64", "6.12.3-1"),
		deb(t, "linux-image-6.12-amd64", "6.12.9-1", ".xz"), // a series' metapackage
		deb(t, "linux-image-"+split, "7.2-1", ".xz"),
		deb(t, "linux-base-"+split, "7.2-1", ".xz", entry{lib + "modules.builtin", []byte("kernel/af_packet.ko\n")}),
		deb(t, "linux-binary-"+split, "7.2-1", ".xz", entry{lib + "vmlinuz", image(split)}),
		deb(t, "linux-modules-"+split, "7.2-1", ".xz", entry{lib + "kernel/veth.ko.xz", packed(t, ".xz", module("depends="))}),
		kernelDeb(t, "6.18.0+deb13-cloud-amd64", "6.18.1-1"), // without its linux-base
		deb(t, "linux-image-7.3.0+deb14-cloud-amd64", "7.3-1", ".xz"),
		deb(t, "linux-image-7.1.0+deb14-cloud-amd64", "7.1-1", ".xz"))
}

func TestWhatIsFetchedFromAnArchive(t *testing.T) {
	a := debianArchive(t)
	tests := []struct{ want, release string }{
		{"bookworm", "6.1.0-7-cloud-amd64"},
		{"6.1", "6.1.0-10-cloud-amd64"},
		{"6.1.9", "6.1.0-9-cloud-amd64"},
		{"6.1.0-99-amd64", "6.1.0-99-amd64"},
		{"6.1.0-99-rt-amd64", "6.1.0-99-rt-amd64"},
		{"6.1.0-99", "6.1.0-99-amd64"},
		{"6.12", "6.12.3+deb12-amd64"},
		{"7.2", "7.2.0+deb14-cloud-amd64"},
		{"7", "7.2.0+deb14-cloud-amd64"}, // 7.3 lacks its modules
		{"6.18", "6.18.0+deb13-cloud-amd64"},
		{"6.13", ""},
	}
	cache := t.TempDir()
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			e, ok, err := fetchFrom(t.Context(), a, tt.want, Options{Cache: cache})
			if err != nil || ok != (tt.release != "") || e.Release != tt.release {
				t.Fatalf("%+v, %v, %v", e, ok, err)
			}
			if !ok {
				return
			}
			load, missing, err := e.Kernel().Resolve("veth", "af_packet")
			if names(load) != "veth" || len(missing) > 0 || err != nil || e.Signed || !strings.Contains(e.Origin(), "not checked") {
				t.Errorf("%+v: load %v, missing %v, error %v", e, load, missing, err)
			}
		})
	}
	if _, _, err := fetchFrom(t.Context(), a, "7.1", Options{Cache: cache}); err == nil || !strings.Contains(err.Error(), "linux-binary-7.1.0+deb14-cloud-amd64") {
		t.Errorf("an archive that lacks a part: %v", err)
	}
}

// From the archive once, then from the cache; again only if asked to, or if what
// is in the cache is not what was put there.
func TestADebianKernelIsFetchedOnceAndAgainWhenItIsDamaged(t *testing.T) {
	a := debianArchive(t)
	var said []string
	looks := 0
	opt := Options{Cache: t.TempDir(), Progress: func(s string) { said = append(said, s) }}
	opt.apt = func(string, string) *apt {
		looks++
		b := *a
		b.progress = opt.progress
		return &b
	}
	find := func(want int) *Kernel {
		t.Helper()
		said = nil
		k, err := Find(t.Context(), "debian:6.1", opt)
		if err != nil {
			t.Fatal(err)
		}
		if looks != want {
			t.Fatalf("looked into the archive %d times, want %d; said %q", looks, want, said)
		}
		return k
	}
	k := find(1)
	find(1)
	opt.Refresh = true
	find(2)
	opt.Refresh = false
	for n, name := range []string{k.Image, filepath.Join(k.Modules, "veth.ko"), filepath.Join(filepath.Dir(k.Image), entryFile)} {
		if err := os.Truncate(name, 5); err != nil {
			t.Fatal(err)
		}
		find(3 + n)
		if all := strings.Join(said, "\n"); !strings.Contains(all, filepath.Base(name)) || !strings.Contains(all, "fetching") {
			t.Errorf("%s cut short: said %q", name, said)
		}
	}
	// A cache that cannot be repaired is no kernel.
	if err := os.Truncate(k.Image, 5); err != nil {
		t.Fatal(err)
	}
	a.scheme = "copy:" + t.TempDir() + "/"
	a.dir = filepath.Join(t.TempDir(), "apt")
	_, err := Find(t.Context(), "debian:6.1", opt)
	if err == nil || !strings.Contains(err.Error(), entryImage) || !strings.Contains(err.Error(), "apt-get") {
		t.Errorf("error %v", err)
	}
}

// A package of the archive that is not what the lists say never gets in.
func TestAPackageThatIsNotWhatTheListsSayIsRefused(t *testing.T) {
	a := debianArchive(t)
	file := filepath.Join(strings.TrimPrefix(a.scheme, "copy:"), "debian/pool/linux-image-6.1.0-7-cloud-amd64_6.1.7-1_amd64.deb")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)-100] ^= 1
	writeTo(t, file, b)
	cache := t.TempDir()
	if e, ok, err := fetchFrom(t.Context(), a, "bookworm", Options{Cache: cache}); err == nil || ok {
		t.Errorf("%+v", e)
	}
	if all, err := List(cache); err != nil || len(all) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestAnArchiveThatIsNotThereIsToldInAptsWords(t *testing.T) {
	a := archive(t)
	a.scheme = "copy:" + t.TempDir() + "/"
	_, ok, err := fetchFrom(t.Context(), a, "6.1", Options{Cache: t.TempDir()})
	if err == nil || ok || !strings.Contains(err.Error(), "apt-get update: ") || !strings.Contains(err.Error(), "bookworm") {
		t.Errorf("error %v", err)
	}
}

// Nothing of the system's apt is written, and no folder outside of the cache.
func TestTheSystemsAptIsLeftAlone(t *testing.T) {
	a := debianArchive(t)
	before := map[string]string{}
	watched := []string{"/var/lib/apt", "/var/lib/apt/lists", "/var/cache/apt", "/var/cache/apt/archives", "/etc/apt"}
	for _, dir := range watched {
		before[dir] = folderState(dir)
	}
	if _, _, err := fetchFrom(t.Context(), a, "bookworm", Options{Cache: t.TempDir()}); err != nil {
		t.Fatal(err)
	}
	for _, dir := range watched {
		if got := folderState(dir); got != before[dir] {
			t.Errorf("%s was %q and is %q", dir, before[dir], got)
		}
	}
}

// folderState are the names in a folder, with sizes and times.
func folderState(dir string) string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err.Error()
	}
	var out []string
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			out = append(out, fmt.Sprint(e.Name(), info.Size(), info.ModTime()))
		}
	}
	return strings.Join(out, " ")
}

// The real archive: fetched once a machine, and from then on out of the cache.
func TestTheDefaultKernelOfDebiansArchive(t *testing.T) {
	if testing.Short() {
		t.Skip("fetches 27 MB when they are not cached")
	}
	k, err := Find(t.Context(), DefaultSpec, Options{Progress: func(s string) { t.Log(s) }})
	if err != nil {
		unfetched(t, err)
	}
	if !versionMatches("6.1", k.Release) || !isCloud(k.Release) {
		t.Errorf("release %s", k.Release)
	}
	load, missing, err := k.Resolve("8021q", "macvlan", "veth", "bridge", "bonding", "ipvlan", "dummy", "af_packet", "ipv6")
	if err != nil || len(missing) > 0 {
		t.Fatalf("missing %v, error %v", missing, err)
	}
	for _, want := range []string{"8021q", "garp", "mrp", "stp", "llc", "bridge", "macvlan"} {
		if !slices.ContainsFunc(load, func(m Module) bool { return m.Name == want }) {
			t.Errorf("%s is not among %s", want, names(load))
		}
	}
	at := func(name string) int { return slices.IndexFunc(load, func(m Module) bool { return m.Name == name }) }
	if at("llc") > at("stp") || at("stp") > at("garp") || at("garp") > at("8021q") || at("stp") > at("bridge") {
		t.Errorf("order %s", names(load))
	}
	if _, missing, _ := k.Resolve("no_such_module"); !slices.Equal(missing, []string{"no_such_module"}) {
		t.Errorf("missing %v", missing)
	}
}

package kernels

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// find calls Find with a cache of the test's own.
func findIn(t *testing.T, cache, spec string, opt Options) (*Kernel, error) {
	t.Helper()
	opt.Cache = cache
	return Find(t.Context(), spec, opt)
}

func TestAnImageWithItsModules(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "boot/vmlinuz-"+testRelease)
	writeTo(t, file, image(testRelease))
	writeTo(t, filepath.Join(dir, "boot/config-"+testRelease), []byte("CONFIG_PACKET=y\n"))
	modules := filepath.Join(dir, "lib/modules", testRelease)
	writeTo(t, filepath.Join(modules, "kernel/llc.ko"), module("depends="))
	for _, given := range []string{dir, filepath.Join(dir, "lib/modules"), modules} {
		k, err := findIn(t, t.TempDir(), file, Options{Modules: given})
		if err != nil {
			t.Fatal(err)
		}
		if k.Release != testRelease || k.Image != file || k.Modules != modules || filepath.Base(k.Config) != "config-"+testRelease {
			t.Errorf("modules %s: %+v", given, k)
		}
	}
	if k, err := findIn(t, t.TempDir(), file, Options{}); err != nil || k.Modules != "" {
		t.Errorf("without modules: %+v, %v", k, err)
	}
}

func TestABuildTree(t *testing.T) {
	dir := t.TempDir()
	writeTo(t, filepath.Join(dir, treeImage), image("6.18.0-rc3+"))
	writeTo(t, filepath.Join(dir, ".config"), []byte("CONFIG_LLC=m\n"))
	writeTo(t, filepath.Join(dir, "modules.order"), []byte("net/llc/llc.o\n"))
	writeTo(t, filepath.Join(dir, "modules.builtin"), []byte("net/packet/af_packet.ko\n"))
	writeTo(t, filepath.Join(dir, "net/llc/llc.ko"), module("depends="))
	k, err := findIn(t, t.TempDir(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	load, missing, err := k.Resolve("llc", "af_packet", "8021q")
	if k.Release != "6.18.0-rc3+" || names(load) != "llc" || !slices.Equal(missing, []string{"8021q"}) || err != nil {
		t.Errorf("%+v: load %v, missing %v, error %v", k, load, missing, err)
	}
	installed := filepath.Join(t.TempDir(), "lib/modules/6.18.0-rc3+")
	writeTo(t, filepath.Join(installed, "kernel/8021q.ko.zst"), packed(t, ".zst", module()))
	if k, err = findIn(t, t.TempDir(), dir, Options{Modules: installed}); err != nil || k.Modules != installed {
		t.Errorf("%+v, %v", k, err)
	}
}

func TestWhatIsNoKernelIsRefusedWithAReason(t *testing.T) {
	dir := t.TempDir()
	vmlinuz := filepath.Join(dir, "vmlinuz")
	writeTo(t, vmlinuz, image(testRelease))
	writeTo(t, filepath.Join(dir, "cut"), image(testRelease)[:1200])
	writeTo(t, filepath.Join(dir, "elf"), module())
	writeTo(t, filepath.Join(dir, "text"), bytes.Repeat([]byte("text "), 500))
	writeTo(t, filepath.Join(dir, "other/lib/modules/5.0.0/x.ko"), module())
	writeTo(t, filepath.Join(dir, "foo.deb"), deb(t, "coreutils", "1", ".gz"))
	tests := []struct {
		name, spec, modules, want string
	}{
		{"no file", filepath.Join(dir, "gone"), "", "no such file"},
		{"no name", "gone", "", "debian:"},
		{"cut short", filepath.Join(dir, "cut"), "", "cut short"},
		{"vmlinux", filepath.Join(dir, "elf"), "", "bzImage"},
		{"no image", filepath.Join(dir, "text"), "", "no boot header"},
		{"not a build tree", dir, "", "not a build tree"},
		{"modules are gone", vmlinuz, filepath.Join(dir, "gone"), "gone"},
		{"modules are a file", vmlinuz, vmlinuz, "not a folder"},
		{"modules of another kernel", vmlinuz, filepath.Join(dir, "other/lib/modules/5.0.0"), "5.0.0"},
		{"package of something else", filepath.Join(dir, "foo.deb"), "", "coreutils"},
		{"no suite", "debian:woody", "", "bookworm"},
		{"nothing of Debian's", "debian:", "", "bookworm"},
		{"modules of Debian's", "debian:6.1", dir, "--modules"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k, err := findIn(t, t.TempDir(), tt.spec, Options{Modules: tt.modules})
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), tt.spec) {
				t.Errorf("%+v, error %v", k, err)
			}
		})
	}
}

func TestAnImageCutShortAnywhereIsRefused(t *testing.T) {
	whole := image(testRelease)
	file := filepath.Join(t.TempDir(), "vmlinuz")
	for n := range whole {
		writeTo(t, file, whole[:n])
		if _, err := imageRelease(file); err == nil {
			t.Fatalf("%d of %d bytes", n, len(whole))
		}
	}
	writeTo(t, file, whole)
	if r, err := imageRelease(file); err != nil || r != testRelease {
		t.Errorf("%q, %v", r, err)
	}
}

func TestAPackageFileIsUnpackedIntoTheCacheOnce(t *testing.T) {
	for _, ext := range compressions {
		cache := t.TempDir()
		file := write(t, "linux.deb", deb(t, "linux-image-"+testRelease, "6.1.9-1", ext, kernelFiles()...))
		unpacked := 0
		opt := Options{Progress: func(s string) {
			if strings.HasPrefix(s, "unpacking") {
				unpacked++
			}
		}}
		for range 2 {
			k, err := findIn(t, cache, file, opt)
			if err != nil {
				t.Fatal(err)
			}
			load, missing, err := k.Resolve("8021q", "af_packet", "ipvlan")
			if err != nil || names(load) != "llc stp garp mrp 8021q" || !slices.Equal(missing, []string{"ipvlan"}) {
				t.Errorf("load %q, missing %q, error %v", names(load), missing, err)
			}
			if k.Release != testRelease || k.Config == "" {
				t.Errorf("%+v", k)
			}
			if _, err := os.Stat(filepath.Join(k.Modules, "soundcore.ko")); err == nil {
				t.Error("a module that nothing asks for was kept")
			}
			if _, missing, err := k.Resolve("soundcore"); err == nil || len(missing) > 0 {
				t.Errorf("the kernel has soundcore, the cache has not: missing %q, error %v", missing, err)
			}
		}
		if unpacked != 1 {
			t.Errorf("unpacked %d times", unpacked)
		}
	}
}

// Since Linux 6.19 a kernel of Debian's is four packages.
func TestSplitPackages(t *testing.T) {
	lib := "./usr/lib/modules/" + testRelease + "/"
	parts := map[string][]entry{
		"linux-image-":   nil,
		"linux-binary-":  {{lib + "vmlinuz", image(testRelease)}},
		"linux-base-":    {{lib + "config", []byte("CONFIG_PACKET=y\n")}, {lib + "modules.builtin", []byte("kernel/net/packet/af_packet.ko\n")}},
		"linux-modules-": {{lib + "kernel/drivers/net/veth.ko.xz", packed(t, ".xz", module("depends="))}},
	}
	folder := func(t *testing.T, kinds ...string) string {
		dir := t.TempDir()
		for _, kind := range kinds {
			writeTo(t, filepath.Join(dir, kind+testRelease+"_7-1_amd64.deb"), deb(t, kind+testRelease, "7-1", ".xz", parts[kind]...))
		}
		return dir
	}
	tests := []struct {
		name  string
		there []string
		ask   string
		want  string // of the error; "" for none
	}{
		{"by the image package", []string{"linux-image-", "linux-binary-", "linux-base-", "linux-modules-"}, "linux-image-", ""},
		{"by the binary package", []string{"linux-binary-", "linux-base-", "linux-modules-"}, "linux-binary-", ""},
		{"an empty image alone", []string{"linux-image-"}, "linux-image-", "linux-binary-"},
		{"a binary alone", []string{"linux-binary-"}, "linux-binary-", "linux-modules-" + testRelease},
		{"modules without a base", []string{"linux-binary-", "linux-modules-"}, "linux-binary-", "linux-base-" + testRelease},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := folder(t, tt.there...)
			k, err := findIn(t, t.TempDir(), filepath.Join(dir, tt.ask+testRelease+"_7-1_amd64.deb"), Options{})
			if tt.want != "" {
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("error %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			load, missing, err := k.Resolve("veth", "af_packet")
			if names(load) != "veth" || len(missing) > 0 || err != nil || k.Config == "" {
				t.Errorf("%+v: load %v, missing %v, error %v", k, load, missing, err)
			}
		})
	}
	t.Run("modules elsewhere", func(t *testing.T) {
		dir, other := folder(t, "linux-binary-", "linux-base-"), folder(t, "linux-modules-")
		k, err := findIn(t, t.TempDir(), filepath.Join(dir, "linux-binary-"+testRelease+"_7-1_amd64.deb"),
			Options{Modules: filepath.Join(other, "linux-modules-"+testRelease+"_7-1_amd64.deb")})
		if err != nil {
			t.Fatal(err)
		}
		if load, _, err := k.Resolve("veth"); names(load) != "veth" || err != nil {
			t.Errorf("load %v, error %v", load, err)
		}
	})
}

func FuzzImageRelease(f *testing.F) {
	f.Add(image(testRelease))
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := releaseIn(b, int64(len(b))); err == nil && (r == "" || len(r) >= len(b)) {
			t.Errorf("release %q of %d bytes", r, len(b))
		}
	})
}

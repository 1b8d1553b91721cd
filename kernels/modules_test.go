package kernels

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"netverify/scenarios"
)

// moduleFolder makes a folder of modules: file name -> .modinfo strings.
func moduleFolder(t *testing.T, modules map[string][]string, texts map[string]string) *Kernel {
	t.Helper()
	dir := t.TempDir()
	for name, info := range modules {
		writeTo(t, filepath.Join(dir, name), packed(t, strings.TrimPrefix(filepath.Ext(name), ".ko"), module(info...)))
	}
	for name, text := range texts {
		writeTo(t, filepath.Join(dir, name), []byte(text))
	}
	return &Kernel{Release: testRelease, Modules: dir}
}

// names of modules, in their order.
func names(modules []Module) string {
	var out []string
	for _, m := range modules {
		out = append(out, m.Name)
	}
	return strings.Join(out, " ")
}

func TestModulesAreListedInTheOrderToLoadThem(t *testing.T) {
	vlan := map[string][]string{
		"kernel/net/8021q/8021q.ko.xz": {"depends=mrp,garp"},
		"kernel/net/802/garp.ko.zst":   {"depends=stp,llc"},
		"kernel/net/802/mrp.ko.gz":     {"depends="},
		"kernel/net/802/stp.ko":        {"depends=llc"},
		"kernel/net/llc/llc.ko":        {"depends=", "license=GPL"},
	}
	tests := []struct {
		name    string
		modules map[string][]string
		texts   map[string]string
		ask     []string
		load    string
		missing []string
	}{
		{name: "dependencies of dependencies, from .modinfo", modules: vlan, ask: []string{"8021q"}, load: "mrp llc stp garp 8021q"},
		{name: "each once", modules: vlan, ask: []string{"stp", "8021q", "llc"}, load: "llc stp mrp garp 8021q"},
		{name: "nothing for nothing", modules: vlan},
		{name: "from modules.dep, which the modules contradict", modules: vlan, ask: []string{"8021q"}, load: "llc 8021q",
			texts: map[string]string{"modules.dep": "kernel/net/8021q/8021q.ko.xz: kernel/net/llc/llc.ko\nkernel/net/llc/llc.ko:\n"}},
		{name: "modules.dep lists a file that is not there", modules: map[string][]string{}, ask: []string{"llc"}, missing: []string{"llc"},
			texts: map[string]string{"modules.dep": "kernel/net/llc/llc.ko:\n"}},
		{name: "softdeps of modules.softdep", ask: []string{"a"}, load: "b a c",
			modules: map[string][]string{"a.ko": nil, "b.ko": nil, "c.ko": nil},
			texts:   map[string]string{"modules.dep": "a.ko:\nb.ko:\nc.ko:\n", "modules.softdep": "# x\nsoftdep a pre: b post: c\nsoftdep none pre: c\n"}},
		{name: "softdeps of .modinfo, one of them not there", ask: []string{"a"}, load: "b a c",
			modules: map[string][]string{"a.ko": {"softdep=pre: b none", "softdep=post: c"}, "b.ko": {"depends="}, "c.ko": {}}},
		{name: "softdeps in a circle", ask: []string{"a"}, load: "b a",
			modules: map[string][]string{"a.ko": {"softdep=pre: b"}, "b.ko": {"softdep=pre: a"}}},
		{name: "a softdep that cannot be loaded is no loss", ask: []string{"a"}, load: "a",
			modules: map[string][]string{"a.ko": {"softdep=pre: b"}, "b.ko": {"depends=none"}}},
		{name: "the post of a softdep depends on its module", ask: []string{"a"}, load: "a b",
			modules: map[string][]string{"a.ko": {"softdep=post: b"}, "b.ko": {"depends=a"}}},
		{name: "dash and underscore are one", ask: []string{"x-tables", "sch-a"}, load: "a_b x_tables sch_a",
			modules: map[string][]string{"x_tables.ko": {"depends=a-b"}, "a_b.ko": {}, "sch-a.ko": {}}},
		{name: "builtin is not missing", modules: vlan, ask: []string{"af_packet", "llc", "nf-log"}, load: "llc",
			texts: map[string]string{"modules.builtin": "kernel/net/packet/af_packet.ko\nkernel/net/netfilter/nf_log.ko\n"}},
		{name: "builtin dependency", ask: []string{"a"}, load: "a", modules: map[string][]string{"a.ko": {"depends=llc"}},
			texts: map[string]string{"modules.builtin": "kernel/net/llc/llc.ko\n"}},
		{name: "missing by name, each once", modules: vlan, ask: []string{"ipvlan", "llc", "ipvlan"}, load: "llc", missing: []string{"ipvlan"}},
		{name: "a missing dependency takes its dependents along", ask: []string{"bridge", "veth"}, load: "veth", missing: []string{"llc", "stp", "bridge"},
			modules: map[string][]string{"bridge.ko": {"depends=stp"}, "stp.ko": {"depends=llc"}, "veth.ko": {}}},
		{name: "a build tree before 6.3", ask: []string{"a"}, load: "b a",
			modules: map[string][]string{"net/a.ko": {"depends=b"}, "net/b.ko": {}, "old/a.ko": {"depends=none"}},
			texts:   map[string]string{".config": "", "modules.order": "net/a.ko\nnet/b.ko\n"}},
		{name: "a build tree since 6.3", ask: []string{"a"}, load: "b a",
			modules: map[string][]string{"net/a.ko": {"depends=b"}, "net/b.ko": {}, "old/a.ko": {"depends=none"}},
			texts:   map[string]string{".config": "", "modules.order": "net/a.o\nnet/b.o\n"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k := moduleFolder(t, tt.modules, tt.texts)
			load, missing, err := k.Resolve(tt.ask...)
			if err != nil {
				t.Fatal(err)
			}
			if names(load) != tt.load || !slices.Equal(missing, tt.missing) {
				t.Errorf("load %q, missing %q; want %q, %q", names(load), missing, tt.load, tt.missing)
			}
			for _, m := range load {
				if b, err := m.Read(); err != nil || !bytes.HasPrefix(b, []byte("\x7fELF")) {
					t.Errorf("%s: %v", m.Path, err)
				}
			}
		})
	}
}

func TestModulesThatDependOnEachOtherAreAnError(t *testing.T) {
	k := moduleFolder(t, map[string][]string{"a.ko": {"depends=b"}, "b.ko": {"depends=a"}}, nil)
	_, _, err := k.Resolve("a")
	if err == nil || !strings.Contains(err.Error(), "a needs b needs a") {
		t.Errorf("error %v", err)
	}
}

func TestADamagedModuleIsAnErrorThatNamesIt(t *testing.T) {
	ko := module("depends=")
	for _, ext := range []string{"", ".xz", ".zst", ".gz"} {
		whole := packed(t, ext, ko)
		for n := range whole {
			dir := t.TempDir()
			writeTo(t, filepath.Join(dir, "a.ko"+ext), whole[:n])
			k := &Kernel{Modules: dir}
			_, _, err := k.Resolve("a")
			if err == nil || !strings.Contains(err.Error(), "a.ko"+ext) {
				t.Fatalf("a.ko%s with %d of %d bytes: error %v", ext, n, len(whole), err)
			}
		}
	}
}

func TestAFolderOfModulesThatIsGoneIsAnError(t *testing.T) {
	k := &Kernel{Release: testRelease, Modules: filepath.Join(t.TempDir(), "gone")}
	if _, _, err := k.Resolve("llc"); err == nil || !strings.Contains(err.Error(), "gone") {
		t.Errorf("error %v", err)
	}
}

// An image without modules has what its configuration says.
func TestTheConfigurationTellsWhatIsBuiltin(t *testing.T) {
	config := write(t, "config", []byte("CONFIG_VLAN_8021Q=y\nCONFIG_MACVLAN=m\nCONFIG_BRIDGE=m\nCONFIG_BRIDGE_VLAN_FILTERING=y\n# CONFIG_DUMMY is not set\n"))
	k := &Kernel{Config: config}
	load, missing, err := k.Resolve("8021q", "macvlan", "bridge", "dummy")
	if err != nil || len(load) != 0 || !slices.Equal(missing, []string{"macvlan", "bridge", "dummy"}) {
		t.Errorf("load %v, missing %v, error %v", load, missing, err)
	}
}

func TestAModuleThatExplodesIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("needs memory for the largest module")
	}
	var b bytes.Buffer
	chunk := packed(t, ".gz", make([]byte, 16<<20)) // gzip members follow each other
	for n := 0; n <= maxModule; n += 16 << 20 {
		b.Write(chunk)
	}
	if _, err := readModuleFrom(&b, ".gz"); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("error %v", err)
	}
}

// A feature either has modules or is one that no kernel builds as a module.
func TestEveryFeatureIsInTheTableOrHasNoModule(t *testing.T) {
	without := []string{scenarios.FeatureNetns}
	known := map[string]bool{}
	for _, f := range scenarios.Features {
		known[f.Name] = true
		if (len(FeatureModules(f.Feature)) == 0) != slices.Contains(without, f.Name) {
			t.Errorf("%s (%s): modules %q", f.Name, f.Config, FeatureModules(f.Feature))
		}
	}
	for name := range featureModules {
		if !known[name] {
			t.Errorf("no feature %q in package scenarios", name)
		}
	}
	vlan, _ := scenarios.FeatureNamed(scenarios.FeatureVLAN)
	bridge, _ := scenarios.FeatureNamed(scenarios.FeatureBridge)
	filtering, _ := scenarios.FeatureNamed(scenarios.FeatureBridgeVLANFiltering)
	if got := fmt.Sprint(FeatureModules(vlan, bridge, filtering)); got != "[8021q bridge]" {
		t.Errorf("modules %s", got)
	}
	if slices.Contains(keptModules(), "br_netfilter") {
		t.Error("br_netfilter gives a lab's frames to the IP layer's hooks")
	}
}

func FuzzModinfo(f *testing.F) {
	f.Add(module("depends=a,b", "softdep=pre: c post: d", "name=e"))
	f.Fuzz(func(t *testing.T, b []byte) {
		info, err := modinfo(b)
		if err != nil {
			return
		}
		d := info.dependencies()
		for _, n := range slices.Concat(d.hard, d.pre, d.post) {
			if !isModuleName(n) {
				t.Errorf("module name %q", n)
			}
		}
	})
}

package kernels

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"netverify/assert"
	"netverify/run"
	"netverify/scenarios"
)

// withModules is a kernel with some of its modules: all that the named ones
// need but those that change takes away (nil) or alters.
func withModules(t *testing.T, k *Kernel, names []string, change func(name string, ko []byte) []byte) *Kernel {
	t.Helper()
	load, _, err := k.Resolve(names...)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, m := range load {
		ko, err := m.Read()
		if err != nil {
			t.Fatal(err)
		}
		if ko = change(m.Name, ko); ko == nil {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, m.FileName()), ko, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	other := *k
	other.Modules = dir
	return &other
}

// TestWithoutAModuleScenariosAreSkipped: VLANs that the kernel has no module
// for, macvlans whose module the kernel refuses; and what needs neither passes.
func TestWithoutAModuleScenariosAreSkipped(t *testing.T) {
	k := bootable(t)
	plans, err := scenarios.Find([]string{"vlan/same-mac", victim, "bridge/isolated"})
	if err != nil {
		t.Fatal(err)
	}
	broken := withModules(t, k, []string{"veth", "bridge", "8021q", "macvlan"}, func(name string, ko []byte) []byte {
		switch name {
		case "8021q":
			return nil
		case "macvlan":
			return bytes.Replace(ko, []byte("vermagic=6"), []byte("vermagic=9"), 1)
		}
		return ko
	})
	out, err := Run(deadline(t, time.Minute), broken, plans, run.Options{}, GuestOptions{Init: compile(t, "build", "netverify/cmd/netverify")})
	if err != nil {
		t.Fatalf("%v\n%s", err, strings.Join(out.Trouble, "\n"))
	}
	for i, want := range []struct {
		outcome assert.Outcome
		parts   []string
	}{
		{assert.Skip, []string{"CONFIG_VLAN_8021Q", "8021q is neither builtin nor a module of " + k.Release}},
		{assert.Skip, []string{"CONFIG_MACVLAN", "module macvlan could not be loaded: finit_module"}},
		{assert.Pass, nil},
	} {
		r := out.Results[i]
		if r.Outcome != want.outcome {
			t.Errorf("%s: %v (%s), want %v", r.Name, r.Outcome, r.Reason, want.outcome)
		}
		if want.outcome == assert.Skip && i == 1 && strings.Contains(r.Reason, "8021q") {
			t.Errorf("%s: %q tells of a module that it does not need", r.Name, r.Reason)
		}
		for _, part := range want.parts {
			if !strings.Contains(r.Reason, part) {
				t.Errorf("%s: %q does not say %q", r.Name, r.Reason, part)
			}
		}
	}
}

// TestWithoutAModuleNoScenarioThatNeedsItPasses: of the whole library, those
// that need VLANs (or macvlan) are skipped, and name the option; none is an
// error, and none passes.
func TestWithoutAModuleNoScenarioThatNeedsItPasses(t *testing.T) {
	k := bootable(t)
	library, err := scenarios.Library()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ feature, module, config string }{
		{scenarios.FeatureVLAN, "8021q", "CONFIG_VLAN_8021Q"},
		{scenarios.FeatureMacvlan, "macvlan", "CONFIG_MACVLAN"},
	} {
		t.Run(tt.module, func(t *testing.T) {
			feature, _ := scenarios.FeatureNamed(tt.feature)
			plans := slices.Clone(library)
			plans = slices.DeleteFunc(plans, func(p *scenarios.Plan) bool { return !slices.Contains(p.Needs, feature) })
			without := withModules(t, k, FeatureModules(needs(plans)...), func(name string, ko []byte) []byte {
				if name == tt.module {
					return nil
				}
				return ko
			})
			out, err := Run(deadline(t, 2*time.Minute), without, plans, run.Options{AnyVersion: true}, GuestOptions{Init: compile(t, "build", "netverify/cmd/netverify")})
			if err != nil {
				t.Fatalf("%v\n%s", err, strings.Join(out.Trouble, "\n"))
			}
			if len(plans) == 0 {
				t.Fatal("no scenario needs it")
			}
			for _, r := range out.Results {
				// What stands on it may be named in its place.
				named := r.Lacks == tt.config || r.Lacks == "CONFIG_MACVTAP" && strings.Contains(r.Reason, tt.module+" is neither builtin nor a module")
				if r.Outcome != assert.Skip || !named {
					t.Errorf("%s: %v (%s), want a skip that names %s", r.Name, r.Outcome, r.Reason, tt.config)
				}
			}
		})
	}
}

// TestWithoutNFTablesFirewallsAreSkipped: with nfnetlink, that knows nobody to
// ask, and without it, where there is not even the socket.
func TestWithoutNFTablesFirewallsAreSkipped(t *testing.T) {
	k := bootable(t)
	plans, err := scenarios.Find([]string{"vlan/forwarding-off", "vlan/tagging"})
	if err != nil {
		t.Fatal(err)
	}
	init := compile(t, "build", "netverify/cmd/netverify")
	for _, tt := range []struct {
		name   string
		gone   []string
		answer string
	}{
		{"nf_tables", []string{"nf_tables"}, "invalid argument"},
		{"nfnetlink", []string{"nf_tables", "nfnetlink"}, "protocol not supported"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			broken := withModules(t, k, []string{"veth", "bridge", "8021q", "macvlan", "nf_tables"}, func(name string, ko []byte) []byte {
				if slices.Contains(tt.gone, name) {
					return nil
				}
				return ko
			})
			opt := GuestOptions{Init: init}
			if tt.name == "nf_tables" {
				opt.Modules = []string{"nfnetlink"}
			}
			out, err := Run(deadline(t, time.Minute), broken, plans, run.Options{}, opt)
			if err != nil {
				t.Fatalf("%v\n%s", err, strings.Join(out.Trouble, "\n"))
			}
			if r := out.Results[0]; r.Outcome != assert.Skip || r.Lacks != "CONFIG_NF_TABLES" || !strings.Contains(r.Reason, tt.answer) {
				t.Errorf("%s: %v (%s), want a skip that says %q", r.Name, r.Outcome, r.Reason, tt.answer)
			}
			if r := out.Results[1]; r.Outcome != assert.Pass {
				t.Errorf("%s: %v (%s)", r.Name, r.Outcome, r.Reason)
			}
		})
	}
}

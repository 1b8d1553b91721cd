package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netverify/assert"
	"netverify/kernels"
	"netverify/lab"
	"netverify/report"
	"netverify/scenarios"
)

// static is the program as `make build` makes it: what becomes init of a guest
// must need no library.
func static(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	dir := t.TempDir()
	build := exec.Command("go", "build", "-o", dir, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.Command(filepath.Join(dir, "netverify"), args...)
	cmd.Dir = dir
	return cmd
}

// cached makes sure that the default kernel is in the cache, which the first
// test on a machine fetches, and that QEMU is there.
func cached(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("boots a guest")
	}
	k, err := kernels.Find(t.Context(), kernels.DefaultSpec, kernels.Options{})
	if err != nil {
		t.Skip(err)
	}
	if needed := kernels.Needed(k); needed != "" {
		t.Skip(needed)
	}
}

// vlansHere tells whether the kernel of this machine has 802.1Q.
func vlansHere(t *testing.T) bool {
	t.Helper()
	f, ok := scenarios.FeatureNamed(scenarios.FeatureVLAN)
	if !ok {
		t.Fatal("no feature " + scenarios.FeatureVLAN)
	}
	if _, _, err := lab.EnsurePrivilege(os.Args[:1]); os.Getuid() == 0 && err != nil {
		t.Fatal(err)
	}
	var lacks *lab.Unsupported
	return !errors.As(lab.Probe(f), &lacks)
}

// TestWhatTheHostLacksRunsInAGuest: nothing is skipped for lack of VLANs, and
// the report says where it ran. Without a kernel in the cache it is skipped,
// and the report names the command that changes that.
func TestWhatTheHostLacksRunsInAGuest(t *testing.T) {
	cached(t)
	here := vlansHere(t)
	cmd := static(t, "run", "vlan/same-mac", "bridge/hairpin", "--json", "report.json")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	rep := readReport(t, filepath.Join(cmd.Dir, "report.json"))
	want := map[string]string{"bridge/hairpin": "host pass", "vlan/same-mac": "qemu pass"}
	if here {
		want["vlan/same-mac"] = "host pass"
	}
	if diff := cmp.Diff(want, placesOf(rep)); diff != "" {
		t.Error(diff)
	}
	for _, name := range []string{"vlan/same-mac", "bridge/hairpin"} {
		if _, err := os.Stat(filepath.Join(cmd.Dir, "evidence", name+".pcapng")); err != nil {
			t.Error(err)
		}
	}
	if !here && !strings.Contains(rep.Runs[1].Because, "CONFIG_VLAN_8021Q") {
		t.Errorf("does not say why it ran in a guest: %q", rep.Runs[1].Because)
	}
	empty := exec.Command(cmd.Path, "run", "vlan/same-mac", "bridge/hairpin", "--out", "", "--json", "report.json")
	empty.Dir, empty.Env = cmd.Dir, append(os.Environ(), "XDG_CACHE_HOME="+t.TempDir())
	if out, err := empty.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	rep = readReport(t, filepath.Join(cmd.Dir, "report.json"))
	want["vlan/same-mac"] = "host skip"
	if here {
		want["vlan/same-mac"] = "host pass"
	}
	if diff := cmp.Diff(want, placesOf(rep)); diff != "" {
		t.Error(diff)
	}
	if hint := rep.Runs[0].Hint; !here && hint != kernels.Needed(nil) {
		t.Errorf("hint %q", hint)
	}
}

// placesOf is where each scenario ran, and what came of it.
func placesOf(rep report.Report) map[string]string {
	m := map[string]string{}
	for _, run := range rep.Runs {
		for _, s := range run.Scenarios {
			m[s.Name] = strings.TrimSpace(m[s.Name] + " " + run.Kernel.Where + " " + s.Outcome)
		}
	}
	return m
}

// TestMatrix: each kernel of the file has its run, its evidence and its column.
func TestMatrix(t *testing.T) {
	cached(t)
	cmd := static(t, "run", "macvlan/own-macs", "--matrix", "kernels.yaml", "--json", "report.json")
	matrix := "kernels:\n  - kernel: debian:6.1\n  - kernel: host\n  - {kernel: debian:6.1, name: two processors, cpus: 2, memory: 512}\n"
	if err := os.WriteFile(filepath.Join(cmd.Dir, "kernels.yaml"), []byte(matrix), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if head := "debian:6.1  host  two processors"; !strings.Contains(string(out), head) {
		t.Errorf("no table with the columns %q:\n%s", head, out)
	}
	rep := readReport(t, filepath.Join(cmd.Dir, "report.json"))
	var got []string
	for _, run := range rep.Runs {
		folder, err := filepath.Rel("evidence", run.Evidence)
		if err != nil {
			t.Fatal(err)
		}
		if run.Kernel.Where == "qemu" {
			folder = strings.Replace(folder, run.Kernel.Release, "release", 1)
		}
		if _, err := os.Stat(filepath.Join(cmd.Dir, run.Evidence, "macvlan/own-macs.pcapng")); err != nil {
			t.Error(err)
		}
		got = append(got, strings.Join([]string{run.Kernel.Name, run.Kernel.Where, run.Scenarios[0].Outcome, folder}, ", "))
	}
	want := []string{"debian:6.1, qemu, pass, release", "host, host, pass, host", "two processors, qemu, pass, release.2"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestLackingIsWhatNoRepetitionCouldDo(t *testing.T) {
	plan := func(name string) *scenarios.Plan { return &scenarios.Plan{Name: name} }
	plans := []*scenarios.Plan{plan("a"), plan("b"), plan("c"), plan("d"), plan("not run")}
	results := []assert.Result{
		{Name: "a", Outcome: assert.Skip, Lacks: "CONFIG_VLAN_8021Q"}, {Name: "b", Outcome: assert.Pass},
		{Name: "c", Outcome: assert.Skip, Reason: "an older kernel"}, {Name: "d", Outcome: assert.Skip, Lacks: "CONFIG_IPVLAN"},
		{Name: "a", Outcome: assert.Skip, Lacks: "CONFIG_VLAN_8021Q"}, {Name: "d", Outcome: assert.Error},
	}
	lacking, options := lacks(plans, results)
	if len(lacking) != 1 || lacking[0] != plans[0] || !cmp.Equal(options, []string{"CONFIG_VLAN_8021Q"}) {
		t.Errorf("%v %v", lacking, options)
	}
}

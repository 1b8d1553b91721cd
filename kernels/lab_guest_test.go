package kernels

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestSuitesPassInTheGuest runs the tests of the packages that talk to the
// kernel where the features are that a developer's machine may lack.
func TestSuitesPassInTheGuest(t *testing.T) {
	k := bootable(t)
	init := compile(t, "build", "netverify/cmd/netverify")
	for name, args := range map[string][]string{
		"lab": nil,
		// That runs the whole suite once more, in a user namespace.
		"capture": {"-test.skip=^TestRootless$"},
		// Those that a host without VLANs passes over.
		"run":      {"-test.run=^TestEveryScenarioCanFail$/^vlan$|^TestEveryScenarioCanFail$/^macvlan$/on-vlan$|^TestEveryScenarioCanFail$/^bridge$/^vlan-|^TestEveryScenarioCanFail$/^ipvlan$|^TestEveryScenarioCanFail$/^ipv6$/^vlans-apart$"},
		"run labs": {"-test.run=^TestEveryScenarioCanFail$/^labs$/^(trunk-|dual-|by-hand$|parents-|passthru-)"},
	} {
		t.Run(name, func(t *testing.T) {
			pkg, _, _ := strings.Cut(name, " ")
			program := compile(t, "test", "-c", "netverify/"+pkg)
			ctx := deadline(t, 7*time.Minute)
			args = append([]string{"-test.v", "-test.timeout=6m"}, args...)
			out, err := RunTest(ctx, k, GuestOptions{Init: init, Modules: []string{"sch_tbf"}}, program, filepath.Join("..", pkg), args...)
			if err != nil {
				t.Fatalf("%v\n%s", err, out.Output)
			}
			if out.Status != 0 || len(out.Trouble) > 0 {
				t.Errorf("exit status %d, kernel: %q\n%s", out.Status, out.Trouble, out.Output)
			}
			if strings.Count(out.Output, "fails with ") < map[string]int{"run": 19, "run labs": 13}[name] {
				t.Errorf("not all scenarios with VLANs were tried:\n%s", out.Output)
			}
			for _, line := range strings.Split(out.Output, "\n") {
				if strings.Contains(line, "--- SKIP") || strings.Contains(line, "not on this kernel") {
					t.Errorf("skipped where everything should be: %s", line)
				}
			}
		})
	}
}

package kernels

import (
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"netverify/lab"
	"netverify/scenarios"
)

// TestSuitesPassInTheGuest runs the tests of the packages that talk to the
// kernel where the features are that a developer's machine may lack.
func TestSuitesPassInTheGuest(t *testing.T) {
	for pkg, args := range map[string][]string{
		"lab": nil,
		// That runs the whole suite once more, in a user namespace.
		"capture": {"-test.skip=^TestRootless$"},
		"run":     {"-test.run=^(TestNoAbsenceWhileATimerIsPending|TestAReasonNamesTheStateThatExplainsALoss)$"},
	} {
		t.Run(pkg, func(t *testing.T) {
			for _, line := range inGuest(t, pkg, 10*time.Minute, args...) {
				if strings.Contains(line, "--- SKIP") || strings.Contains(line, "passed over: ") {
					t.Errorf("skipped where everything should be: %s", line)
				}
			}
		})
	}
}

// TestScenariosBeyondThisMachineCanFail turns knobs, in a guest, at the
// scenarios that package run's test of the same kind passes over here.
func TestScenariosBeyondThisMachineCanFail(t *testing.T) {
	plans, err := scenarios.Library()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	beyond := map[string]bool{} // tells those that the guest must be able to run
	for _, p := range plans {
		if lacking := lacks(p); lacking || p.Since != nil || p.Until != nil {
			names = append(names, p.Name)
			beyond[p.Name] = lacking && p.Since == nil && p.Until == nil
		}
	}
	if len(names) == 0 {
		t.Fatal("no scenario of the library has a version: it is not all there")
	}
	t.Logf("%d of %d scenarios", len(names), len(plans))
	tried := map[string]bool{}
	var name string
	for _, line := range inGuest(t, "run", 15*time.Minute, "-test.run="+knobPattern(names)) {
		if _, after, ok := strings.Cut(line, "=== RUN   TestEveryScenarioCanFail/"); ok {
			name = after
		}
		tried[name] = tried[name] || strings.Contains(line, "fails with ")
		if strings.Contains(line, "not on this kernel") {
			t.Logf("%s: %s", name, line)
			beyond[name] = beyond[name] && !newer(line)
		}
	}
	for _, name := range names {
		if beyond[name] && !tried[name] {
			t.Errorf("%s was not tried", name)
		}
	}
}

// newer reports whether a guest skipped a scenario for something that its kernel,
// guestKernel, is too old for.
func newer(line string) bool {
	_, came, _ := strings.Cut(line, ", which came with Linux ")
	release, _, _ := strings.Cut(came, " ")
	v, ok := scenarios.ParseRelease(release)
	return ok && v.Compare(scenarios.Version{Major: 6, Minor: 1}) > 0
}

// lacks tells whether the kernel of this machine lacks what a plan needs.
func lacks(p *scenarios.Plan) bool {
	return slices.ContainsFunc(p.Needs, func(f scenarios.Feature) bool { return lab.Probe(f) != nil })
}

// knobPattern is the -test.run of scenarios by name, one alternative a topic:
// the parts of a name between slashes are matched one by one.
func knobPattern(names []string) string {
	topics := map[string][]string{}
	for _, n := range names {
		topic, rest, _ := strings.Cut(n, "/")
		topics[topic] = append(topics[topic], regexp.QuoteMeta(rest))
	}
	var alternatives []string
	for _, topic := range slices.Sorted(maps.Keys(topics)) {
		alternatives = append(alternatives, "^TestEveryScenarioCanFail$/^"+topic+"$/^("+strings.Join(topics[topic], "|")+")$")
	}
	return strings.Join(alternatives, "|")
}

// inGuest runs the tests of a package in a guest, and returns the lines of
// their output. All of them must pass, and the kernel must say nothing against
// itself.
func inGuest(t testing.TB, pkg string, limit time.Duration, args ...string) []string {
	t.Helper()
	k := bootable(t)
	init := compile(t, "build", "netverify/cmd/netverify")
	program := compile(t, "test", "-c", "netverify/"+pkg)
	ctx := deadline(t, limit)
	args = append([]string{"-test.v", "-test.timeout=" + (limit - time.Minute).String()}, args...)
	out, err := RunTest(ctx, k, GuestOptions{Init: init, Modules: []string{"sch_tbf"}}, program, filepath.Join("..", pkg), args...)
	if err != nil {
		t.Fatalf("%v\n%s", err, out.Output)
	}
	if out.Status != 0 || len(out.Trouble) > 0 {
		t.Errorf("exit status %d, kernel: %q\n%s", out.Status, out.Trouble, out.Output)
	}
	return strings.Split(out.Output, "\n")
}

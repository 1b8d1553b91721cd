package report

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"netverify/assert"
	"netverify/internal/golden"
)

// libraryOn is a run of 200 scenarios on 5 kernels; outcome says what came of each,
// with its reason.
func libraryOn(kernels []string, outcome func(kernel, scenario int) (assert.Outcome, string)) Report {
	topics := []string{"bridge", "cable", "ipv6", "ipvlan", "labs", "macvlan", "macvtap", "regressions", "vlan"}
	var runs []Run
	for k, kernel := range kernels {
		var results []assert.Result
		for i := range 200 {
			name := fmt.Sprintf("%s/what-is-verified-%03d", topics[i%len(topics)], i)
			o, reason := outcome(k, i)
			r := passing(name)
			switch o {
			case assert.Fail:
				r = failing(name)
				r.Reason, r.Checks[1].Reason = reason, reason
			case assert.Skip, assert.Error, assert.Inconclusive:
				r = with(r, o, reason)
			}
			results = append(results, r)
		}
		run := New(guest(kernel, strings.TrimPrefix(kernel, "debian:")+".0-56-cloud-amd64"), len(results), results)
		run.Evidence = "evidence/" + run.Kernel.Release
		runs = append(runs, run)
	}
	return Of(runs...)
}

var fiveKernels = []string{"debian:5.10", "debian:6.1", "debian:6.12", "debian:7.2", "/home/someone/src/linux-next"}

// screen is what stands below the last detail.
func screen(t *testing.T, all string) []string {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(all, "\n"), "\n")
	last := 0
	for i, l := range lines {
		if strings.HasPrefix(l, "    ") && (strings.Contains(l, "shark -r") || strings.HasPrefix(l, "    because") || strings.HasPrefix(l, "    seen")) {
			last = i + 1
		}
	}
	return lines[last:]
}

// TestTheSummaryFitsAScreen: of 200 scenarios on 5 kernels what stands at the end
// can be read without scrolling back, and the whole in a few screens.
func TestTheSummaryFitsAScreen(t *testing.T) {
	few := func(k, i int) (assert.Outcome, string) {
		switch {
		case k == 0 && i%10 == 3:
			return assert.Skip, noVLAN
		case i == 17 || i == 105 && k > 1:
			return assert.Fail, "nothing matched before the fence"
		}
		return assert.Pass, ""
	}
	many := func(k, i int) (assert.Outcome, string) {
		switch {
		case i%5 == 0:
			return assert.Error, fmt.Sprintf("macvlan/x.yaml:%d:3: step 1: create c%d:eth0 in c%d: operation not supported", i, i, i)
		case i%5 == 1 && k < 3:
			return assert.Fail, fmt.Sprintf("%d frames that must not be there; the first is #%d from 02:00:00:00:00:%02x", i, i, i)
		case i%5 == 2:
			return assert.Inconclusive, fmt.Sprintf("fence lost at c%d:eth0 (3 tries)", i)
		}
		return assert.Pass, ""
	}
	worst := func(k, i int) (assert.Outcome, string) {
		word := fmt.Sprintf("%c%c", 'a'+i%26, 'a'+i/26)
		switch i % 4 {
		case 0:
			return assert.Skip, "this kernel lacks " + word
		case 1:
			return assert.Error, word + " went wrong, and what went wrong takes very many words that have no place in a line of a summary, not even on a wide terminal: " + word
		}
		return assert.Fail, word + " was seen"
	}
	for _, tt := range []struct {
		name    string
		outcome func(k, i int) (assert.Outcome, string)
		most    int // lines of the summary
	}{{"few", few, 24}, {"many", many, 36}, {"worst", worst, 48}} {
		for _, width := range []int{80, 200} {
			rep := libraryOn(fiveKernels, tt.outcome)
			if tt.name == "worst" {
				for i := range rep.Runs {
					rep.Runs[i].Trouble = []string{"guest: kernel panic\nwith a console\nof many lines", "the evidence could not be written: no space left on device"}
					rep.Runs[i].Hint = "netverify kernels add debian:6.1"
					for n := range 9 {
						rep.Runs[i].Repeats = append(rep.Runs[i].Repeats, Repeat{Name: fmt.Sprint("a/", n), Runs: 3, Summary: Summary{Pass: 2, Fail: 1}, Flaky: true})
					}
				}
			}
			got := text(t, rep, Options{Width: width, Files: []string{"report.html"}})
			golden.Equal(t, filepath.Join("testdata", fmt.Sprintf("screen-%s-%d.txt", tt.name, width)), []byte(got))
			if n := len(screen(t, got)); n > tt.most {
				t.Errorf("%s, %d columns: %d lines, want at most %d", tt.name, width, n, tt.most)
			}
			if n := strings.Count(got, "\n"); n > 250 {
				t.Errorf("%s, %d columns: %d lines in all", tt.name, width, n)
			}
		}
	}
}

// TestOneKernelWithManyFailuresFitsAScreen, too.
func TestOneKernelWithManyFailuresFitsAScreen(t *testing.T) {
	rep := libraryOn([]string{"host"}, func(_, i int) (assert.Outcome, string) {
		if i%2 == 0 {
			return assert.Error, "create br0 in sw: operation not permitted"
		}
		return assert.Pass, ""
	})
	got := text(t, rep, Options{Width: 80})
	golden.Equal(t, filepath.Join("testdata", "screen-host-80.txt"), []byte(got))
	if n := len(screen(t, got)); n > 24 {
		t.Errorf("%d lines", n)
	}
	if !strings.Contains(got, "100 scenarios did not pass") || !strings.Contains(got, "100x") {
		t.Error(got)
	}
}

func TestCausesLeaveParticularsOut(t *testing.T) {
	f := func(o assert.Outcome, reason string) finding {
		g := group(New(kernel(), 1, []assert.Result{with(passing("a"), o, reason)}).Scenarios)[0]
		return finding{g: g, bad: g[0]}
	}
	same := [][2]finding{
		{f(assert.Fail, "3 frames at c1:eth0 from 02:00:00:00:00:01"), f(assert.Fail, "12 frames at b:br0 from 02:00:00:00:ab:01")},
		{f(assert.Fail, "seen instead: #34 at sw:p1; more"), f(assert.Fail, "seen instead: #1 at x:y; other")},
		{f(assert.Error, "a.yaml:1:2: create x: file exists"), f(assert.Error, "b.yaml:7:2: set y: file exists")},
		{f(assert.Fail, "ARP for fe80::1 and 10.0.0.1"), f(assert.Fail, "ARP for 2001:db8::2 and 10.0.0.2")},
	}
	for _, pair := range same {
		if a, b := causeKey(pair[0]), causeKey(pair[1]); a != b {
			t.Errorf("%q is not %q", a, b)
		}
	}
	if a, b := causeKey(f(assert.Fail, "x")), causeKey(f(assert.Inconclusive, "x")); a == b {
		t.Error("outcomes are not told apart")
	}
}

func TestListed(t *testing.T) {
	list := []string{"one", "two", "three", "four"}
	for n, want := range map[int]string{100: "one two three four", 18: "one two three four", 17: "one and 3 more", 8: "… and 3 more", 20: "one two three four"} {
		if got := listed(list, n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

package report

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netverify/assert"
	"netverify/internal/cells"
	"netverify/internal/golden"
)

func text(t *testing.T, rep Report, opt Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := Text(&b, rep, opt); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestText(t *testing.T) {
	long := passing("macvlan/long")
	long.Title = strings.Repeat("廣播與多點傳送 ", 20)
	wide := failing("macvlan/" + strings.Repeat("nowhere-to-break-", 8))
	wide.Checks[1].Reason = strings.Repeat("無換行", 60) + " " + strings.Repeat("x", 300)
	wide.Checks[1].Text = "never at c2:eth0: frame contains \"\x1b[2J\u202e\""
	kept := failing("macvlan/it's odd")
	kept.Evidence = []string{"it's odd.pcapng"}

	var flaky []assert.Result
	for n := range 5 {
		r := passing("macvlan/flaky")
		if n == 1 || n == 3 {
			r = failing("macvlan/flaky")
		}
		flaky = append(flaky, repeat(passing("macvlan/steady"), n+1), repeat(r, n+1))
	}
	stopped := New(kernel(), 3, []assert.Result{passing("macvlan/done"), {}})
	stopped.Trouble = append(stopped.Trouble, "evidence/macvlan/done.pcapng: no space left on device")

	lacking := with(passing("vlan/trunk"), assert.Skip, noVLAN)
	lacking.Lacks = "CONFIG_VLAN_8021Q"
	hinted := New(kernel(), 2, []assert.Result{passing("macvlan/a"), lacking})
	hinted.Hint = "netverify kernels add debian:6.1"
	moved := New(guest("debian:6.1", "6.1.0-56-cloud-amd64"), 1, []assert.Result{passing("vlan/trunk")})
	moved.Because = "In a guest, for the kernel of this machine lacks CONFIG_VLAN_8021Q:"

	tests := []struct {
		name string
		rep  Report
		opt  Options
	}{
		{"hinted", Of(hinted), Options{Width: 100}},
		{"in-a-guest", Of(New(kernel(), 1, []assert.Result{passing("macvlan/a")}), moved), Options{Width: 100}},
		{"matrix-80", matrixOf(3), Options{Width: 80}},
		{"matrix-120-colour", matrixOf(3), Options{Width: 120, Color: true}},
		{"matrix-of-many", matrixOf(mostRows + 10), Options{Width: 120}},
		{"every-outcome-80", Of(everything()), Options{Width: 80}},
		{"every-outcome-200", Of(everything()), Options{Width: 200}},
		{"every-outcome-120-colour", Of(everything()), Options{Width: 120, Color: true}},
		{"all-pass", Of(New(kernel(), 2, []assert.Result{passing("macvlan/a"), passing("macvlan/longer-name")})), Options{Width: 100}},
		{"all-skipped", Of(New(kernel(), 1, []assert.Result{with(passing("vlan/trunk"), assert.Skip, noVLAN)})), Options{Width: 100}},
		{"nothing-run", Of(New(kernel(), 0, nil)), Options{Width: 100}},
		{"no-run", Of(), Options{Width: 100}},
		{"wide-and-unbreakable", Of(New(kernel(), 3, []assert.Result{long, wide, kept})), Options{Width: 20}},
		{"repeated", Of(New(kernel(), 10, flaky)), Options{Width: 100}},
		{"interrupted", Of(stopped), Options{Width: 100}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			golden.Equal(t, filepath.Join("testdata", tt.name+".txt"), []byte(text(t, tt.rep, tt.opt)))
		})
	}
}

// matrixOf are three kernels that do not agree about two of the scenarios.
func matrixOf(alike int) Report {
	lacking := with(passing("vlan/trunk"), assert.Skip, noVLAN)
	var same []assert.Result
	for i := range alike {
		same = append(same, passing(fmt.Sprintf("macvlan/%02d", i)))
	}
	all := func(more ...assert.Result) []assert.Result { return append(slices.Clone(same), more...) }
	host := New(kernel(), alike+2, all(passing("macvlan/vepa"), lacking))
	host.Kernel.Name = "host"
	old := New(guest("debian:5.10", "5.10.0-46-cloud-amd64"), alike+2, all(failing("macvlan/vepa"), passing("vlan/trunk")))
	old.Evidence = "evidence/5.10.0-46-cloud-amd64"
	next := New(guest("a/build/tree/of/some/length", "7.2.0-rc1"), alike+2, all(passing("macvlan/vepa")))
	next.Trouble = append(next.Trouble, "guest 7.2.0-rc1: kernel panic")
	return Of(host, old, next)
}

func guest(name, release string) Kernel {
	return Kernel{Name: name, Release: release, Where: "qemu", Accel: "tcg"}
}

func TestAMatrixIsOfTheSameScenarios(t *testing.T) {
	a, b := New(kernel(), 1, []assert.Result{passing("a")}), New(kernel(), 1, []assert.Result{passing("b")})
	twice := New(kernel(), 2, []assert.Result{repeat(passing("a"), 1), repeat(passing("a"), 2)})
	for _, tt := range []struct {
		rep  Report
		want bool
	}{{Of(), false}, {Of(a), false}, {Of(twice), false}, {Of(a, b), false}, {Of(a, b, a), true}} {
		if got := compared(tt.rep); got != tt.want {
			t.Errorf("%d runs: %v", len(tt.rep.Runs), got)
		}
	}
}

func TestJSONIsThePublishedForm(t *testing.T) {
	var b bytes.Buffer
	if err := JSON(&b, Of(everything())); err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, filepath.Join("testdata", "every-outcome.json"), b.Bytes())
}

func TestLinesStayWithinTheWidth(t *testing.T) {
	for _, width := range []int{80, 81, 133, 200} {
		for line := range strings.Lines(text(t, Of(everything()), Options{Width: width})) {
			line = strings.TrimSuffix(line, "\n")
			command := strings.Contains(line, "tshark -r") || strings.Contains(line, "wireshark -r")
			if !command && cells.Count(line) > width {
				t.Errorf("width %d: %d columns: %s", width, cells.Count(line), line)
			}
		}
	}
}

func TestColourChangesNothingButColour(t *testing.T) {
	strip := strings.NewReplacer("\x1b[32m", "", "\x1b[1;31m", "", "\x1b[33m", "", "\x1b[36m", "", "\x1b[35m", "", "\x1b[0m", "")
	plain := text(t, Of(everything()), Options{Width: 100})
	if strings.Contains(plain, "\x1b") {
		t.Error("an escape sequence without colour")
	}
	coloured := text(t, Of(everything()), Options{Width: 100, Color: true})
	if coloured == plain {
		t.Error("no colour although told")
	}
	if diff := cmp.Diff(plain, strip.Replace(coloured)); diff != "" {
		t.Error(diff)
	}
}

func TestQuote(t *testing.T) {
	tests := []struct{ in, want string }{
		{"evidence/macvlan/a.pcapng", "evidence/macvlan/a.pcapng"},
		{"it's", `'it'\''s'`},
		{"a b", "'a b'"},
		{"$(id)", "'$(id)'"},
		{"-rf", "./-rf"},
		{"", "''"},
	}
	for _, tt := range tests {
		if got := quote(tt.in); got != tt.want {
			t.Errorf("quote(%q) = %s, want %s", tt.in, got, tt.want)
		}
	}
}

func TestDuration(t *testing.T) {
	tests := []struct {
		ns   int64
		want string
	}{{0, "0.00 ms"}, {42_000, "0.04 ms"}, {9_994_000, "9.99 ms"}, {9_996_000, "10 ms"}, {999_400_000, "999 ms"}, {999_600_000, "1.00 s"}, {61e9, "61.00 s"}}
	for _, tt := range tests {
		if got := duration(tt.ns); got != tt.want {
			t.Errorf("duration(%d) = %s, want %s", tt.ns, got, tt.want)
		}
	}
}

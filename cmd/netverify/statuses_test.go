//go:build linux && amd64

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"netverify/report"
)

// byOutcome are scenarios by the verdict that each of them gets on any kernel.
var byOutcome = map[string]string{
	"pass":         scenarioOf("t/pass", comes),
	"fail":         scenarioOf("t/fail", `{at: "a:eth0 in", frames: "eth.src == @a:eth0"}`),
	"inconclusive": strings.Replace(scenarioOf("t/inconclusive", `{at: "a:eth0 in", frames: "icmp.code == 77"}`), "seen:", "never:", 1),
	"skip":         scenarioOf("t/skip", comes) + "since: {version: \"99.0\", commit: '0123456789ab (\"net: not yet\")', reason: none has it}\n",
	"error":        strings.Replace(scenarioOf("t/error", comes), "    a: {", "    a: {sysctls: {net.ipv4.no_such_key: 1}, ", 1),
}

// good is 0 in statusTable, where --bisect is added.
const good = -1

// statusTable is what each command line ends with, and what it ends with when --bisect
// is added; 0 where it is not asked for there.
var statusTable = []struct {
	args           string // of a shell, in a folder with a file for each outcome
	status, bisect int
}{
	{"run pass.yaml", 0, good},
	{"run fail.yaml", 1, 1},
	{"run inconclusive.yaml", 3, 125},
	{"run error.yaml", 3, 125},
	{"run skip.yaml", 0, 125},
	{"run skip.yaml --require", 3, 125},
	{"run pass.yaml skip.yaml", 0, good},
	{"run pass.yaml skip.yaml --require", 3, 125},
	{"run pass.yaml inconclusive.yaml error.yaml skip.yaml fail.yaml", 1, 1},
	{"run pass.yaml inconclusive.yaml", 3, 125},
	{"run pass.yaml --report /proc/no/report.xml", 3, 125},
	{"run fail.yaml --report /proc/no/report.xml", 1, 1},
	{"run pass.yaml --out /proc/no", 3, 125},
	{"run fail.yaml --out /proc/no", 1, 1},
	{"run pass.yaml > /dev/full", 3, 125},
	{"run fail.yaml > /dev/full", 1, 1},
	{"run no/such", 2, 128},
	{"run broken.yaml", 2, 128},
	{"run pass.yaml --no-such-flag", 2, 128},
	{"run pass.yaml --jobs=-1", 2, 128},
	{"run pass.yaml --format nonsense", 2, 128},
	{"run pass.yaml --kernel no-such-kernel", 3, 125},
	{"run pass.yaml --matrix no-such-file", 2, 128},
	{"run pass.yaml --sign no-such-key", 2, 128},
	{"run pass.yaml --reference no-such-report", 2, 128},

	{"judge pass.yaml of/pass", 0, 0},
	{"judge fail.yaml of/fail", 1, 0},
	{"judge inconclusive.yaml of/inconclusive", 3, 0},
	{"judge error.yaml of/error", 2, 0}, // a lab that was not built has left no evidence
	{"judge pass.yaml of/fail", 3, 0},
	{"judge pass.yaml no-such-file", 2, 0},
	{"judge pass.yaml empty", 2, 0},
	{"judge pass.yaml cut.pcapng", 3, 0},
	{"judge pass.yaml", 2, 0},
	{"judge no/such of/pass", 2, 0},
	{"judge pass.yaml of/pass --verify no-such-key", 2, 0},
	{"report of/pass --scenario pass.yaml", 0, 0},
	{"report of/fail --scenario fail.yaml", 1, 0},
	{"report of --scenario pass.yaml --scenario fail.yaml --scenario inconclusive.yaml --scenario error.yaml", 1, 0},
	{"report of/inconclusive --scenario inconclusive.yaml", 3, 0},
	{"report of/pass", 3, 0}, // a scenario that it does not know is not judged
	{"report no-such-file", 2, 0},
	{"report empty", 2, 0},
	{"report cut.pcapng --scenario pass.yaml", 3, 0},
	{"report of/pass --scenario pass.yaml > /dev/full", 3, 0},
	{"report of/fail --scenario fail.yaml > /dev/full", 1, 0},

	{"lint pass.yaml fail.yaml", 0, 0},
	{"lint broken.yaml", 2, 0},
	{"lint no-such-file", 2, 0},
	{"list", 0, 0},
	{"list no-such-*", 2, 0},
	{"list > /dev/full", 3, 0},
	{"show pass.yaml", 0, 0},
	{"show no/such", 2, 0},
	{"show pass.yaml > /dev/full", 3, 0},
	{"schema", 0, 0},
	{"schema report", 0, 0},
	{"schema nonsense", 2, 0},
	{"schema > /dev/full", 3, 0},
	{"version", 0, 0},
	{"version nonsense", 2, 0},
	{"version > /dev/full", 3, 0},
	{"doctor", 0, 0},
	{"doctor nonsense", 2, 0},
	{"kconfig", 0, 0},
	{"kconfig --check all-off", 1, 0},
	{"kconfig --check no-such-file", 3, 0},
	{"kernels list", 0, 0},
	{"kernels path no-such-kernel", 3, 0},
	{"kernels remove no-such-kernel", 3, 0},
	{"kernels add no-such-file.deb", 3, 0},
	{"kernels nonsense", 2, 0},
	{"enter no-node", 125, 0},
	{"enter --no-such-flag", 2, 0},
	{"", 0, 0},
	{"help", 0, 0},
	{"run --help", 0, 0},
	{"nonsense", 2, 0},
	{"--no-such-flag", 2, 0},
}

// TestExitStatuses: every verb, by whatever it can end with.
func TestExitStatuses(t *testing.T) {
	exe := built(t)
	dir := filepath.Dir(exe)
	prepare := `mkdir empty cache; printf 'nonsense: true\n' > broken.yaml; printf '# CONFIG_NET_NS is not set\n' > all-off
		for o in pass fail inconclusive error; do "$0" run $o.yaml --out of/$o; done
		head -c 3000 of/pass/t/pass.pcapng > cut.pcapng`
	for name, text := range byOutcome {
		if err := os.WriteFile(filepath.Join(dir, name+".yaml"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if code, said := shell(t, os.Getuid(), exe, prepare); code != 0 {
		t.Fatalf("%d\n%s", code, said)
	}
	for _, tt := range statusTable {
		t.Run(tt.args, func(t *testing.T) {
			verb, rest, _ := strings.Cut(tt.args, " ")
			script := `export XDG_CACHE_HOME="$PWD/cache"; exec "$0" ` + verb
			code, said := shell(t, os.Getuid(), exe, script+" "+rest)
			if code != tt.status {
				t.Errorf("exit status %d, not %d\n%s", code, tt.status, said)
			}
			if strings.Contains(said, "netverify: netverify:") {
				t.Errorf("the program's name stands twice:\n%s", said)
			}
			if tt.bisect == 0 {
				return
			}
			if code, said := shell(t, os.Getuid(), exe, script+" --bisect "+rest); code != max(tt.bisect, report.BisectGood) {
				t.Errorf("with --bisect: exit status %d, not %d\n%s", code, max(tt.bisect, report.BisectGood), said)
			}
		})
	}
}

// TestTheReadmeNamesTheStatuses: its table of verdicts is that of the test.
func TestTheReadmeNamesTheStatuses(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile(`(?m)^\| (pass|fail|inconclusive|skip|error) \| .* \| ([^|]+) \|$`)
	rows := row.FindAllStringSubmatch(string(text), -1)
	if len(rows) != len(byOutcome) {
		t.Fatalf("%d verdicts, not %d", len(rows), len(byOutcome))
	}
	for _, m := range rows {
		for _, tt := range statusTable {
			want, strict, _ := strings.Cut(m[2], "; ")
			if tt.args == "run "+m[1]+".yaml --require" {
				want = strings.TrimSuffix(strict, " with `--require`")
			} else if tt.args != "run "+m[1]+".yaml" {
				continue
			}
			if got := string(rune('0' + tt.status)); got != want {
				t.Errorf("%s: %s is said, and it is %s", tt.args, want, got)
			}
		}
	}
}

package run

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netverify/assert"
	"netverify/lab"
	"netverify/scenarios"
)

// grown makes a scenario of n alike: a frame from the first to the last of them,
// which the second must not see.
type grown struct {
	name     string
	topology func(n int) string
	first    string // "%d" is a number from 1 to n
	needs    string // a feature; "" for none that a lab could do without
}

// hostsASwitch is how many stand at one: a bridge has 1,023 ports at most (net/bridge/br_private.h:BR_MAX_PORTS).
const hostsASwitch = 1000

var grownLabs = []grown{
	{name: "children", topology: func(n int) string {
		return "  switches: {sw: {ports: {p1: {}}}}\n  hosts:\n    host: {interfaces: {eth0: {cable: \"sw:p1\"}}}\n" +
			lines(n, "    c%d: {interfaces: {eth0: {macvlan: {link: \"host:eth0\", mode: bridge}}}}\n")
	}, first: "c%d:eth0"},
	{name: "inone", topology: func(n int) string {
		return "  switches: {sw: {ports: {p1: {}}}}\n  hosts:\n    host:\n      interfaces:\n        eth0: {cable: \"sw:p1\"}\n" +
			lines(n, "        m%d: {macvlan: {link: eth0, mode: bridge}}\n")
	}, first: "host:m%d"},
	{name: "hosts", topology: switched, first: "c%d:eth0"},
	{name: "vlans", topology: func(n int) string {
		return "  switches:\n    sw:\n      ports:\n" + lines(8, fmt.Sprintf("        p%%d: {trunk: [2-%d]}\n", n+1)) +
			"  hosts:\n" + lines(8, "    c%d: {interfaces: {eth0: {cable: \"sw:p%[1]d\"}}}\n")
	}, first: "c%d:eth0", needs: scenarios.FeatureBridgeVLANFiltering},
}

// switched is the lab of n hosts, at one switch or, where one has no ports for all,
// at several with one between them. Where the last host is stands in their tables:
// a frame to one whom they do not know goes to all, and so many copies do not fit
// into the backlog queue of a processor (net.core.netdev_max_backlog, 1000).
func switched(n int) string {
	var b strings.Builder
	b.WriteString("  switches:\n")
	switches := (n + hostsASwitch - 1) / hostsASwitch
	begin := func(name, port string) {
		fmt.Fprintf(&b, "    %s:\n      fdb: [{mac: \"@c%d:eth0\", port: %s}]\n      ports:\n", name, n, port)
	}
	for sw := range switches {
		port := "up"
		if sw == switches-1 {
			port = fmt.Sprintf("p%d", n)
		}
		begin(fmt.Sprintf("sw%d", sw), port)
		if switches > 1 {
			b.WriteString("        up: {}\n")
		}
		for i := sw*hostsASwitch + 1; i <= min(n, (sw+1)*hostsASwitch); i++ {
			fmt.Fprintf(&b, "        p%d: {}\n", i)
		}
	}
	if switches > 1 {
		begin("core", fmt.Sprintf("p%d", switches-1))
		for sw := range switches {
			fmt.Fprintf(&b, "        p%d: {cable: \"sw%[1]d:up\"}\n", sw)
		}
	}
	b.WriteString("  hosts:\n")
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, "    c%d: {interfaces: {eth0: {cable: \"sw%d:p%[1]d\"}}}\n", i, (i-1)/hostsASwitch)
	}
	return b.String()
}

func lines(n int, line string) string {
	var b strings.Builder
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, line, i)
	}
	return b.String()
}

// plan of a lab with n of them: the frame is of one VLAN where there are VLANs.
func (g *grown) plan(tb testing.TB, n int) *scenarios.Plan {
	tb.Helper()
	last, tag := n, ""
	if g.name == "vlans" {
		last, tag = 8, fmt.Sprintf("vlan: [{id: %d}], ", n+1)
	}
	from, to, other := fmt.Sprintf(g.first, 1), fmt.Sprintf(g.first, last), fmt.Sprintf(g.first, 2)
	teach := "" // a switch floods what it does not know
	if g.name == "vlans" {
		teach = fmt.Sprintf("  - name: teach\n    send: {from: %q, frame: {%seth: {src: \"@%s\", dst: \"@%s\", type: 0x88b5}}}\n", to, tag, to, from)
		teach += fmt.Sprintf("    expect: {seen: {at: \"%s in\", frames: \"eth.src == @%s\"}}\n", from, to)
	}
	text := "name: scale/" + g.name + "\ntitle: as many\ntopology:\n" + g.topology(n) + "steps:\n" + teach +
		fmt.Sprintf("  - name: one to one\n    send: {from: %q, frame: {%seth: {src: \"@%s\", dst: \"@%s\", type: 0x88b5}}}\n", from, tag, from, to) +
		fmt.Sprintf("    expect:\n      seen: {at: \"%s in\", frames: \"eth.dst == @%s\"}\n      never: {at: \"%s in\", frames: \"eth.dst == @%s\"}\n", to, to, other, to)
	plans, err := scenarios.LoadBytes("scale.yaml", []byte(text))
	if err != nil {
		tb.Fatal(err)
	}
	return plans[0]
}

// lacking tells whether this kernel lacks what the labs are about.
func (g *grown) lacking() bool {
	f, ok := scenarios.FeatureNamed(g.needs)
	return ok && lab.Probe(f) != nil
}

// BenchmarkScale is the curve of labs that grow: reading the scenario, building
// the lab, proving an absence, judging. Beside the time it tells what that means
// on a machine that does something else as well: the processor's time, and the
// most memory that was needed.
func BenchmarkScale(b *testing.B) {
	for i := range grownLabs {
		g := &grownLabs[i]
		for _, n := range []int{10, 100, 1000, 4000} {
			b.Run(fmt.Sprintf("%s=%d", g.name, n), func(b *testing.B) {
				if g.lacking() {
					b.Skip("this kernel lacks " + g.needs)
				}
				b.ReportAllocs()
				began := forgetPeak(b)
				for b.Loop() {
					plan := g.plan(b, min(n, 4093))
					r, err := All(context.Background(), []*scenarios.Plan{plan}, Options{})
					if err != nil || r[0].Outcome != assert.Pass {
						b.Fatal(err, r[0].Outcome, r[0].Reason)
					}
				}
				b.ReportMetric((cpuTime(b)-began).Seconds()/float64(b.N), "cpu-s/op")
				b.ReportMetric(peak(b), "peak-MB")
			})
		}
	}
}

// forgetPeak lets go of what earlier labs have left, makes the kernel forget how
// much memory this process has needed (proc(5), clear_refs), and returns the time
// of the processor until now.
func forgetPeak(b *testing.B) time.Duration {
	b.Helper()
	debug.FreeOSMemory()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0o200); err != nil {
		b.Log(err)
	}
	return cpuTime(b)
}

// peak is the most memory since then, in MB.
func peak(b *testing.B) float64 {
	b.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "VmHWM:")
	var kb float64
	if _, err := fmt.Sscan(after, &kb); err != nil {
		b.Fatal(err)
	}
	return kb / 1000
}

// cpuTime is what this process has had of the processors, in user and system mode.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var r unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

package browser

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"netverify/assert"
	"netverify/frame"
	"netverify/frame/frametest"
	"netverify/recording"
	"netverify/report"
)

// written writes a report as a page and returns the file.
func written(t *testing.T, rep report.Report, recordings report.Recordings) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.HTML(&b, rep, report.Options{Recordings: recordings}); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// vepa is a report of two kernels: on one of them a broadcast gets lost on its
// way to the sibling.
func vepa(t *testing.T) string {
	t.Helper()
	return written(t, report.Of(
		run("debian:6.1", scenario("macvlan/vepa", "fail"), scenario("bridge/hairpin", "pass"), scenario("vlan/trunk", "skip")),
		run("debian:7.2", scenario("macvlan/vepa", "pass"), scenario("bridge/hairpin", "pass"), scenario("vlan/trunk", "skip")),
	), func(*report.Run, string) (*recording.Recording, error) { return question(), nil })
}

func run(kernel string, all ...report.Scenario) report.Run {
	r := report.Run{Kernel: report.Kernel{Name: kernel, Release: kernel[7:] + ".0", Where: "qemu", Accel: "kvm"}, Scenarios: all, Evidence: "evidence/" + kernel[7:]}
	for _, s := range all {
		switch s.Outcome {
		case "pass":
			r.Summary.Pass++
		case "fail":
			r.Summary.Fail++
		default:
			r.Summary.Skip++
		}
		r.DurationNS += s.DurationNS
	}
	return r
}

func scenario(name, outcome string) report.Scenario {
	s := report.Scenario{
		Name: name, Title: "What " + name + " is about", Verifies: []string{"B8"}, Outcome: outcome, DurationNS: int64(len(name)) * 1e6,
		Evidence: []string{name + ".pcapng"}, Facts: []report.Fact{{Key: "c1:eth0", Value: "macvlan vepa on host:eth0"}},
		Topology:  report.Topology{Nodes: []assert.Node{{Name: "c1", Kind: "host", Interfaces: []assert.Interface{{Name: "eth0", Kind: "macvlan", Up: true, Carrier: true, State: "up"}}}}},
		Adjacency: []report.Edge{{From: "c1:eth0 out", To: "host:eth0 out"}, {From: "host:eth0 out", To: "sw:p1 in"}},
	}
	left := report.Check{Step: "the question leaves", Kind: "seen", Text: "seen at c1:eth0 out: arp", Filter: "arp", Line: 12, Outcome: "pass", FenceNS: 70_000,
		Evidence: []report.Frame{{File: name + ".pcapng", Frame: 2}}}
	came := report.Check{Step: "the question leaves", Kind: "path", Text: "path: c1:eth0 out, sw:p1 in, c2:eth0 in", Line: 13, Outcome: outcome, FenceNS: 70_000}
	switch outcome {
	case "skip":
		s.Reason, s.Lacks, s.Evidence = "this kernel has no VLAN devices (CONFIG_VLAN_8021Q)", "CONFIG_VLAN_8021Q", nil
		return s
	case "fail":
		came.Reason = "expected next at c2:eth0 in; the last place is #4 sw:p1 in"
		came.Evidence = []report.Frame{{File: name + ".pcapng", Frame: 4}}
		came.Journey = []string{"#2 c1:eth0 out  ARP Who has 192.0.2.2?", "#3 host:eth0 out  ARP Who has 192.0.2.2?", "#4 sw:p1 in  ARP Who has 192.0.2.2?"}
		s.Reason = "the question leaves: " + came.Reason
	}
	s.Checks = []report.Check{left, came}
	return s
}

// question is a recording: a fence, a broadcast that passes three taps, a router
// solicitation that nobody asked for, and another fence.
func question() *recording.Recording {
	arp := append([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 3, 1, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1},
		2, 0, 0, 0, 3, 1, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 192, 0, 2, 2)
	fence := append([]byte{2, 0xfe, 0xce, 0xfe, 0xce, 0xfe, 0, 0, 0, 0, 0, 0, 0x88, 0xb5}, make([]byte, 46)...)
	rec := &recording.Recording{
		Points: []recording.Point{point("sw", "p1", 1), point("host", "eth0", 2), point("c1", "eth0", 3), point("c2", "eth0", 4), point("c2", "eth1", 5)},
		Steps:  []recording.StepRecord{{Name: "the question leaves", Begin: 1e18, End: 1e18 + 900_000, First: 1, Count: 5, Proven: 800_000, Waves: 1, Still: true}},
	}
	see := func(point int, dir frame.Direction, at int64, b []byte, mark frame.Mark) {
		rec.Observations = append(rec.Observations, recording.Observation{Point: point, Dir: dir, At: 1e18 + at, Frame: frame.New(bytes.Clone(b)), Mark: mark})
	}
	see(2, frame.Out, -5000, fence, frame.Fence)
	see(2, frame.Out, 1000, arp, frame.Unmarked)
	see(1, frame.Out, 2000, arp, frame.Unmarked)
	see(0, frame.In, 4000, arp, frame.Unmarked)
	see(1, frame.In, 5000, solicitation(), frame.Unmarked)
	see(2, frame.Out, 500_000, fence, frame.Fence)
	return rec
}

func point(node, iface string, n byte) recording.Point {
	return recording.Point{Node: node, Interface: iface, Kind: "veth", MTU: 1500, MAC: [6]byte{2, 0, 0, 0, n, 1}}
}

// solicitation is a frame that no step causes.
func solicitation() []byte {
	for _, f := range frametest.Whole() {
		o := recording.Observation{Frame: frame.New(f.Data)}
		if recording.Chatter(&o) {
			return f.Data
		}
	}
	panic("no such frame in the corpus")
}

// flood is a recording of n frames that pass three taps each.
func flood(n int) *recording.Recording {
	rec := question()
	arp := rec.Observations[1].Frame.Bytes()
	rec.Steps[0].First, rec.Steps[0].Count = 0, n
	rec.Observations = nil
	for i := range n {
		b := bytes.Clone(arp)
		copy(b[38:], fmt.Sprintf("%04d", i/3)) // the address that is asked for
		o := recording.Observation{Point: 2 - i%3, Dir: frame.Out, At: 1e18 + int64(i)*1000, Frame: frame.New(b)}
		if i%3 == 2 {
			o.Dir = frame.In
		}
		rec.Observations = append(rec.Observations, o)
	}
	return rec
}

// different tells the first difference between two lists, whose order is the
// same for the same contents.
func different(want, got []string) string {
	slices.Sort(want)
	slices.Sort(got)
	if slices.Equal(want, got) {
		return ""
	}
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			return fmt.Sprintf("want %v, got %v", want[i:min(len(want), i+3)], got[min(i, len(got)):min(len(got), i+3)])
		}
	}
	return fmt.Sprintf("too many: %v", got[len(want):])
}

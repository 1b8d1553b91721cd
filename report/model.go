package report

import "netverify/assert"

// Schema names the version of the JSON form. A change that a reader of the
// present form would misunderstand gets a new name.
const Schema = "netverify/report/v1"

// Report is the outcome of one command: one run for each kernel.
type Report struct {
	Schema string `json:"schema"`
	Runs   []Run  `json:"runs"`
}

// Run is what one kernel did, in one run of netverify or, put together of
// evidence, in several.
type Run struct {
	Kernel     Kernel     `json:"kernel"`
	Because    string     `json:"because"`      // why these scenarios ran here and not on the host; "" where that was asked for
	Scenarios  []Scenario `json:"scenarios"`    // in the order of the plans; a repeated scenario once a repetition
	Summary    Summary    `json:"summary"`      // of Scenarios
	Repeats    []Repeat   `json:"repeats"`      // empty where nothing was repeated
	DurationNS int64      `json:"duration_ns"`  // of all Sessions; what was between them is no part of it
	Sessions   []Session  `json:"sessions"`     // in the order in which they began
	Evidence   string     `json:"evidence_dir"` // the folder that evidence names are relative to; "" where none was kept
	Trouble    []string   `json:"trouble"`      // what kept the run from being whole: interrupted, disk full
	Hint       string     `json:"hint"`         // the command that makes the skipped scenarios run; "" where none is known

	Signatures []Signature `json:"signatures"` // of the evidence; empty where nobody asked for any
}

// Session is one run of netverify, as its scenarios tell of it.
type Session struct {
	ID         string `json:"id"`          // the same in all evidence of the run; "" of evidence that is too old to have one
	Began      string `json:"began"`       // of its first scenario: RFC 3339 with nanoseconds, UTC; "" where nothing ran
	DurationNS int64  `json:"duration_ns"` // to the end of its last one
	Scenarios  int    `json:"scenarios"`
}

// Signature says of a file of the evidence who has vouched for it.
type Signature struct {
	File   string `json:"file"`   // relative to the run's evidence_dir
	State  string `json:"state"`  // "signed" by this run, "verified", or "unverified": the verdict on the file is an error then
	Key    string `json:"key"`    // the fingerprint, as ssh-keygen -l prints it: "SHA256:..."; "" of what is unverified
	Reason string `json:"reason"` // why it is unverified; else ""
}

// Kernel is the kernel that was judged.
type Kernel struct {
	Name    string            `json:"name"`    // what it was asked for by: "host", "debian:6.1", a path
	Release string            `json:"release"` // uname -r
	Build   string            `json:"build"`   // uname -v, which tells builds of one release apart; "" where it is not known
	Where   string            `json:"where"`   // "host", or "qemu" for a guest
	Accel   string            `json:"accel"`   // of a guest: "kvm" or "tcg"; else ""
	Config  map[string]string `json:"config"`  // "CONFIG_MACVLAN": "y", "m" or "n"; empty where the kernel does not tell
}

// Scenario is one run of one scenario.
type Scenario struct {
	Name       string   `json:"name"`
	Title      string   `json:"title"`
	File       string   `json:"file"`     // where it is written, as it was named; of a built-in one below the library
	Verifies   []string `json:"verifies"` // ids of docs/observations.md
	Digest     string   `json:"digest"`   // of what the scenario does and expects: a report with another was of another scenario by that name
	Outcome    string   `json:"outcome"`  // pass, fail, inconclusive, skip or error
	Reason     string   `json:"reason"`   // "" for a pass
	Lacks      string   `json:"lacks"`    // of a skip: the option behind what the kernel lacks, "CONFIG_VLAN_8021Q", or of one that is too old what it lacks and which has it, "bridge-port-locked of Linux 5.18"; "" where it was skipped for something else
	Began      string   `json:"began"`    // RFC 3339 with nanoseconds, UTC
	DurationNS int64    `json:"duration_ns"`
	Run        string   `json:"run"`    // id of the session that it was part of; "" where that is not known
	Repeat     int      `json:"repeat"` // number of the repetition, from 1; 0 where nothing is repeated
	Checks     []Check  `json:"checks"`
	Evidence   []string `json:"evidence"`  // file names, relative to the run's evidence_dir
	Trouble    string   `json:"trouble"`   // what kept the evidence from being written; the outcome stands
	Facts      []Fact   `json:"facts"`     // what was built, read back from the kernel
	Topology   Topology `json:"topology"`  // the same as data, before the first step and after the last one
	Suspect    Suspect  `json:"suspect"`   // of what is inconclusive or an error: what it shows of the kernel all the same
	Adjacency  []Edge   `json:"adjacency"` // which tap may see a frame next: with the evidence, the journeys
}

// Suspect is what a scenario without a verdict shows of its kernel: it refused
// what was asked, or let all fences of a hop vanish. Where the same scenario
// passed on another kernel, and fresh labs confirm it, that is a fail.
type Suspect struct {
	Keys  []string `json:"keys"`  // each thing by itself; empty where nothing is suspected
	Again int      `json:"again"` // fresh labs that showed the same afterwards
}

// Check is one judged expectation.
type Check struct {
	Step      string   `json:"step"`       // the step's name
	StepIndex int      `json:"step_index"` // from 0
	Kind      string   `json:"kind"`       // reply, seen, never, path, answer, state or fails
	Text      string   `json:"text"`       // the expectation in words
	Filter    string   `json:"filter"`     // its display filter with all addresses put in, for wireshark -Y; "" where it has none
	Line      int      `json:"line"`       // in the scenario's file
	Outcome   string   `json:"outcome"`
	Reason    string   `json:"reason"`   // what was expected and what was seen; "" for a pass
	FenceNS   int64    `json:"fence_ns"` // stimulus to proven absence; 0 where no fence was needed
	Quiet     string   `json:"quiet"`    // why a quiet window stood in for a fence, and how long; "" where fences proved the absence
	Lacks     []string `json:"lacks"`    // of captures that others made: the legs for want of which the check stayed open
	Evidence  []Frame  `json:"evidence"` // the frames that decided
	Journey   []string `json:"journey"`  // of a failed check: the frame's way up to the last place where it was seen
}

// Frame is a place in the evidence.
type Frame struct {
	File  string `json:"file"`  // relative to the run's evidence_dir; "" where no evidence was kept
	Frame int    `json:"frame"` // Wireshark's frame.number: from 1
}

// Fact is one line of what was built.
type Fact struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Topology is a lab as the kernel had it; see [assert.Topology] for its fields.
type Topology = assert.Topology

// Edge says that a frame seen at one side of an interface may next be seen at
// another, "c1:eth0 out" and "host:eth0 out". Where each of many leads to each of
// many others, one side is a hub, "sw:br0 ports": an edge to it and an edge from
// it are together one of a pair.
type Edge struct {
	From   string `json:"from"`
	To     string `json:"to"`
	Routed bool   `json:"routed"`           // a router stands between them: MACs, tag and TTL change
	Others bool   `json:"others,omitempty"` // from a hub: not for frames that came from the same interface
}

// Summary counts outcomes.
type Summary struct {
	Pass         int `json:"pass"`
	Fail         int `json:"fail"`
	Inconclusive int `json:"inconclusive"`
	Skip         int `json:"skip"`
	Error        int `json:"error"`
}

// Repeat sums up one scenario that was run several times.
type Repeat struct {
	Name    string  `json:"name"`
	Runs    int     `json:"runs"`
	Summary Summary `json:"summary"`
	Flaky   bool    `json:"flaky"` // the repetitions do not agree
}

// Total is the number of outcomes counted.
func (s Summary) Total() int { return s.Pass + s.Fail + s.Inconclusive + s.Skip + s.Error }

// add counts one outcome. A word that is none of the five is an error: no
// verdict was reached, and that must not pass for anything better.
func (s *Summary) add(outcome string) {
	switch outcome {
	case "pass":
		s.Pass++
	case "fail":
		s.Fail++
	case "inconclusive":
		s.Inconclusive++
	case "skip":
		s.Skip++
	default:
		s.Error++
	}
}

// worst is the outcome that the whole stands or falls with.
func (s Summary) worst() string {
	switch {
	case s.Fail > 0:
		return "fail"
	case s.Error > 0:
		return "error"
	case s.Inconclusive > 0:
		return "inconclusive"
	case s.Pass > 0:
		return "pass"
	case s.Skip > 0:
		return "skip"
	}
	return "error"
}

// kinds is the number of different outcomes that were counted.
func (s Summary) kinds() int {
	n := 0
	for _, c := range []int{s.Pass, s.Fail, s.Inconclusive, s.Skip, s.Error} {
		if c > 0 {
			n++
		}
	}
	return n
}

package assert

import (
	"time"

	"netverify/recording"
)

// Outcome is a verdict. Only Pass and Fail are conclusive.
type Outcome uint8

const (
	_            Outcome = iota
	Pass                 // every expectation holds, and every absence is proven
	Fail                 // the kernel did something else than expected
	Inconclusive         // a leg of the proof is missing; the reason names it
	Skip                 // this kernel cannot; the reason names the config option
	Error                // the lab could not be built or driven; the reason is the kernel's
)

// String returns the word that reports use.
func (o Outcome) String() string {
	return [...]string{"?", "pass", "fail", "inconclusive", "skip", "error"}[o]
}

// Result is all that reports need to know of one scenario's run.
type Result struct {
	Name     string
	Title    string
	File     string // of the scenario; of a built-in one below the library
	Verifies []string
	Digest   string // of what the scenario does and expects
	Outcome  Outcome
	Reason   string // "" for a pass
	Lacks    string // of a Skip: the option behind what the kernel lacks, "CONFIG_VLAN_8021Q", or "bridge-port-locked of Linux 5.18" of an older one; "" where it was skipped for something else
	Began    time.Time
	Run      string        // id of the run that it was part of; "" where that is not known
	Duration time.Duration // lab, steps, judgement and evidence
	Checks   []Check
	Evidence []string        // file names, relative to the output folder
	Sources  []Source        // of captures that others made: where each observation is; nil: they are the frames of the one capture in Evidence, in order
	Trouble  string          // what kept the evidence from being written; the verdict stands
	Facts    []Fact          // what was built and how it was measured, read back from the kernel
	Topology Topology        // what was built, read back from the kernel; zero where nothing was
	Repeat   int             // number of this repetition, from 1; 0 where nothing is repeated
	Suspect  Suspect         // as Verdict's
	Graph    recording.Graph // which tap may see a frame next: with the evidence, the journeys
}

// Source is a frame in a capture.
type Source struct {
	File   string
	Number int // from 1, as Wireshark counts
}

// Check is one judged expectation.
type Check struct {
	Step    int    // index of the step, from 0
	Name    string // the step's name
	Kind    Kind
	Text    string // the expectation in words
	Filter  string // its filter with all addresses put in, as Wireshark takes it; of a path those of its stops, any of which may match; "" where it has none
	Line    int    // in the scenario's file
	Outcome Outcome
	Reason  string        // what was expected and what was seen; "" for a pass
	Fence   time.Duration // stimulus to proven absence; 0 where no fence was needed
	Quiet   string        // why a quiet window stood in for a fence, and how long; "" where fences proved the absence
	Lacks   []Leg         // of an Inconclusive one by captures that others made: what they do not tell
	Frames  []int         // indexes into Recording.Observations of the frames that decided
	Journey []string      // where it failed: the way of the frame up to the last place where it was seen, one line a tap
}

// Fact is one line of what was built.
type Fact struct{ Key, Value string }
